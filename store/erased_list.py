"""The list of erased customers beside the store: who restores an older backup erases them again.

It holds numbers and times, nothing else. One line each: the customer's number, when it was made
(numbers of another store mean others), when it was erased; UTC milliseconds.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from store.driver import Connection
from store.model import CustomerId, Millis
from store.shared import share

NAME = "erased.list"


@dataclass(frozen=True, slots=True)
class Listed:
    customer_id: CustomerId
    created_at: Millis
    erased_at: Millis


def write(db: Connection, directory: Path) -> None:
    """Bring the list up to date, what it has from other times included. Raises OSError."""
    known = {(one.customer_id, one.created_at): one for one in read(directory)}
    for row in db.execute(
        "SELECT id, created_at, erased_at FROM customers WHERE erased_at IS NOT NULL"
    ):
        one = Listed(CustomerId(row[0]), row[1], row[2])
        known[one.customer_id, one.created_at] = one
    lines = [
        f"{one.customer_id} {one.created_at} {one.erased_at}\n"
        for one in sorted(known.values(), key=lambda one: (one.erased_at, one.customer_id))
    ]
    fresh = directory / f".{NAME}.{secrets.token_hex(4)}"
    with fresh.open("x", encoding="ascii") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    share(fresh)
    fresh.replace(directory / NAME)


def read(directory: Path) -> list[Listed]:
    """Everybody on the list; a line that is none is passed over."""
    found = []
    with (
        suppress(FileNotFoundError),
        (directory / NAME).open(encoding="ascii", errors="replace") as f,
    ):
        for line in f:
            words = line.split()
            if len(words) == 3 and all(word.isascii() and word.isdecimal() for word in words):
                number, created, erased = map(int, words)
                found.append(Listed(CustomerId(number), created, erased))
    return found


def back_again(db: Connection, directory: Path) -> list[CustomerId]:
    """Those on the list who are in the store all the same: it is an older one that came back."""
    return [
        one.customer_id
        for one in read(directory)
        if db.execute(
            "SELECT 1 FROM customers WHERE id = ? AND created_at = ? AND erased_at IS NULL",
            (one.customer_id, one.created_at),
        ).fetchone()
    ]

"""SQLite compiles a statement anew each time that a parameter is bound on whose value another plan
might depend: one that is its whole LIMIT, or that is compared with what a partial index is for
(sqlite3VdbeSetVarmask). That is most of the time of a small query; `+?` is the same without it."""

from __future__ import annotations

import re
from pathlib import Path

from store import events, identities, messages
from store.driver import Connection, sqlite3
from store.model import CustomerId

ROOT = Path(__file__).parents[2]
BARE = re.compile(r"LIMIT [?:]")


def test_no_limit_is_a_bare_parameter() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for top in ("store", "omnitui")
        for path in sorted((ROOT / top).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if BARE.search(line)
    ]
    assert found == []


def test_what_is_asked_for_each_message_is_compiled_once(db: Connection) -> None:
    compiled: list[int] = []

    def told(action: int, *_what: str | None) -> int:
        compiled.append(action)  # asked when a statement is compiled, and only then
        return sqlite3.SQLITE_OK

    def ask(number: int) -> None:
        events.after(db, number, 10 + number)
        messages.last_said(db, CustomerId(number), number, 20, 500)
        identities.find_many(db, f"channel {number}", [f"{number}"])

    db.set_authorizer(told)
    ask(1)
    assert compiled
    compiled.clear()
    ask(2)
    assert compiled == []

"""Blocks that a desk has set, durable."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from connectors.webchat.relay.records import Millis, Refused


class TooManyBlocks(Refused):
    code = "too-many"


MOST = 10_000
"""Blocks of one site."""


@dataclass(frozen=True, slots=True)
class Block:
    target: str
    """A visitor's id or a network in CIDR notation."""
    until: Millis | None
    """None: for good."""


def of_site(db: sqlite3.Connection, *, site: str, now: Millis) -> list[Block]:
    rows = db.execute(
        "SELECT target, until FROM blocks WHERE site = ? AND (until IS NULL OR until > ?)"
        " ORDER BY target",
        (site, now),
    )
    return [Block(row["target"], row["until"]) for row in rows]


def add(db: sqlite3.Connection, *, site: str, block: Block, now: Millis) -> None:
    """Raises `TooManyBlocks`."""
    row = db.execute("SELECT count(*) FROM blocks WHERE site = ?", (site,)).fetchone()
    if row[0] >= MOST:
        raise TooManyBlocks("There are too many blocks on this site; block a network instead.")
    db.execute(
        "INSERT INTO blocks (site, target, until, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (site, target) DO UPDATE SET until = excluded.until, at = excluded.at",
        (site, block.target, block.until, now),
    )


def remove(db: sqlite3.Connection, *, site: str, target: str) -> bool:
    """False: there was none."""
    gone = db.execute("DELETE FROM blocks WHERE site = ? AND target = ?", (site, target))
    return gone.rowcount > 0

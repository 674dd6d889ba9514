"""Presence: the screens that agents have open, and who has set themselves away. Not history."""

from __future__ import annotations

from dataclasses import dataclass

from store.driver import Connection
from store.model import ConversationId, Millis

FRESH = 60_000
"""Milliseconds after which a screen that said nothing is not open any more."""
FORGOTTEN_AFTER = 3_600_000


@dataclass(frozen=True, slots=True)
class Screen:
    """One that an agent has open."""

    agent: str
    screen: str
    """Host and process."""
    at: Millis
    """When it last said so."""
    active_at: Millis
    """When a key was last touched."""
    conversation_id: ConversationId | None
    """What stands on it."""
    since: Millis = 0
    """When it was opened."""
    source: str = ""
    """From where: `ssh 192.0.2.7`, a terminal; empty where that is not known."""


def beat(
    db: Connection,
    agent: str,
    screen: str,
    at: Millis,
    active_at: Millis,
    conversation_id: ConversationId | None,
    source: str = "",
) -> bool:
    """A screen is open; those that fell silent long ago go. Whether it was not known before."""
    db.execute("DELETE FROM presence WHERE at < ?", (at - FORGOTTEN_AFTER,))
    known = db.execute(
        "SELECT 1 FROM presence WHERE agent = ? AND screen = ?", (agent, screen)
    ).fetchone()
    db.execute(
        "INSERT INTO presence (agent, screen, at, active_at, conversation_id, since, source)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?3, ?6) ON CONFLICT DO UPDATE SET at = ?3, active_at = ?4,"
        " conversation_id = ?5, source = ?6",
        (agent, screen, at, active_at, conversation_id, source),
    )
    acted(db, agent, active_at, at)
    return known is None


def acted(db: Connection, agent: str, at: Millis, now: Millis | None = None) -> None:
    """An agent was at work then, on a screen or without one (now, where that is not given)."""
    db.execute(
        "INSERT INTO last_seen (agent, at) VALUES (?1, ?2)"
        # What is later than now was noted by a clock that has been set back since.
        " ON CONFLICT DO UPDATE SET at = iif(at > ?3, excluded.at, max(at, excluded.at))",
        (agent, at, at if now is None else now),
    )


def leave(db: Connection, agent: str, screen: str) -> bool:
    """A screen was closed; False when it was not known."""
    done = db.execute("DELETE FROM presence WHERE agent = ? AND screen = ?", (agent, screen))
    return done.rowcount > 0


def screens(db: Connection, since: Millis) -> list[Screen]:
    """Those that said at `since` or later that they are open, by agent."""
    return [
        Screen(*row)
        for row in db.execute(
            "SELECT agent, screen, at, active_at, conversation_id, since, source FROM presence"
            " WHERE at >= ? ORDER BY agent, screen",
            (since,),
        )
    ]


def set_away(db: Connection, agent: str, at: Millis | None) -> bool:
    """An agent is not there though a screen is open; None: they are. Whether that is news."""
    if at is None:
        return db.execute("DELETE FROM away WHERE agent = ?", (agent,)).rowcount > 0
    cursor = db.execute(
        "INSERT INTO away (agent, at) VALUES (?, ?) ON CONFLICT DO NOTHING", (agent, at)
    )
    return cursor.rowcount > 0


def away(db: Connection) -> dict[str, Millis]:
    """Who has set themselves away, and when."""
    return {row[0]: row[1] for row in db.execute("SELECT agent, at FROM away ORDER BY agent")}


def agents(db: Connection) -> list[str]:
    """Whose screens are known, in order."""
    return [row[0] for row in db.execute("SELECT DISTINCT agent FROM presence ORDER BY agent")]


def last_seen(db: Connection) -> dict[str, Millis]:
    """When each agent was last at work: touched a key on whatever screen, or ran a command."""
    return {row[0]: row[1] for row in db.execute("SELECT agent, at FROM last_seen")}

"""Attendance that agents have set by hand, and who waits at an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from store.driver import Connection
from store.model import AccountId, ConversationId, Millis

State = Literal["online", "away", "hidden"]


@dataclass(frozen=True, slots=True)
class Stated:
    """What an account is to show, whoever is there."""

    account_id: AccountId
    state: State
    agent: str
    """Who set it."""
    at: Millis


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation of an account in which the customer waits."""

    conversation_id: ConversationId
    chat: str
    since: Millis
    answered_at: Millis | None
    """When one of us wrote there last."""
    gone_since: Millis | None
    """When they went away; None: they are there, or nobody knows."""


def get(db: Connection, account_id: AccountId) -> Stated | None:
    """None: it goes by who is there."""
    row = db.execute(
        "SELECT account_id, state, agent, at FROM attendance WHERE account_id = ?", (account_id,)
    ).fetchone()
    return Stated(*row) if row else None


def put(db: Connection, account_id: AccountId, state: State | None, agent: str, at: Millis) -> None:
    """Let an account show a state; None: by who is there."""
    if state is None:
        db.execute("DELETE FROM attendance WHERE account_id = ?", (account_id,))
        return
    db.execute(
        "INSERT OR REPLACE INTO attendance (account_id, state, agent, at) VALUES (?, ?, ?, ?)",
        (account_id, state, agent, at),
    )


def to_answer(
    db: Connection, agent: str, since: Millis, limit: int = 200
) -> list[tuple[ConversationId, bool]]:
    """The chats that wait since `since` or later and are `agent`'s or nobody's, and whether the
    visitor is there: who is there comes first, then who waits longest."""
    rows = db.execute(
        "SELECT v.id, t.online"
        " FROM conversations v INDEXED BY conversations_inbox"
        " JOIN messages m ON m.id = v.last_inbound_id"
        " JOIN visits t ON t.account_id = m.account_id AND t.address = m.author_address"
        " WHERE v.inbox_group = 'active' AND v.inbox_first BETWEEN ?2 AND ?3"
        " AND v.status = 'open' AND v.assignee IN ('', ?1) AND v.account_id = m.account_id"
        " ORDER BY t.online DESC, v.inbox_first, v.id LIMIT +?4",
        (agent, since, 2**62, limit),
    )
    return [(row[0], bool(row[1])) for row in rows]


def waiting(
    db: Connection, account_id: AccountId, since: Millis, limit: int = 500
) -> list[Waiting]:
    """Who waits at an account since `since` or later, whoever waits longest first."""
    return [
        Waiting(*row)
        for row in db.execute(
            "SELECT v.id, m.details ->> '$.chat', v.waiting_since,"
            " (SELECT o.arrived_at FROM messages o WHERE o.conversation_id = v.id"
            "   AND o.direction = 'out' AND o.automatic = 0 AND o.state <> 'cancelled'"
            "   ORDER BY o.position DESC LIMIT 1),"
            " (SELECT t.at FROM visits t WHERE t.account_id = m.account_id"
            "   AND t.address = m.author_address AND t.online = 0)"
            " FROM conversations v INDEXED BY conversations_inbox"
            " JOIN messages m ON m.id = v.last_inbound_id"
            " WHERE v.inbox_group = 'active' AND v.inbox_first BETWEEN ?2 AND ?3"
            " AND v.status = 'open' AND v.account_id = ?1 AND m.account_id = ?1"
            " AND m.details ->> '$.chat' <> ''"
            " ORDER BY v.inbox_first, v.id LIMIT +?4",
            (account_id, since, 2**62, limit),
        )
    ]

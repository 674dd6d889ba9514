"""What a conversation was like before messages were moved into it, or all of its own out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store import derived
from store.driver import Connection
from store.model import ConversationId, MessageId, Millis

_STATE = "status, snoozed_until, closed_at, handled_position, related_id"
MOST_AWAITED = 500
"""Awaited messages whose place is remembered."""


@dataclass(frozen=True, slots=True)
class State:
    """The columns that no message tells."""

    status: str
    snoozed_until: Millis | None
    closed_at: Millis | None
    handled_position: int
    related_id: int | None


def state(db: Connection, conversation_id: ConversationId) -> State:
    row = db.execute(
        f"SELECT {_STATE} FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    return State(*row)


def restore(db: Connection, conversation_id: ConversationId, before: State) -> None:
    """Put them back, and derive the others anew."""
    db.execute(
        "UPDATE conversations SET status = ?, snoozed_until = ?, closed_at = ?,"
        " handled_position = ?, related_id = ? WHERE id = ?",
        (
            before.status,
            before.snoozed_until,
            before.closed_at,
            before.handled_position,
            before.related_id,
            conversation_id,
        ),
    )
    derived.renew(db, conversation_id)


def wait_from(db: Connection, conversation_id: ConversationId, position: int) -> None:
    """A question that is not answered has come along: nothing from there on was handled."""
    db.execute(
        "UPDATE conversations SET handled_position = min(handled_position, ?) WHERE id = ?",
        (position - 1, conversation_id),
    )
    derived.renew(db, conversation_id)


def marks(db: Connection, conversation_id: ConversationId) -> dict[str, MessageId]:
    """Up to which message each agent has read."""
    rows = db.execute(
        "SELECT agent, message_id FROM read_marks WHERE conversation_id = ?", (conversation_id,)
    )
    return {row[0]: MessageId(row[1]) for row in rows}


def set_marks(
    db: Connection, conversation_id: ConversationId, marks: Mapping[str, int | None], at: Millis
) -> None:
    """Let agents have read up to these messages. When they did stays where it is known."""
    for agent, message_id in marks.items():
        if message_id is None:
            db.execute(
                "DELETE FROM read_marks WHERE agent = ? AND conversation_id = ?",
                (agent, conversation_id),
            )
            continue
        db.execute(
            "INSERT INTO read_marks (agent, conversation_id, message_id, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET message_id = excluded.message_id",
            (agent, conversation_id, message_id, at),
        )


def give_drafts(
    db: Connection, source: ConversationId, target: ConversationId, only: Sequence[Any] = ()
) -> list[tuple[str, str]]:
    """Let what agents have begun to write go along, where they have not begun anything there;
    agents and kinds. `only`: these."""
    rows = db.execute(
        "SELECT agent, kind FROM drafts d WHERE conversation_id = ?1 AND NOT EXISTS (SELECT 1"
        "  FROM drafts o WHERE o.conversation_id = ?2 AND o.agent = d.agent AND o.kind = d.kind)",
        (source, target),
    )
    wanted = {tuple(one) for one in only}
    given = [(row[0], row[1]) for row in rows if not only or (row[0], row[1]) in wanted]
    db.executemany(
        "UPDATE drafts SET conversation_id = ? WHERE conversation_id = ? AND agent = ?"
        " AND kind = ?",
        [(target, source, *one) for one in given],
    )
    return given


def awaited(db: Connection, conversation_id: ConversationId) -> list[tuple[int, str]]:
    """The messages that are expected in a conversation: accounts and ids."""
    return [
        (row[0], row[1])
        for row in db.execute(
            "SELECT account_id, external_id FROM awaited_messages WHERE conversation_id = ?"
            " LIMIT +?",
            (conversation_id, MOST_AWAITED),
        )
    ]


def await_again(
    db: Connection,
    source: ConversationId,
    target: ConversationId,
    keys: Sequence[tuple[int, str]],
) -> None:
    """Those of these that still are expected in the one are expected in the other."""
    db.executemany(
        "UPDATE awaited_messages SET conversation_id = ? WHERE conversation_id = ?"
        " AND account_id = ? AND external_id = ?",
        [(target, source, *key) for key in keys],
    )

"""Attachments whose contents are still with their channel: what is to be fetched, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from store.driver import Connection
from store.errors import NotFound
from store.model import AccountId, ConversationId, MessageId, Millis
from store.wording import _


@dataclass(frozen=True, slots=True)
class Awaited:
    """An attachment that has a reference instead of a content, or had one."""

    id: int
    message_id: MessageId
    conversation_id: ConversationId
    account_id: AccountId | None
    name: str
    size: int
    """Bytes that the channel promised; 0: it did not say. Of one that is here: what came."""
    blob: str
    reference: str
    problem: str
    """What the last try met."""
    tries: int
    due_at: Millis | None
    """When to fetch it; None: not any more."""


_SELECT = (
    "SELECT f.id, f.message_id, m.conversation_id, m.account_id, f.name, f.size, f.blob,"
    " f.reference, f.problem, f.tries, f.due_at"
)


def _awaited(row: Sequence[Any]) -> Awaited:
    return Awaited(*row)


def get(db: Connection, attachment_id: int) -> Awaited:
    """Raises `NotFound`."""
    row = db.execute(
        f"{_SELECT} FROM attachments f JOIN messages m ON m.id = f.message_id WHERE f.id = ?",
        (attachment_id,),
    ).fetchone()
    if row is None:
        raise NotFound(_("There is no attachment {id}.").format(id=attachment_id))
    return _awaited(row)


def due(db: Connection, now: Millis, account_id: AccountId, limit: int = 50) -> list[Awaited]:
    """What may be fetched now, of the newest messages first."""
    return [
        _awaited(row)
        for row in db.execute(
            f"{_SELECT} FROM attachments f INDEXED BY attachments_due"
            " CROSS JOIN messages m ON m.id = f.message_id"
            " WHERE f.due_at <= ? AND m.account_id = ? ORDER BY m.position DESC, f.id LIMIT +?",
            (now, account_id, limit),
        )
    ]


def next_due_at(
    db: Connection, account_id: AccountId, without: Collection[int] = ()
) -> Millis | None:
    """When the next one may be fetched (it may be past), `without` a few of them."""
    for attachment_id, due_at in db.execute(
        "SELECT f.id, f.due_at FROM attachments f INDEXED BY attachments_due"
        " CROSS JOIN messages m ON m.id = f.message_id"
        " WHERE f.due_at IS NOT NULL AND m.account_id = ? ORDER BY f.due_at",
        (account_id,),
    ):
        if attachment_id not in without:
            return int(due_at)
    return None


def of_message(db: Connection, message_id: MessageId) -> list[Awaited]:
    """Those of a message that have, or had, a reference."""
    return [
        _awaited(row)
        for row in db.execute(
            f"{_SELECT} FROM attachments f JOIN messages m ON m.id = f.message_id"
            " WHERE f.message_id = ? AND f.reference <> '' ORDER BY f.id",
            (message_id,),
        )
    ]


def missing(db: Connection, conversation_id: ConversationId) -> list[Awaited]:
    """All of a conversation's that are not here and could be asked for."""
    return [
        _awaited(row)
        for row in db.execute(
            f"{_SELECT} FROM messages m JOIN attachments f ON f.message_id = m.id"
            " WHERE m.conversation_id = ? AND f.blob = '' AND f.reference <> ''"
            " ORDER BY m.position, f.id",
            (conversation_id,),
        )
    ]


def arrived(db: Connection, attachment_id: int, blob: str, size: int) -> None:
    """Its content is in the store."""
    db.execute(
        "UPDATE attachments SET blob = ?, size = ?, problem = '', due_at = NULL WHERE id = ?",
        (blob, size, attachment_id),
    )


def later(db: Connection, attachment_id: int, when: Millis, problem: str) -> None:
    """A try failed: once more, not before `when`."""
    db.execute(
        "UPDATE attachments SET tries = tries + 1, due_at = ?, problem = ? WHERE id = ?",
        (when, problem, attachment_id),
    )


def never(db: Connection, attachment_id: int, problem: str) -> None:
    """There will be no content, for the reason given."""
    db.execute(
        "UPDATE attachments SET tries = tries + 1, due_at = NULL, problem = ? WHERE id = ?",
        (problem, attachment_id),
    )


def again(db: Connection, attachment_id: int, now: Millis) -> None:
    """Somebody wants it tried again, from the start."""
    db.execute(
        "UPDATE attachments SET tries = 0, due_at = ?, problem = '' WHERE id = ? AND blob = ''",
        (now, attachment_id),
    )

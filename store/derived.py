"""Columns of conversations and customers that follow from their messages.

`follow` does it for new messages in the usual order without reading the old ones; `renew`
reads a conversation's messages and is what `check` compares with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store import json_column
from store.driver import Connection
from store.model import Message, MessageId

PREVIEW = 120
"""Characters of a conversation's preview."""

_COLUMNS = (
    "channels, account_id, last_message_at, waiting_since, last_inbound_id, last_position,"
    " handled_position, preview, messages, failed"
)


@dataclass(slots=True)
class _State:
    channels: list[str]
    account_id: int | None
    last_message_at: int
    waiting_since: int | None
    last_inbound_id: int | None
    last_position: int
    handled_position: int
    preview: str
    messages: int
    failed: int

    def row(self) -> tuple[Any, ...]:
        return (
            json_column.dump(self.channels),
            self.account_id,
            self.last_message_at,
            self.waiting_since,
            self.last_inbound_id,
            self.last_position,
            self.preview,
            self.messages,
            self.failed,
        )


def weight(state: str) -> tuple[bool, bool]:
    """What of a message's state its conversation depends on: it doesn't answer anything;
    it shows as failed."""
    return state in ("failed", "cancelled"), state in ("failed", "unknown")


def preview(text: str, subject: str = "") -> str:
    """A message's first words on one line."""
    return " ".join(text[: PREVIEW * 4].split())[:PREVIEW] or subject[:PREVIEW]


def follow(db: Connection, inserted: Sequence[Message]) -> set[MessageId]:
    """Bring conversations and customers up to date with messages just inserted.

    Returns those that were their conversation's first.
    """
    states: dict[int, _State] = {}
    stale: set[int] = set()
    first: set[MessageId] = set()
    contacts: dict[int, tuple[int, int]] = {}
    for message in inserted:
        state = states.get(message.conversation_id)
        if state is None:
            state = states[message.conversation_id] = _load(db, message.conversation_id)
        if state.messages == 0:
            first.add(message.id)
        if message.position > state.last_position:
            _append(state, message)
        else:
            stale.add(message.conversation_id)
            state.messages += 1
        if message.direction != "note":
            earliest, latest = contacts.get(
                message.customer_id, (message.arrived_at, message.arrived_at)
            )
            contacts[message.customer_id] = (
                min(earliest, message.arrived_at),
                max(latest, message.arrived_at),
            )
    db.executemany(
        "UPDATE conversations SET channels = ?, account_id = ?, last_message_at = ?,"
        " waiting_since = ?, last_inbound_id = ?, last_position = ?, preview = ?,"
        " messages = ?, failed = ? WHERE id = ?",
        [(*state.row(), key) for key, state in states.items() if key not in stale],
    )
    for conversation_id in stale:
        renew(db, conversation_id)
    for customer_id, (earliest, latest) in contacts.items():
        contact(db, customer_id, earliest, latest)
    return first


def contact(db: Connection, customer_id: int, earliest: int, latest: int) -> None:
    """The customer was in contact at these times."""
    db.execute(
        "UPDATE customers SET first_contact_at = min(ifnull(first_contact_at, ?1), ?1),"
        " last_contact_at = max(ifnull(last_contact_at, ?2), ?2) WHERE id = ?3",
        (earliest, latest, customer_id),
    )


def _load(db: Connection, conversation_id: int) -> _State:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row is None:  # the foreign key has the last word
        return _State([], None, 0, None, None, 0, 0, "", 0, 0)
    return _State(list(json_column.load(row[0])), *row[1:])


def _append(state: _State, message: Message) -> None:
    """The conversation's newest message."""
    state.messages += 1
    state.last_position = message.position
    state.last_message_at = message.arrived_at
    state.preview = preview(message.text, message.subject)
    if message.state in ("failed", "unknown"):
        state.failed += 1
    if message.direction == "note":
        return
    if message.state != "cancelled":
        if message.channel in state.channels:
            state.channels.remove(message.channel)
        state.channels.insert(0, message.channel)
    if message.direction == "in":
        state.last_inbound_id = message.id
        if message.account_id is not None:
            state.account_id = message.account_id
        automatic = message.details.get("auto_reply") or message.details.get("bounce")
        if state.waiting_since is None and not automatic:
            state.waiting_since = message.arrived_at
    elif message.state not in ("failed", "cancelled"):
        state.waiting_since = None


def renew(db: Connection, conversation_id: int) -> None:
    """Derive a conversation's columns from its messages."""
    columns = derive(db, conversation_id)
    db.execute(
        "UPDATE conversations SET channels = ?, account_id = ?, last_message_at = ?,"
        " waiting_since = ?, last_inbound_id = ?, last_position = ?, preview = ?,"
        " messages = ?, failed = ? WHERE id = ?",
        (*columns, conversation_id),
    )


def derive(db: Connection, conversation_id: int) -> tuple[Any, ...]:
    """What the derived columns have to be, in the order of `renew`'s statement."""
    row = db.execute(
        "SELECT account_id, created_at, handled_position FROM conversations WHERE id = ?",
        (conversation_id,),
    ).fetchone()
    account_id, created_at, handled = row
    state = _State([], None, created_at, None, None, 0, handled, "", 0, 0)
    for position, message_id, direction, channel, account, sent, automatic, at in db.execute(
        "SELECT position, id, direction, channel, account_id, state, automatic, arrived_at"
        " FROM messages WHERE conversation_id = ? ORDER BY position",
        (conversation_id,),
    ):
        state.messages += 1
        state.last_position = position
        state.last_message_at = at
        if sent in ("failed", "unknown"):
            state.failed += 1
        if direction == "note":
            continue
        if sent != "cancelled":
            if channel in state.channels:
                state.channels.remove(channel)
            state.channels.insert(0, channel)
        if direction == "in":
            state.last_inbound_id = message_id
            if account is not None:
                state.account_id = account
            if state.waiting_since is None and not automatic and position > handled:
                state.waiting_since = at
        elif sent not in ("failed", "cancelled"):
            state.waiting_since = None
    if state.account_id is None:
        state.account_id = account_id
    if state.last_position:
        text, subject = db.execute(
            "SELECT substr(text, 1, ?), subject FROM messages WHERE position = ?",
            (PREVIEW * 4, state.last_position),
        ).fetchone()
        state.preview = preview(text, subject)
    return state.row()

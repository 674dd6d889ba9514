"""Columns of conversations and customers that follow from their messages.

`Following` does it for new messages in the usual order without reading the old ones; `renew`
reads a conversation's messages and is what `check` compares with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store import json_column
from store.driver import Connection
from store.model import ConversationId, CustomerId, Message, MessageId, Millis, NewConversation

PREVIEW = 120
"""Characters of a conversation's preview."""

_AT_ONCE = 500
_COLUMNS = (
    "channels, account_id, last_message_at, waiting_since, last_inbound_id, last_position,"
    " handled_position, preview, messages, failed"
)

_DERIVED = (
    "channels, account_id, last_message_at, waiting_since, last_inbound_id, last_position,"
    " preview, messages, failed"
)
_UPDATE = f"UPDATE conversations SET {' = ?, '.join(_DERIVED.split(', '))} = ? WHERE id = ?"
_CONTACT = (
    "UPDATE customers SET first_contact_at = min(ifnull(first_contact_at, ?1), ?1),"
    " last_contact_at = max(ifnull(last_contact_at, ?2), ?2) WHERE id = ?3"
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

    def used(self, channel: str, account: int | None) -> None:
        """The last used comes first; a call or a visit, which came over no account and can be
        answered over none, after those that can."""
        if account is None:
            if channel not in self.channels:
                self.channels.append(channel)
            return
        if channel in self.channels:
            self.channels.remove(channel)
        self.channels.insert(0, channel)

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


def automatic(details: Mapping[str, Any]) -> bool:
    """An auto-reply or a bounce: nobody waits for an answer to it. Or an automatic answer of
    ours, or a mail that repeats what we said in a chat: it answers nobody who waits."""
    return any(details.get(name) for name in ("auto_reply", "bounce", "automatic", "follows"))


def _tells(state: str, automatic: bool) -> bool:
    """Whether the inbox shows this message's words: not those of a machine, nor of a reply
    that was taken back."""
    return state != "cancelled" and not automatic


class Following:
    """Conversations and customers on their way to what messages being inserted make of them.

    `take` the messages, `begin` before their rows are written, `settle` after.
    """

    def __init__(self, db: Connection, begun: Sequence[NewConversation] = ()) -> None:
        self.first: set[MessageId] = set()
        """The messages that are their conversation's first."""
        self._db = db
        self._begun = begun
        self._states = {
            new.id: _State([], new.account_id, new.at, None, None, 0, 0, "", 0, 0) for new in begun
        }
        self._stale: set[ConversationId] = set()
        self._contacts: dict[CustomerId, tuple[Millis, Millis]] = {}

    def take(self, inserted: Sequence[Message]) -> None:
        states, contacts = self._states, self._contacts
        _load(self._db, {message.conversation_id for message in inserted}, states)
        for message in inserted:
            state = states[message.conversation_id]
            if state.messages == 0:
                self.first.add(message.id)
            if message.position > state.last_position:
                _append(state, message)
            else:
                self._stale.add(message.conversation_id)
                state.messages += 1
            if message.direction != "note":
                at = message.arrived_at
                earliest, latest = contacts.get(message.customer_id, (at, at))
                contacts[message.customer_id] = (min(earliest, at), max(latest, at))

    def begin(self) -> None:
        """Write the conversations that begin, complete: their messages' rows name them."""
        rows: list[tuple[Any, ...]] = []
        for new in self._begun:
            own = (new.id, new.customer_id, new.subject, new.status, new.at, new.related_id)
            rows.append((*own, *self._states.pop(new.id).row()))
        self._db.executemany(
            "INSERT INTO conversations (id, customer_id, subject, status, created_at, related_id,"
            f" {_DERIVED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def settle(self) -> None:
        self._db.executemany(
            _UPDATE,
            [(*state.row(), key) for key, state in self._states.items() if key not in self._stale],
        )
        for conversation_id in self._stale:
            renew(self._db, conversation_id)
        contacts = [(*times, customer_id) for customer_id, times in self._contacts.items()]
        self._db.executemany(_CONTACT, contacts)


def contact(db: Connection, customer_id: int, earliest: int, latest: int) -> None:
    """The customer was in contact at these times."""
    db.execute(_CONTACT, (earliest, latest, customer_id))


def _load(
    db: Connection, wanted: Collection[ConversationId], states: dict[ConversationId, _State]
) -> None:
    """Put those to `states` that are not there."""
    missing = [one for one in wanted if one not in states]
    for start in range(0, len(missing), _AT_ONCE):
        part = missing[start : start + _AT_ONCE]
        for id_, channels, *columns in db.execute(
            f"SELECT id, {_COLUMNS} FROM conversations WHERE id IN ({','.join('?' * len(part))})",
            part,
        ):
            states[id_] = _State(list(json_column.load(channels)), *columns)
    for one in missing:  # the foreign key has the last word
        states.setdefault(one, _State([], None, 0, None, None, 0, 0, "", 0, 0))


def _append(state: _State, message: Message) -> None:
    """The conversation's newest message."""
    state.messages += 1
    state.last_position = message.position
    state.last_message_at = message.arrived_at
    by_itself = automatic(message.details)
    if state.messages == 1 or _tells(message.state, by_itself):
        state.preview = preview(message.text, message.subject)
    if message.state in ("failed", "unknown"):
        state.failed += 1
    if message.direction == "note":
        return
    if message.state != "cancelled":
        state.used(message.channel, message.account_id)
    if message.direction == "in" and message.state == "cancelled":
        return
    if message.direction == "in":
        state.last_inbound_id = message.id
        if message.account_id is not None:
            state.account_id = message.account_id
        # After the newest one was moved away, a message may come before what was handled.
        handled = message.position <= state.handled_position
        if state.waiting_since is None and not by_itself and not handled:
            state.waiting_since = message.arrived_at
    elif message.state not in ("failed", "cancelled") and not by_itself:
        state.waiting_since = None


def renew(db: Connection, conversation_id: int) -> None:
    """Derive a conversation's columns from its messages."""
    db.execute(_UPDATE, (*derive(db, conversation_id), conversation_id))


def derive(db: Connection, conversation_id: int) -> tuple[Any, ...]:
    """What the derived columns have to be, in the order of `renew`'s statement."""
    row = db.execute(
        "SELECT account_id, created_at, handled_position FROM conversations WHERE id = ?",
        (conversation_id,),
    ).fetchone()
    account_id, created_at, handled = row
    state = _State([], None, created_at, None, None, 0, handled, "", 0, 0)
    telling = 0
    for position, message_id, direction, channel, account, sent, automatic, at in db.execute(
        "SELECT position, id, direction, channel, account_id, state, automatic, arrived_at"
        " FROM messages WHERE conversation_id = ? ORDER BY position",
        (conversation_id,),
    ):
        state.messages += 1
        state.last_position = position
        state.last_message_at = at
        if state.messages == 1 or _tells(sent, bool(automatic)):
            telling = position
        if sent in ("failed", "unknown"):
            state.failed += 1
        if direction == "note":
            continue
        if sent != "cancelled":
            state.used(channel, account)
        if direction == "in" and sent == "cancelled":
            continue
        if direction == "in":
            state.last_inbound_id = message_id
            if account is not None:
                state.account_id = account
            if state.waiting_since is None and not automatic and position > handled:
                state.waiting_since = at
        elif sent not in ("failed", "cancelled") and not automatic:
            state.waiting_since = None
    if state.account_id is None:
        state.account_id = account_id
    if state.last_position:
        text, subject = db.execute(
            # As bytes: of a text, SQLite's functions see nothing after a NUL.
            "SELECT substr(CAST(text AS BLOB), 1, ?), subject FROM messages WHERE position = ?",
            (PREVIEW * 16, telling),
        ).fetchone()
        state.preview = preview(bytes(text or b"").decode("utf-8", "ignore"), subject)
    return state.row()

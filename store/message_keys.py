"""What intake asks about messages before it knows them: by key, by sender, by chat.

Light rows instead of whole messages, and one query for a batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from store.driver import Connection
from store.identities import normalise
from store.model import (
    AccountId,
    ConversationId,
    CustomerId,
    Direction,
    MessageId,
    MessageState,
    Millis,
    Status,
)

_AT_ONCE = 500
_KNOWN = (
    "m.id, m.conversation_id, m.customer_id, m.account_id, m.direction, m.state,"
    " m.external_id, m.content_hash, m.arrived_at"
)


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A stored message as intake needs it to tell doubles and to thread."""

    id: MessageId
    conversation_id: ConversationId
    customer_id: CustomerId
    account_id: AccountId | None
    direction: Direction
    state: MessageState
    external_id: str
    content_hash: str
    arrived_at: Millis = 0


@dataclass(frozen=True, slots=True)
class KnownConversation:
    """A conversation as intake needs it to go on with it."""

    id: ConversationId
    customer_id: CustomerId
    status: Status
    last_message_at: Millis
    closed_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class ThreadMate:
    """A stored message of one of Outlook's threads."""

    conversation_id: ConversationId
    customer_id: CustomerId
    account_id: AccountId | None
    subject: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message of ours that a customer may answer."""

    conversation_id: ConversationId
    conversation_subject: str
    subject: str
    text: str
    """Its beginning."""


def find(db: Connection, keys: Iterable[str]) -> dict[str, list[KnownMessage]]:
    """Stored messages by the channel's own id, oldest first; keys without any are absent."""
    wanted = sorted({key for key in keys if key})
    found: dict[str, list[KnownMessage]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        rows = db.execute(
            f"SELECT {_KNOWN} FROM messages m"
            f" WHERE external_id IN ({marks}) AND external_id <> '' ORDER BY id",
            part,
        )
        for row in rows:
            known = KnownMessage(*row)
            found.setdefault(known.external_id, []).append(known)
    return found


def find_in(
    db: Connection, account_id: AccountId, keys: Iterable[str]
) -> dict[str, list[KnownMessage]]:
    """The same within one account, for channels whose ids are the account's own; also by the
    further ids of a message (`alias`)."""
    wanted = sorted({key for key in keys if key})
    found: dict[str, list[KnownMessage]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        for key, *row in db.execute(
            f"SELECT external_id, {_KNOWN} FROM messages m WHERE external_id IN ({marks})"
            " AND external_id <> '' AND account_id = ? ORDER BY id",
            (*part, account_id),
        ):
            found.setdefault(key, []).append(KnownMessage(*row))
        for key, *row in db.execute(
            f"SELECT a.external_id, {_KNOWN} FROM message_aliases a"
            " JOIN messages m ON m.id = a.message_id"
            f" WHERE a.account_id = ? AND a.external_id IN ({marks})",
            (account_id, *part),
        ):
            one = KnownMessage(*row)
            if one.external_id != key:
                found.setdefault(key, []).append(one)
    return found


def alias(db: Connection, account_id: AccountId, further: Iterable[tuple[str, MessageId]]) -> None:
    """Give messages further ids; an id that is taken stays where it is."""
    db.executemany(
        "INSERT OR IGNORE INTO message_aliases (account_id, external_id, message_id)"
        " VALUES (?, ?, ?)",
        [(account_id, key, message_id) for key, message_id in further],
    )


def received_by(db: Connection, account_id: AccountId, ids: Sequence[MessageId]) -> set[MessageId]:
    """Which of these messages, stored under another account, came to this account as well."""
    found: set[MessageId] = set()
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        found.update(
            MessageId(row[0])
            for row in db.execute(
                "SELECT message_id FROM ledger WHERE account_id = ?"
                f" AND message_id IN ({','.join('?' * len(part))})",
                (account_id, *part),
            )
        )
    return found


def unknown_in(db: Connection, account_id: AccountId, chat: str) -> list[MessageId]:
    """The messages of unknown fate that an account sent to a chat."""
    return [
        MessageId(row[0])
        for row in db.execute(
            "SELECT id FROM messages WHERE state = 'unknown' AND account_id = ?"
            " AND details ->> '$.chat' = ? ORDER BY id LIMIT 100",
            (account_id, chat),
        )
    ]


def of_threads(db: Connection, threads: Iterable[str]) -> dict[str, list[ThreadMate]]:
    """Stored messages by Outlook's name of their thread, the last stored first."""
    wanted = sorted({thread for thread in threads if thread})
    found: dict[str, list[ThreadMate]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        for thread, *mate in db.execute(
            "SELECT thread_index, conversation_id, customer_id, account_id, subject FROM messages"
            f" WHERE thread_index IN ({','.join('?' * len(part))}) AND thread_index <> ''"
            " ORDER BY id DESC",
            part,
        ):
            found.setdefault(thread, []).append(ThreadMate(*mate))
    return found


def sent_to(
    db: Connection,
    customer_id: CustomerId,
    account_id: AccountId,
    *,
    since: Millis,
    until: Millis,
    limit: int = 50,
) -> list[SentMessage]:
    """What an account sent in a customer's conversations in a time, the newest first."""
    rows = db.execute(
        "SELECT v.id, v.subject, m.subject, substr(m.text, 1, 4000)"
        " FROM (SELECT id, subject FROM conversations WHERE customer_id = ?1"
        "       AND last_message_at >= ?3 ORDER BY last_message_at DESC LIMIT 30) v"
        " JOIN messages m ON m.conversation_id = v.id"
        " WHERE m.direction = 'out' AND m.account_id = ?2"
        " AND m.state IN ('sent', 'unknown', 'sending') AND m.arrived_at BETWEEN ?3 AND ?4"
        " ORDER BY m.position DESC LIMIT +?5",
        (customer_id, account_id, since, until, limit),
    )
    return [SentMessage(*row) for row in rows]


def participants(db: Connection, conversation_id: ConversationId) -> set[tuple[str, str]]:
    """(channel, normalised address) of everybody who wrote or was written to. Not whoever got a
    one-time code: that may be anybody."""
    people: set[tuple[str, str]] = set()
    for channel, author, recipients in db.execute(
        "SELECT channel, author_address, recipients FROM messages"
        " WHERE conversation_id = ? AND direction <> 'note' AND details ->> '$.code' IS NULL",
        (conversation_id,),
    ):
        addresses = [author, *(_address(item) for item in json.loads(recipients))]
        people.update((channel, normalise(channel, address)) for address in addresses if address)
    return people


def wrote_on(db: Connection, conversation_id: ConversationId, channel: str) -> bool:
    """Whether anybody wrote to us in a conversation on a channel; reports and automatic answers
    are no writing."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM messages WHERE conversation_id = ? AND direction = 'in'"
        " AND channel = ? AND NOT automatic)",
        (conversation_id, channel),
    ).fetchone()
    return bool(row[0])


def last_in_chat(
    db: Connection, customer_id: CustomerId, account_id: AccountId, chat: str
) -> ConversationId | None:
    """The conversation of the customer's last message in a chat."""
    row = db.execute(
        "SELECT conversation_id FROM messages WHERE customer_id = ? AND account_id = ?"
        " AND details ->> '$.chat' = ? ORDER BY position DESC LIMIT 1",
        (customer_id, account_id, chat),
    ).fetchone()
    return ConversationId(row[0]) if row else None


def last_in_chats(
    db: Connection, account_id: AccountId, chats: Sequence[tuple[CustomerId, str]]
) -> dict[tuple[CustomerId, str], tuple[Millis, ConversationId]]:
    """`last_in_chat` for several customers, each in a chat, and when that message arrived; those
    who never wrote there are absent."""
    found: dict[tuple[CustomerId, str], tuple[Millis, ConversationId]] = {}
    for start in range(0, len(chats), _AT_ONCE):
        part = chats[start : start + _AT_ONCE]
        for customer, chat, position, conversation in db.execute(
            f"WITH asked (customer_id, chat) AS (VALUES {','.join(['(?, ?)'] * len(part))})"
            " SELECT a.customer_id, a.chat, m.position, m.conversation_id"
            " FROM asked a JOIN messages m ON m.position ="
            "  (SELECT position FROM messages WHERE customer_id = a.customer_id"
            "   AND account_id = ? AND details ->> '$.chat' = a.chat"
            "   ORDER BY position DESC LIMIT 1)",
            (*chain.from_iterable(part), account_id),
        ):
            found[CustomerId(customer), chat] = position >> 12, ConversationId(conversation)
    return found


def conversations(
    db: Connection, ids: Iterable[ConversationId]
) -> dict[ConversationId, KnownConversation]:
    """Those of the conversations that exist."""
    wanted = list(ids)
    found: dict[ConversationId, KnownConversation] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        for row in db.execute(
            "SELECT id, customer_id, status, last_message_at, closed_at FROM conversations"
            f" WHERE id IN ({','.join('?' * len(part))})",
            part,
        ):
            found[row[0]] = KnownConversation(*row)
    return found


def lately_like(
    db: Connection,
    customer_id: CustomerId,
    address: str,
    subject: str,
    *,
    since: int,
    until: int,
    newest: int,
    limit: int,
) -> list[str]:
    """The beginnings of a customer's mails of one address and subject that arrived within
    (since, until], in milliseconds; of messages no newer than the id `newest`."""
    return [
        str(text)
        for (text,) in db.execute(
            "SELECT substr(text, 1, 600) FROM messages WHERE customer_id = ? AND position > ?"
            " AND position < ? AND direction = 'in' AND author_address = ? AND subject = ?"
            " AND id <= ? ORDER BY position DESC LIMIT +?",
            (customer_id, since << 12, (until + 1) << 12, address, subject, newest, limit),
        )
    ]


def await_parents(
    db: Connection, account_id: AccountId, missing: Iterable[tuple[str, ConversationId]]
) -> None:
    """Remember the ids that messages quote and that are not stored (yet), and where."""
    db.executemany(
        "INSERT OR IGNORE INTO awaited_messages (account_id, external_id, conversation_id)"
        " VALUES (?, ?, ?)",
        [(account_id, key, conversation_id) for key, conversation_id in missing],
    )


def awaiting(
    db: Connection, account_id: AccountId, keys: Sequence[str]
) -> dict[str, ConversationId]:
    """Which conversations quote these ids of messages that were not stored."""
    found: dict[str, ConversationId] = {}
    for start in range(0, len(keys), _AT_ONCE):
        part = list(keys[start : start + _AT_ONCE])
        marks = ",".join("?" * len(part))
        for external_id, conversation_id in db.execute(
            "SELECT external_id, conversation_id FROM awaited_messages"
            f" WHERE account_id = ? AND external_id IN ({marks})",
            [account_id, *part],
        ):
            found[external_id] = ConversationId(conversation_id)
    return found


def places(
    db: Connection, ids: Sequence[MessageId]
) -> dict[MessageId, tuple[CustomerId, ConversationId]]:
    """Whose messages are, and in which conversations."""
    found: dict[MessageId, tuple[CustomerId, ConversationId]] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        for row in db.execute(
            "SELECT id, customer_id, conversation_id FROM messages"
            f" WHERE id IN ({','.join('?' * len(part))})",
            tuple(part),
        ):
            found[row[0]] = (row[1], row[2])
    return found


def follow(db: Connection, source: ConversationId, target: ConversationId) -> None:
    """What was expected in a conversation that was joined to another is expected there."""
    db.execute(
        "UPDATE awaited_messages SET conversation_id = ? WHERE conversation_id = ?",
        (target, source),
    )


def _address(item: object) -> str:
    """A recipient as the store writes it: an object, a pair or a bare address."""
    if isinstance(item, dict):
        return str(item.get("address", ""))
    if isinstance(item, list):
        return str(item[0]) if item else ""
    return str(item)

"""Replies in chats that are watched until their customer has seen them, or a mail goes after
them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.driver import Connection
from store.model import AccountId, ConversationId, CustomerId, MessageId, Millis

_COLUMNS = "message_id, account_id, address, sent_at, due_at, mail_id"
_SEEN = "m.details ->> '$.read_at' IS NOT NULL OR m.details ->> '$.deleted_at' IS NOT NULL"
_DELIVERED = f"{_SEEN} OR m.details ->> '$.delivered_at' IS NOT NULL"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One reply that is or was watched."""

    message_id: MessageId
    account_id: AccountId
    """Of the chat."""
    address: str
    """The customer's in the chat."""
    sent_at: Millis
    due_at: Millis | None
    """Not before; None: nothing is to be done any more."""
    mail_id: MessageId | None
    """The mail that took it along."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A reply that its customer, who is not there, has not seen."""

    message_id: MessageId
    conversation_id: ConversationId
    customer_id: CustomerId
    address: str
    sent_at: Millis
    gone_at: Millis
    """Since when they are not there; 0: nobody ever saw them there."""


def watch(
    db: Connection, message_id: MessageId, account_id: AccountId, address: str, sent_at: Millis
) -> None:
    """A reply is in the chat; nothing more happens to one that is watched already."""
    db.execute(
        "INSERT INTO follow_ups (message_id, account_id, address, sent_at, due_at)"
        " VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT DO NOTHING",
        (message_id, account_id, address, sent_at),
    )


def get(db: Connection, message_id: MessageId) -> FollowUp | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM follow_ups WHERE message_id = ?", (message_id,)
    ).fetchone()
    return FollowUp(*row) if row else None


def unseen(db: Connection, account_id: AccountId) -> list[Unseen]:
    """What waits and may go: its customer is away, and the conversation's customer, who has this
    address, has a proven e-mail that works. In the order of the messages."""
    rows = db.execute(
        "SELECT f.message_id, m.conversation_id, m.customer_id, f.address, f.sent_at,"
        " ifnull(v.at, 0) FROM follow_ups f"
        " JOIN messages m ON m.id = f.message_id"
        " JOIN accounts a ON a.id = f.account_id"
        " JOIN identities i ON i.channel = a.channel AND i.address = f.address"
        "  AND i.customer_id = m.customer_id"
        " LEFT JOIN visits v ON v.account_id = f.account_id AND v.address = f.address"
        " WHERE f.account_id = ? AND f.due_at IS NOT NULL AND ifnull(v.online, 0) = 0"
        " AND EXISTS (SELECT 1 FROM identities e WHERE e.customer_id = m.customer_id"
        "  AND e.channel = 'email' AND e.proof <> '' AND e.flag = '')"
        " ORDER BY m.position",
        (account_id,),
    )
    return [Unseen(*row) for row in rows]


def seen(db: Connection, account_id: AccountId, *, read_marks: bool) -> list[MessageId]:
    """Of what waits, what the customer has seen, or can never see. Where a channel tells nothing
    of reading (`read_marks`), what they have counts as seen."""
    told = _SEEN if read_marks else _DELIVERED
    rows = db.execute(
        "SELECT f.message_id FROM follow_ups f JOIN messages m ON m.id = f.message_id"
        f" WHERE f.account_id = ? AND f.due_at IS NOT NULL AND ({told})",
        (account_id,),
    )
    return [MessageId(row[0]) for row in rows]


def drop(db: Connection, ids: Iterable[MessageId]) -> None:
    """These were seen."""
    db.executemany(
        "DELETE FROM follow_ups WHERE message_id = ? AND mail_id IS NULL", [(one,) for one in ids]
    )


def old(db: Connection, before: Millis) -> bool:
    """Whether anything waits that was sent before then."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM follow_ups WHERE due_at IS NOT NULL AND sent_at < ?)",
        (before,),
    ).fetchone()
    return bool(row[0])


def give_up(db: Connection, before: Millis) -> int:
    """Nothing goes after what was sent before then; how many that were."""
    return db.execute(
        "UPDATE follow_ups SET due_at = NULL WHERE due_at IS NOT NULL AND sent_at < ?", (before,)
    ).rowcount


def take(db: Connection, ids: Iterable[MessageId], mail_id: MessageId) -> None:
    """A mail takes these along."""
    db.executemany(
        "UPDATE follow_ups SET due_at = NULL, mail_id = ? WHERE message_id = ?",
        [(mail_id, one) for one in ids],
    )


def give_back(db: Connection, mail_id: MessageId) -> None:
    """The mail does not go: what it would have taken along waits again."""
    db.execute(
        "UPDATE follow_ups SET due_at = sent_at, mail_id = NULL WHERE mail_id = ?", (mail_id,)
    )


def carried(db: Connection, mail_id: MessageId) -> list[MessageId]:
    """What a mail takes along, in the order of the messages."""
    rows = db.execute(
        "SELECT f.message_id FROM follow_ups f JOIN messages m ON m.id = f.message_id"
        " WHERE f.mail_id = ? ORDER BY m.position",
        (mail_id,),
    )
    return [MessageId(row[0]) for row in rows]


def queued(db: Connection) -> list[MessageId]:
    """The mails after customers that have not left yet."""
    if not db.execute(
        "SELECT EXISTS (SELECT 1 FROM follow_ups WHERE mail_id IS NOT NULL)"
    ).fetchone()[0]:
        return []
    rows = db.execute(
        "SELECT m.id FROM messages m INDEXED BY messages_unsettled"
        " WHERE m.state IN ('queued', 'sending', 'failed', 'unknown') AND m.state = 'queued'"
        " AND EXISTS (SELECT 1 FROM follow_ups f WHERE f.mail_id = m.id) ORDER BY m.id"
    )
    return [MessageId(row[0]) for row in rows]


def last_mail(
    db: Connection, customer_id: CustomerId, addresses: Sequence[str]
) -> tuple[Millis, bool] | None:
    """When the last mail went after somebody whose addresses in chats these are, and whether it
    is still on its way; None: none ever did."""
    row = db.execute(
        "SELECT max(max(m.arrived_at, ifnull(m.details ->> '$.sent_at', 0),"
        " ifnull(m.details ->> '$.unknown_at', 0))),"
        " max(m.state IN ('queued', 'sending'))"
        " FROM follow_ups f JOIN messages m ON m.id = f.mail_id"
        f" WHERE f.address IN ({','.join('?' * len(addresses))}) AND m.state <> 'cancelled'"
        " AND m.customer_id = ?",
        (*addresses, customer_id),
    ).fetchone()
    return (int(row[0]), bool(row[1])) if row[0] is not None else None

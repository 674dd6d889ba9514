"""Messages on their way out: `queued → sending → sent | failed | unknown`, or `cancelled`.

The state is the message's own; the entry holds the key, the recipients and when. Only
the transitions below exist, so that nothing is sent twice: `sending` is stored before
the first byte leaves, and what was `sending` when an engine died becomes `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from store import json_column, messages
from store.driver import Connection
from store.errors import NotFound, StateError
from store.model import AccountId, MessageId, MessageState, Millis, OutboxEntry
from store.wording import _

_COLUMNS = (
    "o.message_id, m.conversation_id, o.account_id, a.name, a.channel, o.key, o.recipients,"
    " m.state, o.due_at, o.attempts, m.error, o.agent, o.first_attempt_at"
)
_SELECT = (
    f"SELECT {_COLUMNS} FROM outbox o JOIN messages m ON m.id = o.message_id"
    " JOIN accounts a ON a.id = o.account_id"
)
_TOLD = frozenset({"refused", "delayed", "bounced", "causes"})
"""Details of a message that tell what became of it at the other end."""
# What was sent stays in the outbox: the few that were not are found by an index of theirs,
# which SQLite takes only when its condition is repeated.
_UNSETTLED = (
    "FROM messages m INDEXED BY messages_unsettled CROSS JOIN outbox o ON o.message_id = m.id"
    " JOIN accounts a ON a.id = o.account_id"
    " WHERE m.state IN ('queued', 'sending', 'failed', 'unknown')"
)

# One in a chat that has been tried was its first then, whatever has become due since.
_HEADS = (
    "SELECT o.message_id, m.state, o.due_at, row_number() OVER (PARTITION BY"
    " CASE WHEN ifnull(m.details ->> '$.chat', '') <> '' THEN 'chat ' || (m.details ->> '$.chat')"
    " WHEN ?2 THEN 'to ' || ifnull(o.recipients ->> '$[0]', '') ELSE o.message_id END"
    " ORDER BY m.state = 'sending' DESC, o.attempts > 0 DESC,"
    " iif(o.attempts > 0, o.first_attempt_at, 0), o.due_at, o.message_id) AS place"
    " FROM messages m INDEXED BY messages_unsettled CROSS JOIN outbox o ON o.message_id = m.id"
    " WHERE m.state IN ('queued', 'sending', 'failed', 'unknown')"
    " AND m.state IN ('queued', 'sending') AND o.account_id = ?1"
)


def _entry(row: Sequence[Any]) -> OutboxEntry:
    return OutboxEntry(*(*row[:6], tuple(json_column.load(row[6])), *row[7:]))


def _entries(db: Connection, tail: str, *values: Any) -> list[OutboxEntry]:
    return [_entry(row) for row in db.execute(f"{_SELECT} {tail}", values)]


def _unsettled(db: Connection, tail: str, *values: Any) -> list[OutboxEntry]:
    sql = f"SELECT {_COLUMNS} {_UNSETTLED} AND {tail}"
    return [_entry(row) for row in db.execute(sql, values)]


def enqueue(
    db: Connection,
    message_id: MessageId,
    account_id: AccountId,
    key: str,
    recipients: Iterable[str],
    *,
    agent: str,
    due_at: Millis,
    cancel_on_inbound: bool = False,
) -> None:
    """Promise to send a message of state `queued`, not before `due_at`, under `key`."""
    if messages.state(db, message_id) != "queued":
        raise _refused(db, message_id, "queued")
    db.execute(
        "INSERT INTO outbox (message_id, account_id, key, recipients, agent, due_at,"
        " cancel_on_inbound) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            message_id,
            account_id,
            key,
            json_column.dump(list(recipients)),
            agent,
            due_at,
            int(cancel_on_inbound),
        ),
    )


def get(db: Connection, message_id: MessageId) -> OutboxEntry:
    """Raises `NotFound`."""
    found = _entries(db, "WHERE o.message_id = ?", message_id)
    if not found:
        raise NotFound(_("Message {id} is not in the outbox.").format(id=message_id))
    return found[0]


def due(
    db: Connection, now: Millis, account_id: AccountId | None = None, limit: int = 100
) -> list[OutboxEntry]:
    """What waits to be sent and may be now, the longest due first."""
    return _unsettled(
        db,
        "m.state = 'queued' AND o.due_at <= ?1 AND (?2 IS NULL OR o.account_id = ?2)"
        " ORDER BY o.due_at, o.message_id LIMIT +?3",
        now,
        account_id,
        limit,
    )


def claim_heads(
    db: Connection, account_id: AccountId, now: Millis, *, by_recipient: bool, limit: int
) -> list[OutboxEntry]:
    """Begin to send what may go at once: of each chat its first message, if that is due.

    A chat's first is the one being sent, then one that waits for its next try, then the longest
    due: nothing overtakes them. Messages without a chat are each for themselves, or
    `by_recipient` in the order of who gets them.
    """
    rows = db.execute(
        f"SELECT message_id FROM ({_HEADS}) WHERE place = 1 AND state = 'queued'"
        " AND due_at <= ?3 ORDER BY due_at, message_id LIMIT +?4",
        (account_id, by_recipient, now, limit),
    ).fetchall()
    return [get(db, row[0]) for row in rows if claim(db, row[0], now)]


def next_head_at(
    db: Connection, account_id: AccountId, now: Millis, *, by_recipient: bool
) -> Millis | None:
    """When the next of what `claim_heads` gives may be sent (at or before `now`: at once)."""
    row = db.execute(
        f"SELECT min(due_at) FROM ({_HEADS}) WHERE place = 1 AND state = 'queued'",
        (account_id, by_recipient),
    ).fetchone()
    return None if row[0] is None else max(int(row[0]), now)


def next_due_at(db: Connection, now: Millis, account_id: AccountId | None = None) -> Millis | None:
    """When the next queued message may be sent (at or before `now`: at once)."""
    row = db.execute(
        f"SELECT min(o.due_at) {_UNSETTLED}"
        " AND m.state = 'queued' AND (?1 IS NULL OR o.account_id = ?1)",
        (account_id,),
    ).fetchone()
    return None if row[0] is None else max(int(row[0]), now)


def held_until(db: Connection, conversation_id: int) -> Millis | None:
    """Until when the conversation's newest reply can be taken back; None: none waits."""
    row = db.execute(
        "SELECT o.due_at FROM messages m JOIN outbox o ON o.message_id = m.id"
        " WHERE m.conversation_id = ? AND m.state = 'queued' ORDER BY m.position DESC LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return row[0] if row else None


def claim(db: Connection, message_id: MessageId, now: Millis) -> bool:
    """Begin to send; False when it is not queued any more or not due yet."""
    cursor = db.execute(
        "UPDATE outbox SET attempts = attempts + 1,"
        " first_attempt_at = ifnull(first_attempt_at, ?1)"
        " WHERE message_id = ?2 AND due_at <= ?1"
        " AND (SELECT state FROM messages WHERE id = ?2) = 'queued'",
        (now, message_id),
    )
    if cursor.rowcount == 0:
        return False
    messages.set_state(db, message_id, "sending")
    return True


def set_key(db: Connection, message_id: MessageId, key: str) -> None:
    """Give a message that is claimed and has not left another key; mails after it in its
    conversation that wait, too, answer that one then."""
    row = db.execute(
        "SELECT o.key, m.state, m.conversation_id FROM outbox o JOIN messages m"
        " ON m.id = o.message_id WHERE o.message_id = ?",
        (message_id,),
    ).fetchone()
    if row is None or row[1] != "sending":
        raise _refused(db, message_id, "sending")
    db.execute("UPDATE outbox SET key = ? WHERE message_id = ?", (key, message_id))
    db.execute("UPDATE messages SET external_id = ? WHERE id = ?", (key, message_id))
    db.execute(
        "UPDATE messages SET details = replace(details, ?1, ?2) WHERE conversation_id = ?3"
        " AND state IN ('queued', 'failed') AND instr(details, ?1)",
        (row[0], key, row[2]),
    )


def settle_sent(
    db: Connection,
    message_id: MessageId,
    external_id: str,
    now: Millis,
    refused: Mapping[str, str] | None = None,
) -> None:
    """The channel has it. From `sending`, or from `unknown` when proof was found."""
    _require(db, message_id, "sent", "sending", "unknown")
    messages.set_state(
        db,
        message_id,
        "sent",
        "; ".join(f"{address}: {words}" for address, words in (refused or {}).items()),
        external_id or None,
    )
    details = {"sent_at": now}
    messages.add_details(
        db, message_id, {**details, "refused": dict(refused)} if refused else details
    )


def settle_failed(db: Connection, message_id: MessageId, error: str) -> None:
    """The channel refused it for good, or every retry was used up."""
    _require(db, message_id, "failed", "sending", "queued", "unknown")
    messages.set_state(db, message_id, "failed", error)


def retry_at(db: Connection, message_id: MessageId, when: Millis, error: str) -> None:
    """Surely not sent: once more, not before `when`."""
    _require(db, message_id, "queued", "sending")
    db.execute("UPDATE outbox SET due_at = ? WHERE message_id = ?", (when, message_id))
    messages.set_state(db, message_id, "queued", error)


def settle_unknown(db: Connection, message_id: MessageId, why: str) -> None:
    """It may have gone out: only proof or an agent moves it on."""
    _require(db, message_id, "unknown", "sending")
    messages.set_state(db, message_id, "unknown", why)


def cancel(db: Connection, message_id: MessageId) -> bool:
    """Take a queued message back; False when it is not queued any more."""
    get(db, message_id)
    if messages.state(db, message_id) != "queued":
        return False
    messages.set_state(db, message_id, "cancelled")
    return True


def requeue(db: Connection, message_id: MessageId, now: Millis) -> None:
    """An agent decided to send a failed or unknown message again, under the same key."""
    _require(db, message_id, "queued", "failed", "unknown")
    db.execute(
        "UPDATE outbox SET due_at = ?, attempts = 0, first_attempt_at = NULL WHERE message_id = ?",
        (now, message_id),
    )
    # What servers said of the last time says nothing about this one.
    told = messages.get(db, message_id).details.keys() & _TOLD
    if told:
        messages.add_details(db, message_id, {name: {} for name in told})
    messages.set_state(db, message_id, "queued")


def set_due(db: Connection, message_id: MessageId, when: Millis) -> bool:
    """Move the time of a queued message; False when it is not queued any more."""
    cursor = db.execute(
        "UPDATE outbox SET due_at = ?1 WHERE message_id = ?2"
        " AND (SELECT state FROM messages WHERE id = ?2) = 'queued'",
        (when, message_id),
    )
    return cursor.rowcount > 0


def cancel_on_inbound(db: Connection, conversation_id: int) -> list[MessageId]:
    """Queued messages of a conversation that a customer's message is to stop."""
    return [
        row[0]
        for row in db.execute(
            f"SELECT m.id {_UNSETTLED} AND m.state = 'queued' AND m.conversation_id = ?"
            " AND o.cancel_on_inbound",
            (conversation_id,),
        )
    ]


def cancelling(db: Connection) -> bool:
    """Whether any queued message is to be stopped by its customer's next one."""
    return bool(
        db.execute(
            f"SELECT EXISTS (SELECT 1 {_UNSETTLED} AND m.state = 'queued' AND o.cancel_on_inbound)"
        ).fetchone()[0]
    )


def sending(db: Connection) -> list[OutboxEntry]:
    """What was being sent: after a crash of the engine, what may or may not have gone out."""
    return _unsettled(db, "m.state = 'sending' ORDER BY o.message_id")


def unknown(db: Connection) -> list[OutboxEntry]:
    return _unsettled(db, "m.state = 'unknown' ORDER BY o.message_id")


def all(db: Connection) -> list[OutboxEntry]:
    """Every entry there ever was, oldest first."""
    return _entries(db, "ORDER BY o.message_id")


def _require(
    db: Connection, message_id: MessageId, target: MessageState, *sources: MessageState
) -> None:
    get(db, message_id)
    if messages.state(db, message_id) not in sources:
        raise _refused(db, message_id, target)


def _refused(db: Connection, message_id: MessageId, target: MessageState) -> StateError:
    return StateError(
        _("Message {id} is {state} and cannot become {target}.").format(
            id=message_id, state=messages.state(db, message_id), target=target
        )
    )

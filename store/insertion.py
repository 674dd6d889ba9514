"""Inserting messages, with everything that follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Literal

from store import index, json_column
from store.derived import Following, automatic
from store.driver import Connection
from store.model import (
    AccountId,
    Address,
    Attachment,
    Message,
    MessageId,
    Millis,
    NewAttachment,
    NewConversation,
    NewMessage,
)

_NEWEST = 1 << 50
"""Later clocks are not believed for the order (in milliseconds: the year 37648)."""


def insert(db: Connection, new: NewMessage) -> Message:
    """Store one message; see `insert_many`."""
    return insert_many(db, [new])[0]


def insert_many(
    db: Connection, batch: Sequence[NewMessage], begun: Sequence[NewConversation] = ()
) -> list[Message]:
    """Store messages with their attachments, give them ids (from `messages.newest_id` on) and
    positions, bring their conversations' and customers' derived columns up to date, and index
    them for search (when the transaction ends). `begun` are conversations that start with some
    of them. Inside a transaction; the order is the batch's."""
    db.execute("SAVEPOINT insertion")
    try:
        return _insert(db, batch, begun)
    except UnicodeEncodeError:
        # A lone surrogate is no text that anything could store: it becomes U+FFFD.
        db.execute("ROLLBACK TO insertion")
        return _insert(db, [_encodable(new) for new in batch], begun)
    finally:
        if db.in_transaction:
            db.execute("RELEASE insertion")


def _insert(
    db: Connection, batch: Sequence[NewMessage], begun: Sequence[NewConversation]
) -> list[Message]:
    accounts = {one: account_of(db, one) for one in {new.account_id for new in batch}}
    next_id = newest_id(db, "messages") + 1
    next_file = 0
    if any(new.attachments for new in batch):
        next_file = newest_id(db, "attachments") + 1
    positions = _positions(db, [new.arrived_at for new in batch])
    inserted: list[Message] = []
    rows: list[tuple[Any, ...]] = []
    files: list[tuple[Any, ...]] = []
    for new, position in zip(batch, positions, strict=True):
        message_id = MessageId(next_id)
        next_id += 1
        attachments = []
        for file in new.attachments:
            attachments.append(
                Attachment(
                    id=next_file,
                    message_id=message_id,
                    name=file.name,
                    type=file.type,
                    size=file.size,
                    blob=file.blob,
                    inline=file.inline,
                    content_id=file.content_id,
                    problem=file.problem,
                    awaited=_awaited(file),
                )
            )
            files.append(
                (
                    next_file,
                    message_id,
                    file.name,
                    file.type,
                    file.size,
                    file.blob,
                    int(file.inline),
                    file.content_id,
                    file.reference,
                    file.problem,
                    new.arrived_at if _awaited(file) else None,
                )
            )
            next_file += 1
        recipients = json_column.dump([[one.address, one.name] for one in new.recipients])
        rows.append(
            (
                message_id, position, new.conversation_id, new.customer_id, new.account_id,
                new.channel, new.direction, new.state, int(automatic(new.details)), new.sent_at,
                new.arrived_at, new.external_id, new.content_hash, new.thread_index, new.author,
                new.author_address, new.subject, new.error, new.raw, recipients, new.text,
                new.quoted, new.signature, json_column.dump(dict(new.details)),
            )
        )  # fmt: skip
        inserted.append(
            Message(
                id=message_id,
                position=position,
                conversation_id=new.conversation_id,
                customer_id=new.customer_id,
                account_id=new.account_id,
                account=accounts[new.account_id][0],
                channel=new.channel,
                direction=new.direction,
                external_id=new.external_id,
                author=new.author,
                author_address=new.author_address,
                recipients=tuple(new.recipients),
                subject=new.subject,
                text=new.text,
                quoted=new.quoted,
                signature=new.signature,
                sent_at=new.sent_at,
                arrived_at=new.arrived_at,
                state=new.state,
                error=new.error,
                raw=new.raw,
                details=new.details,
                attachments=tuple(attachments),
            )
        )
    following = Following(db, begun)
    following.take(inserted)
    following.begin()
    db.executemany(
        "INSERT INTO messages (id, position, conversation_id, customer_id, account_id, channel,"
        " direction, state, automatic, sent_at, arrived_at, external_id, content_hash,"
        " thread_index, author, author_address, subject, error, raw, recipients, text, quoted,"
        " signature, details)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        rows,
    )
    if files:
        db.executemany(
            "INSERT INTO attachments (id, message_id, name, type, size, blob, inline, content_id,"
            " reference, problem, due_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            files,
        )
    following.settle()
    for message in inserted:
        own = accounts[message.account_id][1]
        index.owe(db, entry(message, own, with_quoted=message.id in following.first))
    return inserted


def newest_id(
    db: Connection, table: Literal["attachments", "conversations", "events", "messages"]
) -> int:
    """The last id that was given, also when its row is erased; 0 before the first."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(row[0]) if row else 0


def _awaited(file: NewAttachment) -> bool:
    return bool(file.reference) and not file.problem


def account_of(db: Connection, account_id: AccountId | None) -> tuple[str, str]:
    """Name and address of a message's account; empty without one."""
    if account_id is None:
        return "", ""
    row = db.execute("SELECT name, address FROM accounts WHERE id = ?", (account_id,)).fetchone()
    return (row[0], row[1]) if row else ("", "")


def _positions(db: Connection, times: Sequence[Millis]) -> list[int]:
    """A free position for each time: in its millisecond, or in the first later one that
    still has room (4096 fit into one)."""
    last: dict[int, int] = {}
    result = []
    for at in times:
        moment = min(max(at, 0), _NEWEST)
        while True:
            base = moment << 12
            if moment not in last:
                row = db.execute(
                    "SELECT max(position) FROM messages WHERE position BETWEEN ? AND ?",
                    (base, base + 4095),
                ).fetchone()
                last[moment] = base - 1 if row[0] is None else row[0]
            if last[moment] < base + 4095:
                break
            moment += 1
        last[moment] += 1
        result.append(last[moment])
    return result


def entry(message: Message, own: str, *, with_quoted: bool) -> index.Entry:
    """What search finds a message by. Quoted text only where no earlier message has it:
    in the first of a conversation, and in a forward. `own` is the account's address, which
    every inbound message is to."""
    text = message.text
    if message.signature:
        text = f"{text}\n{message.signature}"
    if message.quoted and (with_quoted or is_forward(message.subject)):
        text = f"{text}\n{message.quoted}"
    sender, shown = chat_words(message.details)
    recipients = [
        one
        for one in message.recipients
        if message.direction == "out" or one.address.lower() != own.lower()
    ]
    return (
        message.position,
        message.subject,
        text,
        f"{message.author} {message.author_address} {sender}",
        " ".join(f"{one.name} {one.address}" for one in recipients),
        " ".join([*(file.name for file in message.attachments if file.name), shown]),
        index.facets(
            channel=message.channel,
            account_id=message.account_id,
            direction=message.direction,
            customer_id=message.customer_id,
            conversation_id=message.conversation_id,
            files=any(not file.inline for file in message.attachments),
        ),
    )


def chat_words(details: Mapping[str, Any]) -> tuple[str, str]:
    """What a chat's message is found by beside its text: the group that it was written in, and
    what its files are called there."""
    if not details.get("chat"):
        return "", ""
    media = details.get("media") or {}
    named = [str(media[name]) for name in ("title", "performer", "set_name") if media.get(name)]
    return str((details.get("from") or {}).get("name") or ""), " ".join(named)


def is_forward(subject: str) -> bool:
    """Whether a subject begins as forwards do, in the usual languages."""
    start = subject[:16].lower().partition(":")[0].strip()
    return start in {"fw", "fwd", "wg", "tr", "rv", "enc", "pd", "i", "пересл", "переслано", "转发"}


def _encodable(new: NewMessage) -> NewMessage:
    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        if isinstance(value, Mapping):
            return {clean(key): clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(clean(item) for item in value)
        if isinstance(value, Address):
            return Address(clean(value.address), clean(value.name))
        return value

    cleaned = replace(new, **{f.name: clean(getattr(new, f.name)) for f in fields(new)})
    return replace(
        cleaned,
        attachments=tuple(
            replace(file, name=clean(file.name), type=clean(file.type),
                    content_id=clean(file.content_id))
            for file in new.attachments
        ),
    )  # fmt: skip

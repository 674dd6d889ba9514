"""Messages: inserting them with everything that follows from them, and reading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from store import derived, index, json_column
from store.driver import Connection
from store.errors import NotFound
from store.model import (
    AccountId,
    Address,
    Attachment,
    ConversationId,
    CustomerId,
    Message,
    MessageId,
    MessageState,
    Millis,
    NewMessage,
)
from store.wording import _

_COLUMNS = (
    "m.id, m.position, m.conversation_id, m.customer_id, m.account_id, ifnull(a.name, ''),"
    " m.channel, m.direction, m.external_id, m.author, m.author_address, m.recipients,"
    " m.subject, m.text, m.quoted, m.signature, m.sent_at, m.arrived_at, m.state, m.error,"
    " m.raw, m.details"
)
_SELECT = f"SELECT {_COLUMNS} FROM messages m LEFT JOIN accounts a ON a.id = m.account_id"
_NEWEST = 1 << 50
"""Later clocks are not believed for the order (in milliseconds: the year 37648)."""


def insert(db: Connection, new: NewMessage) -> Message:
    """Store one message; see `insert_many`."""
    return insert_many(db, [new])[0]


def insert_many(db: Connection, batch: Sequence[NewMessage]) -> list[Message]:
    """Store messages with their attachments, give them ids and positions, bring their
    conversations' and customers' derived columns up to date, and index them for search
    (when the transaction ends). Inside a transaction; the order is the batch's."""
    try:
        return _insert(db, batch)
    except UnicodeEncodeError:
        # A lone surrogate is no text that anything could store: it becomes U+FFFD.
        return _insert(db, [_encodable(new) for new in batch])


def _insert(db: Connection, batch: Sequence[NewMessage]) -> list[Message]:
    accounts = {one: _account(db, one) for one in {new.account_id for new in batch}}
    next_id = db.execute("SELECT ifnull(max(id), 0) + 1 FROM messages").fetchone()[0]
    next_file = 0
    if any(new.attachments for new in batch):
        next_file = db.execute("SELECT ifnull(max(id), 0) + 1 FROM attachments").fetchone()[0]
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
                )
            )
            next_file += 1
        recipients = json_column.dump([[one.address, one.name] for one in new.recipients])
        rows.append(
            (
                message_id, position, new.conversation_id, new.customer_id, new.account_id,
                new.channel, new.direction, new.state, int(automatic(new.details)), new.sent_at,
                new.arrived_at, new.external_id, new.content_hash, new.author,
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
    db.executemany(
        "INSERT INTO messages (id, position, conversation_id, customer_id, account_id, channel,"
        " direction, state, automatic, sent_at, arrived_at, external_id, content_hash, author,"
        " author_address, subject, error, raw, recipients, text, quoted, signature, details)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        rows,
    )
    if files:
        db.executemany("INSERT INTO attachments VALUES (?,?,?,?,?,?,?,?)", files)
    first = derived.follow(db, inserted)
    for message in inserted:
        own = accounts[message.account_id][1]
        index.owe(db, _entry(message, own, with_quoted=message.id in first))
    return inserted


def _account(db: Connection, account_id: AccountId | None) -> tuple[str, str]:
    """Name and address of a message's account; empty without one."""
    if account_id is None:
        return "", ""
    row = db.execute("SELECT name, address FROM accounts WHERE id = ?", (account_id,)).fetchone()
    return (row[0], row[1]) if row else ("", "")


def automatic(details: Mapping[str, Any]) -> bool:
    """An auto-reply or a bounce: nobody waits for an answer to it."""
    return bool(details.get("auto_reply") or details.get("bounce"))


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


def _entry(message: Message, own: str, *, with_quoted: bool) -> index.Entry:
    """What search finds a message by. Quoted text only where no earlier message has it:
    in the first of a conversation, and in a forward. `own` is the account's address, which
    every inbound message is to."""
    text = message.text
    if message.signature:
        text = f"{text}\n{message.signature}"
    if message.quoted and (with_quoted or is_forward(message.subject)):
        text = f"{text}\n{message.quoted}"
    recipients = [
        one
        for one in message.recipients
        if message.direction == "out" or one.address.lower() != own.lower()
    ]
    return (
        message.position,
        message.subject,
        text,
        f"{message.author} {message.author_address}",
        " ".join(f"{one.name} {one.address}" for one in recipients),
        " ".join(file.name for file in message.attachments if file.name),
        index.facets(
            channel=message.channel,
            account_id=message.account_id,
            direction=message.direction,
            customer_id=message.customer_id,
            conversation_id=message.conversation_id,
            files=any(not file.inline for file in message.attachments),
        ),
    )


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

    from dataclasses import fields, replace

    cleaned = replace(new, **{f.name: clean(getattr(new, f.name)) for f in fields(new)})
    return replace(
        cleaned,
        attachments=tuple(
            replace(file, name=clean(file.name), type=clean(file.type),
                    content_id=clean(file.content_id))
            for file in new.attachments
        ),
    )  # fmt: skip


def _messages(db: Connection, rows: Iterable[Sequence[Any]]) -> list[Message]:
    found = list(rows)
    files = _attachments(db, [row[0] for row in found])
    return [_message(row, files.get(row[0], ())) for row in found]


def _message(row: Sequence[Any], attachments: Sequence[Attachment]) -> Message:
    recipients = tuple(Address(address, name) for address, name in json_column.load(row[11]))
    details = json_column.load(row[21])
    return Message(*(*row[:11], recipients, *row[12:21], details, tuple(attachments)))


def _attachments(db: Connection, ids: Sequence[int]) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        for row in db.execute(
            "SELECT id, message_id, name, type, size, blob, inline, content_id FROM attachments"
            f" WHERE message_id IN ({','.join('?' * len(part))}) ORDER BY id",
            part,
        ):
            attachment = Attachment(*(*row[:6], bool(row[6]), row[7]))
            found.setdefault(attachment.message_id, []).append(attachment)
    return found


def get(db: Connection, message_id: MessageId) -> Message:
    """Raises `NotFound`."""
    found = _messages(db, db.execute(f"{_SELECT} WHERE m.id = ?", (message_id,)))
    if not found:
        raise NotFound(_("There is no message {id}.").format(id=message_id))
    return found[0]


def many(db: Connection, ids: Iterable[MessageId]) -> list[Message]:
    """Those of the messages that exist, by position."""
    wanted = list(dict.fromkeys(ids))
    found: list[Message] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ",".join("?" * len(part))
        found += _messages(db, db.execute(f"{_SELECT} WHERE m.id IN ({marks})", part))
    return sorted(found, key=lambda message: message.position)


def at_position(db: Connection, position: int) -> Message | None:
    found = _messages(db, db.execute(f"{_SELECT} WHERE m.position = ?", (position,)))
    return found[0] if found else None


def of_conversation(
    db: Connection, conversation_id: ConversationId, last: int | None = None
) -> list[Message]:
    """By position, oldest first; only the newest ones with `last`."""
    rows = db.execute(
        f"{_SELECT} WHERE m.conversation_id = ? ORDER BY m.position DESC LIMIT ?",
        (conversation_id, -1 if last is None else last),
    ).fetchall()
    return _messages(db, rows[::-1])


def timeline(
    db: Connection,
    customer_id: CustomerId,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[Message]:
    """A page of a customer's messages in all conversations, ascending by position: the last
    ones, those just before a position, or those just after one."""
    if after is not None:
        rows = db.execute(
            f"{_SELECT} WHERE m.customer_id = ? AND m.position > ? ORDER BY m.position LIMIT ?",
            (customer_id, after, limit),
        ).fetchall()
    else:
        rows = db.execute(
            f"{_SELECT} WHERE m.customer_id = ? AND m.position < ?"
            " ORDER BY m.position DESC LIMIT ?",
            (customer_id, (1 << 63) - 1 if before is None else before, limit),
        ).fetchall()[::-1]
    return _messages(db, rows)


def timeline_count(db: Connection, customer_id: CustomerId, *, before: int | None = None) -> int:
    """A customer's messages; with `before`, those before that position: exact within
    20,000 of either end, an estimate further in, so that no screen waits for a count."""
    row = db.execute(
        "SELECT ifnull(sum(messages), 0) FROM conversations WHERE customer_id = ?", (customer_id,)
    ).fetchone()
    total = int(row[0])
    if before is None:
        return total
    for compare in ("<", ">="):
        row = db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM messages WHERE customer_id = ?"
            f" AND position {compare} ? LIMIT 20000)",
            (customer_id, before),
        ).fetchone()
        if row[0] < 20_000:
            return int(row[0]) if compare == "<" else max(0, total - int(row[0]))
    return total // 2


def by_external(db: Connection, external_id: str) -> list[Message]:
    """Messages with the channel's own id, by position; there may be several."""
    if not external_id:
        return []
    return _messages(
        db,
        db.execute(
            f"{_SELECT} WHERE m.external_id = ? AND m.external_id <> '' ORDER BY m.position",
            (external_id,),
        ),
    )


def find_by_externals(db: Connection, ids: Iterable[str]) -> dict[str, list[Message]]:
    """The same for several ids at once; ids without a message are left out."""
    wanted = [one for one in dict.fromkeys(ids) if one]
    found: dict[str, list[Message]] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        rows = db.execute(
            f"{_SELECT} WHERE m.external_id IN ({','.join('?' * len(part))})"
            " AND m.external_id <> '' ORDER BY m.position",
            part,
        )
        for message in _messages(db, rows):
            found.setdefault(message.external_id, []).append(message)
    return found


def content_hashes(db: Connection, external_id: str) -> dict[str, MessageId]:
    """By content hash, the messages with the channel's own id: is this one a double?"""
    if not external_id:
        return {}
    return dict(
        db.execute(
            "SELECT content_hash, id FROM messages WHERE external_id = ? AND external_id <> ''"
            " ORDER BY id DESC",
            (external_id,),
        ).fetchall()
    )


def state(db: Connection, message_id: MessageId) -> MessageState:
    """Raises `NotFound`."""
    row = db.execute("SELECT state FROM messages WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        raise NotFound(_("There is no message {id}.").format(id=message_id))
    found: MessageState = row[0]
    return found


def set_state(
    db: Connection,
    message_id: MessageId,
    state: MessageState,
    error: str = "",
    external_id: str | None = None,
) -> None:
    """Raises `NotFound`. The outbox's rules are kept by `store.outbox`, not here."""
    row = db.execute(
        "SELECT conversation_id, state FROM messages WHERE id = ?", (message_id,)
    ).fetchone()
    if row is None:
        raise NotFound(_("There is no message {id}.").format(id=message_id))
    db.execute(
        "UPDATE messages SET state = ?, error = ?, external_id = ifnull(?, external_id)"
        " WHERE id = ?",
        (state, error, external_id, message_id),
    )
    if derived.weight(row[1]) != derived.weight(state):
        derived.renew(db, row[0])


def add_details(db: Connection, message_id: MessageId, more: Mapping[str, Any]) -> None:
    """Add to a message's details."""
    row = db.execute("SELECT details FROM messages WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        raise NotFound(_("There is no message {id}.").format(id=message_id))
    details = {**json_column.load(row[0]), **more}
    db.execute(
        "UPDATE messages SET details = ? WHERE id = ?", (json_column.dump(details), message_id)
    )


def edit(db: Connection, message_id: MessageId, text: str, at: Millis) -> None:
    """The sender changed the text: the earlier one is kept in details["edits"], oldest first."""
    before = get(db, message_id)
    edits = [*before.details.get("edits", ()), {"text": before.text, "until": at}]
    db.execute("UPDATE messages SET text = ? WHERE id = ?", (text, message_id))
    add_details(db, message_id, {"edits": edits})
    reindex_messages(db, [message_id])
    derived.renew(db, before.conversation_id)


def move(db: Connection, ids: Iterable[MessageId], conversation_id: ConversationId) -> None:
    """Move messages into another conversation (of the same customer or another one)."""
    moved = many(db, ids)
    row = db.execute(
        "SELECT customer_id FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row is None:
        raise NotFound(_("There is no conversation {id}.").format(id=conversation_id))
    db.executemany(
        "UPDATE messages SET conversation_id = ?, customer_id = ? WHERE id = ?",
        [(conversation_id, row[0], message.id) for message in moved],
    )
    for changed in {message.conversation_id for message in moved} | {conversation_id}:
        derived.renew(db, changed)
    times = [message.arrived_at for message in moved if message.direction != "note"]
    if times:
        derived.contact(db, row[0], min(times), max(times))
    reindex_messages(db, [message.id for message in moved])


def reindex_messages(db: Connection, ids: Iterable[MessageId]) -> None:
    """Index messages again as they are now."""
    for message in many(db, ids):
        index.drop(db, message.position)
        index.owe(db, entry_of(db, message))


def entry_of(db: Connection, message: Message) -> index.Entry:
    """The index entry of a stored message."""
    earlier = db.execute(
        "SELECT 1 FROM messages WHERE conversation_id = ? AND position < ? LIMIT 1",
        (message.conversation_id, message.position),
    ).fetchone()
    own = _account(db, message.account_id)[1]
    return _entry(message, own, with_quoted=earlier is None)


def newest_inbound(db: Connection, conversation_id: ConversationId) -> MessageId | None:
    """The customer's last message in a conversation."""
    row = db.execute(
        "SELECT last_inbound_id FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    return row[0] if row else None


def newest_id(db: Connection) -> MessageId:
    """The message inserted last, in any conversation; 0 when there is none.

    What a screen has seen: whatever comes later has a greater id, also after a back-fill.
    """
    found: MessageId = db.execute("SELECT ifnull(max(id), 0) FROM messages").fetchone()[0]
    return found

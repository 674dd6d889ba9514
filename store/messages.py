"""Messages: reading and changing them; `store.insertion` puts them in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from store import claims, derived, index, insertion, json_column
from store.driver import Connection
from store.errors import NotFound
from store.insertion import account_of, entry, insert, insert_many, is_forward
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
)
from store.parts import in_parts
from store.wording import _

_COLUMNS = (
    "m.id, m.position, m.conversation_id, m.customer_id, m.account_id, ifnull(a.name, ''),"
    " m.channel, m.direction, m.external_id, m.author, m.author_address, m.recipients,"
    " m.subject, m.text, m.quoted, m.signature, m.sent_at, m.arrived_at, m.state, m.error,"
    " m.raw, m.details"
)
_SELECT = f"SELECT {_COLUMNS} FROM messages m LEFT JOIN accounts a ON a.id = m.account_id"

EXACT = 2000
"""Messages from either end of a history that are counted one by one."""

_MANY_GIVEN = 500
"""Messages from which on the search index is better merged later."""

_GIVEN_AT_ONCE = 5000
"""Messages in memory with their texts."""


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
    for marks, part in in_parts(ids):
        for row in db.execute(
            "SELECT id, message_id, name, type, size, blob, inline, content_id, problem,"
            " due_at IS NOT NULL FROM attachments"
            f" WHERE message_id IN ({marks}) AND NOT replaced"
            " ORDER BY place, id",
            part,
        ):
            attachment = Attachment(*(*row[:6], bool(row[6]), *row[7:9], bool(row[9])))
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
    found: list[Message] = []
    for marks, part in in_parts(dict.fromkeys(ids)):
        found += _messages(db, db.execute(f"{_SELECT} WHERE m.id IN ({marks})", part))
    return sorted(found, key=lambda message: message.position)


def last_words(db: Connection, ids: Iterable[ConversationId]) -> dict[ConversationId, Message]:
    """Of each of these conversations the last message whose words a list shows: not a machine's,
    not one that was taken back."""
    found = {}
    for conversation_id in dict.fromkeys(ids):
        rows = db.execute(
            f"{_SELECT} WHERE m.conversation_id = ? AND m.state <> 'cancelled'"
            " AND m.automatic = 0 ORDER BY m.position DESC LIMIT 1",
            (conversation_id,),
        )
        for message in _messages(db, rows):
            found[conversation_id] = message
    return found


def last_said(
    db: Connection, customer_id: CustomerId, count: int, among: int, characters: int
) -> list[str]:
    """The beginnings of the last texts of a customer's own, at most `count`, the newest first, as
    far as they are among the last messages."""
    rows = db.execute(
        "SELECT substr(text, 1, ?4) FROM (SELECT text, direction, automatic FROM messages"
        " WHERE customer_id = ?1 ORDER BY position DESC LIMIT +?3)"
        " WHERE direction = 'in' AND automatic = 0 AND length(trim(text)) > 3 LIMIT +?2",
        (customer_id, count, among, characters),
    )
    return [row[0] for row in rows]


def spoken(db: Connection, customer_id: CustomerId, among: int) -> list[tuple[str, Millis]]:
    """By which channels a customer wrote and when, the last first, as far as it is among the last
    messages."""
    rows = db.execute(
        "SELECT channel, arrived_at FROM (SELECT channel, arrived_at, direction, automatic"
        " FROM messages WHERE customer_id = ? ORDER BY position DESC LIMIT +?)"
        " WHERE direction = 'in' AND automatic = 0",
        (customer_id, among),
    )
    return [(row[0], row[1]) for row in rows]


def accounts_used(db: Connection, customer_id: CustomerId, among: int) -> list[AccountId]:
    """Over which accounts one wrote with a customer, the last first, as far as it is among the
    last messages."""
    rows = db.execute(
        "SELECT account_id FROM messages WHERE customer_id = ? ORDER BY position DESC LIMIT +?",
        (customer_id, among),
    )
    return [AccountId(one) for one in dict.fromkeys(row[0] for row in rows) if one is not None]


def moment_of(position: int) -> Millis:
    """When a message with that position arrived."""
    return position >> 12


def at_position(db: Connection, position: int) -> Message | None:
    found = _messages(db, db.execute(f"{_SELECT} WHERE m.position = ?", (position,)))
    return found[0] if found else None


def at_positions(db: Connection, positions: Iterable[int]) -> list[Message]:
    """Those of the messages that exist, by position."""
    wanted = list(dict.fromkeys(positions))
    found: list[Message] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ",".join("?" * len(part))
        found += _messages(db, db.execute(f"{_SELECT} WHERE m.position IN ({marks})", part))
    return sorted(found, key=lambda message: message.position)


def of_conversation(
    db: Connection, conversation_id: ConversationId, last: int | None = None
) -> list[Message]:
    """By position, oldest first; only the newest ones with `last`."""
    rows = db.execute(
        f"{_SELECT} WHERE m.conversation_id = ? ORDER BY m.position DESC LIMIT +?",
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
            f"{_SELECT} WHERE m.customer_id = ? AND m.position > ? ORDER BY m.position LIMIT +?",
            (customer_id, after, limit),
        ).fetchall()
    else:
        rows = db.execute(
            f"{_SELECT} WHERE m.customer_id = ? AND m.position < ?"
            " ORDER BY m.position DESC LIMIT +?",
            (customer_id, (1 << 63) - 1 if before is None else before, limit),
        ).fetchall()[::-1]
    return _messages(db, rows)


def timeline_count(db: Connection, customer_id: CustomerId) -> int:
    """A customer's messages."""
    return timeline_place(db, customer_id, 0)[1]


def timeline_place(db: Connection, customer_id: CustomerId, position: int) -> tuple[int, int]:
    """A customer's messages before a position, and all of them. Exact within `EXACT` of either
    end; further in, what came in conversations that went on is not told apart, so that no screen
    waits for a count."""
    ended, total = db.execute(
        "SELECT ifnull(sum(messages) FILTER (WHERE last_position < ?1), 0),"
        " ifnull(sum(messages), 0) FROM conversations WHERE customer_id = ?2",
        (position, customer_id),
    ).fetchone()
    for compare in ("<", ">="):
        row = db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM messages WHERE customer_id = ?"
            f" AND position {compare} ? LIMIT {EXACT})",
            (customer_id, position),
        ).fetchone()
        if row[0] < EXACT:
            return int(row[0] if compare == "<" else max(0, total - row[0])), int(total)
    return int(min(max(ended, EXACT), max(EXACT, total - EXACT))), int(total)


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


def add_details(
    db: Connection,
    message_id: MessageId,
    more: Mapping[str, Any],
    *,
    without: Collection[str] = (),
) -> None:
    """Add to a message's details, and take out those named."""
    row = db.execute("SELECT details FROM messages WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        raise NotFound(_("There is no message {id}.").format(id=message_id))
    before = json_column.load(row[0])
    details = {**{name: kept for name, kept in before.items() if name not in without}, **more}
    db.execute(
        "UPDATE messages SET details = ? WHERE id = ?", (json_column.dump(details), message_id)
    )


def edit(db: Connection, message_id: MessageId, text: str, at: Millis, **more: Any) -> None:
    """The sender changed the text: the earlier one is kept in details["edits"], oldest first,
    with `more` about the change."""
    before = get(db, message_id)
    edits = [*before.details.get("edits", ()), {"text": before.text, "until": at, **more}]
    db.execute("UPDATE messages SET text = ? WHERE id = ?", (text, message_id))
    add_details(db, message_id, {"edits": edits})
    reindex_messages(db, [message_id])
    derived.renew(db, before.conversation_id)


def revise(
    db: Connection,
    message_id: MessageId,
    *,
    text: str,
    details: Mapping[str, Any],
    content_hash: str,
    external_id: str,
) -> None:
    """The channel's newer state of a message, after its files were brought up to date. Its place
    and its conversation's status stay what they are."""
    row = db.execute(
        "UPDATE messages SET text = ?, details = ?, content_hash = ?, external_id = ?"
        " WHERE id = ? RETURNING conversation_id",
        (text, json_column.dump(dict(details)), content_hash, external_id, message_id),
    ).fetchone()
    if row is None:
        raise NotFound(_("There is no message {id}.").format(id=message_id))
    reindex_messages(db, [message_id])
    derived.renew(db, row[0])


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
    claims.follow(db, [message.id for message in moved], row[0])
    for changed in {message.conversation_id for message in moved} | {conversation_id}:
        derived.renew(db, changed)
    times = [message.arrived_at for message in moved if message.direction != "note"]
    if times:
        derived.contact(db, row[0], min(times), max(times))
    reindex_messages(db, [message.id for message in moved])


def given(
    db: Connection, ids: Sequence[MessageId], customer_id: CustomerId, *, claimed: bool
) -> None:
    """These messages are another customer's now: what follows from that. `claimed`: so is what
    they say of who wrote them."""
    if claimed:
        claims.follow(db, ids, customer_id)
    if len(ids) > _MANY_GIVEN:
        with index.merging_later(db):
            _give(db, ids, customer_id)
    else:
        _give(db, ids, customer_id)


def _give(db: Connection, ids: Sequence[MessageId], customer_id: CustomerId) -> None:
    parts = [ids[start : start + _GIVEN_AT_ONCE] for start in range(0, len(ids), _GIVEN_AT_ONCE)]
    for part in parts:
        rows = db.execute(
            f"SELECT position FROM messages WHERE id IN ({','.join(map(str, map(int, part)))})"
        )
        index.drop(db, [row[0] for row in rows.fetchall()])
    for part in parts:
        found = many(db, part)
        for message in found:
            index.owe(db, entry_of(db, message))
        if len(ids) > _MANY_GIVEN:
            index.flush(db)
        times = [message.arrived_at for message in found if message.direction != "note"]
        if times:
            derived.contact(db, customer_id, min(times), max(times))


def reindex_messages(db: Connection, ids: Iterable[MessageId]) -> None:
    """Index messages again as they are now."""
    found = many(db, ids)
    index.drop(db, [message.position for message in found])
    for message in found:
        index.owe(db, entry_of(db, message))


def entry_of(db: Connection, message: Message) -> index.Entry:
    """The index entry of a stored message."""
    earlier = db.execute(
        "SELECT 1 FROM messages WHERE conversation_id = ? AND position < ? LIMIT 1",
        (message.conversation_id, message.position),
    ).fetchone()
    own = account_of(db, message.account_id)[1]
    return entry(message, own, with_quoted=earlier is None)


def answered(db: Connection, message_id: MessageId) -> bool:
    """Whether one of us wrote in its conversation after it."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM messages m JOIN messages o"
        "  ON o.conversation_id = m.conversation_id AND o.position > m.position"
        "  WHERE m.id = ? AND o.direction = 'out' AND o.state NOT IN ('failed', 'cancelled'))",
        (message_id,),
    ).fetchone()
    return bool(row[0])


def newest_inbound(db: Connection, conversation_id: ConversationId) -> MessageId | None:
    """The customer's last message in a conversation."""
    row = db.execute(
        "SELECT last_inbound_id FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    return row[0] if row else None


def newest_id(db: Connection) -> MessageId:
    """The message inserted last, in any conversation, erased or not; 0 when there was none.

    What a screen has seen: whatever comes later has a greater id, also after a back-fill.
    """
    return MessageId(insertion.newest_id(db, "messages"))


__all__ = [
    "add_details",
    "answered",
    "at_position",
    "at_positions",
    "by_external",
    "content_hashes",
    "edit",
    "entry_of",
    "find_by_externals",
    "get",
    "insert",
    "insert_many",
    "is_forward",
    "last_words",
    "many",
    "moment_of",
    "move",
    "newest_id",
    "newest_inbound",
    "of_conversation",
    "reindex_messages",
    "revise",
    "set_state",
    "state",
    "timeline",
    "timeline_count",
    "timeline_place",
]

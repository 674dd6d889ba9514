"""A customer's history as a timeline shows it: all of it, or a part; with conversations folded.

A part (one channel, what has files, notes) is an intersection inside the search index, where
each message stands with its customer: few in a hundred thousand are found as fast as many.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from store import conversations, index, messages
from store.driver import Connection
from store.model import Conversation, ConversationId, CustomerId, Message, MessageId, Millis
from store.query import facet, words_of

COUNTED = 1_000
"""Messages of a part that are counted; of more it is said that there are so many."""

SINGLY = 20
"""Conversations that are read one by one, rather than picked out of the whole history."""

_NEVER = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Only:
    """A part of a customer's history; all of it when nothing is asked for."""

    channel: str = ""
    files: bool = False
    """What has attachments."""
    notes: bool = False
    conversation_id: ConversationId | None = None

    def __bool__(self) -> bool:
        return self != EVERYTHING

    def takes(self, message: Message) -> bool:
        """Whether a message is of the part, as the store's own answer would say."""
        return (
            self.channel in ("", message.channel)
            and (not self.files or any(not file.inline for file in message.attachments))
            and (not self.notes or message.direction == "note")
            and self.conversation_id in (None, message.conversation_id)
        )

    def facets(self, customer_id: CustomerId) -> list[str]:
        """What the search index is asked for, all of it."""
        found = [facet(index.CUSTOMER, customer_id)]
        if self.channel:
            found.append(facet(index.CHANNEL, index.channel_word(self.channel)))
        if self.files:
            found.append(facet(index.FILES, ""))
        if self.notes:
            found.append(facet(index.DIRECTION, "note"))
        if self.conversation_id is not None:
            found.append(facet(index.CONVERSATION, self.conversation_id))
        return found


EVERYTHING = Only()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a timeline shows of a customer's history."""

    only: Only = EVERYTHING
    folded: frozenset[ConversationId] = frozenset()
    """Conversations that are folded to one line each; in a part none are."""
    others: bool = False
    """All others than `folded` are, instead of them."""

    @property
    def folds(self) -> bool:
        return not self.only and (self.others or bool(self.folded))

    def folds_away(self, conversation_id: ConversationId) -> bool:
        return not self.only and (conversation_id in self.folded) != self.others

    def takes(self, message: Message) -> bool:
        """Whether a message is shown by itself."""
        return self.only.takes(message) and not self.folds_away(message.conversation_id)


WHOLE = Scope()


@dataclass(frozen=True, slots=True)
class Folded:
    """A conversation that is one line, in the place of its last message."""

    conversation: Conversation
    position: int


@dataclass(frozen=True, slots=True)
class Page:
    """What stands next to each other; both in ascending order, interleaved by position."""

    messages: tuple[Message, ...] = ()
    folded: tuple[Folded, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.messages) + len(self.folded)

    @property
    def first(self) -> int | None:
        """The lowest position in it."""
        ends = [one[0].position for one in (self.messages, self.folded) if one]
        return min(ends, default=None)

    @property
    def last(self) -> int | None:
        ends = [one[-1].position for one in (self.messages, self.folded) if one]
        return max(ends, default=None)


def page(
    db: Connection,
    customer_id: CustomerId,
    scope: Scope = WHOLE,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Page:
    """At most `limit` lines of what a scope shows: the last ones, those just before a position,
    or those just after one. Fewer than `limit` means that there are no more that way."""
    if not scope.folds:
        if not scope.only:
            found = messages.timeline(db, customer_id, before=before, after=after, limit=limit)
            return Page(tuple(found))
        at = _of_part(db, customer_id, scope.only, before, after, limit)
        return Page(tuple(messages.at_positions(db, at)))
    single = _unfolded(db, customer_id, scope, before, after, limit)
    lines = _folded(db, customer_id, scope, before, after, limit)
    both = sorted([*single, *lines], reverse=after is None)[:limit]
    shown = set(both)
    heads = {lines[at]: at for at in shown if at in lines}
    known = {one.id: one for one in conversations.many(db, heads)}
    folded = [Folded(known[room], at) for room, at in heads.items() if room in known]
    folded.sort(key=lambda one: one.position)
    return Page(
        tuple(messages.at_positions(db, [at for at in single if at in shown])), tuple(folded)
    )


def folded_now(
    db: Connection, customer_id: CustomerId, scope: Scope, rooms: Collection[ConversationId]
) -> list[Folded]:
    """Those of the conversations that a scope folds, as they are now."""
    wanted = [room for room in rooms if scope.folds_away(room)]
    ends: dict[int, int] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        ends.update(
            db.execute(
                "SELECT id, last_position FROM conversations WHERE +customer_id = ?"
                f" AND last_position > 0 AND id IN ({','.join('?' * len(part))})",
                (customer_id, *part),
            ).fetchall()
        )
    found = [Folded(one, ends[one.id]) for one in conversations.many(db, ends)]
    return sorted(found, key=lambda one: one.position)


def place(
    db: Connection, customer_id: CustomerId, scope: Scope = WHOLE, *, before: int = 0
) -> tuple[int, int]:
    """How much there is to scroll through before a position, and in all; an estimate where there
    is much: no screen waits for a count."""
    if not scope.only:
        return messages.timeline_place(db, customer_id, before)
    total = len(_of_part(db, customer_id, scope.only, None, None, COUNTED))
    return len(_of_part(db, customer_id, scope.only, before, None, COUNTED)), total


def nearest(
    db: Connection, customer_id: CustomerId, at: Millis, only: Only = EVERYTHING
) -> MessageId | None:
    """The first message from a moment on; the last one when there is none; None: no message."""
    position = (max(0, at) << 12) - 1
    found = page(db, customer_id, Scope(only), after=position, limit=1)
    found = found if len(found) else page(db, customer_id, Scope(only), limit=1)
    return found.messages[0].id if found.messages else None


def with_files(
    db: Connection, customer_id: CustomerId, names: str = "", *, limit: int
) -> list[Message]:
    """The last messages with attachments, by position; with `names` those with files so called:
    each word is the beginning of one in a file's name."""
    index.flush_if_writing(db)
    asked = [f'files : "{word}"*' for word in words_of(names) if len(word) > 1]
    rows = db.execute(
        "SELECT rowid FROM message_search WHERE message_search MATCH ?"
        " ORDER BY rowid DESC LIMIT +?",
        (" AND ".join([*asked, *Only(files=True).facets(customer_id)]), limit),
    ).fetchall()
    return messages.at_positions(db, [row[0] for row in rows])


def _of_part(
    db: Connection,
    customer_id: CustomerId,
    only: Only,
    before: int | None,
    after: int | None,
    limit: int,
) -> list[int]:
    """Positions, the nearest to the edge first."""
    index.flush_if_writing(db)
    edge = (_NEVER if before is None else before) if after is None else after
    way = "< ? ORDER BY {} DESC" if after is None else "> ? ORDER BY {}"
    if only == Only(conversation_id=only.conversation_id):
        sql = "SELECT position FROM messages WHERE conversation_id = ? AND position "
        values: tuple[object, ...] = (only.conversation_id, edge, limit)
        return [row[0] for row in db.execute(f"{sql}{way.format('position')} LIMIT +?", values)]
    sql = "SELECT rowid FROM message_search WHERE message_search MATCH ? AND rowid "
    values = (" AND ".join(only.facets(customer_id)), edge, limit)
    return [row[0] for row in db.execute(f"{sql}{way.format('rowid')} LIMIT +?", values)]


def _unfolded(
    db: Connection,
    customer_id: CustomerId,
    scope: Scope,
    before: int | None,
    after: int | None,
    limit: int,
) -> list[int]:
    """Positions of messages that stand by themselves. The index alone tells: a hundred thousand
    folded ones are passed over without reading a row."""
    if scope.others and not scope.folded:
        return []
    if scope.others and len(scope.folded) <= SINGLY:
        theirs = db.execute(
            "SELECT id FROM conversations WHERE +customer_id = ?"
            f" AND id IN ({','.join(str(int(room)) for room in scope.folded)})",
            (customer_id,),
        ).fetchall()
        found = [
            at
            for (room,) in theirs
            for at in _of_part(db, customer_id, Only(conversation_id=room), before, after, limit)
        ]
        return sorted(found, reverse=after is None)[:limit]
    rooms = ",".join(str(int(room)) for room in sorted(scope.folded))
    edge = (_NEVER if before is None else before) if after is None else after
    way = "< ? ORDER BY position DESC" if after is None else "> ? ORDER BY position"
    rows = db.execute(
        "SELECT position FROM messages INDEXED BY messages_by_customer WHERE customer_id = ?"
        f" AND +conversation_id {'IN' if scope.others else 'NOT IN'} ({rooms})"
        f" AND position {way} LIMIT +?",
        (customer_id, edge, limit),
    )
    return [row[0] for row in rows]


def _folded(
    db: Connection,
    customer_id: CustomerId,
    scope: Scope,
    before: int | None,
    after: int | None,
    limit: int,
) -> dict[int, ConversationId]:
    """Folded conversations by the position of their last message, the nearest to the edge."""
    edge = (_NEVER if before is None else before) if after is None else after
    sign, order = ("<", "DESC") if after is None else (">", "ASC")
    rooms = ",".join(str(int(room)) for room in sorted(scope.folded))
    if not scope.others:
        rows = db.execute(
            f"SELECT last_position, id FROM conversations WHERE id IN ({rooms})"
            f" AND +customer_id = ? AND last_position > 0 AND last_position {sign} ?"
            f" ORDER BY last_position {order} LIMIT +?",
            (customer_id, edge, limit),
        )
        return dict(rows.fetchall())
    # The index knows the moment alone; several may have ended in the same millisecond.
    moment = messages.moment_of(edge)
    chosen = (
        "SELECT last_position, id FROM conversations INDEXED BY conversations_by_customer"
        f" WHERE customer_id = ? AND last_position > 0 AND +id NOT IN ({rooms})"
        " AND last_message_at"
    )
    found = db.execute(f"{chosen} = ?", (customer_id, moment)).fetchall()
    further = db.execute(
        f"{chosen} {sign} ? ORDER BY last_message_at {order} LIMIT +?", (customer_id, moment, limit)
    ).fetchall()
    if len(further) == limit:
        last = messages.moment_of(further[-1][0])
        found += db.execute(f"{chosen} = ?", (customer_id, last)).fetchall()
    beyond = {
        row for row in (*found, *further) if (row[0] < edge if after is None else row[0] > edge)
    }
    return dict(sorted(beyond, reverse=after is None)[:limit])


__all__ = [
    "EVERYTHING",
    "WHOLE",
    "Folded",
    "Only",
    "Page",
    "Scope",
    "folded_now",
    "nearest",
    "page",
    "place",
    "with_files",
]

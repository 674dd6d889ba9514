"""A visitor's messages in pages, as the widget shows them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.webchat.relay import visitors
from connectors.webchat.relay.records import Caller, Message, Visitor

PAGE = 50
"""Messages that a widget gets at once."""
MISSED = 200
"""Messages that a widget gets after an absence; after more it begins anew with the last page."""
PAGE_BYTES = 524_288
"""Characters of text in a page, above which it ends earlier."""


@dataclass(frozen=True, slots=True)
class Page:
    messages: tuple[Message, ...] = ()
    """Oldest first."""
    more: bool = False
    """There are older ones."""
    fresh: bool = False
    """It does not go on from what the widget has: that is to be thrown away."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a visitor is welcomed with."""

    visitor: Visitor | None
    """None: there is no row yet."""
    page: Page


def standing(db: sqlite3.Connection, *, caller: Caller, after: int | None) -> Standing:
    """Raises `VisitorGone`, `IdentityNeeded`."""
    visitor = visitors.find(db, site=caller.site, visitor=caller.visitor)
    visitors.check(caller, visitor)
    if visitor is None:
        return Standing(None, Page(fresh=after is not None))
    return Standing(visitor, missed(db, visitor, after))


def missed(db: sqlite3.Connection, visitor: Visitor, after: int | None) -> Page:
    """What came after `after`, and what of the rest was changed since; the last page when there
    is no such message or too much came."""
    if after is not None and 0 <= after <= visitor.last_seq:
        rows = db.execute(
            "SELECT * FROM messages WHERE owner = ?1 AND (seq > ?2 OR (edited_at IS NOT NULL OR"
            " deleted_at IS NOT NULL) AND coalesce(deleted_at, edited_at) >="
            " coalesce((SELECT sent_at FROM messages WHERE owner = ?1 AND seq = ?2), 0))"
            " ORDER BY seq LIMIT ?3",
            (visitor.id, after, MISSED + 1),
        )
        messages = tuple(Message.of(row) for row in rows)
        if len(messages) <= MISSED and _size(messages) <= PAGE_BYTES:
            return Page(messages, more=False)
    last = before(db, visitor, visitor.last_seq + 1)
    return Page(last.messages, last.more, fresh=after is not None)


def older(db: sqlite3.Connection, *, caller: Caller, seq: int) -> Page:
    """The page before `seq`. Raises `VisitorGone`, `IdentityNeeded`."""
    visitor = visitors.find(db, site=caller.site, visitor=caller.visitor)
    visitors.check(caller, visitor)
    return Page() if visitor is None else before(db, visitor, seq)


def before(db: sqlite3.Connection, visitor: Visitor, seq: int) -> Page:
    rows = db.execute(
        "SELECT * FROM messages WHERE owner = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
        (visitor.id, seq, PAGE + 1),
    )
    taken: list[Message] = []
    size = 0
    for row in rows:
        message = Message.of(row)
        size += len(message.text)
        if len(taken) == PAGE or (taken and size > PAGE_BYTES):
            return Page(tuple(reversed(taken)), more=True)
        taken.append(message)
    return Page(tuple(reversed(taken)))


def _size(messages: Iterable[Message]) -> int:
    return sum(len(message.text) for message in messages)

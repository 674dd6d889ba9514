"""The append-only log: who did what to what, when. Audit, change feed and reports read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store import json_column
from store.customers import THEIRS, everybody
from store.driver import Connection
from store.errors import NotFound
from store.model import ConversationId, CustomerId, Event, EventId, MessageId, Millis, NewEvent
from store.wording import _

_INSERT = (
    "INSERT INTO events (at, actor, kind, customer_id, conversation_id, message_id, data, source)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
COLUMNS = "id, at, actor, kind, customer_id, conversation_id, message_id, data, source"

SHOWN = (
    "chat.started", "chat.event", "chat.pinned", "chat.moved", "customer.blocked",
    "customer.unblocked", "customer.barred", "customer.unbarred", "identity.linked",
    "customer.merged", "customer.unmerged", "link.created", "link.opened", "identity.proven",
    "identity.unproven", "messages.moved", "conversation.assigned",
)  # fmt: skip
"""What a timeline shows between messages: what happened to customers that is no message."""

WHY = ("command", "snooze-over")
"""Changes of a status that it shows besides: what messages bring about, they tell themselves."""

_SHOWN = (
    f"(kind IN ({', '.join(repr(kind) for kind in SHOWN)}) OR (kind = 'conversation.status'"
    f" AND data ->> '$.why' IN ({', '.join(repr(why) for why in WHY)})))"
)
_MOMENT = "ifnull(data ->> '$.at', at)"
# By the index of these kinds alone: of the others there are many times as many.
_TIMELINE = (
    f"{THEIRS} SELECT {COLUMNS} FROM events INDEXED BY events_shown"
    " WHERE customer_id IN (SELECT id FROM theirs)"
    f" AND {_MOMENT} BETWEEN ?2 AND ?3 AND {_SHOWN}"
    f" ORDER BY {_MOMENT} DESC, id DESC LIMIT +?4"
)


def of_rows(rows: Iterable[Sequence[Any]]) -> list[Event]:
    """Rows of `COLUMNS`."""
    return [Event(*(*row[:7], json_column.load(row[7]), row[8])) for row in rows]


def append(
    db: Connection,
    actor: str,
    kind: str,
    *,
    at: Millis,
    customer_id: CustomerId | None = None,
    conversation_id: ConversationId | None = None,
    message_id: MessageId | None = None,
    data: Mapping[str, Any] | None = None,
    source: str = "",
) -> EventId:
    new = NewEvent(at, actor, kind, customer_id, conversation_id, message_id, data or {}, source)
    return EventId(db.execute(_INSERT, _row(new)).lastrowid or 0)


def get(db: Connection, event_id: int) -> Event:
    """Raises `NotFound`."""
    found = of_rows(db.execute(f"SELECT {COLUMNS} FROM events WHERE id = ?", (event_id,)))
    if not found:
        raise NotFound(_("There is no event {id}.").format(id=event_id))
    return found[0]


def append_many(db: Connection, batch: Iterable[NewEvent]) -> None:
    """Several at once, in order."""
    db.executemany(_INSERT, map(_row, batch))


def _row(new: NewEvent) -> tuple[Any, ...]:
    return (
        new.at,
        new.actor,
        new.kind,
        new.customer_id,
        new.conversation_id,
        new.message_id,
        json_column.dump(dict(new.data)),
        new.source,
    )


def after(db: Connection, event_id: int, limit: int = 1000) -> list[Event]:
    """What happened after that event, in order. Ids follow the order of commits."""
    return of_rows(
        db.execute(
            f"SELECT {COLUMNS} FROM events WHERE id > ? ORDER BY id LIMIT +?", (event_id, limit)
        )
    )


def concern(
    db: Connection, event_id: int, conversation_id: int | None, customer_id: int | None
) -> bool:
    """Whether anything that happened after that event is about a conversation or a customer: reads
    nothing but the rows since."""
    found = db.execute(
        "SELECT 1 FROM events WHERE id > ? AND (+conversation_id = ? OR +customer_id = ?) LIMIT 1",
        (event_id, conversation_id, customer_id),
    )
    return found.fetchone() is not None


def last_id(db: Connection) -> EventId:
    """0 while nothing has happened."""
    return EventId(db.execute("SELECT ifnull(max(id), 0) FROM events").fetchone()[0])


def first_since(db: Connection, at: Millis) -> int:
    """The first event at that time or later, after the last one when there is none: by halves,
    since the log is in the order of its times and has no index of them."""
    low, high = 1, int(last_id(db)) + 1
    while low < high:
        middle = (low + high) // 2
        row = db.execute(
            "SELECT id, at FROM events WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
        ).fetchone()
        if row[1] >= at:
            high = middle
        else:
            low = int(row[0]) + 1
    return low


def of_conversation(db: Connection, conversation_id: ConversationId) -> list[Event]:
    """In order."""
    return of_rows(
        db.execute(
            f"SELECT {COLUMNS} FROM events WHERE conversation_id = ? ORDER BY id",
            (conversation_id,),
        )
    )


def noted_since_talk(db: Connection, conversation_id: ConversationId) -> list[str]:
    """What is noted in a conversation's chat since anything was last said there: the names of
    those events."""
    rows = db.execute(
        "SELECT data ->> '$.event' FROM events WHERE conversation_id = ?1 AND kind = 'chat.event'"
        " AND id > ifnull((SELECT id FROM events WHERE conversation_id = ?1"
        "  AND kind IN ('message.received', 'message.sent') ORDER BY id DESC LIMIT 1), 0)",
        (conversation_id,),
    )
    return [row[0] for row in rows]


def of_customer(db: Connection, customer_id: CustomerId) -> list[Event]:
    """In order."""
    return of_rows(
        db.execute(
            f"SELECT {COLUMNS} FROM events WHERE customer_id = ? ORDER BY id", (customer_id,)
        )
    )


def of_customer_after(
    db: Connection, customer_id: CustomerId, event_id: EventId, limit: int
) -> list[Event]:
    """The next ones after that event, in order."""
    return of_rows(
        db.execute(
            f"SELECT {COLUMNS} FROM events WHERE customer_id = ? AND id > ? ORDER BY id LIMIT +?",
            (customer_id, event_id, limit),
        )
    )


def moment(event: Event) -> Millis:
    """When it happened: what the channel said, else when it was written down."""
    at = event.data.get("at")
    return at if isinstance(at, int) and not isinstance(at, bool) else event.at


def shown(
    db: Connection, customer_id: CustomerId, since: Millis, until: Millis, limit: int = 500
) -> list[Event]:
    """Of the kinds `SHOWN` and the changes of status by `WHY`, those that happened to a customer,
    or to who became one with them, from `since` to `until`, in the order of `moment`; of more
    than `limit` the last ones."""
    found = of_rows(db.execute(_TIMELINE, (customer_id, since, until, limit)))
    return found[::-1]


def latest(db: Connection, customer_id: CustomerId, kind: str, limit: int) -> list[Event]:
    """The last ones of a kind that happened to a customer, the newest first."""
    return of_rows(
        db.execute(
            f"SELECT {COLUMNS} FROM events WHERE customer_id = ? AND kind = ?"
            " ORDER BY id DESC LIMIT +?",
            (customer_id, kind, limit),
        )
    )


def last_assigned(db: Connection, conversation_id: ConversationId) -> Millis | None:
    """When a conversation was last given to somebody, or to nobody."""
    row = db.execute(
        "SELECT at FROM events WHERE conversation_id = ? AND kind = 'conversation.assigned'"
        " ORDER BY id DESC LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return None if row is None else int(row[0])


def last_of(db: Connection, conversation_id: ConversationId, kind: str) -> Event | None:
    """The last event of a kind in a conversation; None: there is none."""
    found = of_rows(
        db.execute(
            f"SELECT {COLUMNS} FROM events WHERE conversation_id = ? AND kind = ?"
            " ORDER BY id DESC LIMIT 1",
            (conversation_id, kind),
        )
    )
    return found[0] if found else None


def last_changed_by(db: Connection, customer_id: CustomerId, field: str) -> str:
    """Who last changed that field of a customer's card; "": nobody yet."""
    row = db.execute(
        "SELECT actor FROM events WHERE customer_id = ? AND kind = 'customer.changed'"
        " AND data ->> '$.field' = ? ORDER BY id DESC LIMIT 1",
        (customer_id, field),
    ).fetchone()
    return row[0] if row else ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events; what is not told is any."""

    since: Millis | None = None
    until: Millis | None = None
    """Before this."""
    actor: str = ""
    kind: str = ""
    """`message.*` are all of a group; what stands before a last `*` is how they begin."""
    source: str = ""
    """What the source holds."""
    customer_id: CustomerId | None = None
    """With everybody who became part of them: their own events keep their number."""
    conversation_id: ConversationId | None = None


def find(db: Connection, wanted: Filter, *, newest: int | None = None) -> Iterator[Event]:
    """In order, one at a time; `newest`: the latest so many. Data that nobody could have written
    by the program are under `unreadable`, as they stand there."""
    group = wanted.kind.endswith("*")
    told: dict[str, Any] = {
        "at >= ?": wanted.since,
        "at < ?": wanted.until,
        "actor = ?": wanted.actor or None,
        "kind = ?": (not group and wanted.kind) or None,
        "substr(kind, 1, length(?)) = ?": wanted.kind.removesuffix("*") if group else None,
        "instr(source, ?) > 0": wanted.source or None,
        "conversation_id = ?": wanted.conversation_id,
    }
    chosen = {term: value for term, value in told.items() if value is not None}
    values = [value for term, value in chosen.items() for _mark in range(term.count("?"))]
    if wanted.customer_id is not None:
        ids = everybody(db, wanted.customer_id)
        chosen[f"customer_id IN ({','.join('?' * len(ids))})"] = ids
        values += ids
    where = " AND ".join(chosen) or "1"
    if newest is None:
        rows = db.execute(f"SELECT {COLUMNS} FROM events WHERE {where} ORDER BY id", values)
    else:
        rows = db.execute(
            f"SELECT * FROM (SELECT {COLUMNS} FROM events WHERE {where} ORDER BY id DESC LIMIT +?)"
            " ORDER BY id",
            [*values, newest],
        )
    for row in rows:
        try:
            found = of_rows([row])[0]
        except ValueError:
            found = None
        if found is None or not isinstance(found.data, dict):
            found = Event(*(*row[:7], {"unreadable": row[7]}, row[8]))
        yield found

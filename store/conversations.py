"""Conversations: one matter with one customer each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any, get_args

from store import derived, json_column, messages
from store.clock import now as wall_clock
from store.driver import Connection
from store.errors import NotFound
from store.insertion import newest_id
from store.model import (
    AccountId,
    Conversation,
    ConversationId,
    CustomerId,
    MessageId,
    Millis,
    Status,
)
from store.narrowed import latest
from store.parts import in_parts
from store.wording import _

COLUMNS = (
    "v.id, v.customer_id, coalesce(nullif(c.name, ''), (SELECT address FROM identities"
    "   WHERE customer_id = v.customer_id ORDER BY id LIMIT 1), ''),"
    " v.subject, v.status, v.assignee, v.priority, v.channels,"
    " v.account_id, v.created_at, v.last_message_at, v.waiting_since, v.snoozed_until,"
    " v.last_inbound_id, v.preview, v.failed, v.related_id, v.messages,"
    " (SELECT json_group_array(tag) FROM (SELECT tag FROM conversation_tags"
    "   WHERE conversation_id = v.id ORDER BY tag)),"
    " CASE WHEN v.failed > 0 THEN (SELECT count(*) FROM messages m"
    "   WHERE m.conversation_id = v.id AND m.state = 'failed'"
    "   AND json_array_length(m.details, '$.bounced') > 0) ELSE 0 END"
)
SELECT = f"SELECT {COLUMNS} FROM conversations v JOIN customers c ON c.id = v.customer_id"


def from_row(row: Sequence[Any]) -> Conversation:
    return Conversation(
        id=row[0],
        customer_id=row[1],
        customer_name=row[2],
        subject=row[3],
        status=row[4],
        assignee=row[5],
        priority=row[6],
        channels=tuple(json_column.load(row[7])),
        account_id=row[8],
        created_at=row[9],
        last_message_at=row[10],
        waiting_since=row[11],
        snoozed_until=row[12],
        last_inbound_id=row[13],
        preview=row[14],
        failed=row[15],
        related_id=row[16],
        messages=row[17],
        tags=tuple(json_column.load(row[18])),
        bounced=row[19],
    )


def create(
    db: Connection,
    customer_id: CustomerId,
    *,
    subject: str,
    status: Status = "open",
    assignee: str = "",
    account_id: AccountId | None = None,
    at: Millis,
    related_id: ConversationId | None = None,
) -> ConversationId:
    cursor = db.execute(
        "INSERT INTO conversations (customer_id, subject, status, assignee, account_id,"
        " created_at, last_message_at, related_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (customer_id, subject, status, assignee, account_id, at, at, related_id),
    )
    return ConversationId(cursor.lastrowid or 0)


def next_id(db: Connection) -> ConversationId:
    """What the next conversation will be called, inside the writing transaction that asks."""
    return ConversationId(newest_id(db, "conversations") + 1)


def get(db: Connection, conversation_id: ConversationId) -> Conversation:
    """Raises `NotFound`."""
    row = db.execute(f"{SELECT} WHERE v.id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise _missing(conversation_id)
    return from_row(row)


def many(db: Connection, ids: Iterable[int]) -> list[Conversation]:
    """Those of the conversations that exist, in no order."""
    found: list[Conversation] = []
    for marks, part in in_parts(dict.fromkeys(ids)):
        found += map(from_row, db.execute(f"{SELECT} WHERE v.id IN ({marks})", part))
    return found


def set_status(
    db: Connection,
    conversation_id: ConversationId,
    status: Status,
    *,
    at: Millis,
    snoozed_until: Millis | None = None,
) -> None:
    """Change the status. Closed and pending: nothing waits any more. Opened again without a
    new message of the customer: their last message waits, if it was never answered.

    A message that reopens a conversation is inserted first. Raises `NotFound`.
    """
    if status not in get_args(Status):
        raise ValueError(f"no status: {status}")
    row = db.execute(
        "SELECT status, waiting_since, last_inbound_id, last_position FROM conversations"
        " WHERE id = ?",
        (conversation_id,),
    ).fetchone()
    if row is None:
        raise _missing(conversation_id)
    before, waiting, last_inbound_id, last_position = row
    handled = None
    if status in ("closed", "pending"):
        handled = last_position
    elif waiting is None and before in ("closed", "pending") and last_inbound_id is not None:
        handled = (
            db.execute("SELECT position FROM messages WHERE id = ?", (last_inbound_id,)).fetchone()
        )[0] - 1
    db.execute(
        "UPDATE conversations SET status = ?, snoozed_until = ?, closed_at = ?,"
        " handled_position = ifnull(?, handled_position) WHERE id = ?",
        (
            status,
            snoozed_until if status == "snoozed" else None,
            at if status == "closed" else None,
            handled,
            conversation_id,
        ),
    )
    if handled is not None:
        derived.renew(db, conversation_id)


def handled(db: Connection, conversation_id: ConversationId) -> int:
    """Up to which position nothing waits, by an agent's word. Raises `NotFound`."""
    row = db.execute(
        "SELECT handled_position FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row is None:
        raise _missing(conversation_id)
    return int(row[0])


def set_handled(db: Connection, conversation_id: ConversationId, position: int) -> None:
    """Nothing up to a position waits; what came after it does. Raises `NotFound`."""
    _set(db, conversation_id, "handled_position", position)
    derived.renew(db, conversation_id)


def nothing_waits(db: Connection, ids: Iterable[ConversationId]) -> None:
    """Old messages came into closed or pending conversations: nobody waits in them. The same
    as giving each its status again, at once for many."""
    db.executemany(
        "UPDATE conversations SET waiting_since = NULL, handled_position = last_position"
        " WHERE id = ? AND status IN ('closed', 'pending')",
        [(id_,) for id_ in ids],
    )


def put_aside(
    db: Connection, customer_id: CustomerId, account_id: AccountId, address: str
) -> list[ConversationId]:
    """What a customer wrote last from an address to an account waits for nothing; where that
    was."""
    rows = db.execute(
        "SELECT v.id, v.last_position FROM conversations v JOIN messages m"
        " ON m.id = v.last_inbound_id WHERE v.customer_id = ? AND v.waiting_since IS NOT NULL"
        " AND v.status IN ('open', 'snoozed') AND m.account_id = ? AND m.author_address = ?",
        (customer_id, account_id, address),
    ).fetchall()
    return _handle(db, rows)


def take_up(
    db: Connection, customer_id: CustomerId, account_id: AccountId, address: str
) -> list[ConversationId]:
    """The other way round: what was put aside and not answered since waits again."""
    rows = db.execute(
        "SELECT v.id, m.position - 1 FROM conversations v JOIN messages m"
        " ON m.id = v.last_inbound_id WHERE v.customer_id = ? AND v.waiting_since IS NULL"
        " AND v.status IN ('open', 'snoozed') AND v.handled_position >= m.position"
        " AND m.account_id = ? AND m.author_address = ?",
        (customer_id, account_id, address),
    ).fetchall()
    return _handle(db, rows)


def _handle(db: Connection, rows: Iterable[tuple[int, int]]) -> list[ConversationId]:
    found = []
    for conversation_id, position in rows:
        db.execute(
            "UPDATE conversations SET handled_position = ? WHERE id = ?",
            (position, conversation_id),
        )
        derived.renew(db, conversation_id)
        found.append(ConversationId(conversation_id))
    return found


def assign(db: Connection, conversation_id: ConversationId, agent: str) -> None:
    """To an agent, or with "" to nobody. Raises `NotFound`."""
    _set(db, conversation_id, "assignee", agent)


def set_priority(db: Connection, conversation_id: ConversationId, priority: int) -> None:
    """-1 low, 0 normal, 1 high, 2 urgent. Raises `NotFound`."""
    _set(db, conversation_id, "priority", priority)


def set_subject(db: Connection, conversation_id: ConversationId, subject: str) -> None:
    """Raises `NotFound`."""
    _set(db, conversation_id, "subject", subject)


def set_account(db: Connection, conversation_id: ConversationId, account_id: AccountId) -> None:
    """Where it goes on as long as the customer has written nothing. Raises `NotFound`."""
    _set(db, conversation_id, "account_id", account_id)


def set_related(
    db: Connection, conversation_id: ConversationId, related_id: ConversationId | None
) -> None:
    """Link the conversation it quotes or was split from. Raises `NotFound`."""
    _set(db, conversation_id, "related_id", related_id)


def give(db: Connection, conversation_id: ConversationId, customer_id: CustomerId) -> None:
    """Move a conversation with its messages to another customer. Raises `NotFound`."""
    get(db, conversation_id)
    give_all(db, [conversation_id], customer_id)


def give_all(
    db: Connection,
    ids: Sequence[ConversationId],
    customer_id: CustomerId,
    *,
    claims: bool = True,
) -> None:
    """Move several conversations with their messages to another customer: nothing of them but
    whose they are changes, so that a life of many years is given in seconds. `claims`: what the
    messages say of who wrote them goes along."""
    moved: list[MessageId] = []
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        marks = ",".join("?" * len(part))
        db.execute(
            f"UPDATE conversations SET customer_id = ? WHERE id IN ({marks})", (customer_id, *part)
        )
        moved += [
            MessageId(row[0])
            for row in db.execute(
                f"UPDATE messages SET customer_id = ? WHERE conversation_id IN ({marks})"
                " RETURNING id",
                (customer_id, *part),
            )
        ]
    messages.given(db, moved, customer_id, claimed=claims)


def _set(db: Connection, conversation_id: ConversationId, column: str, value: object) -> None:
    cursor = db.execute(
        f"UPDATE conversations SET {column} = ? WHERE id = ?", (value, conversation_id)
    )
    if cursor.rowcount == 0:
        raise _missing(conversation_id)


def _missing(conversation_id: ConversationId) -> NotFound:
    return NotFound(_("There is no conversation {id}.").format(id=conversation_id))


def add_tag(db: Connection, conversation_id: ConversationId, tag: str) -> bool:
    """Whether the conversation didn't have it."""
    cursor = db.execute(
        "INSERT OR IGNORE INTO conversation_tags VALUES (?, ?)", (conversation_id, tag)
    )
    return cursor.rowcount > 0


def remove_tag(db: Connection, conversation_id: ConversationId, tag: str) -> bool:
    """Whether the conversation had it."""
    cursor = db.execute(
        "DELETE FROM conversation_tags WHERE conversation_id = ? AND tag = ?",
        (conversation_id, tag),
    )
    return cursor.rowcount > 0


def of_customer(db: Connection, customer_id: CustomerId) -> list[Conversation]:
    """The last touched first."""
    rows = db.execute(
        f"{SELECT} WHERE v.customer_id = ? ORDER BY v.last_message_at DESC, v.id DESC",
        (customer_id,),
    )
    return [from_row(row) for row in rows]


def of_assignee(db: Connection, agent: str) -> list[Conversation]:
    """What an agent has that is not closed, by number."""
    rows = db.execute(
        f"{SELECT} WHERE v.assignee = ? AND v.inbox_group IN ('active', 'snoozed') ORDER BY v.id",
        (agent,),
    )
    return [from_row(row) for row in rows]


def has_others(db: Connection, customer_id: CustomerId, conversation_id: ConversationId) -> bool:
    """Whether a customer has conversations besides this one."""
    found = db.execute(
        "SELECT 1 FROM conversations WHERE customer_id = ? AND id <> ? LIMIT 1",
        (customer_id, conversation_id),
    ).fetchone()
    return found is not None


def unfinished(
    db: Connection, customer_id: CustomerId, limit: int
) -> tuple[list[Conversation], int]:
    """A customer's conversations that are not closed, the last touched first; and how many
    there are beyond the limit."""
    rows = db.execute(
        f"{SELECT} WHERE v.customer_id = ? AND v.status <> 'closed'"
        " ORDER BY v.last_message_at DESC, v.id DESC LIMIT +?",
        (customer_id, limit),
    ).fetchall()
    more = 0
    if len(rows) == limit:
        total = db.execute(
            "SELECT count(*) FROM conversations WHERE customer_id = ? AND status <> 'closed'",
            (customer_id,),
        ).fetchone()
        more = int(total[0]) - limit
    return [from_row(row) for row in rows], more


def all(
    db: Connection,
    query: str = "",
    limit: int | None = None,
    *,
    agent: str = "",
    timezone: str | tzinfo | None = None,
) -> list[Conversation]:
    """Every conversation that a query of the search language finds (`store.search`), in any
    status, the last touched first. `agent` is who `assignee:me` and `is:unread` mean.
    Raises `QueryError`."""
    if query.strip():
        found = many(db, latest(db, query, agent=agent, timezone=timezone, limit=limit))
        return sorted(found, key=lambda one: (one.last_message_at, one.id), reverse=True)
    rows = db.execute(
        f"{SELECT} ORDER BY v.last_message_at DESC, v.id DESC LIMIT +?",
        (-1 if limit is None else limit,),
    )
    return [from_row(row) for row in rows]


def unread(db: Connection, agent: str, ids: Iterable[ConversationId]) -> set[ConversationId]:
    """Which of the conversations have a customer's message that the agent hasn't seen."""
    found: set[ConversationId] = set()
    for marks, part in in_parts(ids):
        found.update(
            row[0]
            for row in db.execute(
                "SELECT v.id FROM conversations v LEFT JOIN read_marks r"
                " ON r.conversation_id = v.id AND r.agent = ?"
                f" WHERE v.id IN ({marks})"
                " AND v.last_inbound_id > ifnull(r.message_id, 0)",
                (agent, *part),
            )
        )
    return found


def mark_read(
    db: Connection,
    agent: str,
    conversation_id: ConversationId,
    message_id: MessageId,
    at: Millis | None = None,
) -> None:
    """The agent has seen everything up to this message. 0: nothing, it is unread again."""
    db.execute(
        "INSERT OR REPLACE INTO read_marks (agent, conversation_id, message_id, at)"
        " SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM conversations WHERE id = ?2)",
        (agent, conversation_id, message_id, wall_clock() if at is None else at),
    )


def due_snoozed(db: Connection, now: Millis) -> list[ConversationId]:
    """Snoozed conversations whose time has come, the earliest first."""
    return [
        row[0]
        for row in db.execute(
            "SELECT id FROM conversations WHERE status = 'snoozed' AND snoozed_until <= ?"
            " ORDER BY snoozed_until",
            (now,),
        )
    ]


def next_snoozed(db: Connection) -> Millis | None:
    """When the next snoozed conversation wakes."""
    row = db.execute(
        "SELECT min(snoozed_until) FROM conversations WHERE status = 'snoozed'"
    ).fetchone()
    return row[0] if row else None

"""The desk's state in numbers: for those who watch it run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from store import accounts, audit, presence
from store.driver import Connection
from store.model import Account, EventId, Millis
from store.presence import Screen

MOST = 10_000
"""Waiting conversations are counted up to this."""
LATE: Millis = 300_000
"""Milliseconds that a due reply may wait before it is said that sending is stuck."""
_A_DAY: Millis = 86_400_000
_NEVER = "9223372036854775807"


@dataclass(frozen=True, slots=True)
class Overview:
    accounts: list[Account] = field(default_factory=list)
    conversations: Mapping[str, int] = field(default_factory=dict)
    """By status."""
    unassigned: int = 0
    """Open and pending ones that nobody has."""
    waiting: int = 0
    """Conversations whose customer waits for us; `MOST` at most."""
    waiting_since: Millis | None = None
    """Since when the one who waits longest does."""
    outbox: Mapping[str, int] = field(default_factory=dict)
    """By state: queued, sending, failed, unknown."""
    overdue_since: Millis | None = None
    """When the first of the queued replies was due that should have gone by now."""
    quarantined: int = 0
    hooks_failed: int = 0
    """In the last day, failed or unknown."""
    screens: list[Screen] = field(default_factory=list)
    last_event: EventId | None = None
    unsealed: int = 0
    """Events that no block of the audit chain holds yet."""


def open_by_agent(db: Connection) -> dict[str, int]:
    """How many conversations each has that are open or pending; "": nobody."""
    rows = db.execute(
        "SELECT assignee, sum(conversations) FROM conversation_counts"
        " WHERE status IN ('open', 'pending') GROUP BY assignee"
        " HAVING sum(conversations) > 0"
    )
    return {row[0]: row[1] for row in rows}


def newest_at(db: Connection) -> Millis:
    """When, by the machine's clock then, the newest event was written; 0: there is none."""
    row = db.execute("SELECT at FROM events ORDER BY id DESC LIMIT 1").fetchone()
    return row[0] if row else 0


def due_after(db: Connection, moment: Millis) -> int:
    """How many queued replies are due only after that."""
    found: int = db.execute(
        "SELECT count(*) FROM outbox o INDEXED BY outbox_due JOIN messages m ON m.id = o.message_id"
        " WHERE o.due_at > ? AND m.state = 'queued'",
        (moment,),
    ).fetchone()[0]
    return found


def overview(db: Connection, now: Millis) -> Overview:
    """Bounded work, whatever the size of the desk."""
    by_status: dict[str, int] = {}
    unassigned = 0
    for assignee, status, number in db.execute(
        "SELECT assignee, status, conversations FROM conversation_counts"
    ):
        by_status[status] = by_status.get(status, 0) + number
        if assignee == "" and status in ("open", "pending"):
            unassigned += number
    waiting, since = db.execute(
        "SELECT count(*), min(inbox_first) FROM (SELECT inbox_first FROM conversations"
        f" WHERE inbox_group = 'active' AND inbox_first < {_NEVER} ORDER BY inbox_first LIMIT +?)",
        (MOST,),
    ).fetchone()
    unsettled = ("queued", "sending", "failed", "unknown")
    outbox = dict.fromkeys(unsettled, 0)
    outbox |= dict(
        db.execute(
            "SELECT state, count(*) FROM messages INDEXED BY messages_unsettled"
            " WHERE state IN ('queued', 'sending', 'failed', 'unknown') GROUP BY state"
        ).fetchall()
    )
    overdue = db.execute(
        "SELECT min(o.due_at) FROM messages m INDEXED BY messages_unsettled"
        " JOIN outbox o ON o.message_id = m.id"
        " WHERE m.state IN ('queued', 'sending', 'failed', 'unknown') AND m.state = 'queued'"
        " AND o.due_at <= ?",
        (now,),
    ).fetchone()[0]
    sealed = audit.head(db)
    last = db.execute("SELECT ifnull(max(id), 0) FROM events").fetchone()[0]
    return Overview(
        accounts=accounts.all(db),
        conversations=by_status,
        unassigned=unassigned,
        waiting=waiting,
        waiting_since=since,
        outbox=outbox,
        overdue_since=overdue,
        quarantined=db.execute(
            "SELECT count(*) FROM ledger INDEXED BY ledger_quarantined"
            " WHERE outcome = 'quarantined'"
        ).fetchone()[0],
        hooks_failed=db.execute(
            "SELECT count(*) FROM hook_runs WHERE state IN ('failed', 'unknown') AND begun_at >= ?",
            (now - _A_DAY,),
        ).fetchone()[0],
        screens=presence.screens(db, now - presence.FRESH),
        last_event=last or None,
        unsealed=last - (sealed.upto if sealed else 0),
    )

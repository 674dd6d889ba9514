"""What hooks have run, and how far in the log each has got."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from store import events
from store.driver import Connection
from store.errors import NotFound, StateError
from store.model import ConversationId, CustomerId, Event, MessageId, Millis
from store.wording import _

State = Literal["queued", "running", "done", "failed", "unknown"]
Ended = Literal["done", "failed", "unknown"]

WINDOW = 20_000
"""Events that one look goes through, whatever their kinds."""
KEEP_DONE = 30 * 86_400_000
"""Milliseconds for which it is kept that a hook ran well."""
KEEP_OTHERS = 180 * 86_400_000

_COLUMNS = (
    "id, hook, event_id, kind, customer_id, conversation_id, message_id, state, attempts,"
    " begun_at, ended_at, error"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One hook, started by one event."""

    id: int
    hook: str
    event_id: int
    kind: str
    """The event's."""
    customer_id: CustomerId | None
    conversation_id: ConversationId | None
    message_id: MessageId | None
    state: State
    attempts: int
    begun_at: Millis
    ended_at: Millis | None
    error: str
    """One sentence; empty when all went well."""


@dataclass(frozen=True, slots=True)
class Page:
    """Events of some kinds, and up to which event was looked."""

    events: list[Event]
    upto: int
    through: bool
    """There are no later events at all."""


def start(db: Connection, names: Iterable[str]) -> None:
    """The hooks there are. A new one begins with what happens from now on; one that is not there
    any more is forgotten, and would begin anew."""
    wanted = set(names)
    known = {row[0] for row in db.execute("SELECT hook FROM hook_cursors")}
    for gone in known - wanted:
        db.execute("DELETE FROM hook_cursors WHERE hook = ?", (gone,))
        db.execute("DELETE FROM hook_runs WHERE hook = ? AND state = 'queued'", (gone,))
    for new in wanted - known:
        db.execute(
            "INSERT INTO hook_cursors (hook, upto) SELECT ?, ifnull(max(id), 0) FROM events", (new,)
        )


def upto(db: Connection, hook: str) -> int | None:
    """The last event that the hook has dealt with; None: it has not begun."""
    row = db.execute("SELECT upto FROM hook_cursors WHERE hook = ?", (hook,)).fetchone()
    return None if row is None else int(row[0])


def advance(db: Connection, hook: str, event_id: int) -> None:
    """Never back."""
    db.execute("UPDATE hook_cursors SET upto = max(upto, ?) WHERE hook = ?", (event_id, hook))


def page(db: Connection, after: int, kinds: Sequence[str], limit: int) -> Page:
    """The next events of these kinds. Bounded work: `upto` may be short of the last event."""
    last = int(db.execute("SELECT ifnull(max(id), 0) FROM events").fetchone()[0])
    edge = min(last, after + WINDOW)
    rows = db.execute(
        f"SELECT {events.COLUMNS} FROM events"
        f" WHERE id > ? AND id <= ? AND kind IN ({','.join('?' * len(kinds))})"
        " ORDER BY id LIMIT +?",
        (after, edge, *kinds, limit),
    ).fetchall()
    found = events.of_rows(rows)
    reached = found[-1].id if len(found) == limit else max(after, edge)
    return Page(found, reached, reached >= last)


def note(
    db: Connection,
    hook: str,
    event: Event,
    state: State,
    at: Millis,
    *,
    error: str = "",
) -> Run | None:
    """Write down that a hook runs, has run or is going to (`queued`), for an event. None: it had
    before."""
    row = db.execute(
        "INSERT INTO hook_runs (hook, event_id, kind, customer_id, conversation_id, message_id,"
        " state, attempts, begun_at, ended_at, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT DO NOTHING RETURNING {_COLUMNS}",
        (
            hook,
            event.id,
            event.kind,
            event.customer_id,
            event.conversation_id,
            event.message_id,
            state,
            0 if state == "queued" else 1,
            at,
            None if state in ("queued", "running") else at,
            error,
        ),
    ).fetchone()
    return None if row is None else Run(*row)


def has_run(db: Connection, hook: str, event_id: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM hook_runs WHERE hook = ? AND event_id = ?", (hook, event_id)
    ).fetchone()
    return row is not None


def runs_since(
    db: Connection, hook: str, conversation_id: ConversationId | None, since: Millis
) -> int:
    """How often it ran for a conversation lately."""
    row = db.execute(
        "SELECT count(*) FROM hook_runs WHERE hook = ? AND conversation_id = ? AND begun_at > ?",
        (hook, conversation_id, since),
    ).fetchone()
    return int(row[0])


def settle(db: Connection, run_id: int, state: Ended, at: Millis, error: str) -> bool:
    """How it ended. False for a run that was erased meanwhile."""
    done = db.execute(
        "UPDATE hook_runs SET state = ?, ended_at = ?, error = ? WHERE id = ?"
        " AND state IN ('queued', 'running')",
        (state, at, error, run_id),
    )
    return done.rowcount == 1


def queued(db: Connection, hook: str) -> list[Run]:
    """What waits for its turn, or what somebody wants to run once more, in order."""
    return _runs(db, "hook = ? AND state = 'queued' ORDER BY id", (hook,))


def begin_queued(db: Connection, run_id: int, at: Millis) -> bool:
    """queued → running. False when it is not queued any more."""
    done = db.execute(
        "UPDATE hook_runs SET state = 'running', begun_at = ?, ended_at = NULL, error = '',"
        " attempts = attempts + 1 WHERE id = ? AND state = 'queued'",
        (at, run_id),
    )
    return done.rowcount == 1


def ask_again(db: Connection, run_id: int) -> Run:
    """failed or unknown → queued. Raises `NotFound`, `StateError`."""
    run = get(db, run_id)
    if run.state not in ("failed", "unknown"):
        raise StateError(
            _("Run {id} of a hook is “{state}”: only a failed or unknown one runs again.").format(
                id=run_id, state=run.state
            )
        )
    db.execute("UPDATE hook_runs SET state = 'queued' WHERE id = ?", (run_id,))
    return get(db, run_id)


def get(db: Connection, run_id: int) -> Run:
    """Raises `NotFound`."""
    found = _runs(db, "id = ?", (run_id,))
    if not found:
        raise NotFound(_("There is no run {id} of a hook.").format(id=run_id))
    return found[0]


def running(db: Connection) -> list[Run]:
    return _runs(db, "state = 'running' ORDER BY id", ())


def runs(
    db: Connection, *, hook: str = "", states: Sequence[State] = (), limit: int = 100
) -> list[Run]:
    """The latest first."""
    where = ["1"]
    values: list[object] = []
    if hook:
        where.append("hook = ?")
        values.append(hook)
    if states:
        where.append(f"state IN ({','.join('?' * len(states))})")
        values += states
    return _runs(db, f"{' AND '.join(where)} ORDER BY id DESC LIMIT +?", (*values, limit))


def counts(db: Connection, since: Millis = 0) -> dict[str, dict[State, int]]:
    """Hook → state → how many of what is kept."""
    found: dict[str, dict[State, int]] = {}
    for hook, state, n in db.execute(
        "SELECT hook, state, count(*) FROM hook_runs WHERE begun_at >= ? GROUP BY hook, state",
        (since,),
    ):
        found.setdefault(hook, {})[state] = n
    return found


def last_at(db: Connection) -> dict[str, Millis]:
    """When each ran last."""
    return dict(db.execute("SELECT hook, max(begun_at) FROM hook_runs GROUP BY hook"))


def waiting(db: Connection, hook: str, kinds: Sequence[str], most: int = 1000) -> int:
    """Events that it has still to look at, `most` at most."""
    after = upto(db, hook)
    if after is None:
        return 0
    return len(page(db, after, kinds, most).events)


def prune(db: Connection, now: Millis) -> int:
    """Forget what is long over; how many."""
    done = db.execute(
        "DELETE FROM hook_runs WHERE (state = 'done' AND begun_at < ?)"
        " OR (state IN ('failed', 'unknown') AND begun_at < ?)",
        (now - KEEP_DONE, now - KEEP_OTHERS),
    )
    return int(done.rowcount)


def _runs(db: Connection, where: str, values: Iterable[object]) -> list[Run]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM hook_runs WHERE {where}", tuple(values))
    return [Run(*row) for row in rows]

"""Running a hook's commands: all of them or none, in the transaction that notes that they ran."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic

from config.i18n import _, ngettext
from config.model import HookSettings
from omnitui.desk import commands, journal
from omnitui.desk.command import CommandError, split_commands
from omnitui.desk.context import Desk
from omnitui.desk.hooks.matching import chain, starts
from omnitui.desk.mail.letterhead import HOOK
from omnitui.desk.session import OwnDraft, Session
from store import events, hooks
from store.database import transaction
from store.driver import sqlite3
from store.errors import NotFound, QueryError, StateError, StoreError, is_shortage
from store.hooks import Run
from store.model import Event, Millis

HOUR: Millis = 3_600_000
STEP = 0.05
"""Seconds after which no further event goes into a transaction: agents' keys wait for its end."""
TOO_OFTEN = 60
"""Times in an hour that a hook runs for one conversation: more is taken for a loop."""


def run_commands(
    desk: Desk,
    hook: HookSettings,
    found: Sequence[Event],
    upto: int,
    strange: Callable[[Exception], str],
) -> tuple[list[Run], int]:
    """Run the hook's commands for those of the events that still start it, once for each, and
    note how far it has got: not through all of them when that takes long. What was run, and the
    last event that is dealt with.

    `strange` names an error of ours, and writes it down. Raises `StoreError`: nothing was done.
    """
    done = []
    began = monotonic()
    for event in found:
        if monotonic() - began > STEP:
            upto = event.id - 1
            break
        # What it did for the event before may have changed what `where` asks for.
        if hooks.has_run(desk.db, hook.name, event.id) or not starts(desk, hook, event):
            continue
        error = _attempt(desk, hook, event, strange)
        run = hooks.note(
            desk.db, hook.name, event, "failed" if error else "done", desk.now(), error=error
        )
        if run is not None:
            done.append(run)
            tell(desk, run)
    hooks.advance(desk.db, hook.name, upto)
    return done, upto


def run_again(
    desk: Desk, hook: HookSettings, run: Run, strange: Callable[[Exception], str]
) -> Run | None:
    """Once more, since somebody asked for it; None: not any more."""
    if not hooks.begin_queued(desk.db, run.id, desk.now()):
        return None
    error = _event_error(desk, run) or _attempt(
        desk, hook, events.get(desk.db, run.event_id), strange
    )
    hooks.settle(desk.db, run.id, "failed" if error else "done", desk.now(), error)
    settled = hooks.get(desk.db, run.id)
    tell(desk, settled)
    return settled


def note_programs(desk: Desk, hook: HookSettings, found: Sequence[Event], upto: int) -> None:
    """That its program is to run for these events, which is decided now; they wait for their turn
    in their order."""
    for event in found:
        why = _loops(desk, hook, event)
        run = hooks.note(
            desk.db, hook.name, event, "failed" if why else "queued", desk.now(), error=why
        )
        if run is not None:
            tell(desk, run)
    hooks.advance(desk.db, hook.name, upto)


def begin_program(desk: Desk, run: Run) -> bool:
    """Before its program starts: from here on it has run, whatever becomes of the engine."""
    if not hooks.begin_queued(desk.db, run.id, desk.now()):
        return False
    if why := _event_error(desk, run):
        settle(desk, run, "failed", why)
        return False
    return True


def settle(desk: Desk, run: Run, state: hooks.Ended, error: str = "") -> None:
    """How a program ended."""
    if hooks.settle(desk.db, run.id, state, desk.now(), error):
        tell(desk, replace(run, state=state, error=error))


def recover(desk: Desk) -> list[Run]:
    """At the engine's start: what ran when the last one ended may or may not have done its work,
    and is not run again by itself."""
    lost = hooks.running(desk.db)
    for run in lost:
        settle(desk, run, "unknown", _("The engine ended while it ran."))
    return lost


def tell(desk: Desk, run: Run) -> None:
    """In the log, where it did not go well."""
    if run.state not in ("failed", "unknown"):
        return
    journal.record(
        replace(desk, hook=run.hook),
        "hook.failed" if run.state == "failed" else "hook.unknown",
        customer=run.customer_id,
        conversation=run.conversation_id,
        message=run.message_id,
        run=run.id,
        reason=run.error,
    )


def _attempt(
    desk: Desk, hook: HookSettings, event: Event, strange: Callable[[Exception], str]
) -> str:
    """Run its commands; why not, a sentence, and then none of them was run."""
    if why := _loops(desk, hook, event):
        return why
    names = f"{chain(desk, event)} {hook.name}".strip()
    acting = replace(desk, agent=f"{HOOK}{hook.name}", hook=names)
    line = ""
    try:
        with transaction(desk.db):
            session = Session(acting, event.conversation_id, OwnDraft(), customer=event.customer_id)
            for line in split_commands(hook.do):
                commands.run(session, line)
    except (CommandError, NotFound, QueryError, StateError) as error:
        return f"{line}: {error}"
    except (StoreError, sqlite3.Error):
        raise  # nothing can be noted now: it is tried again
    except Exception as error:
        if is_shortage(error):
            raise
        return f"{line}: {strange(error)}"
    return ""


def _loops(desk: Desk, hook: HookSettings, event: Event) -> str:
    if event.conversation_id is None:
        return ""
    lately = hooks.runs_since(desk.db, hook.name, event.conversation_id, desk.now() - HOUR)
    if lately < TOO_OFTEN:
        return ""
    return ngettext(
        "It ran {n} time for this conversation within an hour: that is taken for a loop.",
        "It ran {n} times for this conversation within an hour: that is taken for a loop.",
        lately,
    ).format(n=lately)


def _event_error(desk: Desk, run: Run) -> str:
    try:
        events.get(desk.db, run.event_id)
    except NotFound as error:
        return str(error)
    return ""

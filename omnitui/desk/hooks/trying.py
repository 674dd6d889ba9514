"""What a hook would have done at past events: nothing of it is kept, and no program is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from config.i18n import _
from config.model import HookSettings
from omnitui.desk import commands
from omnitui.desk.command import CommandError, split_commands
from omnitui.desk.context import Desk
from omnitui.desk.hooks import telling
from omnitui.desk.hooks.matching import chain, starts
from omnitui.desk.mail.letterhead import HOOK
from omnitui.desk.own_commands import registry_for
from omnitui.desk.session import OwnDraft, Session
from store import hooks
from store.database import transaction
from store.errors import NotFound, QueryError, StateError
from store.model import Event

OF_FILES = frozenset(
    {"customer export", "template from-message", "template from-reply", "template remove",
     "template save"}
)  # fmt: skip
"""Commands of which not all can be taken back with a transaction."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command line, and what it says; or why it fails, which undoes all of them."""

    line: str
    said: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one event would have started."""

    event: Event
    has_run: bool
    """The hook has in fact run for it."""
    steps: tuple[Step, ...] = ()
    """Of `do`, up to the first that fails."""
    given: dict[str, Any] | None = None
    """The JSON on the standard input of `run`."""


def events_since(desk: Desk, hook: HookSettings, after: int) -> Iterator[Event]:
    """The events of the hook's kinds after that one, in order."""
    while True:
        page = hooks.page(desk.db, after, hook.on, 200)
        yield from page.events
        if page.through:
            return
        after = page.upto


def attempt(desk: Desk, hook: HookSettings, event: Event) -> Trial | None:
    """The hook at this event, as things are now; None: it starts nothing. Raises `QueryError`."""
    if not starts(desk, hook, event):
        return None
    ran = hooks.has_run(desk.db, hook.name, event.id)
    if hook.run:
        return Trial(event, ran, given=telling.told(desk, hook, event))
    return Trial(event, ran, _steps(desk, hook, event))


class _TakenBack(Exception):
    """Ends a transaction of which nothing is to stay."""


def _steps(desk: Desk, hook: HookSettings, event: Event) -> tuple[Step, ...]:
    names = f"{chain(desk, event)} {hook.name}".strip()
    acting = replace(desk, agent=f"{HOOK}{hook.name}", hook=names)
    steps: list[Step] = []
    registry = registry_for(desk.config, commands.REGISTRY)
    with suppress(_TakenBack), transaction(desk.db):
        session = Session(acting, event.conversation_id, OwnDraft(), customer=event.customer_id)
        for line in split_commands(hook.do):
            if registry.find(line)[0].name in OF_FILES:
                steps.append(Step(line, _("not tried: it writes or deletes a file")))
                continue
            try:
                done = commands.run(session, line)
            except (CommandError, NotFound, QueryError, StateError) as error:
                steps.append(Step(line, error=str(error)))
                break
            steps.append(Step(line, done.message))
        raise _TakenBack
    return tuple(steps)

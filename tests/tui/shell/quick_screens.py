"""Hundreds of screens are started in one process: what each would do anew is done once.

Imported for that; what a screen shows and does is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import Any

from textual import _wait
from textual.app import ScreenStackError
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout

import omnitui.tui.app
from omnitui.tui.look.styled_once import Found, State, StyledOnce

PATIENCE = 30.0
"""Seconds that a screen may work on what it was sent."""

# The pilot looks every 20 ms whether a screen has come to rest, several times for each key.
_wait.SLEEP_GRANULARITY = 1 / 100
_wait.SLEEP_IDLE = 1 / 2000

_parse = Stylesheet._parse_rules
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}


def _parse_once(self: Stylesheet, *about: Any, **named: Any) -> list[RuleSet]:
    """Rules of the same text with the same variables are the same on every screen."""
    key = (*sorted(self._variables.items()), *about, *sorted(named.items()))
    if key not in _parsed:
        _parsed[key] = _parse(self, *about, **named)
    return _parsed[key]


_look_at_rules = StyledOnce._look_at_rules
_states: dict[tuple[Any, ...], State] = {}
_numbers = count()
_found: dict[tuple[int, ...], dict[State, Found]] = {}


def _look_at_rules_once(self: StyledOnce) -> None:
    """What the same rules say about a widget in the same state is the same on every screen."""
    if self._found_by is not self.rules_map:
        self._states, self._found = {}, {}  # what others found is not to be let go of
        _look_at_rules(self)
        self._states, self._numbers = _states, _numbers
        self._found = _found.setdefault(tuple(map(id, self.rules)), {})


def _rests(one: MessagePump) -> bool:
    """Whether it has done all that it was sent, and waits for more."""
    ready = one._message_queue.ready_event
    return one._closing or one._closed or (not ready.is_set() and bool(ready._waiters))


async def _wait_for_screen(self: Pilot[Any]) -> bool:
    """Textual sends each widget a message to see that it answers: that was more work, several times
    for each key, than what the key does. All at rest at once is more than each having answered."""
    app, end, looked = self.app, monotonic() + PATIENCE, 0
    try:
        screen = app.screen
    except ScreenStackError:
        return False
    waited_for = [app, *screen.walk_children(with_self=True)]
    while True:
        # What the store is to answer takes longer than what only waits for its turn.
        await asyncio.sleep(0 if looked < 20 else 0.001)
        looked += 1
        if app._exception_event.is_set():
            return False
        if all(map(_rests, waited_for)):
            return True
        if monotonic() > end:
            busy = [one for one in waited_for if not _rests(one)]
            raise WaitForScreenTimeout(f"still at work: {busy}")


def _set_nothing_aside() -> None:
    """A screen clears up before it goes on for hours; here the next one comes in a second."""


async def _collect_nothing(_hands_on: Callable[[float], float]) -> None: ...


Stylesheet._parse_rules = _parse_once  # type: ignore[method-assign]
StyledOnce._look_at_rules = _look_at_rules_once  # type: ignore[method-assign]
Pilot._wait_for_screen = _wait_for_screen  # type: ignore[method-assign]
omnitui.tui.app.set_aside = _set_nothing_aside
omnitui.tui.app.collect_at_rest = _collect_nothing  # type: ignore[assignment]

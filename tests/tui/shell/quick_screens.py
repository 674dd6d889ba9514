"""Hundreds of screens are started in one process: what each would do anew is done once.

Imported for that; what a screen shows and does is the same.
"""

from __future__ import annotations

from typing import Any

from textual import _wait
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

import omnitui.tui.app

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


class _NoCollector:
    """A screen clears up before it goes on for hours; here the next one comes in a second."""

    @staticmethod
    def collect() -> None: ...

    @staticmethod
    def freeze() -> None: ...

    @staticmethod
    def set_threshold(*objects: int) -> None: ...


Stylesheet._parse_rules = _parse_once  # type: ignore[method-assign]
omnitui.tui.app.gc = _NoCollector  # type: ignore[attr-defined]

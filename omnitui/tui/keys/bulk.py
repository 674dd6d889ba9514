"""One command for many conversations: in parts, so that nobody else waits for the store meanwhile,
and with a word about how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.link.desk_link import DeskLink, Outcome
from omnitui.tui.link.target import OfCustomer, Target
from omnitui.tui.link.undo import Step
from store.errors import StoreError

PART = 100
"""Conversations in one transaction. Up to so many it is all or none."""

Tell = Callable[[int, int], None]
"""How many are done, of how many; all of them at the end."""


class StoppedOnTheWay(CommandError):
    """What was done to some of many was not done to the others."""

    def __init__(self, done: int, of: int, why: Exception) -> None:
        words = _("Done to {done} of {all}; then it stopped: {why}")
        super().__init__(words.format(done=done, all=of, why=why))


async def run(
    link: DeskLink, line: str, targets: Sequence[Target], options: dict[str, Any], tell: Tell
) -> tuple[list[Outcome], StoppedOnTheWay | None]:
    """Run a command line on all targets; what was done, and what stopped it on the way.

    Raises `CommandError`, `StoreError` when nothing was done.
    """
    done: list[Outcome] = []
    if len(targets) > 1:
        among = frozenset(one for one in targets if not isinstance(one, OfCustomer))
        options = {"among": among, **options, "many": True}
    for start in range(0, max(1, len(targets)), PART):
        try:
            done += await link.run(line, targets[start : start + PART], **options)
        except (CommandError, StoreError) as error:
            if not done:
                raise
            tell(len(targets), len(targets))
            return done, StoppedOnTheWay(len(done), len(targets), error)
        _tell(tell, len(done), len(targets))
    return done, None


async def undo(link: DeskLink, step: Step, tell: Tell) -> tuple[list[Outcome], Step | None]:
    """Take a step back; what was done, and what is left of it when the store stopped that.

    Raises `CommandError`, `StoreError` when nothing was done.
    """
    done: list[Outcome] = []
    lines = step.lines
    while lines:
        try:
            done += await link.undo(lines[-PART:])
        except (CommandError, StoreError):
            if not done:
                raise
            tell(len(step.lines), len(step.lines))
            return done, Step(step.title, lines)
        lines = lines[:-PART]
        _tell(tell, len(done), len(step.lines))
    return done, None


def _tell(tell: Tell, done: int, of: int) -> None:
    if of > PART:
        tell(done, of)

"""Marking conversations, so that one command acts on several."""

from __future__ import annotations

from omnitui.tui.commands.registry import REGISTRY
from omnitui.tui.station.stage import Stage


@REGISTRY.command("mark", "screen")
def mark(screen: Stage) -> None:
    """Mark or unmark the highlighted conversation and go on to the next."""
    screen.marks.toggle()


@REGISTRY.command("mark range", "screen")
def mark_range(screen: Stage) -> None:
    """Mark everything from the last mark to the highlighted conversation."""
    screen.marks.range()


@REGISTRY.command("mark all", "screen")
async def mark_all(screen: Stage) -> None:
    """Mark the whole list, as it is narrowed now; again: take all marks away."""
    await screen.marks.all()


@REGISTRY.command("mark invert", "screen")
async def mark_invert(screen: Stage) -> None:
    """Mark what is not marked in this list, and unmark the rest."""
    await screen.marks.invert()


@REGISTRY.command("mark none", "screen")
def mark_none(screen: Stage) -> None:
    """Take all marks away."""
    screen.marks.none()

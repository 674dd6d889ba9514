"""Marking conversations, so that one command acts on several."""

from __future__ import annotations

from omnitui.tui.commands.registry import REGISTRY
from omnitui.tui.station.stage import Stage


@REGISTRY.command("mark", "screen")
def mark(screen: Stage) -> None:
    """Mark or unmark the highlighted conversation and go on to the next."""
    screen.mark()


@REGISTRY.command("mark range", "screen")
def mark_range(screen: Stage) -> None:
    """Mark everything from the last mark to the highlighted conversation."""
    screen.mark_range()


@REGISTRY.command("mark none", "screen")
def mark_none(screen: Stage) -> None:
    """Take all marks away."""
    screen.inbox.clear_marks()

"""Colleagues: who is here, and what they are writing."""

from __future__ import annotations

from omnitui.tui.commands.registry import REGISTRY
from omnitui.tui.station.stage import Stage


@REGISTRY.command("who", "screen")
def who(screen: Stage) -> None:
    """Show who is here, since when, how long idle, where they look and what they have."""
    screen.colleagues.who()


@REGISTRY.command("drafts", "screen")
async def drafts(screen: Stage) -> None:
    """Show what colleagues are writing in the conversation, where supervisors may see that."""
    await screen.colleagues.drafts()

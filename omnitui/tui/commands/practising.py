"""The practice run that the screen was started with."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.commands.registry import REGISTRY
from omnitui.tui.station.practising import Practising
from omnitui.tui.station.stage import Stage


@REGISTRY.command("practice", "screen")
async def practice(screen: Stage) -> None:
    """Show how the practice run goes: who was answered, what is left to do; before it, begin."""
    await _running(screen).show()


@REGISTRY.command("practice end", "screen")
async def practice_end(screen: Stage) -> None:
    """End the practice run and show how it went."""
    await _running(screen).end()


def _running(screen: Stage) -> Practising:
    found = screen.desk_app.practising
    if found is None:
        raise CommandError(_("No practice runs: “omnitui demo --practice” starts one."))
    return found

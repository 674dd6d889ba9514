"""The inbox's lists: views, filters, orders, saved searches."""

from __future__ import annotations

from typing import Literal

from omnitui.desk.command import Rest
from omnitui.tui.commands.registry import NOTHING, REGISTRY
from omnitui.tui.station.stage import Stage
from store.model import Sort


@REGISTRY.command("view", "screen")
async def view(screen: Stage, name: Rest) -> None:
    """Show a view: mine, unassigned, all, snoozed, closed, mentions or a saved search."""
    await screen.views.show(name)


@REGISTRY.command("view save", "screen")
async def view_save(screen: Stage, name: Rest = NOTHING) -> None:
    """Keep this list, as it is filtered and ordered, as a view of your own."""
    from omnitui.tui.station import saving_views

    await saving_views.save(screen, name)


@REGISTRY.command("view remove", "screen")
async def view_remove(screen: Stage, name: Rest = NOTHING) -> None:
    """Give up a view that you saved, by default this one; asks first."""
    from omnitui.tui.station import saving_views

    await saving_views.remove(screen, name)


@REGISTRY.command("filter", "screen")
async def filter_(screen: Stage, query: Rest = NOTHING) -> None:
    """Narrow the inbox by a search; without one, as you type."""
    if query:
        await screen.views.narrow(query)
    else:
        screen.overlays.filter()


@REGISTRY.command("filter clear", "screen")
async def filter_clear(screen: Stage) -> None:
    """Show the whole view again."""
    await screen.views.narrow("")


@REGISTRY.command("sort", "screen")
async def sort(screen: Stage, order: Literal[Sort, "usual"] = "usual") -> None:
    """Order the inbox: who waits longest, newest, oldest or urgent first; usual: as the view is."""
    await screen.views.sort(None if order == "usual" else order)

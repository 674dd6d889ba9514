"""Keeping the list that is shown as a view of one's own, and giving one up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from config import personal
from config.i18n import _
from config.problems import ConfigError
from omnitui.desk.command import CommandError
from omnitui.tui.station.views import BUILT_IN

if TYPE_CHECKING:
    from config.model import Config
    from omnitui.tui.station.stage import Stage


async def save(screen: Stage, name: str) -> None:
    """Keep what the inbox shows as a view called `name`; asks before it takes the place of
    another one. Raises `CommandError`."""
    views, name = screen.views, " ".join(name.split())
    if not name:
        screen.ask_line("view save ")
        return
    if name.casefold() in BUILT_IN or name.isdigit():
        raise CommandError(
            _("“{name}” is a view of its own: choose another name.").format(name=name)
        )
    query = views.query()
    if not query:
        raise CommandError(
            _("Filter or order the list first: all conversations are a view already.")
        )
    name = _known(screen, name) or name
    before = views.saved.get(name)

    if before is not None and before != query:
        words = _("Replace the view “{name}”? It is: {query}")
        if not await screen.overlays.asked(words.format(name=name, query=before)):
            return
    await _change(screen, lambda config: personal.save_view(config, name, query), name)
    number = list(views.saved).index(name) + len(BUILT_IN) + 1
    words = _("Saved as view {number}, “{name}”: {query}")
    screen.say(words.format(number=number, name=name, query=query))


async def remove(screen: Stage, name: str) -> None:
    """Give up a saved view, by default the one that is shown; asks first. Raises
    `CommandError`."""
    views = screen.views
    name = name.strip() or views.current
    found = _known(screen, name)
    if found is None:
        raise CommandError(_("There is no saved view “{name}”.").format(name=name))
    words = _("Remove the view “{name}”? It is: {query}")
    if not await screen.overlays.asked(words.format(name=found, query=views.saved[found])):
        return
    shown = "all" if views.current == found else views.current
    await _change(screen, lambda config: personal.remove_view(config, found), shown)
    screen.say(_("The view “{name}” is gone.").format(name=found))


def _known(screen: Stage, name: str) -> str | None:
    """The saved view that is called so, in capitals or not."""
    return next((one for one in screen.views.saved if one.casefold() == name.casefold()), None)


async def _change(screen: Stage, change: Callable[[Config], Config], show: str) -> None:
    try:
        config = change(screen.link.config)
    except (ConfigError, OSError) as error:
        raise CommandError(str(error)) from None
    screen.link.config = config
    await screen.views.set_saved(config.views, show)

"""Choosing from a list: menus, agents, tags."""

from __future__ import annotations

from typing import Literal

from config.i18n import _
from omnitui.desk.command import Rest
from omnitui.tui.commands.registry import REGISTRY
from omnitui.tui.station.stage import Stage

Choice = Literal[
    "next",
    "previous",
    "page-down",
    "page-up",
    "first",
    "last",
    "tick",
    "ours",
    "theirs",
    "accept",
    "cancel",
    "complete",
    "find",
    "find-next",
    "find-previous",
    "save",
]


@REGISTRY.command("menu", "screen")
def menu(screen: Stage, name: str) -> None:
    """Open a menu: assign, status, tags, priority, customer, channel, send, own, or one of
    [menus] in the settings."""
    screen.overlays.menu(name)


@REGISTRY.command("keys", "screen")
def keys(screen: Stage, pressed: Rest) -> None:
    """Show what may follow a key that begins a sequence: `keys ctrl+x`."""
    screen.overlays.following(pressed)


@REGISTRY.command("choose", "screen")
def choose(screen: Stage, what: Choice) -> None:
    """Act in the list or text that is open: move, tick, accept, find, save, cancel."""
    screen.overlays.act(what)


@REGISTRY.command("choose-agent", "screen")
async def choose_agent(screen: Stage) -> None:
    """Choose whom to assign to."""
    names = [screen.link.agent, *await screen.link.receivers()]
    # A team knows who is of it.
    new = screen.link.config.team is None
    screen.overlays.choose(_("Assign to"), names, "assign {}", new=new)


@REGISTRY.command("choose-tag", "screen")
async def choose_tag(screen: Stage, what: Literal["add", "remove"] = "add") -> None:
    """Choose a tag to add or remove."""
    if what == "add":
        screen.overlays.choose(_("Add a tag"), await screen.link.tags(), "tag add {}", new=True)
        return
    targets = screen.targets()
    there = await screen.link.tags_of(targets)
    if there:
        screen.overlays.choose(_("Remove a tag"), there, "tag remove {}")
    else:
        screen.say(_("There is no tag to remove."))

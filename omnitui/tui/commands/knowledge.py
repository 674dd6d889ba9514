"""The knowledge base, and templates made and changed on the screen."""

from __future__ import annotations

from typing import Literal

from omnitui.desk.command import Rest
from omnitui.tui.commands.registry import REGISTRY
from omnitui.tui.station.stage import Stage

NOTHING = Rest()


@REGISTRY.command("articles", "screen")
async def articles(screen: Stage, query: Rest = NOTHING) -> None:
    """Open the knowledge base beside the reply, with what fits the customer's message; there, go
    back to the reply and leave it open."""
    await screen.knowledge.open(query)


@REGISTRY.command("article take", "screen")
async def article_take(screen: Stage) -> None:
    """Put the article that is open into the reply, or the part of it that is marked."""
    await screen.knowledge.take()


@REGISTRY.command("article address", "screen")
async def article_address(screen: Stage) -> None:
    """Put the address of the article that is open into the reply."""
    await screen.knowledge.take_address()


@REGISTRY.command("article move", "screen")
def article_move(
    screen: Stage,
    where: Literal["next", "previous", "page-down", "page-up", "next-part", "previous-part"],
) -> None:
    """In the knowledge base: another article, another page of it, another part marked."""
    screen.knowledge.choose(where)


@REGISTRY.command("article close", "screen")
def article_close(screen: Stage) -> None:
    """Close the knowledge base and go back to the reply."""
    screen.knowledge.choose("cancel")


@REGISTRY.command("template new", "screen")
async def template_new(screen: Stage, title: Rest) -> None:
    """Make a template of the reply in the box, else of the highlighted or last one that was sent,
    and go on with it in $EDITOR."""
    await screen.canned.new(title)


@REGISTRY.command("template edit", "screen")
async def template_edit(screen: Stage, name: str, language: str = "") -> None:
    """Change a template's file in $EDITOR; one that is not yours to change is copied first."""
    await screen.canned.edit(name, language)

"""Moving around: rows, panes, views, search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from config.i18n import N_, _
from omnitui.desk.command import CommandError, Rest
from omnitui.tui.commands.registry import NOTHING, REGISTRY
from omnitui.tui.station.stage import Stage, Where
from store.model import ConversationId

Pane = Literal["next", "previous", "inbox", "timeline", "reply", "card"]


_MOVES: dict[Where, str] = {
    "down": N_("Highlight the next row."),
    "up": N_("Highlight the previous row."),
    "first": N_("Go to the first row."),
    "last": N_("Go to the last row."),
    "page-down": N_("Go a screen down."),
    "page-up": N_("Go a screen up."),
    "half-page-down": N_("Go half a screen down."),
    "half-page-up": N_("Go half a screen up."),
}


def _mover(where: Where, summary: str) -> Callable[[Stage, int], None]:
    def move(screen: Stage, times: int = 1) -> None:
        screen.move(where, times)

    move.__doc__ = summary
    return move


# One command a direction: the desk's own `move` takes messages elsewhere.
for _where, _summary in _MOVES.items():
    REGISTRY.command(f"move {_where}", "screen")(_mover(_where, _summary))


@REGISTRY.command("next", "screen")
async def next_waiting(screen: Stage) -> None:
    """Go to the next conversation in which a customer waits."""
    await screen.reading.next_waiting(1)


@REGISTRY.command("previous", "screen")
async def previous_waiting(screen: Stage) -> None:
    """Go to the previous conversation in which a customer waits."""
    await screen.reading.next_waiting(-1)


@REGISTRY.command("next chat", "screen")
async def next_chat(screen: Stage) -> None:
    """Go to the web chat to answer next: who is there now first, then who waits longest."""
    await screen.reading.next_chat()


@REGISTRY.command("open", "screen")
async def open_(screen: Stage) -> None:
    """Open the highlighted conversation."""
    await screen.reading.open_selected()


@REGISTRY.command("open link", "screen")
def open_link(screen: Stage) -> None:
    """Choose a link or an attachment of the highlighted message and open or save it."""
    from omnitui.tui.station.links import choose

    choose(screen)


@REGISTRY.command("go", "screen")
async def go(screen: Stage, conversation: int) -> None:
    """Open a conversation by its number."""
    await screen.reading.go_to(ConversationId(conversation))


@REGISTRY.command("popped", "screen")
async def popped(screen: Stage) -> None:
    """Go to who called last (`omnitui pop`) while you were typing."""
    from omnitui.tui.station.popping import pop

    if not screen.people.called:
        raise CommandError(_("Nobody has called."))
    await pop(screen, screen.people.called, busy=False)


@REGISTRY.command("back", "screen")
def back(screen: Stage) -> None:
    """Leave: the reply box (the draft is kept), the conversation, the filter, the marks."""
    screen.back()


@REGISTRY.command("focus", "screen")
def focus(screen: Stage, pane: Pane) -> None:
    """Put the focus on a pane."""
    screen.focus_pane(pane)


@REGISTRY.command("search", "screen")
async def search(screen: Stage, query: Rest = NOTHING) -> None:
    """Search: in the inbox over all messages, in a conversation over this customer's."""
    await screen.reading.search(query)


@REGISTRY.command("search next", "screen")
async def search_next(screen: Stage) -> None:
    """Go to the next place where the last search matches."""
    await screen.reading.again(1)


@REGISTRY.command("search previous", "screen")
async def search_previous(screen: Stage) -> None:
    """Go to the previous place where the last search matches."""
    await screen.reading.again(-1)


@REGISTRY.command("find", "screen")
async def find(screen: Stage, text: Rest = NOTHING) -> None:
    """Find a text in this customer's timeline."""
    await screen.reading.find(text)


@REGISTRY.command("fold", "screen")
async def fold(screen: Stage) -> None:
    """Fold or unfold the highlighted conversation in the timeline."""
    await screen.timeline.toggle_fold()

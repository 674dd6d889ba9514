"""Where the screen goes when what stood on it is done with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage

PUTS_AWAY = frozenset({"close", "snooze", "status closed"})
"""Commands after which a conversation is done with for now."""


def puts_away(line: str) -> bool:
    """Whether a command line puts conversations away."""
    return line.partition(" ")[0] in PUTS_AWAY or line in PUTS_AWAY


async def after_close(screen: Stage) -> None:
    """The conversation in view was put away: stay, open the next who waits, or go back to the
    inbox, as the settings say. Raises `StoreError`."""
    then = screen.link.config.desk.after_close
    left = screen.reading.current
    if then == "stay" or left is None:
        return
    screen.box.stop()
    screen.focus_pane("inbox" if then == "back" else "timeline")
    await screen.inbox.refresh_rows({left})
    if then == "back":
        return
    following = screen.inbox.selected_conversation
    # Its row is gone, and the next one has its place; or it is still in this list.
    waits = following is not None and following.id != left and following.waiting_since is not None
    if waits or (await screen.inbox.next_waiting(1) and screen.inbox.selected != left):
        await screen.reading.show(screen.inbox.selected)
        await screen.reading.mark_read()
    else:
        screen.focus_pane("inbox")

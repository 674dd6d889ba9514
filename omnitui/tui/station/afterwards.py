"""What the screen does once a command has changed the store, or was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.tui.keys.commander import OF_THE_AGENT, OF_THE_DRAFT, TAKES_AWAY
from omnitui.tui.link.desk_link import Outcome
from omnitui.tui.link.target import conversations_of
from omnitui.tui.link.undo import Step
from omnitui.tui.station.going_on import after_close, puts_away

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage


async def after_command(screen: Stage, line: str, outcomes: Sequence[Outcome]) -> None:
    """A desk command has changed the store; the feed tells the panes, the box is ours."""
    await screen.composing.opened(outcomes)
    done = set(conversations_of([outcome.target for outcome in outcomes]))
    if len(done) > 1:
        screen.inbox.clear_marks()
    if screen.box.conversation_id in done:
        await screen.box.reload()
        screen.writing.route_changed()
    if line.startswith("message delete "):
        key = screen.keymap.key_for("undo", ["timeline", "global"])
        screen.say(_("It is about to be deleted: {key} takes that back.").format(key=key))
    if line.partition(" ")[0] in OF_THE_AGENT:
        screen.glance.look_at_desk()
    first = line.partition(" ")[0]
    if first == "mark" or first in TAKES_AWAY or first in OF_THE_DRAFT:
        await screen.inbox.refresh_rows(done)
    if puts_away(line) and screen.focused_pane != "inbox" and done == {screen.reading.current}:
        await after_close(screen)


async def after_undo(screen: Stage, step: Step) -> None:
    """The same for what was taken back."""
    screen.glance.look_at_desk()
    done = conversations_of([target for target, _line in step.lines])
    if step.was_send and done:
        await screen.writing.came_back(done[-1])
    elif screen.box.conversation_id in done:
        await screen.box.reload()
        screen.writing.route_changed()

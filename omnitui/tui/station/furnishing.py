"""The panes that the first frame does without: what they are made of, and the keys they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.model import DeskSettings
    from omnitui.tui.keys.keymap import Keymap
    from omnitui.tui.link.data import Data
    from omnitui.tui.link.drafts import DraftKeeper
    from omnitui.tui.widgets.card import Card
    from omnitui.tui.widgets.presence_line import PresenceLine
    from omnitui.tui.widgets.reply_box import ReplyBox
    from omnitui.tui.widgets.scope_line import ScopeLine
    from omnitui.tui.widgets.timeline import Timeline

ADOPT = "adopt"
"""The command that makes the sender of a forwarded mail the customer."""
VERIFY_ITEM = "c"
"""The key in the customer's menu that sends a code."""
EVERYTHING_ITEM = "a"
"""The key in the menu of a history's parts that shows all of it."""


@dataclass(frozen=True, slots=True)
class Furniture:
    timeline: Timeline
    scope_line: ScopeLine
    presence_line: PresenceLine
    box: ReplyBox
    card: Card


def furnish(data: Data, keeper: DraftKeeper, keymap: Keymap, desk: DeskSettings) -> Furniture:
    """Make what costs time to import and to style, and is not needed to see who waits."""
    from omnitui.tui.widgets.card import Card
    from omnitui.tui.widgets.presence_line import PresenceLine
    from omnitui.tui.widgets.reply_box import ReplyBox
    from omnitui.tui.widgets.scope_line import ScopeLine
    from omnitui.tui.widgets.timeline import Timeline

    made = Furniture(
        Timeline(data, timezone=desk.timezone, id="timeline"),
        ScopeLine("scope-line"),
        PresenceLine("presence-line"),
        ReplyBox(keeper, send_on_enter=desk.send_on_enter, widget_id="reply"),
        Card(data, timezone=desk.timezone, id="card"),
    )
    contexts = ["timeline", "global"]
    made.timeline.fold_key = keymap.key_for("unfold", contexts)
    made.timeline.adopt_key = keymap.key_for(ADOPT, contexts)
    if part := keymap.key_for("menu filter", contexts):
        made.scope_line.key = f"{part} {EVERYTHING_ITEM}:"
    if edit := keymap.key_for("menu customer", contexts):
        made.card.verify_key = f"{edit} {VERIFY_ITEM}"
    made.card.accept_key = keymap.key_for("card accept", contexts)
    made.card.dismiss_key = keymap.key_for("card dismiss", contexts)
    return made

"""How the screen folds by its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from textual.widget import Widget

    from omnitui.tui.station.stage import Pane

Layout = Literal["wide", "medium", "narrow", "tiny"]

WIDE = 160
MEDIUM = 110
LEAST_WIDTH = 40
LEAST_HEIGHT = 12
LAYOUTS: tuple[Layout, ...] = ("wide", "medium", "narrow", "tiny")


def layout_for(width: int, height: int) -> Layout:
    """How the screen folds in `width` × `height` cells."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return "tiny"
    if width < MEDIUM:
        return "narrow"
    return "medium" if width < WIDE else "wide"


class Columns:
    """The inbox, the conversation and the card, as many as have room beside each other.

    They are shown and hidden one by one. By a class of the screen, everything in it would be
    styled again with each step from one to the other.
    """

    def __init__(self, inbox: Widget, conversation: Widget) -> None:
        self.inbox, self.conversation = inbox, conversation
        self.card: Widget | None = None

    def fold(self, layout: Layout, pane: Pane, *, card: bool, articles: bool) -> None:
        """Show what has room.

        Args:
            pane: the one that has the focus.
            card: it is wanted where there is no column for it.
            articles: the knowledge base stands there.
        """
        if layout == "tiny":  # none is seen
            return
        alone = layout == "narrow"
        beside = layout == "wide" or (layout == "medium" and card)
        sees_card = pane == "card" if alone else beside and not articles
        gives_way = pane != "inbox" if alone else layout == "medium" and (card or articles)
        self.inbox.display = not gives_way
        self.conversation.display = not alone or pane not in ("inbox", "card")
        if self.card is not None:
            self.card.display = sees_card

"""The style of a component class, with what Textual 8.2's `get_visual_style` leaves out."""

from __future__ import annotations

from textual.style import Style
from textual.widget import Widget

REVERSE = Style(reverse=True)


def component_style(widget: Widget, name: str) -> Style:
    """As `widget.get_visual_style(name)`, and reverse video where the CSS asks for it:
    without colours it is all that tells a selection."""
    if not widget.is_attached:  # a read that ends after the widget did has no styles left
        return Style.null()
    style = widget.get_visual_style(name)
    return style + REVERSE if widget.get_component_styles(name).text_style.reverse else style

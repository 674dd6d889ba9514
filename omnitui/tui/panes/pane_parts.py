"""Small parts of `LinePane` that stand on their own."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from rich.style import Style
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Place:
    """What was on the screen, in order, with the screen line each row began at."""

    heights: Mapping[Hashable, int]
    cursor: Hashable


NOT_DIM = Style(dim=False)


def blend(widget: Widget, names: tuple[str, ...]) -> Style:
    """The style of a widget's component classes laid over each other.

    Colours blend over what lies under them. The sixteen of the terminal cannot: half a
    letter colour becomes dim, half a background none.
    """
    background = widget.background_colors[1]
    color, dim = widget.styles.color, False
    text_style = Style()
    for name in names:
        styles = widget.get_component_styles(name)
        if styles.has_rule("background"):
            over = styles.background
            if over.ansi is None or over.a > 0.9:
                background += over
        # On a reversed row each colour would paint another background.
        if styles.has_rule("color") and not text_style.reverse:
            color = background.get_contrast_text() if styles.auto_color else styles.color
            dim = color.ansi is not None and color.a < 0.9
        # Nor is it a faint one: grey on white is hard to read.
        text_style += styles.text_style + NOT_DIM if text_style.reverse else styles.text_style
    if color.ansi is None:
        color = background + color
    if dim:
        text_style += Style(dim=True)
    opaque = background.rich_color if background.a > 0 else None
    return Style(color=color.rich_color, bgcolor=opaque) + text_style


def thumb(start: float, stop: float, height: int) -> tuple[int, int]:
    """The lines of a scrollbar of `height` that stand for `start`..`stop` of everything."""
    if height <= 0 or (start <= 0 and stop >= 1):
        return 0, 0
    size = max(1, round((stop - start) * height))
    if start <= 0:
        return 0, size
    if stop >= 1:
        return height - size, height
    # In between, never quite at an edge: the edges say that there is nothing more.
    first = min(max(1, round(start * height)), max(1, height - size - 1))
    return first, first + size

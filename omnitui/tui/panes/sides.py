"""A pane's left and right border, drawn once: all its lines have the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Sides:
    """What stands beside every line of a pane."""

    left: Sequence[Segment] = ()
    right: Sequence[Segment] = ()
    cells: int = 0

    def around(self, strip: Strip) -> Strip:
        if not self.cells:
            return strip
        segments = [*self.left, *strip._segments, *self.right]
        return Strip(segments, strip.cell_length + self.cells)


def sides_of(pane: Widget) -> Sides | None:
    """None where more is around a pane than lines left and right, or it is half transparent:
    Textual has to draw it then."""
    gutter, padding, inner = pane.styles.gutter, pane.styles.padding, pane.size
    if pane.opacity != 1.0 or gutter.height or padding.width or pane.outer_size == inner:
        return Sides() if pane.opacity == 1.0 and pane.outer_size == inner else None
    if pane.outer_size.width != inner.width + gutter.width:
        return None
    behind, own = pane.background_colors
    [line] = StylesCache().render(
        pane.styles,
        pane.outer_size,
        behind,
        own,
        lambda _y: Strip.blank(inner.width),
        pane.get_line_filters(),
        None,
        None,
        content_size=inner,
        padding=padding,
        crop=Region(0, 0, pane.outer_size.width, 1),
        ansi_theme=pane.app.ansi_theme,
        native_ansi=pane.app.native_ansi_color,
    )
    left = line.crop(0, gutter.left)
    right = line.crop(gutter.left + inner.width, line.cell_length)
    return Sides(left._segments, right._segments, gutter.width)

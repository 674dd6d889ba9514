"""Frames in few bytes, and in their columns: whole screens, and parts that Textual cuts out.

Textual writes each segment of such a frame with all its colours and a reset, and trusts that
the terminal counts cells as it does. Here a line is one strip that says only what changes
along it, and where the next column is after a text of disputed width, as the panes' own do.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.strip import Strip

from omnitui.tui.text.strips import FrugalStrip


class FrugalCompositor(Compositor):
    """Textual's, but for how frames are written."""

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        update = super().render_full_update(simplify=simplify)
        if not simplify:
            update.strips = [[_joined(line)] for line in update.strips]
        return update

    def render_partial_update(self) -> ChopsUpdate | None:
        update = super().render_partial_update()
        return update and FrugalUpdate(update.chops, update.spans, update.chop_ends)


class FrugalUpdate(ChopsUpdate):
    """Some spans of the screen."""

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal; which strips are written is as in Textual 8.2."""
        written: list[str] = []
        for y, start, end in self.spans:
            for right, (left, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or left > end or right <= start:
                    continue
                written.append(Control.move_to(left, y).segment.text)
                if left >= end or left < start or right > end:
                    strip = strip.crop(0, min(right, end) - left)
                written.append(_at(left, strip).render(console))
        return "".join(written)


def _at(column: int, strip: Strip) -> Strip:
    """What is drawn there; the panes' own lines know that already, while they are whole."""
    if isinstance(strip, FrugalStrip) and strip.column == column:
        return strip
    return FrugalStrip(strip._segments, strip.cell_length, column, None)


def _joined(line: Iterable[Strip]) -> Strip:
    segments = [segment for strip in line for segment in strip]
    return FrugalStrip(segments, sum(segment.cell_length for segment in segments), 0, None)

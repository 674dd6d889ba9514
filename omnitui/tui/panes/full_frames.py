"""Whole screens in few bytes: when an overlay opens or closes, or the terminal is resized.

Textual writes each segment of such a frame with all its colours and a reset. Here a line is
one strip that says only what changes along it, as the panes' own lines do.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import Compositor, LayoutUpdate
from textual.strip import Strip

from omnitui.tui.text.strips import FrugalStrip


class FrugalCompositor(Compositor):
    """Textual's, but for how full frames are written."""

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        update = super().render_full_update(simplify=simplify)
        if not simplify:
            update.strips = [[_joined(line)] for line in update.strips]
        return update


def _joined(line: Iterable[Strip]) -> Strip:
    segments = [segment for strip in line for segment in strip]
    return FrugalStrip(segments, sum(segment.cell_length for segment in segments), 0, None)

"""Frames in few bytes, and in their columns: whole screens, and parts that Textual cuts out.

Textual writes each segment of a frame with all its colours and a reset, whether it stands there
already or not, and trusts that the terminal counts cells as it does. Here a frame is what
differs from the cells that stand on the terminal (`terminal_cells`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from textual._compositor import (
    ChopsUpdate,
    Compositor,
    CompositorMap,
    LayoutUpdate,
    ReflowResult,
)
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from omnitui.tui.panes.terminal_cells import on_terminal


class FrugalCompositor(Compositor):
    """Textual's, but for how frames are written, that what is hidden is not drawn, and that all is
    drawn that stands elsewhere than when it was drawn last."""

    def __init__(self) -> None:
        super().__init__()
        self._seen_map: CompositorMap = {}
        """Where everything stood when it was laid out to be drawn. Who asks for a place meanwhile
        (`Widget.region`) has Textual lay out the screen for the answer alone, and take that for
        what is drawn: a reply box that was opened in that moment was never seen."""

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        self._full_map = self._seen_map
        result = super().reflow(parent, size)
        self._seen_map, self._full_map_invalidated = self._full_map, False
        return result

    def reflow_visible(self, parent: Widget, size: Size) -> set[Widget]:
        before = self._visible_map or {}
        exposed = super().reflow_visible(parent, size)
        now = self._visible_map or {}
        kept = {widget: at for widget, at in self._seen_map.items() if widget not in before}
        self._seen_map = {**kept, **now}
        return exposed

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        update = super().render_full_update(simplify=simplify)
        return update if simplify else FrugalScreen(update.strips, update.region)

    def render_partial_update(self) -> ChopsUpdate | None:
        update = super().render_partial_update()
        return update and FrugalUpdate(update.chops, update.spans, update.chop_ends, self.size)

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        """As Textual's, front to back, but no further than until every cell in `crop` has been
        drawn: the containers behind the panes are never seen."""
        cuts = self.cuts
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(line[:-1]) for line in cuts]
        left, right = crop.column_span
        wanted = sum(
            start < right and end > left
            for y in crop.line_range
            if is_rendered_line(y)
            for start, end in zip(cuts[y], cuts[y][1:], strict=False)
        )
        for region, clip, strips in self._get_renders(crop):
            shown = region.intersection(clip)
            first, last = shown.column_span
            for y, strip in zip(shown.line_range, strips, strict=False):
                if not is_rendered_line(y):
                    continue
                line = chops[y]
                within = [cut for cut in cuts[y] if last >= cut >= first]
                pieces = strip.divide([cut - shown.x for cut in within[1:]])
                for start, end, piece in zip(within, within[1:], pieces, strict=False):
                    if line.get(start) is None:
                        line[start] = piece
                        wanted -= start < right and end > left and crop.y <= y < crop.bottom
            if not wanted:
                break
        return cast("Sequence[Mapping[int, Strip]]", chops)


class FrugalScreen(LayoutUpdate):
    """The whole screen."""

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal."""
        return on_terminal(console).frame(
            ((self.region.x, y, _segments(line)) for y, line in enumerate(self.strips)),
            self.region.size,
            console._color_system or ColorSystem.TRUECOLOR,
        )


class FrugalUpdate(ChopsUpdate):
    """Some spans of the screen."""

    def __init__(
        self,
        chops: Sequence[Mapping[int, Strip | None]],
        spans: list[tuple[int, int, int]],
        chop_ends: list[list[int]],
        size: Size,
    ) -> None:
        super().__init__(chops, spans, chop_ends)
        self.size = size

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal; which strips are written is as in Textual 8.2."""
        system = console._color_system or ColorSystem.TRUECOLOR
        return on_terminal(console).frame(self._pieces(), self.size, system)

    def _pieces(self) -> Iterator[tuple[int, int, Iterable[Segment]]]:
        for y, start, end in self.spans:
            for right, (left, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                # Whole: what beside the span is on the screen already is not written again.
                if strip is not None and left < end and right > start:
                    yield left, y, strip


def _segments(line: Iterable[Strip]) -> Iterator[Segment]:
    return (segment for strip in line for segment in strip)

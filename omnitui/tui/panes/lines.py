"""`LinePane`: a list of rows of any height, drawn line by line at its own offset.

Textual's own lists mount or measure every row; this one knows only the rows that are
loaded, draws only those on the screen and repaints only the lines that differ from the
frame before. That makes a key cost the same at ten rows and at a million (see
docs/benchmarks.md). Keys are the screen's business: it calls `move`, `page`, `home`, `end`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, Self

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter, Monochrome, NoColor
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from omnitui.tui.panes.drawn_rows import DrawnRows, Mark
from omnitui.tui.panes.pane_parts import Place, thumb
from omnitui.tui.panes.pane_styles import PaneStyles
from omnitui.tui.panes.pane_walk import Walking
from omnitui.tui.panes.sides import Sides, sides_of
from omnitui.tui.text.strips import Line, LineStrip

WHEEL = 3
"""Lines a notch of the mouse wheel scrolls."""


class LinePane(Walking, can_focus=True):
    """Rows are what subclasses say they are; the pane knows index, key and lines.

    Subclasses give `row_count`, `row_key`, `index_of`, `draw_row`, and may give
    `selectable`, `near_edge`, `scroll_span`, `cursor_moved`, `row_opened`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pane--thumb", "pane--track"}
    DEFAULT_CSS = """
    LinePane {
        width: 1fr;
        height: 1fr;
        background: $background;
        color: $foreground;
        & > .pane--thumb { color: $foreground 35%; }
        & > .pane--track { color: $foreground; }
        &:ansi > .pane--thumb { text-style: dim; }
    }
    """

    class Trouble(Message):
        """Reading the store failed; the pane shows what it had."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 (Textual's own name)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.cursor = -1
        """Index of the selected row; -1 when there is none."""
        self._drawn = DrawnRows()
        self._frame: list[LineStrip] = []
        self._painted: list[LineStrip] = []
        self._rows_shown: list[int] = []
        self._frame_size = self._whole_size = Size(0, 0)
        self._styles = PaneStyles(self)
        self._filters: Sequence[LineFilter] = ()
        self._sides: Sides | None = None
        self._behind = Color(0, 0, 0)

    # What subclasses give

    def row_key(self, index: int) -> Hashable:
        raise NotImplementedError

    def index_of(self, key: Hashable) -> int | None:
        raise NotImplementedError

    def draw_row(self, index: int, mark: Mark, cells: int) -> Sequence[Line]:
        """The lines of a row, each exactly `cells` wide with its gutter. At least one."""
        raise NotImplementedError

    def selectable(self, index: int) -> bool:
        return True

    def near_edge(self, above: int, below: int) -> None:
        """Called after a frame with the loaded rows above and below the screen."""

    def scroll_span(self, first: int, last: int) -> tuple[float, float]:
        """What part of everything, 0 to 1, the rows from `first` to `last` are."""
        count = max(1, self.row_count())
        return first / count, (last + 1) / count

    def cursor_moved(self) -> None:
        """Called after another row was selected, by key, click or because one vanished."""

    def row_opened(self, index: int) -> None:
        """A row was double-clicked."""

    def part_clicked(self, index: int, part: str) -> None:
        """A line of the row that says it is about `part` of it was clicked."""

    def empty_lines(self) -> Sequence[Line]:
        """What is shown when there are no rows."""
        return ()

    # Styles

    def style(self, *names: str) -> Style:
        """The style of component classes laid over each other, by the theme in use.

        Colours blend over what lies under them. The sixteen of the terminal cannot: half a
        letter colour becomes dim, half a background none.
        """
        return self._styles.of(names)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.doubted = True

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """As Textual's, but a call for the whole pane sends only the lines that differ."""
        if regions or layout or recompose or not repaint or self._frame_size != self.size:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if self._styles.doubted and self._styles.look_otherwise():
            self._drawn.clear()
            self._frame_size = Size(0, 0)
            return super().refresh()
        self.repaint()
        return self

    # Rows

    @property
    def cells(self) -> int:
        """Width of a row: the pane without its scrollbar column. A hidden pane has no size,
        and keeps its lines for when it is back."""
        return max(1, (self.size.width or self._frame_size.width) - 1)

    def lines_of(self, index: int, mark: Mark = "") -> Sequence[Line]:
        key = self.row_key(index)
        lines = self._drawn.get(key, mark)
        if lines is None:
            lines = self.draw_row(index, mark, self.cells)
            self._drawn.keep(key, mark, lines)
        return lines

    def drawn(self, index: int) -> bool:
        """Whether a row's lines are at hand."""
        return self.row_key(index) in self._drawn

    def draw_ahead(self, index: int) -> None:
        """Have at hand what a row looks like."""
        for line in self.lines_of(index):
            self._strip(line, in_thumb=False, width=self.size.width)

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Rows with these keys look different now; `repaint` shows it."""
        self._drawn.forget(keys)

    def redraw(self) -> None:
        """Everything looks different now: another theme, width or language."""
        self._drawn.clear()
        self._styles.clear()
        self._frame_size = Size(0, 0)
        if self.is_mounted:
            self.refresh()

    def place(self) -> Place:
        """Where the eye is: the selectable rows on the screen and their first lines' heights."""
        found: dict[Hashable, int] = {}
        for y, index in enumerate(self._rows_shown):
            if index >= self.row_count():  # drawn before rows went
                break
            key = self.row_key(index)
            if key not in found and self.selectable(index):
                # The topmost row may start above the screen.
                found[key] = -self._top[1] if index == self._top[0] else y
        return Place(found, self.cursor_key())

    def rows_changed(self, place: Place, *, prefer_cursor: bool = False) -> None:
        """Rows came, went or moved. What was on the screen stays where it was.

        Args:
            place: `place()` from before the change.
            prefer_cursor: Hold the selected row still, rather than the topmost.
        """
        count = self.row_count()
        cursor = self.index_of(place.cursor)
        self.cursor = cursor if cursor is not None else min(self.cursor, count - 1)
        keys = list(place.heights)
        if prefer_cursor and place.cursor in place.heights:
            keys.insert(0, place.cursor)
        for key in keys:
            index = self.index_of(key)
            if index is not None:
                self._top = self._walk((index, 0), -place.heights[key])
                break
        self._top = max((0, 0), min(self._top, self._bottom()))
        self.repaint()

    def cursor_key(self) -> Hashable:
        return self.row_key(self.cursor) if 0 <= self.cursor < self.row_count() else None

    # Movement

    def move(self, delta: int) -> None:
        """Select the row `delta` further down (up when negative)."""
        step = 1 if delta > 0 else -1
        index = self.cursor
        for _ in range(abs(delta)):
            following = index + step
            while 0 <= following < self.row_count() and not self.selectable(following):
                following += step
            if not 0 <= following < self.row_count():
                break
            index = following
        self.select_index(index)

    def page(self, pages: int) -> None:
        """Scroll by whole screens, a line or a row kept, and select what is then at the same
        height."""
        screen_row = self._screen_line(self.cursor)
        self.scroll_lines(pages * self.page_lines, repaint=False)
        self._build()
        line = screen_row if screen_row is not None else 0
        if self._at_edge(pages):
            line = 0 if pages < 0 else len(self._rows_shown) - 1
        row = self._row_at(min(line, len(self._rows_shown) - 1))
        self.select_index(self._nearest_selectable(row, 1 if pages > 0 else -1), follow=False)

    @property
    def page_lines(self) -> int:
        """Lines that a page scrolls by."""
        return max(1, self.size.height - 1)

    def home(self) -> None:
        self._top = (0, 0)
        self.select_index(self._nearest_selectable(0, 1))

    def end(self) -> None:
        last = self.row_count() - 1
        self._top = self._bottom()
        self.select_index(self._nearest_selectable(last, -1))

    def select_index(self, index: int, *, follow: bool = True, at_top: bool = False) -> None:
        """Make `index` the selected row and bring it into view."""
        moved = index != self.cursor
        self.cursor = index
        if follow:
            self._bring_into_view(index, at_top)
        self.repaint()
        if moved:
            self.cursor_moved()

    def scroll_lines(self, lines: int, *, repaint: bool = True) -> None:
        """Scroll without moving the selection."""
        self._top = self._walk(self._top, lines)
        if lines > 0:
            self._top = min(self._top, self._bottom())
        if repaint:
            self.repaint()

    @property
    def at_bottom(self) -> bool:
        """Whether the last loaded line is on the screen."""
        return self._top >= self._bottom()

    def _at_edge(self, direction: int) -> bool:
        return self.at_bottom if direction > 0 else self._top == (0, 0)

    def _nearest_selectable(self, index: int, step: int) -> int:
        count = self.row_count()
        for direction in (step, -step):
            row = index
            while 0 <= row < count:
                if self.selectable(row):
                    return row
                row += direction
        return -1

    # Painting

    def repaint(self) -> None:
        """Bring the screen up to date, touching only the lines that changed."""
        if not self.is_mounted or not self.size:
            # Hidden: composed anew when it is back, from the same lines. What was on the screen
            # may be of rows that are gone.
            self._frame_size = Size(self._frame_size.width, 0)
            self._rows_shown = [self._top[0]] if self._top[0] < self.row_count() else []
            return
        if self._frame_size != self.size:
            self.refresh()
            return
        before = self._painted
        self._build()
        self._painted = self._frame
        regions: list[Region] = []
        changed, width = 0, self.size.width
        for y, (old, new) in enumerate(zip(before, self._frame, strict=True)):
            if old is new or old._segments == new._segments:
                continue
            changed += 1
            # A row that was only selected or deselected may differ in its gutter alone.
            part = 1 if old.body is new.body and old._segments[-1] == new._segments[-1] else 0
            cells = part or width
            last = regions[-1] if regions else None
            if last is not None and last.bottom == y and last.width == cells:
                regions[-1] = Region(0, last.y, cells, last.height + 1)
            else:
                regions.append(Region(0, y, cells, 1))
        if changed:
            self.refresh(*regions)
        self._report_edges()

    def render_line(self, y: int) -> Strip:
        frame = self._current_frame()
        return frame[y] if y < len(frame) else Strip.blank(self.size.width, self.rich_style)

    def render_lines(self, crop: Region) -> list[Strip]:
        frame, sides = self._current_frame(), self._sides
        if sides is None:
            return super().render_lines(crop)
        strips = [sides.around(strip) for strip in frame[crop.y : crop.bottom]]
        if crop.column_span != (0, self.outer_size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _line_filters(self) -> Sequence[LineFilter]:
        if self.app.no_color and self.app.native_ansi_color:
            # Textual's own choice for it makes the terminal's colours black on black.
            textual = (ANSIToTruecolor, Monochrome, NoColor)
            rest = (f for f in self.get_line_filters() if not isinstance(f, textual))
            return (NoColor(), *rest)
        return self.get_line_filters()

    def _current_frame(self) -> list[LineStrip]:
        if self._frame_size != self.size or self._whole_size != self.outer_size:
            if self._frame_size.width != self.size.width:
                self._drawn.clear()
            stuck = bool(self._frame) and self._stuck_to_bottom
            self._frame_size, self._whole_size = self.size, self.outer_size
            self._sides = sides_of(self)
            # Where Textual draws what is around them it filters the lines itself.
            self._filters = () if self._sides is None else self._line_filters()
            self._behind = self.background_colors[1]
            self._top = self._bottom() if stuck else min(self._top, self._bottom())
            self._bring_into_view(self.cursor, at_top=False)
            self._build()
            self._painted = self._frame
            self.call_after_refresh(self._report_edges)
        return self._painted

    @property
    def _stuck_to_bottom(self) -> bool:
        """Whether a change of size should keep the last line in view."""
        return False

    def _build(self) -> None:
        """Compose the frame from the rows at the current place."""
        width, height = self.size
        count = self.row_count()
        row, line = self._top
        if count:
            row = max(0, min(row, count - 1))
        chosen: Mark = "focused" if self.has_focus else "blurred"
        lines: list[Line] = []
        shown: list[int] = []
        while len(lines) < height and row < count:
            drawn = self.lines_of(row, chosen if row == self.cursor else "")
            part = drawn[line : line + height - len(lines)]
            lines.extend(part)
            shown.extend([row] * len(part))
            row, line = row + 1, 0
        blank = self._blank_line()
        if not count:
            lines.extend(self.empty_lines()[:height])
        lines.extend([blank] * (height - len(lines)))
        first, last = (shown[0], shown[-1]) if shown else (0, 0)
        start, stop = self.scroll_span(first, last) if shown else (0.0, 1.0)
        thumb_from, thumb_to = thumb(start, stop, height)
        self._frame = [
            self._strip(drawn_line, thumb_from <= y < thumb_to, width)
            for y, drawn_line in enumerate(lines)
        ]
        self._rows_shown = shown

    def _strip(self, line: Line, in_thumb: bool, width: int) -> LineStrip:
        strip = line.strips.get(in_thumb)
        if strip is None:
            segments = list(line.body) if line.gutter is None else [line.gutter, *line.body]
            used = line.cells + (1 if line.gutter is not None else 0)
            if in_thumb:
                end = Segment("▐", self.style("pane--thumb"))
            else:
                end = Segment(" ", self.style("pane--track"))
            if used < width - 1:
                segments.append(Segment(" " * (width - 1 - used), self.style("pane--track")))
            if width > used:
                segments.append(end)
            for line_filter in self._filters:
                segments = line_filter.apply(segments, self._behind)
            strip = LineStrip(segments, width, line.body)
            line.strips[in_thumb] = strip
        return strip

    def _blank_line(self) -> Line:
        lines = self._drawn.get(None, "")
        if lines is None:
            lines = [Line([Segment(" " * self.cells, self.style("pane--track"))], self.cells)]
            self._drawn.keep(None, "", lines)
        return lines[0]

    def _report_edges(self) -> None:
        if self._rows_shown:
            last = self.row_count() - 1 - self._rows_shown[-1]
            self.near_edge(self._rows_shown[0], last)
        else:
            self.near_edge(0, 0)

    def _screen_line(self, index: int) -> int | None:
        try:
            return self._rows_shown.index(index)
        except ValueError:
            return None

    def _row_at(self, y: int) -> int:
        row = self._rows_shown[y] if 0 <= y < len(self._rows_shown) else -1
        return row if row < self.row_count() else -1  # drawn before rows went

    # Mouse and focus

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-WHEEL)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        row = self._row_at(offset.y) if offset else -1
        if row < 0 or not self.selectable(row):
            return
        event.stop()
        part = self._part_at(offset.y) if offset else ""
        self.select_index(row, follow=False)
        if event.chain == 2:
            self.row_opened(row)
        elif part:
            self.part_clicked(row, part)

    def _part_at(self, y: int) -> str:
        row = self._row_at(y)
        start = self._rows_shown.index(row)
        line = y - start + (self._top[1] if start == 0 and row == self._top[0] else 0)
        lines = self.lines_of(row)
        return lines[line].part if line < len(lines) else ""

    def on_focus(self) -> None:
        self.repaint()

    def on_blur(self) -> None:
        self.repaint()

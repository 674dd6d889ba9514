"""A list to choose from: only the lines on screen are drawn, a move repaints two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from omnitui.tui.panes.component_style import component_style

LEAST_HINT = 8
"""Cells that a hint gets even beside a long label."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One row. `value` is what choosing it gives."""

    value: str
    label: Content
    hint: str = ""
    """Shown dim at the right: a key, a category."""


class ChoiceList(Widget):
    """Shows `choices` with one highlighted and any number ticked."""

    DEFAULT_CSS = """
    ChoiceList { height: auto; max-height: 100%; }
    ChoiceList > .choice--cursor { background: $primary; color: $background; text-style: bold; }
    ChoiceList > .choice--hint { color: $text-muted; }
    ChoiceList > .choice--tick { color: $success; text-style: bold; }
    ChoiceList:nocolor > .choice--cursor { text-style: reverse; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice--cursor", "choice--hint", "choice--tick"}
    can_focus = False

    @dataclass
    class Highlighted(Message):
        choice: Choice | None

    @dataclass
    class Clicked(Message):
        choice: Choice

    def __init__(self, widget_id: str | None = None, *, ticks: bool = False) -> None:
        super().__init__(id=widget_id)
        self._choices: Sequence[Choice] = ()
        self._cursor = 0
        self._top = 0
        self._with_ticks = ticks
        self.ticked: list[str] = []
        """Values in the order they were ticked."""

    @property
    def highlighted(self) -> Choice | None:
        return self._choices[self._cursor] if self._choices else None

    def set_choices(self, choices: Sequence[Choice], *, keep: bool = False) -> None:
        """Show other choices, the first highlighted; `keep`: the same one, if it is still there."""
        lengths, room = (len(self._choices), len(choices)), self.size.height
        # A list that was cut off, and still is, keeps its height.
        grown = lengths[0] != lengths[1] and not (room and min(lengths) > room)
        wanted = self.highlighted.value if keep and self.highlighted else None
        self._choices, self._cursor, self._top = choices, 0, 0
        if wanted is not None:
            at = next((i for i, choice in enumerate(choices) if choice.value == wanted), 0)
            self._cursor = at
            self._scroll_to_cursor()
        self.refresh(layout=grown)
        self.post_message(self.Highlighted(self.highlighted))

    def move(self, delta: int) -> None:
        """Move the highlight, stopping at both ends."""
        if not self._choices:
            return
        before, top = self._cursor, self._top
        self._cursor = min(max(before + delta, 0), len(self._choices) - 1)
        if self._cursor == before:
            return
        self._scroll_to_cursor()
        if self._top == top:
            self._refresh_rows(before, self._cursor)
        else:
            self.refresh()
        self.post_message(self.Highlighted(self.highlighted))

    def page(self, direction: int) -> None:
        self.move(direction * max(1, self.size.height - 1))

    def toggle_tick(self) -> None:
        """Tick or untick the highlighted row and go on to the next."""
        choice = self.highlighted
        if choice is None:
            return
        if choice.value in self.ticked:
            self.ticked.remove(choice.value)
        else:
            self.ticked.append(choice.value)
        self.refresh()
        self.move(1)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._choices))

    def render_line(self, y: int) -> Strip:
        row = self._top + y
        width = self.size.width
        base = self.visual_style
        if row >= len(self._choices):
            return Strip.blank(width, base.rich_style)
        choice = self._choices[row]
        current = row == self._cursor
        style = base + component_style(self, "choice--cursor") if current else base
        hint_style = style if current else base + component_style(self, "choice--hint")
        mark = self._mark(choice, style, current)
        shown = Content(choice.label.plain) if current else choice.label
        left = width - mark.cell_length - shown.cell_length - 3
        hint = Content(choice.hint).truncate(max(LEAST_HINT, left), ellipsis=True)
        hint = Content.assemble("  ", hint, " ") if choice.hint else Content(" ")
        room = max(0, width - mark.cell_length - hint.cell_length)
        label = shown.truncate(room, ellipsis=True, pad=True)
        line = Content.assemble(mark, label.stylize_before(style), hint.stylize_before(hint_style))
        return Strip(line.render_segments(style), width).adjust_cell_length(width, base.rich_style)

    def _mark(self, choice: Choice, style: Style, current: bool) -> Content:
        if not self._with_ticks:
            return Content(" ").stylize_before(style)
        if choice.value not in self.ticked:
            return Content("   ").stylize_before(style)
        number = self.ticked.index(choice.value) + 1
        tick = style if current else style + component_style(self, "choice--tick")
        return Content(f"{number:>2} " if number > 9 else f" {number} ").stylize_before(tick)

    def _scroll_to_cursor(self) -> None:
        height = max(1, self.size.height)
        self._top = min(max(self._top, self._cursor - height + 1), self._cursor)

    def _refresh_rows(self, *rows: int) -> None:
        self.refresh(*(Region(0, row - self._top, self.size.width, 1) for row in rows))

    def on_resize(self, event: Resize) -> None:
        self._scroll_to_cursor()

    def on_click(self, event: Click) -> None:
        row = self._top + event.y
        if row < len(self._choices):
            self._cursor = row
            self.refresh()
            self.post_message(self.Clicked(self._choices[row]))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self.move(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self.move(-1)

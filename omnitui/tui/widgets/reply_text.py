"""The text field of the reply box: grows with its text, repaints only what changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

from rich.style import Style
from rich.text import Text
from textual.events import Key, Paste, Resize
from textual.geometry import Offset, Region
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import TextArea

from omnitui.desk.replying.file_names import may_be_paths
from omnitui.tui.text.spelled_words import Spelled, spelled_words

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What must never reach a terminal; line feed and tab are text."""
_ADDRESS = re.compile(r"\S+")
"""A link goes on in the line."""
_LEADS = frozenset("([{<\"'“„«‘")
"""What a word may follow at once, besides blanks."""
_FOLLOWS = frozenset(")]}>\"'”»’.,;:!?…")
"""What may follow a word at once."""

Location = tuple[int, int]


def typeable(text: str) -> str:
    """`text` as if it had been typed: line ends are line feeds, control characters are gone."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class ReplyText(TextArea, inherit_css=True):
    """A `TextArea` whose height follows its text up to `most_rows`."""

    DEFAULT_CSS = """
    ReplyText, ReplyText:focus {
        border: none; padding: 0 1; height: 1;
        background: transparent; background-tint: transparent;
        scrollbar-size-vertical: 1;
    }
    ReplyText > .reply--misspelt { color: $text-error; text-style: underline; }
    ReplyText:nocolor .text-area--cursor { text-style: reverse; }
    ReplyText:nocolor .text-area--selection { text-style: reverse; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"reply--misspelt"}

    @dataclass
    class SendPressed(Message):
        """Enter, where the settings say that Enter sends."""

    def __init__(self, widget_id: str | None = None, *, send_on_enter: bool = False) -> None:
        self._painted: dict[int, Strip] = {}
        self._comparing = False
        self._coloured = False
        """Its colours are those of the styles."""
        super().__init__(id=widget_id, soft_wrap=True, tab_behavior="focus", compact=True)
        # Nobody asks for these, and each would climb up to the program with every letter.
        self.disable_messages(TextArea.SelectionChanged)
        self.cursor_blink = False
        self.highlight_cursor_line = False
        self.match_cursor_bracket = False
        self.send_on_enter = send_on_enter
        self.least_rows = 1
        self.most_rows = 8
        self.misspelt: frozenset[str] = frozenset()
        """Words that are marked wherever they stand, see `spelled_words`."""
        self.command: Callable[[Key], bool] = lambda _key: False
        """Runs the command bound to a key; False when there is none."""
        self.on_slash: Callable[[Location | None], None] = lambda _start: None
        """`/` was typed: where it stands when at the start of a word, else None."""
        self.on_at: Callable[[Location | None], None] = lambda _start: None
        """The same of `@`."""
        self.on_question: Callable[[Location | None], None] = lambda _start: None
        """`?` was typed: where `??` stands when that is at the start of a word, else None."""
        self.on_paths: Callable[[str], bool] = lambda _text: False
        """What may be paths of files was pasted, or dropped on the terminal: True when somebody
        looks after it."""

    # -- text ----------------------------------------------------------------

    def set_text(self, text: str) -> None:
        """Replace everything; the cursor goes to the end. Cannot be undone by ^Z."""
        self.load_text(typeable(text))
        self.move_cursor(self.document.end)
        self.fit()

    def insert_here(self, text: str, start: Location | None = None) -> None:
        """Put `text` at the cursor, or over what stands between `start` and the cursor."""
        begin = start if start is not None else self.selection.start
        result = self.replace(
            typeable(text), begin, self.selection.end, maintain_selection_offset=False
        )
        self.move_cursor(result.end_location)

    def insert_text(self, text: str, start: Location | None = None) -> None:
        """As `insert_here`, a text of its own: never glued to the word before it or after it. One
        line goes on in a line; several are paragraphs of their own. The cursor is behind it."""
        text = typeable(text).strip("\n")
        row, column = start if start is not None else min(self.selection)
        before = self.document.get_line(row)[:column]
        end_row, end_column = max(self.selection)
        after = self.document.get_line(end_row)[end_column:]
        inside = "\n" not in text and (after.strip() or _ADDRESS.fullmatch(text))
        gap = " " if inside else "\n\n"
        led = before[-1:].isspace() or (inside and before[-1:] in _LEADS)
        followed = inside and (after[:1].isspace() or after[:1] in _FOLLOWS)
        apart = gap if before.strip() and not led else ""
        behind = gap if after.strip() and not followed else ""
        self.insert_here(f"{apart}{text}{behind}", start)
        if behind:
            row, column = self.selection.end
            there = (row, column - 1) if inside else (row - 2, len(self.document.get_line(row - 2)))
            self.move_cursor(there)

    def select_text(self, wanted: str) -> bool:
        """Select the first place of `wanted`, so that typing replaces it."""
        for row in range(self.document.line_count):
            column = self.document.get_line(row).find(wanted)
            if column >= 0:
                self.move_cursor((row, column))
                self.move_cursor((row, column + len(wanted)), select=True)
                return True
        return False

    # -- spelling --------------------------------------------------------------

    def mark_misspelt(self, words: frozenset[str]) -> None:
        """Mark these words. They stay marked while the text round them is changed."""
        if words != self.misspelt:
            self.misspelt = words
            self.notify_style_update()
            self.refresh()

    def next_misspelt(self) -> tuple[int, Spelled] | None:
        """The next marked word after the cursor, round the end, and the row it is in."""
        row, column = self.selection.end
        count = self.document.line_count
        for step in range(count + 1):
            at = (row + step) % count
            for found in spelled_words(self.document.get_line(at)):
                passed = step == 0 and found.start < column
                if found.word in self.misspelt and not passed:
                    return at, found
        return None

    def select_word(self, row: int, found: Spelled) -> None:
        """Select one word, its end being the cursor."""
        self.move_cursor((row, found.start))
        self.move_cursor((row, found.end), select=True)

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if self.misspelt:
            style: Style | None = None
            for found in spelled_words(line.plain):
                if found.word in self.misspelt:
                    style = style or self.get_component_rich_style("reply--misspelt", partial=True)
                    line.stylize(style, found.start, found.end)
        return line

    # -- keys ----------------------------------------------------------------

    async def _on_key(self, event: Key) -> None:
        if self.command(event):
            event.stop()
            event.prevent_default()
            return
        if event.key == "enter" and self.send_on_enter and not self.read_only:
            event.stop()
            event.prevent_default()
            self.post_message(self.SendPressed())
            return
        start = self.selection.start if self._at_word_start() and not self.read_only else None
        await super()._on_key(event)
        if event.character == "/":
            self.on_slash(start)
        elif event.character == "@":
            self.on_at(start)
        elif event.character == "?":
            self.on_question(self._question())

    def _question(self) -> Location | None:
        """Where the `??` before the cursor begins a word."""
        start, (row, column) = self.selection
        line = self.document.get_line(row)
        typed = start == (row, column) and line[max(0, column - 2) : column] == "??"
        begins = column < 3 or line[column - 3].isspace()
        return (row, column - 2) if typed and begins and not self.read_only else None

    def _at_word_start(self) -> bool:
        start, end = self.selection
        if start != end:
            return False
        row, column = end
        return column == 0 or self.document.get_line(row)[column - 1].isspace()

    async def _on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        if self.read_only or (may_be_paths(event.text) and self.on_paths(event.text)):
            return
        self.insert_here(typeable(event.text))

    # -- painting ------------------------------------------------------------

    def notify_style_update(self) -> None:
        self._coloured = False
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual's, which asks for all colours anew at each key."""
        if self._coloured:
            return ScrollView.render_lines(self, crop)
        self._coloured = True
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        self._painted[y] = strip
        return strip

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """As Textual's, but a call for the whole field sends only the lines that differ:
        a typed character is a line over ssh, not the box."""
        if regions or layout or recompose or not repaint or not self._painted:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if not self._comparing:
            self._comparing = True
            self.call_next(self._repaint_changed)
        return self

    def _repaint_changed(self) -> None:
        self._comparing = False
        width, height = self.size
        before = dict(self._painted)
        changed = [y for y in range(height) if self.render_line(y) != before.get(y)]
        if changed:
            super().refresh(*(Region(0, y, width, 1) for y in changed))

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """As Textual's. Its undo of many lines asks for this while the cursor still stands in one
        that is gone, which would end the program; it asks again when the cursor is back. And lines
        are wrapped: where the cursor's row is in view nothing is to be scrolled."""
        if self.selection.end[0] >= self.document.line_count:
            return Offset()
        if not center and not self.scroll_offset.x and self._has_cursor:
            self._recompute_cursor_offset()  # type: ignore[no-untyped-call]
            row = self._cursor_offset[1] - self.scroll_offset.y
            if 0 <= row < self.scrollable_content_region.height:
                return Offset()
        return super().scroll_cursor_visible(center, animate)

    # -- size ----------------------------------------------------------------

    def fit(self) -> None:
        """Take the height that the wrapped text needs, within bounds."""
        rows = min(max(self.wrapped_document.height, self.least_rows), self.most_rows)
        height = self.styles.height
        if height is None or height.value != rows:
            self.styles.height = rows
            self.call_after_refresh(self.scroll_cursor_visible, animate=False)

    def on_text_area_changed(self) -> None:
        self.fit()

    def on_resize(self, event: Resize) -> None:
        self._painted.clear()
        self.call_after_refresh(self.fit)

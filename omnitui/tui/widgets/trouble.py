"""Lines in red above everything: accounts that don't work, an engine that is down."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from config.i18n import _, ngettext
from omnitui.tui.text.cells import width as cells
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.text.wrap import wrap

MOST = 3


class Trouble(Widget):
    """Takes no room while all is well."""

    DEFAULT_CSS = """
    Trouble {
        display: none; height: auto; padding: 0 1;
        background: $error; color: $background; text-style: none;
    }
    Trouble.-shown { display: block; }
    Trouble:nocolor { text-style: reverse bold; }
    """

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.sentences: Sequence[str] = ()
        self.key = ""
        """That tells more of the accounts."""

    def show(self, sentences: Sequence[str]) -> None:
        if list(sentences) != list(self.sentences):
            self.sentences = list(sentences)
            self.set_class(bool(sentences), "-shown")
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> Content:
        width = max(1, self.content_size.width)
        lines = [Content(line).truncate(width, ellipsis=True) for line in self._lines(width)]
        rest = len(self.sentences) - MOST
        if rest > 0:
            more = ngettext("and {n} more", "and {n} more", rest).format(n=rest)
            lines[-1] = Content.assemble(lines[-1], f" · {more}").truncate(width, ellipsis=True)
        hint = _("{key} says more").format(key=self.key) if self.key else ""
        if lines and hint and lines[-1].cell_length + 2 + cells(hint) <= width:
            room = width - cells(hint)
            lines[-1] = Content.assemble(lines[-1].truncate(room, pad=True), hint)
        return Content("\n").join(lines)

    def _lines(self, width: int) -> list[str]:
        """A line for each; lines that are left go to sentences that need more than one."""
        shown = [f"✗ {one_line(text)}" for text in self.sentences[:MOST]]
        spare = MOST - len(shown)
        lines: list[str] = []
        for text in shown:
            pieces = wrap(text, max(1, width))
            taken = min(len(pieces), 1 + spare)
            spare -= taken - 1
            lines += [text[first:last] for first, last in pieces[: taken - 1]]
            # What finds no room is cut where it is seen.
            lines.append(text[pieces[taken - 1][0] :] if pieces else text)
        return lines

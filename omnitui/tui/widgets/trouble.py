"""Lines in red above everything: accounts that don't work, an engine that is down."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from config.i18n import _, ngettext
from omnitui.tui.text.safe_text import one_line

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
        return min(len(self.sentences), MOST)

    def render(self) -> Content:
        width = max(1, self.content_size.width)
        lines = [Content(f"✗ {one_line(text)}") for text in self.sentences[:MOST]]
        more_at = _("{key} says more").format(key=self.key) if self.key else ""
        hint = Content(f"  {more_at}") if more_at else Content("")
        if lines and hint.cell_length < width // 3:
            room = width - hint.cell_length
            lines[0] = Content.assemble(lines[0].truncate(room, ellipsis=True, pad=True), hint)
        rest = len(self.sentences) - MOST
        if rest > 0:
            more = ngettext("and {n} more", "and {n} more", rest).format(n=rest)
            lines[-1] = Content.assemble(lines[-1], f" · {more}")
        return Content("\n").join([line.truncate(width, ellipsis=True) for line in lines])

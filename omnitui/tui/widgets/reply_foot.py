"""What goes out below the text that is written: the signature and the quote, dim."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

from config.i18n import _, ngettext
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.reply_header import Route

ROOMY = 30
"""Rows of a screen on which a signature is shown line by line."""
MOST_LINES = 4


class ReplyFoot(Widget):
    """Nothing where nothing goes out below the text."""

    DEFAULT_CSS = """
    ReplyFoot { height: auto; padding: 0 1; color: $text-muted; }
    ReplyFoot > .foot--off { color: $warning; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"foot--off"}

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._route = Route("reply")
        self._rows = 24
        self.display = False

    def show(self, route: Route) -> None:
        before = self._lines()
        self._route = route
        lines = self._lines()
        if lines != before:
            self.display = bool(lines)
            self.refresh(layout=len(lines) != len(before))

    def fit_to(self, rows: int) -> None:
        """The screen has `rows` rows."""
        if (rows >= ROOMY) != (self._rows >= ROOMY):
            self.refresh(layout=True)
        self._rows = rows

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines())

    def render(self) -> Content:
        width = max(1, self.content_size.width)
        lines = [line.truncate(width, ellipsis=True) for line in self._lines()]
        return Content("\n").join(lines)

    def _lines(self) -> list[Content]:
        route = self._route
        if route.kind != "reply":
            return []
        found: list[Content] = []
        signature = [one_line(line) for line in route.signature.split("\n") if line.strip()]
        if route.unsigned:
            off = Content(_("no signature"))
            found.append(off.stylize(self._warning()))
        elif signature and self._rows < ROOMY:
            found.append(Content(f"-- {' · '.join(signature)}"))
        elif signature:
            if len(signature) > MOST_LINES:
                signature = [*signature[: MOST_LINES - 1], "…"]
            found += [Content(f"{'   ' if n else '-- '}{line}") for n, line in enumerate(signature)]
        if route.quote:
            count = ngettext("{n} line", "{n} lines", route.quote_lines).format(n=route.quote_lines)
            found.append(Content(f"> {one_line(route.quote)} ({count})"))
        if route.supervised:
            found.append(Content(_("Supervisors see this while you write it.")))
        return found

    def _warning(self) -> str | Style:
        return component_style(self, "foot--off") if self.is_attached else ""

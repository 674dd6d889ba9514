"""The files that go with a reply, one a line, with their sizes."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from config.i18n import _, ngettext
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.file_words import size
from omnitui.tui.work import start

MOST_LINES = 4
"""More files are counted."""


class ReplyFiles(Widget):
    """Attachments of the draft; one that is gone from the disk is said to be."""

    DEFAULT_CSS = """
    ReplyFiles { height: auto; padding: 0 1; color: $text-muted; }
    ReplyFiles > .files--name { color: $text; }
    ReplyFiles > .files--gone { color: $error; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"files--name", "files--gone"}

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._paths: tuple[str, ...] = ()
        self._sizes: dict[str, int | None] = {}
        """Bytes; None: it is not there any more."""

    def show(self, paths: tuple[str, ...]) -> None:
        if paths != self._paths:
            self._paths = paths
            self.refresh(layout=True)
            start(self, partial(self._measure, paths), "sizes", exclusive=True)

    async def _measure(self, paths: tuple[str, ...]) -> None:
        self._sizes = await asyncio.to_thread(lambda: {path: _size(path) for path in paths})
        self.refresh()

    def render(self) -> Content:
        width = max(1, self.content_size.width)
        shown = self._paths
        if len(shown) > MOST_LINES:
            shown = shown[: MOST_LINES - 1]
        lines = [self._line(path) for path in shown]
        if more := self._paths[len(shown) :]:
            words = ngettext("and {n} more file", "and {n} more files", len(more))
            known = sum(self._sizes.get(path) or 0 for path in more)
            lines.append(Content(f"+ {words.format(n=len(more))} · {size(known)}"))
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    def _line(self, path: str) -> Content:
        name = Content(one_line(path.rpartition("/")[2]))
        if path not in self._sizes:
            return Content.assemble("+ ", name.stylize(component_style(self, "files--name")))
        known = self._sizes[path]
        if known is None:
            words = _("{name} is not there any more").format(name=name.plain)
            return Content(f"✗ {words}").stylize(component_style(self, "files--gone"))
        return Content.assemble(
            "+ ", name.stylize(component_style(self, "files--name")), f" · {size(known)}"
        )


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):
        return None

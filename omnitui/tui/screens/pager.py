"""A text over the workstation, to be scrolled and searched: the raw mail, its details."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from config.i18n import _
from omnitui.tui.panes.lines import LinePane
from omnitui.tui.screens.dialog import Dialog
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.line_input import LineInput
from omnitui.tui.work import Work, start
from store.errors import StoreError


class Pager(Dialog[None]):
    """Subclasses give the pane, may fill it (`load`) and find in it (`find`)."""

    DEFAULT_CSS = """
    Pager > #panel { width: 100%; max-width: 120; max-height: 100%; padding: 0; }
    Pager LinePane { background: $surface; }
    Pager.-full > #panel { height: 100%; }
    Pager #needle { display: none; padding: 0 1; }
    Pager.-finding #needle { display: block; }
    """
    CONTEXT: ClassVar[str] = "pager"

    searchable: ClassVar[bool] = False
    """Something to find in, as long as the screen."""

    def __init__(self, title: str, pane: LinePane) -> None:
        super().__init__()
        self._title = title
        self.pane = pane
        self._needle = ""

    async def load(self) -> None:
        """Fill the pane. Raises `StoreError`, OSError."""

    async def find(self, needle: str, direction: int) -> bool:
        """Bring the next match into view. Raises OSError."""
        return False

    def save(self) -> None:
        """Keep what is shown as a file."""

    def hints(self) -> str:
        """The keys that work here, for the lower border."""
        if self.searchable:
            return _("↑↓ scroll · / find · n next · w save · Esc close")
        return _("↑↓ scroll · Esc close")

    @property
    def context(self) -> str:
        return "line" if self.has_class("-finding") else self.CONTEXT

    def compose(self) -> ComposeResult:
        self.set_class(self.searchable, "-full")
        with Vertical(id="panel") as panel:
            panel.border_title = Content(one_line(self._title)).markup
            panel.border_subtitle = Content(self.hints()).markup
            yield self.pane
            if self.searchable:
                yield LineInput("", _("find"), widget_id="needle")

    def on_mount(self) -> None:
        self.pane.focus()
        start(self, self._guarded(self.load), "load")

    def say(self, sentence: str) -> None:
        """Tell something at the lower border, where the keys were."""
        self.query_one("#panel").border_subtitle = Content(one_line(sentence)).markup

    def choose(self, what: str) -> None:
        pane = self.pane
        if self.has_class("-finding"):
            self._in_search(what)
            return
        match what:
            case "next":
                pane.move(1)
            case "previous":
                pane.move(-1)
            case "page-down":
                pane.page(1)
            case "page-up":
                pane.page(-1)
            case "first":
                start(self, self._guarded(self.to_start), "move", exclusive=True)
            case "last":
                start(self, self._guarded(self.to_end), "move", exclusive=True)
            case "find" if self.searchable:
                self.add_class("-finding")
                self.query_one(LineInput).focus()
            case "find-next" if self._needle:
                self._seek(1)
            case "find-previous" if self._needle:
                self._seek(-1)
            case "save":
                self.save()
            case "cancel":
                self.dismiss(None)

    async def to_start(self) -> None:
        self.pane.home()

    async def to_end(self) -> None:
        self.pane.end()

    def _in_search(self, what: str) -> None:
        if what == "accept":
            self._needle = self.query_one(LineInput).value
        if what in ("accept", "cancel"):
            self.remove_class("-finding")
            self.pane.focus()
            if what == "accept" and self._needle:
                self._seek(1)
        self.stays()

    def _seek(self, direction: int) -> None:
        async def seek() -> None:
            found = await self.find(self._needle, direction)
            words = _("“{text}” is not in it.").format(text=self._needle)
            self.say(self.hints() if found else words)

        start(self, self._guarded(seek), "find", exclusive=True)

    def _guarded(self, work: Work) -> Work:
        return partial(self._run, work)

    async def _run(self, work: Work) -> None:
        try:
            await work()
        except (StoreError, OSError) as error:
            self.say(str(error))

    @on(LinePane.Trouble)
    def _trouble(self, event: LinePane.Trouble) -> None:
        event.stop()
        self.say(event.sentence)

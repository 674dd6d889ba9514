"""What a practice run is about before it begins, and how it went."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Key

from config.i18n import _
from omnitui.tui.link.practice import Line
from omnitui.tui.screens.pager import Pager
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.facts_pane import Fact, FactsPane


class Told(Pager):
    """Lines of a practice run."""

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        pane = FactsPane(id="facts")
        super().__init__(title, pane)
        self._pane = pane
        self._lines = lines

    async def load(self) -> None:
        self._pane.show([Fact(one.label, one_line(one.text), one.tone) for one in self._lines])


class Briefing(Told):
    """Enter begins."""

    begins = False
    """It was left by beginning."""

    def hints(self) -> str:
        return _("Enter begins · Esc not yet")

    def is_final(self, key: Key) -> bool:
        return key.key == "enter" or super().is_final(key)

    def on_key(self, event: Key) -> None:
        if event.key == "enter":
            event.stop()
            self.begins = True
            self.dismiss(None)
            return
        super().on_key(event)

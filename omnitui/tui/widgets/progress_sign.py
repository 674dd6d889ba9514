"""At the right end of the bottom line while something takes long: how far it has come."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from config.i18n import _

CELLS = 8
"""Of the bar."""
ROOMY = 110
"""Cells of a screen on which it is said what is under way."""


class ProgressSign(Widget):
    """A bar and figures; nothing while nothing takes long. The agent's own work comes first,
    what the engine is at stands there when that is done."""

    DEFAULT_CSS = """
    ProgressSign { display: none; width: auto; height: 1; padding: 0 1; color: $accent; }
    ProgressSign.-told { display: block; }
    """

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._work = (0, 0)
        self._engine = (0, 0)

    def show_work(self, done: int, of: int) -> None:
        """The agent's own: `done` of `of`; the whole of it ends it."""
        self._show((done, of) if done < of else (0, 0), self._engine)

    def show_engine(self, done: int, of: int) -> None:
        """What is read from the channels' past."""
        self._show(self._work, (done, of) if done < of else (0, 0))

    def _show(self, work: tuple[int, int], engine: tuple[int, int]) -> None:
        if (work, engine) != (self._work, self._engine):
            self._work, self._engine = work, engine
            self.set_class(bool(work[1] or engine[1]), "-told")
            self.refresh(layout=True)

    def render(self) -> Content:
        done, of = self._work if self._work[1] else self._engine
        words = bar(done, of)
        if self._work[1]:
            words += f" {done}/{of}"
        elif self.app.size.width >= ROOMY:
            words = _("reading the past {bar} {percent} %").format(
                bar=words, percent=100 * done // max(1, of)
            )
        else:
            words += f" {100 * done // max(1, of)} %"
        return Content(words)


def bar(done: int, of: int) -> str:
    """`███·····`, full only when all is done."""
    full = min(CELLS, CELLS * done // max(1, of))
    return "█" * full + "·" * (CELLS - full)

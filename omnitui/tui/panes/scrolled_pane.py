"""A pane in which nothing is selected: the keys that move the cursor elsewhere scroll it."""

from __future__ import annotations

from omnitui.tui.panes.lines import LinePane

_FAR = 1_000_000
"""More lines than any pane has."""


class ScrolledPane(LinePane):
    """What is read and not chosen from."""

    def move(self, delta: int) -> None:
        self.scroll_lines(delta)

    def page(self, pages: int) -> None:
        self.scroll_lines(pages * max(1, self.size.height - 1))

    def home(self) -> None:
        self.scroll_lines(-_FAR)

    def end(self) -> None:
        self.scroll_lines(_FAR)

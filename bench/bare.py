"""The least that a three-pane Textual program can be: what omnitui's start stands beside."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

ROWS = 60


class Bare(App[None]):
    ENABLE_COMMAND_PALETTE = False
    CSS = "#left { width: 38; } #middle { width: 1fr; } #right { width: 30; } #last { height: 1; }"

    def compose(self) -> ComposeResult:
        with Horizontal():
            for name in ("left", "middle", "right"):
                text = "\n".join(f"{name} row {row} with some words" for row in range(ROWS))
                yield Static(text, id=name, markup=False)
        yield Static("ready", id="last", markup=False)


if __name__ == "__main__":
    Bare().run()

"""A popup that shows what the next key does: groups of commands behind one key."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click, Key
from textual.widget import Widget
from textual.widgets import Static

from config.i18n import _
from omnitui.tui.keys.keymap import label, names
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.screens.overlay import Overlay
from omnitui.tui.text.cells import width as cells

WIDEST = 72
"""Columns of the panel at most."""
FRAME = 4
"""Of them for border and padding."""
PAUSE = 0.5
"""Seconds after a letter in which the next one is of the same word."""
clock = time.monotonic


@dataclass(frozen=True, slots=True)
class Item:
    key: str
    line: str
    """The command line that the key runs."""
    label: str


class MenuItem(Widget):
    """One key and what it does, also clickable."""

    DEFAULT_CSS = """
    MenuItem { height: 1; width: 1fr; }
    MenuItem:hover { background: $primary 20%; }
    MenuItem > .menu--key { color: $accent; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"menu--key"}

    def __init__(self, item: Item, key_width: int) -> None:
        super().__init__()
        self.item = item
        self._key_width = key_width

    def render(self) -> Content:
        key = Content(f"{label(self.item.key):>{self._key_width}}")
        return Content.assemble(
            key.stylize(component_style(self, "menu--key")), "  ", Content(self.item.label)
        )


class MenuScreen(Overlay[str]):
    """Dismissed with the chosen command line, or None."""

    DEFAULT_CSS = """
    MenuScreen { align: center bottom; background: transparent; }
    MenuScreen > #panel {
        width: 100%; max-width: 72; height: auto; max-height: 100%; overflow-y: auto;
        background: $surface; border: round $accent; padding: 0 1; margin-bottom: 1;
        border-title-color: $accent; border-title-style: bold;
    }
    MenuScreen .columns { height: auto; layout: grid; grid-size: 2; grid-rows: 1; }
    MenuScreen .columns.-long { grid-size: 1; }
    MenuScreen #question { height: auto; margin-bottom: 1; }
    """

    CONTEXT = "menu"

    def __init__(self, title: str, items: Sequence[Item]) -> None:
        super().__init__()
        self._title = title
        self._items = items

    def compose(self) -> ComposeResult:
        width = max((len(label(item.key)) for item in self._items), default=1)
        with Vertical(id="panel") as panel:
            room = min(WIDEST, self.app.size.width) - FRAME
            if cells(self._title) + 2 <= room:
                panel.border_title = Content(self._title).markup
            else:
                yield Static(Content(self._title), id="question", markup=False)
            longest = max((cells(item.label) for item in self._items), default=0) + width + 4
            # One under the other where words would be cut, if there is room for that.
            one = longest > room // 2 and len(self._items) + FRAME < self.app.size.height
            with Widget(classes="columns -long" if one else "columns"):
                for item in self._items:
                    yield MenuItem(item, width)

    def is_final(self, key: Key) -> bool:
        return True

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        pressed = names(event)
        for name in pressed:
            for item in self._items:
                if item.key == name:
                    self.dismiss(item.line)
                    return
        line = self.desk_app.keymap.command([self.CONTEXT], event)
        if line == "choose cancel" or "escape" in pressed:
            self.dismiss(None)
        else:
            self.stays()
            self.leaves(event)

    def on_click(self, event: Click) -> None:
        if isinstance(event.widget, MenuItem):
            event.stop()
            self.dismiss(event.widget.item.line)
        else:
            super().on_click(event)


class QuestionScreen(MenuScreen):
    """Dismissed with "yes" or nothing, where no other answers are given. A letter in the midst of a
    word is no answer: who types on, since the question was not there yet, says neither."""

    def __init__(self, question: str, answers: Sequence[Item] = ()) -> None:
        answers = answers or [Item("y", "yes", _("yes")), Item("n", "", _("no"))]
        super().__init__(question, answers)
        self._word_until = 0.0

    def on_key(self, event: Key) -> None:
        at = clock()
        answers = any(item.key in names(event) for item in self._items)
        if event.is_printable and (at < self._word_until or not answers):
            self._word_until = at + PAUSE
            event.stop()
            event.prevent_default()
            self.stays()
        else:
            super().on_key(event)


def leave_menu(*, unsaved: bool = False) -> MenuScreen:
    """Leave? A second `q` says yes. `unsaved`: what was typed is kept nowhere."""
    items = [Item("q", "quit", _("leave omnitui")), Item("n", "", _("stay"))]
    lost = _("Leave? What you typed here is lost.")
    return MenuScreen(lost if unsaved else _("Leave? Drafts are kept."), items)

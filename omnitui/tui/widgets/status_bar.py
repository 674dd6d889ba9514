"""The bottom line: what just happened or what the keys do here, and the undo clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from config.i18n import _
from omnitui.tui.link.moment import DeskMoment
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.text.cells import width as cells
from omnitui.tui.text.safe_text import safe
from omnitui.tui.widgets.counter import CounterSign
from omnitui.tui.widgets.progress_sign import ProgressSign

Level = Literal["info", "warning", "error"]
SHOWN_FOR = 6.0
"""Seconds that a sentence stands before the key hints return; errors stay for a key."""
GREETING_FOR = 30.0
"""Seconds for one that has to be typed off, unless another sentence comes."""


class Words(Widget):
    """A sentence or the key hints."""

    DEFAULT_CSS = """
    Words { width: 1fr; height: 1; padding: 0 1; }
    Words > .words--key { color: $accent; text-style: bold; }
    Words > .words--label { color: $text-muted; }
    Words.-warning { color: $warning; text-style: bold; }
    Words.-error { background: $error; color: $background; text-style: bold; }
    Words.-error:nocolor { text-style: reverse bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"words--key", "words--label"}

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.hints: Sequence[tuple[str, str]] = ()
        self.sentence = ""

    def render(self) -> Content:
        width = max(1, self.content_size.width)
        if self.sentence:
            words = Content(safe(self.sentence))
            if self.size.height > 1:
                return words
            return words.truncate(width, ellipsis=True)
        key_style = component_style(self, "words--key")
        label_style = component_style(self, "words--label")
        pieces = [
            Content.assemble(
                Content(key).stylize(key_style), " ", Content(text).stylize(label_style)
            )
            for key, text in self.hints
        ]
        # The last one, how to see all keys, is always there.
        last = pieces.pop() if pieces else Content("")
        line = Content("")
        for piece in pieces:
            gap = 2 if line else 0
            if line.cell_length + gap + piece.cell_length + 2 + last.cell_length > width:
                break
            line = Content.assemble(line, " " * gap, piece)
        return Content.assemble(line, "  " if line else "", last)


class UndoClock(Widget):
    """`Sending in 8 s · u undo`: repaints its own few cells once a second while it runs."""

    DEFAULT_CSS = """
    UndoClock {
        display: none; width: auto; height: 1; padding: 0 1;
        background: $success 20%; color: $success; text-style: bold;
    }
    UndoClock.-running { display: block; }
    UndoClock:nocolor { text-style: reverse; }
    """

    class Pressed(Message):
        """Clicked: undo."""

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.seconds = 0
        self.key = "u"
        self._timer: Timer | None = None
        self.changed: Callable[[], None] = lambda: None
        """Called when it appears and when it goes."""

    @property
    def taken(self) -> int:
        """What it takes of the line, also before it was laid out."""
        return self.render().cell_length + 2 if self.seconds else 0

    def start(self, seconds: int, key: str) -> None:
        """Count down from `seconds`; `key` is what undoes."""
        self.stop()
        if seconds <= 0:
            return
        self.seconds, self.key = seconds, key
        self.add_class("-running")
        self._timer = self.set_interval(1, self._tick)
        self.refresh(layout=True)
        self.changed()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.seconds = 0
        self.remove_class("-running")
        self.changed()

    def _tick(self) -> None:
        self.seconds -= 1
        if self.seconds <= 0:
            self.stop()
        else:
            self.refresh()

    def render(self) -> Content:
        words = _("Sending in {n} s").format(n=f"{self.seconds:>2}")
        return Content(f"{words} · {self.key} {_('undo')}" if self.key else words)

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(self.Pressed())


class StatusBar(Horizontal):
    """Words at the left, the undo clock and the web chat's attendance at the right."""

    DEFAULT_CSS = """
    StatusBar { height: 1; dock: bottom; background: $surface; }
    StatusBar.-long CounterSign, StatusBar.-long ProgressSign { display: none; }
    StatusBar.-two, StatusBar.-two Words { height: 2; }
    """

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._words = Words(widget_id="words")
        self.clock = UndoClock(widget_id="undo-clock")
        self.clock.changed = self._make_room
        self.progress = ProgressSign(widget_id="progress")
        self.counter = CounterSign(widget_id="counter")
        self._fade: Timer | None = None
        self._level: Level = "info"

    def compose(self) -> ComposeResult:
        yield self._words
        yield self.clock
        yield self.progress
        yield self.counter

    @property
    def sentence(self) -> str:
        return self._words.sentence

    @property
    def loud(self) -> bool:
        """A warning or an error stands there, which nothing lesser takes away."""
        return bool(self._words.sentence) and self._level != "info"

    def say(self, sentence: str, level: Level = "info", seconds: float = SHOWN_FOR) -> None:
        """Show a sentence. Errors stay until the next key, others fade after `seconds`."""
        if self._fade is not None:
            self._fade.stop()
            self._fade = None
        self._level = level
        self._words.sentence = sentence
        self._words.set_class(bool(sentence) and level == "error", "-error")
        self._words.set_class(bool(sentence) and level == "warning", "-warning")
        self._make_room()
        self._words.refresh()
        if sentence and level != "error":
            self._fade = self.set_timer(seconds, self.clear)

    def _make_room(self) -> None:
        """What is said comes before what always stands there, and may take two lines."""
        need = cells(safe(self._words.sentence)) + 2
        room = self.size.width - self.clock.taken
        known = self._words.sentence and self.size.width
        beside = self.counter.render().cell_length + 2
        beside += self.progress.outer_size.width
        self.set_class(bool(known and need > room - beside), "-long")
        self.set_class(bool(known and need > room), "-two")

    def on_resize(self) -> None:
        self._make_room()

    def clear(self) -> None:
        if self._words.sentence:
            self.say("")

    def key_pressed(self) -> None:
        """Errors have been read when the next key comes."""
        if self._level == "error":
            self.clear()

    def show_desk(self, moment: DeskMoment) -> None:
        self.counter.show(moment)

    def show_hints(self, hints: Sequence[tuple[str, str]]) -> None:
        if hints != self._words.hints:
            self._words.hints = hints
            if not self._words.sentence:
                self._words.refresh()

"""The `:` line: type a command, with completion above it and the history behind it."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker

from omnitui.tui.keys.completion import Candidate, Completion
from omnitui.tui.keys.history import History
from omnitui.tui.screens.dialog import BottomLine
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.choice_list import Choice, ChoiceList
from omnitui.tui.widgets.line_input import LineInput
from omnitui.tui.work import over, start


class CommandLine(BottomLine[str]):
    """Dismissed with the line to run, or None."""

    CONTEXT = "line"
    DEFAULT_CSS = """
    CommandLine > #box { max-height: 60%; }
    CommandLine #candidates { max-height: 10; }
    CommandLine #usage { height: 1; padding: 0 2; color: $text-muted; display: none;
        text-wrap: nowrap; text-overflow: ellipsis; }
    CommandLine #usage.-shown { display: block; }
    CommandLine #colon { width: 2; color: $accent; text-style: bold; padding-left: 1; }
    """

    def __init__(self, text: str, completion: Completion, history: History) -> None:
        super().__init__()
        self._text = text
        self._completion = completion
        self._history = history
        self._at: int | None = None
        """Place in the history; None while a new line is typed."""
        self._typed = text
        self._finding: Worker[None] | None = None
        self._candidates: list[Candidate] = []
        self._choices: list[Choice] | None = None
        """What is shown above the line."""

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield ChoiceList(widget_id="candidates")
            yield Static(id="usage", markup=False)
            with Horizontal(id="row"):
                yield Static(Content(":"), id="colon", markup=False)
                yield LineInput(self._text, widget_id="line")

    def on_mount(self) -> None:
        field = self.query_one(LineInput)
        field.focus()
        field.action_end()
        self._start(self._text)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._start(event.value)

    def _start(self, line: str) -> None:
        self._finding = start(self, partial(self._find, line), "find", exclusive=True)

    async def _find(self, line: str) -> None:
        self._candidates = await self._completion.candidates(line)
        if not self.is_current:  # it was closed meanwhile
            return
        # The line itself is no way to go on.
        self._candidates = [
            c for c in self._candidates if c.line.rstrip() != line.strip() or not line
        ]
        choices = [
            Choice(c.line, Content(one_line(c.shown)), one_line(c.hint)) for c in self._candidates
        ]
        if choices != self._choices:  # or each letter of a text would be drawn twice
            self._choices = choices
            shown = self.query_one(ChoiceList)
            shown.set_choices(choices)
            shown.set_class(not choices, "-empty")
        usage = Content(self._completion.usage(line))
        label = self.query_one("#usage", Static)
        label.set_class(bool(usage), "-shown")
        if usage != label.content:  # or everything would be laid out anew at each key
            label.update(usage)

    @on(ChoiceList.Clicked)
    def _clicked(self, event: ChoiceList.Clicked) -> None:
        event.stop()
        self._fill(event.choice.value)

    def choose(self, what: str) -> None:
        match what:
            case "accept":
                line = self.query_one(LineInput).value
                self._history.add(line)
                self.dismiss(line)
            case "complete" | "tick":
                start(self, self._complete, "complete", exclusive=True)
            case "previous":
                self._recall(-1)
            case "next":
                self._recall(1)
            case "page-down" | "page-up":
                self.query_one(ChoiceList).page(1 if what == "page-down" else -1)
            case _:
                super().choose(what)

    async def _complete(self) -> None:
        """What all candidates have in common, then one after the other."""
        await over(lambda: self._finding)
        if not self._candidates or not self.is_current:
            return
        value = self.query_one(LineInput).value
        common = _common([c.line for c in self._candidates])
        if len(common) > len(value):
            self._fill(common)
            return
        highlighted = self.query_one(ChoiceList).highlighted
        if highlighted is not None:
            self._fill(highlighted.value)

    def _fill(self, line: str) -> None:
        field = self.query_one(LineInput)
        field.value = line
        field.action_end()

    def _recall(self, step: int) -> None:
        """Up and down through the history of lines that begin with what was typed."""
        if self._at is None:
            self._typed = self.query_one(LineInput).value
        lines = [line for line in self._history.lines if line.startswith(self._typed)]
        at = (len(lines) if self._at is None else self._at) + step
        if 0 <= at < len(lines):
            self._at = at
            self._fill(lines[at])
        elif at >= len(lines):
            self._at = None
            self._fill(self._typed)


def _common(lines: list[str]) -> str:
    """The longest beginning of all lines."""
    first, last = min(lines), max(lines)
    for position, character in enumerate(first):
        if position >= len(last) or last[position] != character:
            return first[:position]
    return first

"""Narrowing the inbox as one types: the list follows, what is wrong is said in place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from config.i18n import _
from omnitui.tui.keys.completion import Candidate
from omnitui.tui.keys.query_completion import QueryCompletion
from omnitui.tui.screens.dialog import BottomLine
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.choice_list import Choice, ChoiceList
from omnitui.tui.widgets.line_input import LineInput
from omnitui.tui.work import start
from store.errors import StoreError

Narrow = Callable[[str], Awaitable[None]]
"""Shows what a query finds; raises `StoreError`, of which `QueryError` is one."""

REST = 0.08
"""Seconds without a key until the list follows what was typed."""


class FilterLine(BottomLine[str]):
    """Dismissed with the filter to keep, or None: as it was before."""

    CONTEXT = "line"
    DEFAULT_CSS = """
    FilterLine > #box { max-height: 50%; }
    FilterLine #candidates { max-height: 6; }
    FilterLine #problem { height: auto; max-height: 3; padding: 0 2; color: $text-error;
        display: none; }
    FilterLine #problem.-shown { display: block; }
    FilterLine #sign { width: auto; color: $accent; text-style: bold; padding: 0 1; }
    """

    def __init__(
        self, text: str, narrow: Narrow, completion: QueryCompletion, move: Callable[[int], None]
    ) -> None:
        """`move` moves the highlight in the list below."""
        super().__init__()
        self._text = text
        self._shown = text
        """What the list shows."""
        self._narrow = narrow
        self._completion = completion
        self._move = move
        self._candidates: list[Candidate] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield ChoiceList(widget_id="candidates")
            yield Static(id="problem", markup=False)
            with Horizontal(id="row"):
                yield Static(Content(_("filter")), id="sign", markup=False)
                yield LineInput(
                    self._text,
                    _("words, “a phrase”, -without, tag:refund is:waiting from:ann …"),
                    widget_id="line",
                )

    def on_mount(self) -> None:
        self.query_one(ChoiceList).add_class("-empty")
        field = self.query_one(LineInput)
        field.focus()
        field.action_end()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        start(self, partial(self._follow, event.value), "filter", exclusive=True)
        start(self, partial(self._complete, event.value), "complete", exclusive=True)

    async def _follow(self, text: str) -> None:
        await asyncio.sleep(REST)
        await self._show(text)

    async def _show(self, text: str) -> bool:
        """Let the list show what was typed; False and the reason in place when it cannot."""
        problem = ""
        if text.strip() != self._shown.strip():
            try:
                await self._narrow(text)
                self._shown = text
            except StoreError as error:
                problem = str(error)
        if self.is_attached:
            label = self.query_one("#problem", Static)
            label.update(Content(one_line(problem)))
            label.set_class(bool(problem), "-shown")
        return not problem

    async def _complete(self, text: str) -> None:
        found = await self._completion.candidates(text)
        if not self.is_current:
            return
        self._candidates = [one for one in found if one.line.rstrip() != text.rstrip()]
        choices = [
            Choice(one.line, Content(one_line(one.shown)), one_line(one.hint))
            for one in self._candidates
        ]
        shown = self.query_one(ChoiceList)
        shown.set_choices(choices)
        shown.set_class(not choices, "-empty")

    @on(ChoiceList.Clicked)
    def _clicked(self, event: ChoiceList.Clicked) -> None:
        event.stop()
        self._fill(event.choice.value)

    def choose(self, what: str) -> None:
        match what:
            case "accept":
                start(self, self._accept, "accept", exclusive=True)
            case "complete" | "tick":
                highlighted = self.query_one(ChoiceList).highlighted
                if highlighted is not None:
                    self._fill(highlighted.value)
            case "next" | "previous":
                self._move(1 if what == "next" else -1)
            case "page-down" | "page-up":
                self._move(10 if what == "page-down" else -10)
            case _:
                super().choose(what)

    async def _accept(self) -> None:
        text = self.query_one(LineInput).value
        if await self._show(text):
            self.dismiss(text)
        else:
            self.stays()

    def _fill(self, text: str) -> None:
        field = self.query_one(LineInput)
        field.value = text
        field.action_end()

"""Type to filter, choose one or tick several: the palette and the picker are made of this."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker

from config.i18n import _
from omnitui.tui.screens.dialog import Dialog
from omnitui.tui.text.safe_text import safe
from omnitui.tui.widgets.choice_list import Choice, ChoiceList
from omnitui.tui.widgets.line_input import LineInput
from omnitui.tui.work import over, start

SIDE_BY_SIDE = 72
"""Columns from which list and preview stand side by side."""


class Chooser(Dialog[list[str]]):
    """Dismissed with the chosen values in the order they were ticked, or None.

    Subclasses say what there is (`find`) and, if they like, what it holds (`preview`).
    """

    DEFAULT_CSS = """
    Chooser > #panel { width: 80%; max-width: 100; min-width: 38; max-height: 80%; }
    Chooser #query { margin-bottom: 1; }
    Chooser #found { height: auto; }
    Chooser ChoiceList { width: 1fr; max-height: 16; }
    Chooser #preview-pane { display: none; }
    Chooser.-preview > #panel { width: 92%; max-width: 130; height: 80%; }
    Chooser.-preview #found { height: 1fr; }
    Chooser.-preview ChoiceList { width: 2fr; max-height: 100%; height: 1fr; }
    Chooser.-preview #preview-pane {
        display: block; width: 3fr; height: 100%;
        border-left: solid $primary 40%; padding: 0 1; scrollbar-size-vertical: 1;
        scrollbar-background: $surface; scrollbar-color: $primary 40%;
    }
    Chooser.-stacked #found { layout: vertical; }
    Chooser.-stacked ChoiceList { width: 100%; height: 3fr; }
    Chooser.-stacked #preview-pane {
        width: 100%; height: 2fr; border-left: none; border-top: solid $primary 40%;
    }
    Chooser #nothing { display: none; color: $text-muted; }
    Chooser.-nothing #nothing { display: block; }
    Chooser.-nothing ChoiceList { display: none; }
    Chooser #note { display: none; height: auto; max-height: 2; color: $text-warning; }
    Chooser.-noted #note { display: block; }
    """
    title_text = ""
    placeholder = ""
    several = False
    with_preview = False
    stacked = False
    """The preview under the list: for rows that need the width."""

    def __init__(self, query: str = "") -> None:
        super().__init__()
        self._query = query
        self._finding: Worker[None] | None = None
        self._said = ""

    async def find(self, query: str) -> Sequence[Choice]:
        """What matches, the best first."""
        raise NotImplementedError

    async def preview(self, choice: Choice) -> Content:
        """What the highlighted choice holds."""
        return Content("")

    def compose(self) -> ComposeResult:
        self.set_class(self.with_preview, "-preview")
        self.set_class(self.stacked or self.app.size.width < SIDE_BY_SIDE, "-stacked")
        with Vertical(id="panel"):
            yield LineInput(self._query, self.placeholder, widget_id="query")
            with Horizontal(id="found"):
                yield ChoiceList(widget_id="choices", ticks=self.several)
                with VerticalScroll(id="preview-pane", can_focus=False):
                    yield Static(id="preview", markup=False)
            yield Static(id="nothing", markup=False)
            yield Static(id="note", markup=False)

    def on_mount(self) -> None:
        panel = self.query_one("#panel")
        panel.border_title = Content(self.title_text).markup
        panel.border_subtitle = Content(self.hints()).markup
        self.query_one(LineInput).focus()
        self._start(self._query)

    def nothing_yet(self) -> str:
        """What stands there before anything is typed, where that finds nothing."""
        return _("Nothing here yet.")

    def no_match(self) -> str:
        """What stands there when what is typed finds nothing."""
        return _("Nothing matches: fewer letters find more.")

    def hints(self) -> str:
        """The keys that work here, for the lower border."""
        if self.several:
            return _("Tab tick · Enter insert · Esc close")
        return _("↑↓ move · Enter choose · Esc close")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._start(event.value)

    def _start(self, query: str) -> None:
        self._finding = start(self, partial(self._find, query), "find", exclusive=True)

    def say(self, sentence: str) -> None:
        """What is wrong with what was typed; "" when it is well again."""
        self._said = sentence

    def note(self, sentence: str) -> None:
        """What stands under the list; "" takes it away."""
        self.query_one("#note", Static).update(Content(safe(sentence)))
        self.set_class(bool(sentence), "-noted")

    async def find_again(self) -> None:
        """What there is may be other things now; the highlight stays where it is."""
        await self._find(self.query_one(LineInput).value, keep=True)

    async def _find(self, query: str, *, keep: bool = False) -> None:
        self._said = ""
        found = await self.find(query)
        if not self.is_current:  # it was closed meanwhile
            return
        words = self._said or (self.no_match() if query.strip() else self.nothing_yet())
        self.query_one("#nothing", Static).update(Content(safe(words)))
        self.set_class(not found, "-nothing")
        self.query_one(ChoiceList).set_choices(found, keep=keep)

    @on(ChoiceList.Highlighted)
    def _highlighted(self, event: ChoiceList.Highlighted) -> None:
        event.stop()
        if self.with_preview:
            start(self, partial(self._preview, event.choice), "preview", exclusive=True)

    async def _preview(self, choice: Choice | None) -> None:
        content = await self.preview(choice) if choice else Content("")
        if not self.is_current:  # it was closed meanwhile
            return
        self.query_one("#preview", Static).update(content)
        self.query_one("#preview-pane").scroll_home(animate=False)

    @on(ChoiceList.Clicked)
    def _clicked(self, event: ChoiceList.Clicked) -> None:
        event.stop()
        self.choose("tick" if self.several else "accept")

    def choose(self, what: str) -> None:
        choices = self.query_one(ChoiceList)
        match what:
            case "next":
                choices.move(1)
            case "previous":
                choices.move(-1)
            case "page-down":
                choices.page(1)
            case "page-up":
                choices.page(-1)
            case "tick" if self.several:
                choices.toggle_tick()
            case "tick":
                choices.move(1)
            case "accept":
                start(self, self._accept, "accept", exclusive=True)
            case _:
                super().choose(what)

    async def _accept(self) -> None:
        """Wait for what was typed last to be looked up, so that a fast Enter is right."""
        await over(lambda: self._finding)
        if not self.is_current:
            return
        choices = self.query_one(ChoiceList)
        chosen = list(choices.ticked)
        if not chosen and choices.highlighted is not None:
            chosen = [choices.highlighted.value]
        if chosen:
            self.dismiss(chosen)
        else:
            self.stays()

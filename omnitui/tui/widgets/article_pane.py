"""The knowledge base beside the reply: type, read, take all of an article or a part of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from config.i18n import _, ngettext
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.article_text import ArticleText, Chapter
from omnitui.tui.widgets.choice_list import Choice, ChoiceList
from omnitui.tui.widgets.line_input import LineInput
from omnitui.tui.work import start

if TYPE_CHECKING:
    from omnitui.desk.knowledge.articles import Section, Variant
    from omnitui.desk.knowledge.shelf import Found

LOOK_EVERY = 2.0
"""Seconds after which it is seen that a file was changed."""


How = Literal["typed", "about", "used"]
"""Found by what was typed, by what the customer wrote, or because it is used most."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An article as it is read."""

    chapters: Sequence[Chapter]
    sections: Sequence[Section]
    marks: Sequence[str]
    """Beginnings of words that were looked for."""
    line: int
    """Where most of them stand."""


class Library(Protocol):
    """Where articles are looked up; none of it in the screen's thread."""

    async def refresh(self, progress: Callable[[int, int], None]) -> bool:
        """Read files that are new or changed; whether there were any. `progress` is called in
        another thread."""

    async def find(self, query: str) -> tuple[list[Found], How]:
        """What fits what is typed; without it what the customer's message may be about, else
        what is used most."""

    async def shown(self, variant: Variant, query: str) -> Shown:
        """An article to be read, with what is looked for."""

    async def problems(self) -> Sequence[str]:
        """Files that are no article, and why."""


class ArticlePane(Vertical):
    """A line to type in, what was found, and the highlighted article."""

    DEFAULT_CSS = """
    ArticlePane { background: $background; }
    ArticlePane > LineInput { padding: 0 1; background: $surface; }
    ArticlePane > LineInput:focus { padding: 0 1; background: $primary 15%; }
    ArticlePane > #articles-head { height: 1; padding: 0 1; color: $text-muted; }
    ArticlePane > ChoiceList { max-height: 7; }
    ArticlePane.-low > ChoiceList { max-height: 3; }
    ArticlePane > #article-facts {
        height: 1; padding: 0 1; color: $text-muted; background: $surface; text-style: italic;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    ArticlePane:nocolor > #article-facts { text-style: underline; }
    ArticlePane > #articles-note { display: none; height: auto; max-height: 2; padding: 0 1;
        color: $text-warning; }
    ArticlePane.-noted > #articles-note { display: block; }
    """

    def __init__(self, data: Library, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._data = data
        self.field = LineInput("", _asked(), widget_id="articles-query")
        self._list = ChoiceList(widget_id="articles-found")
        self._text = ArticleText(id="article-text")
        self._found: dict[str, Found] = {}
        self._how: How = "used"
        self._sections: Sequence[Section] = ()
        self._part = -1
        self._reading: tuple[Variant, str] | None = None
        """The article in view, and what it was found by."""
        self._finding: Worker[None] | None = None
        self._looked_for = ""
        self._follow: Timer | None = None
        self.told: Callable[[], None] = lambda: None
        """Another article or part is highlighted."""

    def compose(self) -> ComposeResult:
        yield self.field
        yield Static(id="articles-head", markup=False)
        yield self._list
        yield Static(id="article-facts", markup=False)
        yield self._text
        yield Static(id="articles-note", markup=False)

    # -- what the screen asks -----------------------------------------------------

    @property
    def highlighted(self) -> Found | None:
        choice = self._list.highlighted
        return self._found.get(choice.value) if choice else None

    @property
    def part(self) -> Section | None:
        """The part of the article that is chosen; None: all of it."""
        return self._sections[self._part] if 0 <= self._part < len(self._sections) else None

    def begin(self, query: str, *, low: bool) -> None:
        """The pane came into view; `low`: with few lines."""
        self._reading = None
        self.set_class(low, "-low")
        self.field.value = query
        self.field.cursor_position = len(query)
        start(self, self._read_files, "article-files", exclusive=True)
        self._find()
        if self._follow is None:
            self._follow = self.set_interval(LOOK_EVERY, self._look)
        self._follow.resume()

    def reworded(self) -> None:
        """Another language is spoken."""
        self.field.placeholder = _asked()
        self._find(keep=True)
        self._tell()

    def end(self) -> None:
        """It is out of view."""
        if self._follow is not None:
            self._follow.pause()

    async def settled(self) -> None:
        """Returns when what was typed last is looked up."""
        if self._looked_for != self.field.value:
            self._find()
        while (finding := self._finding) is not None and not finding.is_finished:
            with contextlib.suppress(WorkerFailed, WorkerCancelled):  # another took its place
                await finding.wait()

    def choose(self, what: str) -> None:
        """Move in the list, the text or the parts."""
        match what:
            case "next":
                self._list.move(1)
            case "previous":
                self._list.move(-1)
            case "page-down":
                self._text.page(1)
            case "page-up":
                self._text.page(-1)
            case "next-part" | "previous-part" if self._sections:
                step = 1 if what == "next-part" else -1
                self._part = (self._part + 1 + step) % (len(self._sections) + 1) - 1
                self._text.mark(self.part)
                self._tell()

    # -- finding ------------------------------------------------------------------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._find()

    def _find(self, *, keep: bool = False) -> None:
        self._looked_for = self.field.value
        work = partial(self._look_up, self._looked_for, keep)
        self._finding = start(self, work, "find", exclusive=True)

    async def _look_up(self, query: str, keep: bool) -> None:
        found, self._how = await self._data.find(query)
        self._found = {one.article.name: one for one in found}
        self._list.set_choices(
            [
                Choice(one.article.name, Content(one_line(one.variant.title)), _hint(one))
                for one in found
            ],
            keep=keep,
        )
        self._head(len(found))

    def _head(self, count: int) -> None:
        if not count and self.field.value.strip():
            words = _("Nothing matches: fewer letters find more.")
        elif not count:
            words = _("There are no articles yet: they are Markdown files in articles/.")
        else:
            words = {
                "about": _("What they wrote may be about:"),
                "used": _("Used most:"),
                "typed": ngettext("{n} article", "{n} articles", count).format(n=count),
            }[self._how]
        self.query_one("#articles-head", Static).update(Content(words))

    @on(ChoiceList.Highlighted)
    def _highlighted(self, event: ChoiceList.Highlighted) -> None:
        event.stop()
        start(self, self._read, "read", exclusive=True)

    @on(ChoiceList.Clicked)
    def _clicked(self, event: ChoiceList.Clicked) -> None:
        event.stop()
        start(self, self._read, "read", exclusive=True)

    async def _read(self) -> None:
        found, query = self.highlighted, self.field.value
        now = (found.variant, query) if found is not None else None
        if now is not None and now == self._reading:
            return  # found again: where one reads, and the part that is marked, stay
        if found is None:
            self._sections = ()
            self._text.show((), (), 0)
        else:
            shown = await self._data.shown(found.variant, query)
            self._sections = shown.sections
            self._text.show(shown.chapters, shown.marks, shown.line)
        self._reading, self._part = now, -1
        self._tell()

    def _tell(self) -> None:
        """The line over the text: what is highlighted, and what of it would be taken."""
        found = self.highlighted
        words = ""
        if found is not None and self.part is not None:
            words = _("Only: {part}").format(part=one_line(self.part.title))
        elif found is not None:
            tags = " ".join(f"#{tag}" for tag in found.variant.tags)
            pieces = (found.variant.language, one_line(tags), one_line(found.variant.url))
            words = " · ".join(filter(None, pieces))
        self.query_one("#article-facts", Static).update(Content(words))
        self.told()

    # -- files --------------------------------------------------------------------

    async def _read_files(self) -> None:
        """Read what is new; say how far that is while it takes long."""

        loop = asyncio.get_running_loop()

        def progress(done: int, count: int) -> None:
            if count > done:
                loop.call_soon_threadsafe(self._note_progress, done, count)

        if await self._data.refresh(progress):
            self._find(keep=True)
        problems = await self._data.problems()
        words = one_line(problems[0]) if problems else ""
        if len(problems) > 1:
            more = len(problems) - 1
            words = ngettext(
                "{problem} (and {n} more mistake)", "{problem} (and {n} more mistakes)", more
            ).format(problem=words, n=more)
        self._note(words)

    def _look(self) -> None:
        if self.display and not any(w.group == "article-files" for w in self.app.workers):
            start(self, self._read_files, "article-files")

    def _note_progress(self, done: int, count: int) -> None:
        if not self.is_attached:
            return
        words = _("Reading articles: {done} of {count} …").format(done=done, count=count)
        self._note(words)

    def _note(self, words: str) -> None:
        self.query_one("#articles-note", Static).update(Content(words))
        self.set_class(bool(words), "-noted")


def _hint(found: Found) -> str:
    language = one_line(found.variant.language)
    return f"{found.uses}× {language}" if found.uses else language


def _asked() -> str:
    return _("words of the knowledge base")

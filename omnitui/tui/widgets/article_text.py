"""An article to be read: its chapters one under the other, one part of it marked to be taken."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style

from omnitui.tui.panes.drawn_rows import Mark
from omnitui.tui.panes.scrolled_pane import ScrolledPane
from omnitui.tui.text.inline import Inline
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.text.wrap import wrap
from omnitui.tui.widgets.text_flow import Flow, flow

if TYPE_CHECKING:
    from omnitui.desk.knowledge.articles import Section

Chapter = tuple["Section | None", str]

_KINDS = ("bold", "italic", "underline", "strike", "code", "link", "host", "found")


class ArticleText(ScrolledPane, can_focus=False):
    """Keys scroll it; which part is marked is said by `mark`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "article--row",
        "article--bar",
        "article--heading",
        "article--text",
        "article--quiet",
        *(f"article--{kind}" for kind in _KINDS),
    }
    DEFAULT_CSS = """
    ArticleText {
        background: $background; height: 1fr;
        & > .article--row { color: $foreground; }
        & > .article--bar { color: $success; text-style: bold; }
        & > .article--heading { color: $primary; text-style: bold; }
        & > .article--text { color: $foreground; }
        & > .article--quiet { color: $foreground 68%; }
        & > .article--bold { text-style: bold; }
        & > .article--italic { text-style: italic; }
        & > .article--underline { text-style: underline; }
        & > .article--strike { text-style: strike; }
        & > .article--code { color: $text-accent; }
        & > .article--link { color: $text-primary; text-style: underline; }
        & > .article--host { color: $text-primary; text-style: bold underline; }
        & > .article--found { color: $background; background: $warning; }
        &:ansi > .article--quiet { text-style: dim; }
        &:nocolor > .article--found { text-style: reverse; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self._chapters: Sequence[Chapter] = ()
        self._needle = ""
        self._marked: Section | None = None

    def show(self, chapters: Sequence[Chapter], marks: Sequence[str], line: int) -> None:
        """Show these from the top, what begins as one of `marks` marked; the chapter with that
        line of the article comes into view."""
        self._chapters, self._needle, self._marked = chapters, "\n".join(marks), None
        self._drawn.clear()
        at = [n for n, (section, _text) in enumerate(chapters) if section and section.start <= line]
        self.scroll_to_row(at[-1] if at and line else 0)
        self.repaint()

    def mark(self, section: Section | None) -> None:
        """Mark the part that would be taken; None: all of it."""
        self._marked = section
        self._drawn.clear()
        at = next((n for n, (one, _text) in enumerate(self._chapters) if one is section), 0)
        self.scroll_to_row(at if section else 0)
        self.repaint()

    # What the pane asks

    def row_count(self) -> int:
        return len(self._chapters)

    def row_key(self, index: int) -> Hashable:
        return index

    def index_of(self, key: Hashable) -> int | None:
        return key if isinstance(key, int) and key < len(self._chapters) else None

    def selectable(self, index: int) -> bool:
        return False

    def draw_row(self, index: int, mark: Mark, cells: int) -> Sequence[Line]:
        section, text = self._chapters[index]
        taken, room = self._taken(section), max(8, cells - 2)
        lines = []
        if section is not None:
            title = one_line(section.title)
            for start, end in wrap(title, room):
                line = self._begun(cells, taken)
                lines.append(line.add(title[start:end], self._style("heading")).finish())
        for piece in flow(text, Flow(room, "text", self._needle, formatted=True)):
            line = self._begun(cells, taken)
            base = "text" if piece.style == "text" else "quiet"
            for words, kinds in _runs(piece.inline or Inline(piece.text, ())):
                line.add(words, self._style(base, *(one for one in kinds if one in _KINDS)))
            lines.append(line.finish())
        following = self._chapters[index + 1 : index + 2]
        goes_on = taken and bool(following) and self._taken(following[0][0])
        lines.append(self._begun(cells, goes_on).finish())
        return lines

    def _begun(self, cells: int, taken: bool) -> LineBuilder:
        line = LineBuilder(cells, self._style())
        return line.add("▌ " if taken else "  ", self._style("bar"))

    def _style(self, *names: str) -> Style:
        return self.style("article--row", *(f"article--{name}" for name in names))

    def _taken(self, section: Section | None) -> bool:
        marked = self._marked
        if marked is None or section is None:
            return False
        return marked.start <= section.start < marked.end


def _runs(inline: Inline) -> Iterable[tuple[str, list[str]]]:
    """The text cut where any span begins or ends, each piece with its kinds."""
    cuts = sorted(
        {0, len(inline.text), *(s.start for s in inline.spans), *(s.end for s in inline.spans)}
    )
    for start, end in pairwise(cuts):
        kinds = [str(s.kind) for s in inline.spans if s.start <= start and s.end >= end]
        yield inline.text[start:end], kinds

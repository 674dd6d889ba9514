"""Two customers side by side, before they are made one: what both have comes together, and where
they differ an agent says whose stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.widgets import Static

from config.i18n import _, ngettext
from omnitui.desk.customers.card import CardFacts
from omnitui.tui.link.merge_sides import Sides
from omnitui.tui.screens.dialog import Dialog
from omnitui.tui.text.cells import crop, width
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.card_people import called
from omnitui.tui.words.channels import glyph, visitor
from omnitui.tui.words.moments import stamp
from omnitui.tui.work import start
from store.clock import now

if TYPE_CHECKING:
    from omnitui.desk.persons.merging import Conflict

LABEL = 14
"""Cells for what a line is about."""
ADDRESSES = 4
"""Addresses of each that are listed."""


class MergeDialog(Dialog[None]):
    """Closes when they are one, or with Esc."""

    CONTEXT = "merge"
    DEFAULT_CSS = """
    MergeDialog > #panel {
        width: 96%; max-width: 110; max-height: 96%; overflow-y: auto;
        scrollbar-size-vertical: 1;
    }
    MergeDialog Static { text-wrap: nowrap; height: auto; }
    MergeDialog #problem { text-wrap: wrap; }
    """

    def __init__(self, sides: Sides, run: Callable[[str], Awaitable[str]]) -> None:
        """`run` does a command line; why it could not, a sentence; empty when it did."""
        super().__init__()
        self._sides = sides
        self._run = run
        self._cursor = 0
        self._taken: set[str] = set()
        """Names of what is to be the other's."""

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = Content(_("Make one customer of two")).markup
            keys = (
                _("↑↓ move · Space whose stays · Enter make them one · Esc leave")
                if self._sides.conflicts
                else _("Enter make them one · Esc leave")
            )
            panel.border_subtitle = Content(keys).markup
            yield Static(id="both", markup=False)
            yield Static(id="differ", markup=False)
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def choose(self, what: str) -> None:
        conflicts = self._sides.conflicts
        match what:
            case "next":
                self._cursor = min(self._cursor + 1, max(0, len(conflicts) - 1))
            case "previous":
                self._cursor = max(0, self._cursor - 1)
            case "first":
                self._cursor = 0
            case "last":
                self._cursor = max(0, len(conflicts) - 1)
            case "tick" | "ours" | "theirs" if conflicts:
                name = conflicts[self._cursor].name
                theirs = name not in self._taken if what == "tick" else what == "theirs"
                (self._taken.add if theirs else self._taken.discard)(name)
            case "accept":
                start(self, self._accept, "accept", exclusive=True)
                return
            case _:
                super().choose(what)
                return
        self._draw()

    async def _accept(self) -> None:
        taken = "".join(
            f" {one.name}=theirs" for one in self._sides.conflicts if one.name in self._taken
        )
        problem = await self._run(f"customer merge {self._sides.theirs.customer.id} yes{taken}")
        if not problem:
            self.dismiss(None)
            return
        shown = self.query_one("#problem", Static)
        shown.update(Content(one_line(problem)))
        shown.add_class("-shown")
        self.stays()

    def on_click(self, event: Click) -> None:
        differ = self.query_one("#differ", Static)
        offset = event.get_content_offset(differ)
        line = offset.y - 2 if offset is not None else -1
        if 0 <= line < len(self._sides.conflicts):
            event.stop()
            self._cursor = line
            self.choose("tick")
        else:
            super().on_click(event)

    # -- drawing -------------------------------------------------------------

    def _draw(self) -> None:
        cells = max(20, self.query_one("#panel").content_size.width or self.app.size.width - 6)
        side = (cells - LABEL - 3) // 2
        lines = [self._facts(*texts, side=side) for texts in self._both()]
        self.query_one("#both", Static).update(Content("\n").join(lines))
        differing = [
            self._conflict(one, side, here=at == self._cursor)
            for at, one in enumerate(self._sides.conflicts)
        ]
        head = Content(_("Where they differ, this stays:")).stylize("bold $accent")
        if not differing:
            head = Content(_("Nothing of theirs contradicts the other.")).stylize("dim")
        self.query_one("#differ", Static).update(
            Content("\n").join([Content(""), head, *differing])
        )

    def _both(self) -> list[tuple[str, str, str]]:
        ours, theirs = self._sides.ours, self._sides.theirs
        found = [("", self._title(ours), self._title(theirs))]
        rows = max(len(ours.identities), len(theirs.identities), 1)
        for at in range(min(rows, ADDRESSES)):
            label = _("Addresses") if not at else ""
            found.append((label, _address(ours, at), _address(theirs, at)))
        differ = {one.name for one in self._sides.conflicts}
        if "company" not in differ:
            here, there = one_line(ours.customer.company), one_line(theirs.customer.company)
            found.append((_("Company"), here, there))
        found.append((_("Tags"), _tags(ours), _tags(theirs)))
        found.append((_("Contact"), _contact(ours), _contact(theirs)))
        return [one for one in found if one[1] or one[2]]

    def _title(self, facts: CardFacts) -> str:
        return f"{called(facts.customer)}  #{facts.customer.id}"

    def _facts(self, label: str, ours: str, theirs: str, *, side: int) -> Content:
        style = "bold" if not label and "#" in ours else ""
        return Content.assemble(
            Content(_fit(label, LABEL)).stylize("dim"),
            Content(_fit(ours or "–", side)).stylize(style),
            "   ",
            Content(_fit(theirs or "–", side)).stylize(style),
        )

    def _conflict(self, one: Conflict, side: int, *, here: bool) -> Content:
        theirs = one.name in self._taken
        sign = Content("▌" if here else " ").stylize("bold $accent")
        label = Content(_fit(one_line(one.label), LABEL - 1))
        texts = []
        for text, stays in ((one.ours, not theirs), (one.theirs, theirs)):
            mark = "● " if stays else "○ "
            shown = Content(_fit(mark + (one_line(text) or "–"), side))
            texts.append(shown.stylize("bold $text-success" if stays else "dim"))
        line = Content.assemble(label, texts[0], "   ", texts[1])
        if here:
            line = line.stylize("reverse" if self.app.no_color else "on $primary 25%")
        return Content.assemble(sign, line)


def _fit(text: str, cells: int) -> str:
    shown = crop(text, cells)
    return shown + " " * (cells - width(shown))


def _address(facts: CardFacts, at: int) -> str:
    known = sorted(facts.identities, key=lambda one: -(one.last_used_at or 0))
    if at >= len(known):
        return " "
    one = known[at]
    shown = visitor(one.address) if one.channel == "webchat" else one_line(one.address)
    more = len(known) - ADDRESSES
    end = f" +{more}" if more > 0 and at == ADDRESSES - 1 else ""
    return f"{glyph(one.channel)} {shown}{' ✓' if one.proof else ' ?'}{end}"


def _tags(facts: CardFacts) -> str:
    return " ".join(f"#{one_line(tag)}" for tag in facts.customer.tags)


def _contact(facts: CardFacts) -> str:
    customer = facts.customer
    if customer.last_contact_at is None:
        return _("none")
    last = stamp(customer.last_contact_at, now(), None)
    count = customer.conversations
    return ngettext(
        "{n} conversation, last {time}", "{n} conversations, last {time}", count
    ).format(n=count, time=last)

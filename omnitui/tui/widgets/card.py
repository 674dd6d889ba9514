"""The customer card: who writes, from where, what else is open with them; a row at a time, each
to be acted on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.message import Message

from omnitui.desk.customers.card import CardFacts
from omnitui.tui.link.data import Data
from omnitui.tui.panes.drawn_rows import Mark
from omnitui.tui.panes.lines import LinePane
from omnitui.tui.text.strips import Line
from omnitui.tui.widgets.card_section import CardLook, Row
from omnitui.tui.widgets.card_sections import sections
from omnitui.tui.words.moments import local, zone
from store.clock import now
from store.errors import NotFound, StoreError
from store.model import CustomerId


class Card(LinePane):
    """`show` fills it; it reads again with the same id to follow the store."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "card--row",
        "card--selected",
        "card--cursor",
        "card--name",
        "card--title",
        "card--text",
        "card--quiet",
        "card--proven",
        "card--flag",
        "card--tag",
        "card--here",
        "card--link",
        "card--key",
    }
    DEFAULT_CSS = """
    Card {
        & > .card--row { color: $foreground; }
        & > .card--selected { background: $primary 22%; color: $foreground; }
        & > .card--cursor { color: $accent; text-style: bold; }
        & > .card--name { color: $foreground; text-style: bold; }
        & > .card--title { color: $foreground 70%; }
        & > .card--text { color: $foreground 90%; }
        & > .card--quiet { color: $foreground 70%; }
        & > .card--proven { color: $text-success; }
        & > .card--flag { color: $text-error; text-style: bold; }
        & > .card--tag { color: $text-accent; }
        & > .card--here { color: $text-success; text-style: bold; }
        & > .card--link { color: $text-primary; }
        & > .card--key { color: $accent; text-style: bold; }
        &:ansi > .card--selected { background: ansi_default; text-style: reverse; }
        &:ansi > .card--title { text-style: dim; }
        &:ansi > .card--quiet { text-style: dim; }
        &:nocolor > .card--selected { text-style: reverse; }
    }
    """

    class Opened(Message):
        """A row was double-clicked."""

    def __init__(
        self,
        data: Data | None = None,
        *,
        timezone: str = "",
        id: str | None = None,  # noqa: A002 (Textual's own name)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.data = data
        self.timezone = timezone
        self.verify_key = ""
        """The keys that send a code to the address that they say is theirs."""
        self.accept_key = self.dismiss_key = ""
        """The keys that decide on who may be the same person."""
        self._engine = True
        self.customer_id: CustomerId | None = None
        self._facts: CardFacts | None = None
        self._rows: list[Row] = []
        self._index: dict[str, int] = {}
        self._minute = ""

    async def show(self, customer_id: CustomerId | None) -> None:
        """Show a customer, or read the same one again. None empties the card."""
        same = customer_id == self.customer_id
        self.customer_id = customer_id
        if customer_id is None or self.data is None:
            self._facts = None
        else:
            try:
                facts = await self.data.card(customer_id)
            except NotFound:
                facts = None
            except StoreError as error:
                self.post_message(self.Trouble(str(error)))
                return
            if self.customer_id != customer_id:
                return
            self._facts = facts
        self._arrange()
        if not same:
            self._top = (0, 0)
            self.cursor = self._nearest_selectable(0, 1)
            self.repaint()

    @property
    def facts(self) -> CardFacts | None:
        """What is shown, as it was last read."""
        return self._facts

    def engine_runs(self, runs: bool) -> None:
        """Without the engine nobody knows who is there."""
        if runs != self._engine:
            self._engine = runs
            self._arrange()

    def tick(self) -> None:
        """Let time pass: the customer's clock."""
        if self._facts is not None and self._minute != self._clock():
            self._arrange()

    def reworded(self) -> None:
        """Another language is spoken."""
        self._arrange()

    @property
    def selected(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    def select_row(self, key: str) -> None:
        """Put the cursor on a row, if it is there."""
        index = self._index.get(key, -1)
        if index >= 0 and self.selectable(index):
            self.select_index(index)

    def move(self, delta: int) -> None:
        """As any list; where no row is left to select, what is only read comes into view."""
        before = self.cursor
        super().move(delta)
        if self.cursor == before:
            self.scroll_lines(delta)

    # What the pane asks

    def row_count(self) -> int:
        return len(self._rows)

    def row_key(self, index: int) -> Hashable:
        return self._rows[index].key

    def index_of(self, key: Hashable) -> int | None:
        return self._index.get(key) if isinstance(key, str) else None

    def selectable(self, index: int) -> bool:
        return self._rows[index].selectable

    def row_opened(self, index: int) -> None:
        self.post_message(self.Opened())

    def draw_row(self, index: int, mark: Mark, cells: int) -> Sequence[Line]:
        return self._rows[index].lines(cells, self.style, selected=mark == "focused")

    def _arrange(self) -> None:
        """Make the rows of the facts; the cursor stays on what it was on."""
        place, at_top = self.place(), self._top == (0, 0)
        self._minute = self._clock()
        before = {one.key: one for one in self._rows}
        self._rows = []
        if self._facts is not None:
            look = CardLook(
                now(),
                zone(self.timezone),
                self.verify_key,
                self._engine,
                self.accept_key,
                self.dismiss_key,
            )
            self._rows = [row for one in sections(self._facts, look) for row in one.all_rows()]
        self._index = {row.key: index for index, row in enumerate(self._rows)}
        self.forget(one.key for one in self._rows if before.get(one.key) != one)
        self.rows_changed(place, prefer_cursor=True)
        if at_top:  # what comes above the cursor is seen, as long as there is room for both
            self._top = (0, 0)
            self._bring_into_view(self.cursor, at_top=False)
            self.repaint()
        if self.cursor >= 0 and not self.selectable(self.cursor):
            self.cursor = self._nearest_selectable(self.cursor, 1)
            self.repaint()

    def _clock(self) -> str:
        zone_name = self._facts.customer.timezone if self._facts else ""
        moment = local(now(), zone(zone_name or self.timezone))
        return f"{moment:%d%H%M}"

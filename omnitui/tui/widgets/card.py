"""The customer card: who writes, from where, what else is open with them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from rich.segment import Segment

from omnitui.desk.card import CardFacts
from omnitui.tui.data import Data
from omnitui.tui.lines import Mark
from omnitui.tui.moments import local, zone
from omnitui.tui.scrolled_pane import ScrolledPane
from omnitui.tui.strips import Line
from omnitui.tui.widgets.card_section import CardLook, Section
from omnitui.tui.widgets.card_sections import sections
from store.clock import now
from store.errors import NotFound, StoreError
from store.model import CustomerId


class Card(ScrolledPane):
    """`show` fills it; it reads again with the same id to follow the store."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "card--row",
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
        & > .card--name { color: $foreground; text-style: bold; }
        & > .card--title { color: $foreground 50%; }
        & > .card--text { color: $foreground 90%; }
        & > .card--quiet { color: $foreground 50%; }
        & > .card--proven { color: $text-success; }
        & > .card--flag { color: $text-error; text-style: bold; }
        & > .card--tag { color: $text-accent; }
        & > .card--here { color: $text-success; text-style: bold; }
        & > .card--link { color: $text-primary; }
        & > .card--key { color: $accent; text-style: bold; }
        &:ansi > .card--title { text-style: dim; }
        &:ansi > .card--quiet { text-style: dim; }
    }
    """

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
        self._engine = True
        self.customer_id: CustomerId | None = None
        self._facts: CardFacts | None = None
        self._sections: list[Section] = []
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
            self.repaint()

    def tick(self) -> None:
        """Let time pass: the customer's clock."""
        if self._facts is not None and self._minute != self._clock():
            self._arrange()
            self.repaint()

    # What the pane asks

    def row_count(self) -> int:
        return len(self._sections)

    def row_key(self, index: int) -> Hashable:
        return self._sections[index].title

    def index_of(self, key: Hashable) -> int | None:
        return next((i for i, one in enumerate(self._sections) if one.title == key), None)

    def selectable(self, index: int) -> bool:
        return False

    def draw_row(self, index: int, mark: Mark, cells: int) -> Sequence[Line]:
        lines = self._sections[index].lines(cells - 1, self.style)
        for line in lines:
            line.gutter = Segment(" ", self.style("card--row"))
        return lines

    def _arrange(self) -> None:
        self._minute = self._clock()
        before = {one.title: one for one in self._sections}
        if self._facts is None:
            self._sections = []
        else:
            look = CardLook(now(), zone(self.timezone), self.verify_key, self._engine)
            self._sections = sections(self._facts, look)
        self.forget(one.title for one in self._sections if before.get(one.title) != one)

    def _clock(self) -> str:
        zone_name = self._facts.customer.timezone if self._facts else ""
        moment = local(now(), zone(zone_name or self.timezone))
        return f"{moment:%d%H%M}"

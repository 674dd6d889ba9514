"""Going from one customer to another, and back: who belongs to them, who is found by a name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.link.target import OfCustomer
from omnitui.tui.text.safe_text import one_line
from store import conversations, customers, messages
from store.driver import Connection
from store.errors import NotFound
from store.model import ConversationId, CustomerId

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Pane, Stage

NOBODY = CustomerId(0)
"""Whom a command is for that makes its own customer."""
DEPTH = 20
"""Customers that one can go back to, one after the other."""


@dataclass(frozen=True, slots=True)
class _Place:
    customer: CustomerId
    conversation: ConversationId | None
    pane: Pane
    row: str = ""
    """The card's row that the cursor was on."""


class People:
    """Whose history is looked at, and whose was before."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self._trail: list[_Place] = []
        self._here: CustomerId | None = None
        """Whom `visit` has put on the screen last."""
        self.called = ""
        """The address of who called last while the agent was typing."""

    def find(self, query: str = "") -> None:
        """Choose any customer, and go there."""
        from omnitui.tui.screens.customers import NEW, CustomerChooser

        async def chosen(values: list[str] | None) -> None:
            if not values:
                return
            if values[0].startswith(NEW):
                await self.make(values[0].removeprefix(NEW))
            else:
                await self.visit(CustomerId(int(values[0])))

        chooser = CustomerChooser(self._screen.link.store, _("Customers"), query, new=True)
        self._screen.desk_app.show_overlay(chooser, chosen)

    async def make(self, who: str) -> None:
        """Make a customer of a name, addresses or both, and go there. Raises `CommandError`."""
        commander = self._screen.commander
        [made] = await commander.execute(f"customer new {who}", [OfCustomer(NOBODY)])
        number = made.done.undo.rpartition(" ")[2]
        if number.isdecimal():
            await self.visit(CustomerId(int(number)))

    async def visit(self, customer_id: CustomerId) -> None:
        """Put a customer's history and card on the screen, where their last conversation ends;
        `back` returns. Raises `CommandError`, `StoreError`."""
        screen, reading = self._screen, self._screen.reading
        place = self._place()
        try:
            shown, last = await screen.link.store.read(_latest, customer_id)
        except NotFound as error:
            raise CommandError(str(error)) from None
        await self._show(shown, last)
        if not self._on_trail(place):
            self._trail.clear()
        if place is not None and place.customer != reading.customer_id:
            self._trail = [*self._trail[-DEPTH + 1 :], place]
        self._here = reading.customer_id
        if screen.focused_pane != "card" or not screen.card_beside:
            screen.focus_pane("timeline")
        if last is None:  # the card is all there is of them
            screen.focus_pane("card")
        await self._say(place)

    def back(self) -> bool:
        """Return to the customer one came from. False: one came from nobody."""
        if not self._trail or self._screen.reading.customer_id != self._here:
            self._trail.clear()
            return False
        place = self._trail.pop()
        self._here = place.customer
        self._screen.status.clear()
        self._screen.desk_app.background(partial(self._return, place), "person")
        return True

    async def _return(self, place: _Place) -> None:
        await self._show(place.customer, place.conversation)
        self._screen.card.select_row(place.row)
        self._screen.focus_pane(place.pane)

    async def _show(self, customer_id: CustomerId, last: ConversationId | None) -> None:
        if last is None:
            await self._screen.reading.show_customer(customer_id)
        else:
            await self._screen.reading.show(last)

    def _place(self) -> _Place | None:
        reading = self._screen.reading
        if reading.customer_id is None:
            return None
        row = self._screen.card.selected
        key = row.key if row is not None else ""
        return _Place(reading.customer_id, reading.current, self._screen.focused_pane, key)

    def _on_trail(self, place: _Place | None) -> bool:
        return place is not None and place.customer == self._here

    async def _say(self, place: _Place | None) -> None:
        screen = self._screen
        if place is None or not self._trail:
            return
        key = screen.keymap.key_for("back", [screen.focused_pane, "global"])
        before = await screen.link.store.read(customers.get, place.customer)
        name = one_line(before.name) or f"#{before.id}"
        screen.say(_("{key} goes back to {name}.").format(key=key, name=name))


def _latest(db: Connection, customer_id: CustomerId) -> tuple[CustomerId, ConversationId | None]:
    """Who that is now, and their conversation to look at: one that is not closed, else the last
    that was written in. Raises `NotFound`."""
    found = customers.get(db, customers.current(db, customer_id)).id
    matters, _more = conversations.unfinished(db, found, 1)
    if matters:
        return found, matters[0].id
    newest = messages.timeline(db, found, limit=1)
    return found, newest[-1].conversation_id if newest else None

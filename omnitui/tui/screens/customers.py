"""Find a customer by a few letters of a name, an address, a company or a phone number."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from config.i18n import _
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.text.cells import crop, width
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.choice_list import Choice
from omnitui.tui.words.channels import glyph, visitor
from omnitui.tui.words.moments import ago
from store import customers, identities
from store.clock import now
from store.database import Store
from store.driver import Connection
from store.errors import StoreError
from store.model import Customer, CustomerId, Identity

LIMIT = 60
"""Customers listed at most: who wants others types more."""
NAME = 22
"""Cells for a name."""

NEW = "new "
"""What the value of one who is to be made begins with."""

Found = tuple[Customer, tuple[Identity, ...]]


class CustomerChooser(Chooser):
    """Dismissed with the number of a customer."""

    def __init__(
        self,
        store: Store,
        title: str,
        query: str = "",
        *,
        without: CustomerId | None = None,
        new: bool = False,
    ) -> None:
        """`new`: whoever is typed may be made a customer."""
        super().__init__(query)
        self._store = store
        self._without = without
        self._new = new
        self.title_text = title
        self.placeholder = _("a name, an address, a company, a phone number")

    async def find(self, query: str) -> Sequence[Choice]:
        try:
            found = await self._store.read(_find, query)
        except StoreError as error:
            self.say(str(error))
            return []
        moment = now()
        choices = [
            Choice(str(one.id), _label(one, known), _hint(one, moment))
            for one, known in found
            if one.id != self._without
        ]
        if self._new and (typed := " ".join(query.split())):
            words = _("make a customer of “{typed}”").format(typed=one_line(typed))
            choices.append(Choice(NEW + typed, Content(words), _("new")))
        return choices


def _find(db: Connection, query: str) -> list[Found]:
    return [
        (one, tuple(identities.of(db, one.id))) for one in customers.find(db, query, limit=LIMIT)
    ]


def _label(customer: Customer, known: Sequence[Identity]) -> Content:
    name = crop(one_line(customer.name) or f"#{customer.id}", NAME)
    parts = [one_line(customer.company)] if customer.company else []
    for one in sorted(known, key=lambda one: -(one.last_used_at or 0))[:3]:
        address = visitor(one.address) if one.channel == "webchat" else one_line(one.address)
        parts.append(f"{glyph(one.channel)} {address}")
    blank = " " * (NAME - width(name) + 2)
    return Content.assemble(Content(name).stylize("bold"), blank, Content(" · ".join(parts)))


def _hint(customer: Customer, moment: int) -> str:
    last = customer.last_contact_at
    return ago(moment - last) if last is not None else _("never")

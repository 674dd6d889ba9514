"""Two customers as they are before they are made one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from store import customers
from store.model import CustomerId

if TYPE_CHECKING:
    from omnitui.desk.customers.card import CardFacts
    from omnitui.desk.persons.merging import Conflict


@dataclass(frozen=True, slots=True)
class Sides:
    """Whom the dialog is about."""

    theirs: CardFacts
    """Who becomes part of the other."""
    ours: CardFacts
    """Whose card goes on."""
    conflicts: Sequence[Conflict]


def merge_sides(desk: Desk, source: CustomerId, target: CustomerId) -> Sides:
    """Both, where they are not one already. Raises `CommandError`, `NotFound`."""
    from omnitui.desk.customers.card import card
    from omnitui.desk.persons import merging

    ends = [customers.current(desk.db, one) for one in (source, target)]
    if ends[0] == ends[1]:
        raise CommandError(_("They are one customer already."))
    theirs, ours = (card(desk, one) for one in ends)
    return Sides(theirs, ours, merging.conflicts(desk, *ends))

"""Making a customer by hand, and taking that back while nothing has come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.customers import addresses, field_types
from omnitui.desk.customers.addresses import Address
from omnitui.desk.persons.evidence import likeness
from omnitui.desk.tag_names import tag_name
from store import customers, identities, making
from store.model import CustomerId


def make(
    desk: Desk,
    name: str,
    *,
    company: str = "",
    reached: Sequence[Address] = (),
    fields: Mapping[str, str] | None = None,
    tags: Sequence[str] = (),
) -> CustomerId:
    """A new customer, on an agent's word.

    Args:
        reached: addresses as `addresses.written` has them.
        fields: key or label → what was typed.

    Raises:
        AddressTaken: somebody has one of the addresses.
        CommandError: there is neither a name nor an address, or a field does not fit.
    """
    shown = " ".join(name.split())[:200]
    wanted = list(dict.fromkeys(reached))
    if not shown and not wanted:
        raise CommandError(_("A customer needs a name or an address."))
    for one in wanted:
        addresses.check_free(desk, one)
    kept: dict[str, Any] = {}
    for key, typed in (fields or {}).items():
        known = field_types.field_of(desk, key)
        kept[known.key] = field_types.read(desk, known, typed)
    words = [tag_name(tag) for tag in tags]
    at = desk.now()
    customer_id = customers.create(
        desk.db, name=shown, company=" ".join(company.split())[:200], at=at
    )
    if kept:
        customers.update(desk.db, customer_id, fields=kept)
    for word in words:
        customers.add_tag(desk.db, customer_id, word)
    for one in wanted:
        identities.add(
            desk.db, customer_id, one.channel, one.address, name=shown, proof="agent", at=at
        )
    journal.record(desk, "customer.created", customer=customer_id, name=shown, by="agent")
    for one in wanted:
        likeness.has_address(desk, customer_id, one.channel, one.address)
    return customer_id


def discard(desk: Desk, customer_id: CustomerId) -> None:
    """Take back that a customer was made. Raises `NotFound`, and `CommandError` for one with whom
    anything was written, or who was merged."""
    customers.get(desk.db, customer_id)
    if not making.discard(desk.db, customer_id):
        raise CommandError(
            _("Something was written to or by customer {n}: “customer erase” removes them.").format(
                n=customer_id
            )
        )
    journal.record(desk, "customer.discarded", customer=customer_id)

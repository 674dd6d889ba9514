"""Making two customers one, and taking that back."""

from __future__ import annotations

from typing import Literal

from config.i18n import _
from omnitui.desk import merging
from omnitui.desk.command import CommandError, Done
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import NeedsConfirmation, Session
from store import customers, identities
from store import merging as store_merging
from store.model import Customer, CustomerId


@REGISTRY.command("customer merge")
def merge(session: Session, customer: int, sure: Literal["yes", "ask"] = "ask") -> Done:
    """Make another customer and this conversation's one: everything of both is on this card."""
    db, here = session.desk.db, session.conversation().customer_id
    other = customers.get(db, customers.current(db, CustomerId(customer)))
    if other.id == here:
        raise CommandError(_("They are one customer already."))
    if sure != "yes" and not session.confirmed:
        raise NeedsConfirmation(
            _("Is {other} this customer? Then add “yes”.").format(other=named(session, other))
        )
    return merged(session, other.id, here, "agent")


@REGISTRY.command("customer unmerge")
def unmerge(session: Session, merge: int = 0) -> Done:
    """Take a merge back, by its number; without one, the last one of this customer."""
    desk, here = session.desk, session.conversation().customer_id
    if not merge:
        standing = store_merging.standing(desk.db, into=here)
        if not standing:
            raise CommandError(_("Nobody was merged with this customer."))
        merge = standing[0].id
    found = store_merging.get(desk.db, merge)
    source = merging.unmerge(desk, merge)
    holder = customers.current(desk.db, found.target_id)
    again = session.conversation().customer_id == holder
    said = _("{name} is a customer of their own again.").format(
        name=named(session, customers.get(desk.db, source))
    )
    if found.reason == "jwt" and "before" in found.evidence:
        said += " " + _(
            "Their chat stays with {name}, whom the site has signed in there: what you write in it"
            " reaches nobody else."
        ).format(name=named(session, customers.get(desk.db, holder)))
    return Done(said, f"customer merge {source} yes" if again else "")


def merged(
    session: Session,
    source: CustomerId,
    target: CustomerId,
    reason: str,
    suggestion: int | None = None,
) -> Done:
    """Make the source the target, who is this conversation's customer, and say so."""
    evidence = {} if suggestion is None else {"suggestion": suggestion}
    name = named(session, customers.get(session.desk.db, source))
    number = merging.merge(
        session.desk, source, target, reason, evidence, conversation=session.conversation_id
    )
    return Done(
        _("{name} is this customer now, as merge {n}.").format(name=name, n=number),
        f"customer unmerge {number}",
    )


def named(session: Session, customer: Customer) -> str:
    """`Ann Lee (#12, ann@home.example)`."""
    known = identities.of(session.desk.db, customer.id)
    parts = [f"#{customer.id}", *(one.address for one in known[:1])]
    return f"{customer.name} ({', '.join(parts)})" if customer.name else ", ".join(parts)

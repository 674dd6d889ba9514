"""Who is who: making two customers one, taking that back, deciding on suggestions."""

from __future__ import annotations

from typing import Literal

from config.i18n import _
from omnitui.desk import journal, merging
from omnitui.desk.command import CommandError, Done
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import NeedsConfirmation, Session
from store import customers, identities, suggestions
from store import merging as store_merging
from store.model import Customer, CustomerId, Suggestion


@REGISTRY.command("customer merge")
def merge(session: Session, customer: int, sure: Literal["yes", "ask"] = "ask") -> Done:
    """Make another customer and this conversation's one: everything of both is on this card."""
    db, here = session.desk.db, session.conversation().customer_id
    other = customers.get(db, customers.current(db, CustomerId(customer)))
    if other.id == here:
        raise CommandError(_("They are one customer already."))
    if sure != "yes" and not session.confirmed:
        raise NeedsConfirmation(
            _("Is {other} this customer? Then add “yes”.").format(other=_named(session, other))
        )
    return _merged(session, other.id, here, "agent")


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
        name=_named(session, customers.get(desk.db, source))
    )
    if found.reason == "jwt" and "before" in found.evidence:
        said += " " + _(
            "Their chat stays with {name}, whom the site has signed in there: what you write in it"
            " reaches nobody else."
        ).format(name=_named(session, customers.get(desk.db, holder)))
    return Done(said, f"customer merge {source} yes" if again else "")


@REGISTRY.command("suggestion accept")
def accept(session: Session, suggestion: int) -> Done:
    """They are one person: make the two customers of a suggestion one."""
    db, here = session.desk.db, session.conversation().customer_id
    found = _open(session, suggestion)
    ends = [customers.current(db, one) for one in (found.customer_id, found.other_id)]
    source, target = reversed(ends) if ends[0] == here else ends
    return _merged(session, source, target, "suggestion", suggestion)


@REGISTRY.command("suggestion dismiss")
def dismiss(session: Session, suggestion: int) -> Done:
    """They are two persons: this is not suggested again."""
    found = _open(session, suggestion)
    _decide(session, found, "dismissed")
    return Done(_("Noted: two persons."), f"suggestion reopen {suggestion}")


@REGISTRY.command("suggestion reopen")
def reopen(session: Session, suggestion: int) -> Done:
    """Take back that a suggestion was dismissed."""
    found = suggestions.get(session.desk.db, suggestion)
    if found.state == "accepted":
        raise CommandError(_("It was accepted: “customer unmerge” takes that back."))
    _decide(session, found, "open")
    return Done(_("It is suggested again."), f"suggestion dismiss {suggestion}")


def _merged(
    session: Session,
    source: CustomerId,
    target: CustomerId,
    reason: str,
    suggestion: int | None = None,
) -> Done:
    evidence = {} if suggestion is None else {"suggestion": suggestion}
    name = _named(session, customers.get(session.desk.db, source))
    number = merging.merge(
        session.desk, source, target, reason, evidence, conversation=session.conversation_id
    )
    return Done(
        _("{name} is this customer now, as merge {n}.").format(name=name, n=number),
        f"customer unmerge {number}",
    )


def _open(session: Session, suggestion: int) -> Suggestion:
    found = suggestions.get(session.desk.db, suggestion)
    if found.state != "open":
        raise CommandError(_("This was decided already."))
    return found


def _decide(session: Session, found: Suggestion, state: Literal["open", "dismissed"]) -> None:
    desk = session.desk
    suggestions.decide(desk.db, found.id, state, agent=desk.agent, at=desk.now())
    for customer in (found.customer_id, found.other_id):
        journal.record(
            desk,
            "suggestion.decided",
            customer=customer,
            suggestion=found.id,
            state=state,
        )


def _named(session: Session, customer: Customer) -> str:
    """`Ann Lee (#12, ann@home.example)`."""
    known = identities.of(session.desk.db, customer.id)
    parts = [f"#{customer.id}", *(one.address for one in known[:1])]
    return f"{customer.name} ({', '.join(parts)})" if customer.name else ", ".join(parts)

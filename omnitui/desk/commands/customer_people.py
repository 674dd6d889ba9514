"""Who belongs to a customer: a household, an assistant, whoever acts for them."""

from __future__ import annotations

import shlex
from typing import Literal

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.macros import together
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import Session
from store import customers, relations
from store.model import Customer, CustomerId, Relation

LONGEST = 80
"""Characters of a label."""


@REGISTRY.command("customer relate")
def relate(session: Session, customer: int, label: Rest = Rest()) -> Done:  # noqa: B008
    """Say that another customer belongs to this one, and what they are to them: `customer relate
    12 assistant`. Each is then on the other's card."""
    here, other = session.customer_id, _other(session, customer)
    return _relate(session, here, other.id, label)


@REGISTRY.command("customer related-by")
def related_by(session: Session, customer: int, label: Rest = Rest()) -> Done:  # noqa: B008
    """Say what this customer is to another one: on the assistant's card `customer related-by 12
    assistant`."""
    here, other = session.customer_id, _other(session, customer)
    return _relate(session, other.id, here, label)


@REGISTRY.command("customer unrelate")
def unrelate(
    session: Session, customer: int, said: Literal["both", "here", "there"] = "both"
) -> Done:
    """Take back that another customer belongs to this one: what was said on this card, on
    theirs, or both."""
    db, here = session.desk.db, session.customer_id
    other = customers.current(db, CustomerId(customer))
    found = [
        one
        for one in relations.between(db, here, other)
        if said == "both" or (said == "here") == (one.customer_id == here)
    ]
    if not found:
        raise CommandError(_("Customer {n} is not noted as belonging here.").format(n=customer))
    for one in found:
        relations.remove(db, one.customer_id, one.other_id)
        _tell(session, "customer.unrelated", one.customer_id, one.other_id, one.label)
    return Done(
        _("They do not belong together any more."), together([_again(one, here) for one in found])
    )


def _relate(session: Session, customer_id: CustomerId, other_id: CustomerId, label: str) -> Done:
    desk, here = session.desk, session.customer_id
    word = " ".join(label.split())[:LONGEST]
    earlier = [
        one
        for one in relations.between(desk.db, customer_id, other_id)
        if one.customer_id == customer_id
    ]
    if earlier and earlier[0].label == word:
        return Done(_("That is noted already."))
    relations.add(desk.db, customer_id, other_id, label=word, agent=desk.agent, at=desk.now())
    _tell(session, "customer.related", customer_id, other_id, word)
    there = other_id if here == customer_id else customer_id
    side = "here" if here == customer_id else "there"
    name = customers.get(desk.db, there).name or f"#{there}"
    undo = _again(earlier[0], here) if earlier else f"customer unrelate {there} {side}"
    return Done(_("{name} belongs here.").format(name=name), undo)


def _again(one: Relation, here: CustomerId) -> str:
    """The line that says, on this customer's card, what was said."""
    label = f" {shlex.quote(one.label)}" if one.label else ""
    if one.customer_id == here:
        return f"customer relate {one.other_id}{label}"
    return f"customer related-by {one.customer_id}{label}"


def _other(session: Session, number: int) -> Customer:
    db = session.desk.db
    other = customers.get(db, customers.current(db, CustomerId(number)))
    if other.id == session.customer_id:
        raise CommandError(_("That is this customer."))
    return other


def _tell(
    session: Session, kind: str, customer_id: CustomerId, other_id: CustomerId, label: str
) -> None:
    for customer in (customer_id, other_id):
        journal.record(
            session.desk,
            kind,
            customer=customer,
            conversation=session.conversation_id if customer == session.customer_id else None,
            of=customer_id,
            other=other_id,
            label=label,
        )

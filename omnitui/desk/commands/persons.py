"""Who may be the same person: deciding on suggestions."""

from __future__ import annotations

from typing import Literal

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.command import CommandError, Done
from omnitui.desk.commands.merging import merged
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.persons import suggest, survivor
from omnitui.desk.session import Session
from store import customers, suggestions
from store.model import Suggestion


@REGISTRY.command("suggestion accept")
def accept(session: Session, suggestion: int = 0) -> Done:
    """They are one person: make the two customers of a suggestion one; without a number, of the
    first one on the card. Who stays is the one whose card agents have worked on, else the one who
    has been here longer: theirs are the number and what both cards say differently."""
    db = session.desk.db
    found = _open(session, suggestion)
    ends = [customers.current(db, one) for one in (found.customer_id, found.other_id)]
    if session.customer_id not in ends:
        raise CommandError(
            _("Suggestion {n} is about other customers: open one of them first.").format(n=found.id)
        )
    source, target = survivor.apart(session.desk, *ends)
    return merged(session, source, target, "suggestion", found.id)


@REGISTRY.command("suggestion dismiss")
def dismiss(session: Session, suggestion: int = 0) -> Done:
    """They are two persons: this is not suggested again; without a number, the first one on the
    card."""
    found = _open(session, suggestion)
    _decide(session, found, "dismissed")
    return Done(_("Noted: two persons."), f"suggestion reopen {found.id}")


@REGISTRY.command("suggestion reopen")
def reopen(session: Session, suggestion: int) -> Done:
    """Take back that a suggestion was dismissed."""
    found = suggestions.get(session.desk.db, suggestion)
    if found.state == "accepted":
        raise CommandError(_("It was accepted: “customer unmerge” takes that back."))
    _decide(session, found, "open")
    return Done(_("It is suggested again."), f"suggestion dismiss {suggestion}")


def _open(session: Session, suggestion: int) -> Suggestion:
    db = session.desk.db
    if not suggestion:
        waiting = suggest.waiting(session.desk, session.customer_id)
        if not waiting:
            raise CommandError(_("Nobody else may be this customer, as far as we know."))
        return waiting[0]
    found = suggestions.get(db, suggestion)
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

"""Making two customers one, and taking that back."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.persons import merging
from omnitui.desk.persons.merged_card import NAMES
from omnitui.desk.session import NeedsConfirmation, Session
from store import customers, identities
from store import merging as store_merging
from store.model import Customer, CustomerId


@REGISTRY.command("customer merge")
def merge(session: Session, customer: int, how: Rest = Rest()) -> Done:  # noqa: B008
    """Make another customer and this one: everything of both is on this card. After the number:
    `yes` for sure; `NAME=theirs` for each thing that the other's card is to decide, as `customer
    conflicts` lists them (`customer merge 12 yes company=theirs`)."""
    db, here = session.desk.db, session.customer_id
    other = customers.get(db, customers.current(db, CustomerId(customer)))
    if other.id == here:
        raise CommandError(_("They are one customer already."))
    differing = merging.conflicts(session.desk, other.id, here)
    sure, take = _choices(how, {one.name for one in differing})
    if not sure and not session.confirmed:
        raise NeedsConfirmation(
            " ".join(
                [
                    _("Is {other} this customer? Then add “yes”.").format(
                        other=named(session, other)
                    ),
                    *_said(differing, take),
                ]
            )
        )
    return merged(session, other.id, here, "agent", take=take)


@REGISTRY.command("customer conflicts")
def conflicts(session: Session, customer: int) -> Done:
    """Say in what another customer's card differs from this one, which decides when the two
    become one."""
    db, here = session.desk.db, session.customer_id
    other = customers.get(db, customers.current(db, CustomerId(customer)))
    if other.id == here:
        raise CommandError(_("They are one customer already."))
    found = merging.conflicts(session.desk, other.id, here)
    if not found:
        return Done(_("The two cards do not contradict each other."))
    return Done(" ".join(_said(found, ())))


@REGISTRY.command("customer unmerge")
def unmerge(session: Session, merge: int = 0) -> Done:
    """Take a merge back, by its number; without one, the last one of this customer."""
    desk, here = session.desk, session.customer_id
    if not merge:
        standing = store_merging.into(desk.db, here, limit=1)
        if not standing:
            raise CommandError(_("Nobody was merged with this customer."))
        merge = standing[0].id
    found = store_merging.get(desk.db, merge)
    source = merging.unmerge(desk, merge)
    holder = customers.current(desk.db, found.target_id)
    name = named(session, customers.get(desk.db, holder))
    said = _("{name} is a customer of their own again.").format(
        name=named(session, customers.get(desk.db, source))
    )
    if found.reason == "jwt" and "before" in found.evidence:
        said += " " + _(
            "Their chat stays with {name}, whom the site has signed in there: what you write in it"
            " reaches nobody else."
        ).format(name=name)
    since = [one for one in customers.notes(desk.db, holder) if one.at >= found.at]
    if since:
        said += " " + ngettext(
            "{n} note written since stays with {name}.",
            "{n} notes written since stay with {name}.",
            len(since),
        ).format(n=len(since), name=name)
    suggested = found.evidence.get("suggestion")
    if suggested in found.moved.answered:
        return Done(said, f"suggestion accept {suggested}")
    if session.customer_id != holder:
        return Done(said)
    taken = [*found.moved.replaced_fields]
    taken += [one for one, before in found.moved.replaced.items() if before and one in NAMES]
    again = [shlex.quote(f"{one}=theirs") for one in taken]
    return Done(said, " ".join([f"customer merge {source} yes", *again]))


def _choices(how: str, differing: Collection[str]) -> tuple[bool, frozenset[str]]:
    """Whether it is sure, and what the other's card decides."""
    try:
        words = shlex.split(how)
    except ValueError:
        raise CommandError(_("“{text}” has a quote that does not end.").format(text=how)) from None
    take = set()
    for word in words:
        name, _is, whose = word.rpartition("=")
        if word in ("yes", "ask"):
            continue
        if not name or whose not in ("theirs", "ours"):
            raise CommandError(
                _("“{word}” is neither “yes” nor like company=theirs.").format(word=word)
            )
        known = next((one for one in differing if one.casefold() == name.casefold()), "")
        if not known:
            there = ", ".join(sorted(differing))
            raise CommandError(
                _("The cards do not differ in “{name}”, but in: {names}.").format(
                    name=name, names=there
                )
                if there
                else _("The two cards do not contradict each other.")
            )
        if whose == "theirs":
            take.add(known)
    return "yes" in words, frozenset(take)


def _said(differing: Sequence[merging.Conflict], take: Collection[str]) -> list[str]:
    """`Company: this card says Sons, the other Daughters (company=theirs takes it).`"""
    return [
        (
            _("{label}: the other's “{theirs}” instead of “{ours}”.")
            if one.name in take
            else _("{label}: “{ours}” stays, {name}=theirs takes “{theirs}”.")
        ).format(label=one.label, ours=one.ours, theirs=one.theirs, name=shlex.quote(one.name))
        for one in differing
    ]


def merged(
    session: Session,
    source: CustomerId,
    target: CustomerId,
    reason: str,
    suggestion: int | None = None,
    *,
    take: Collection[str] = (),
) -> Done:
    """Make the source the target, and say so. Whichever of them is in view: the conversation is
    the target's afterwards."""
    db, here = session.desk.db, session.customer_id
    evidence = {} if suggestion is None else {"suggestion": suggestion}
    said = (
        _("This customer is {name} now, as merge {n}.")
        if here == source
        else _("{name} is this customer now, as merge {n}.")
    )
    name = named(session, customers.get(db, target if here == source else source))
    number = merging.merge(
        session.desk,
        source,
        target,
        reason,
        evidence,
        take=take,
        conversation=session.conversation_id,
    )
    return Done(said.format(name=name, n=number), f"customer unmerge {number}")


def named(session: Session, customer: Customer) -> str:
    """`Ann Lee (#12, ann@home.example)`."""
    known = identities.of(session.desk.db, customer.id)
    parts = [f"#{customer.id}", *(one.address for one in known[:1])]
    return f"{customer.name} ({', '.join(parts)})" if customer.name else ", ".join(parts)

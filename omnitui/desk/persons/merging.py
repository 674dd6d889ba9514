"""Customers that turn out to be one person, and those that turn out not to be.

A merge gives everything of one customer, the source, to another, the target; the source stays
as an empty entry that leads there. What went where is written down, so that it can be undone
at any time, in any order: what was the source's goes back, and what came since goes to the one
by whose address it came.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.persons import parting
from omnitui.desk.persons.merged_card import Change, Conflict, chosen, conflicts, put_on, take_off
from store import conversations, customers, erasing, identities, index, merging, suggestions
from store.merging import Merge, Moved
from store.model import ConversationId, Customer, CustomerId, IdentityId

MergeId = int

__all__ = ["Conflict", "MergeId", "conflicts", "merge", "unmerge", "was_parted"]


def merge(
    desk: Desk,
    source: CustomerId,
    target: CustomerId,
    reason: str,
    evidence: Mapping[str, Any],
    *,
    take: Collection[str] = (),
    conversation: ConversationId | None = None,
    quietly: bool = False,
) -> MergeId:
    """Make two customers one: the target, who gets everything that is the source's.

    Args:
        reason: `agent`, `suggestion`, or what proved it: `link`, `code`, `contact`, `jwt`, `moved`.
        evidence: what shows it, for the log; JSON-able.
        take: of what the cards say different things (`Conflict.name`), the target's says what
            the source's does from now on.
        conversation: where it became known.
        quietly: the caller tells of it.

    Raises:
        CommandError: they are one already.
        NotFound: there is no such customer.
    """
    db = desk.db
    here, there = _two(desk, source, target)
    source, target = here.id, there.id
    change = chosen(here, there, take)
    moved = _what_goes(desk, here, there, change)
    for identity_id in moved.identities:
        identities.give(db, IdentityId(identity_id), target)
    rooms = [ConversationId(room) for room in moved.conversations]
    # What the source said of themselves is known of the target as long as they are one.
    conversations.give_all(db, rooms, target, claims=False)
    for room in rooms:
        journal.record(desk, "conversation.given", conversation=room, before=source, now=target)
    for tag in moved.tags:
        customers.add_tag(db, target, tag)
    put_on(desk, there, change)
    merge_id = merging.add(
        db, source, target, reason, evidence, moved, agent=desk.agent, at=desk.now()
    )
    index.owe_customer(db, source)
    index.owe_customer(db, target)
    if not quietly:
        journal.record(
            desk,
            "customer.merged",
            customer=target,
            conversation=conversation,
            merge=merge_id,
            source=source,
            target=target,
            name=here.name,
            reason=reason,
            evidence=dict(evidence),
            taken=sorted(set(take) & {*change.columns, *change.fields}),
            identities=list(moved.identities),
            conversations=list(moved.conversations),
            messages=list(moved.messages),
        )
    return merge_id


def _two(desk: Desk, source: CustomerId, target: CustomerId) -> tuple[Customer, Customer]:
    """Who they are now. Raises `CommandError` where they cannot be made one, `NotFound`."""
    db = desk.db
    here, there = (customers.get(db, customers.current(db, one)) for one in (source, target))
    if here.id == there.id:
        raise CommandError(_("They are one customer already."))
    for one in (here.id, there.id):
        if erasing.is_erased(db, one) is not None:
            raise CommandError(_("Customer {n} was erased.").format(n=one))
    return here, there


def _what_goes(desk: Desk, here: Customer, there: Customer, change: Change) -> Moved:
    """What goes from the one to the other, for the book. Notes and suggestions go with this."""
    db, source, target = desk.db, here.id, there.id
    rooms = merging.conversation_ids(db, source)
    newest = merging.newest(db)
    return Moved(
        identities=tuple(one.id for one in identities.of(db, source)),
        conversations=tuple(rooms),
        messages=tuple(merging.messages_of(db, rooms)),
        notes=tuple(merging.give_notes(db, source, target)),
        tags=tuple(tag for tag in here.tags if tag not in there.tags),
        columns=change.columns,
        fields=change.fields,
        replaced=change.replaced,
        replaced_fields=change.replaced_fields,
        own_fields=tuple(there.fields),
        suggestions=merging.give_suggestions(db, source, target),
        answered=_answer(desk, source, target),
        contact=merging.contact(db, target),
        last_conversation=newest[0],
        last_message=newest[1],
        last_event=newest[2],
    )


def unmerge(desk: Desk, merge_id: MergeId) -> CustomerId:
    """Take a merge back; the customer that is there again, with what was theirs.

    Raises `CommandError` when that was done already, `NotFound`.
    """
    db = desk.db
    found = merging.get(db, merge_id)
    if found.undone_at is not None:
        raise CommandError(_("Merge {id} was taken back already.").format(id=merge_id))
    source, holder = found.source_id, customers.current(db, found.target_id)
    line, moved = _line(desk, found), found.moved
    merging.undone(db, found, desk.now())
    given = [one for one in identities.of(db, holder) if one.id in moved.identities]
    for one in given:
        identities.give(db, one.id, source)
    _address_again(desk, found)
    channels = {one.channel for one in given}.difference(moved.own_fields)
    _rename(desk, channels, source, holder)
    parting.part(desk, moved, source, holder)
    for step in line:
        merging.give_notes(db, step.target_id, source, moved.notes)
        for id_, column in moved.suggestions:
            _suggest_again(desk, id_, column, step.target_id, source)
        merging.renew_contact(db, step.target_id, step.moved.contact)
    take_off(desk, line)
    if line[1:]:
        _forget(desk, _line(desk, found)[1:], source, moved)
    for id_ in moved.answered:
        suggestions.decide(db, id_, "open", agent=desk.agent, at=desk.now())
    for id_ in found.evidence.get("proved", ()):
        _unprove(desk, IdentityId(id_), found.reason)
    index.owe_customer(db, source)
    index.owe_customer(db, holder)
    for customer in (source, holder):
        journal.record(
            desk,
            "customer.unmerged",
            customer=customer,
            merge=merge_id,
            source=source,
            target=holder,
        )
    return source


def was_parted(desk: Desk, one: CustomerId, other: CustomerId, reason: str) -> bool:
    """Whether the two were one for this reason, and an agent has taken that back."""
    return merging.was_undone(desk.db, one, other, reason)


def _address_again(desk: Desk, found: Merge) -> None:
    """Whom a site had signed in goes on by the name that it gave; their earlier chat's is that of
    who they were until then: what should come from there is theirs."""
    told = found.evidence
    earlier = str(told.get("before") or "")
    if found.reason == "jwt" and earlier and "channel" in told:
        name, proof = str(told.get("name") or ""), str(told.get("proof") or "")
        identities.add(
            desk.db,
            found.source_id,
            str(told["channel"]),
            earlier,
            name=name,
            proof=proof,
            at=desk.now(),
        )


def _line(desk: Desk, first: Merge) -> list[Merge]:
    """This merge, and those by which its target became part of somebody else."""
    line = [first]
    while onward := merging.standing(desk.db, of=line[-1].target_id):
        line.append(onward[0])
    return line


def _forget(desk: Desk, onward: Sequence[Merge], source: CustomerId, moved: Moved) -> None:
    """What a customer has back was not moved by the merges after it: should it come to the same
    holder once more, then taking those back must leave it there."""
    db = desk.db
    rooms = merging.conversation_ids(db, source)
    messages = set(merging.messages_of(db, rooms))
    people = {int(one.id) for one in identities.of(db, source)}

    def rest(ids: Sequence[int], gone: Container[int]) -> tuple[int, ...]:
        return tuple(id_ for id_ in ids if id_ not in gone)

    for step in onward:
        left = replace(
            step.moved,
            identities=rest(step.moved.identities, people),
            conversations=rest(step.moved.conversations, rooms),
            messages=rest(step.moved.messages, messages),
            notes=rest(step.moved.notes, moved.notes),
            tags=tuple(tag for tag in step.moved.tags if tag not in moved.tags),
        )
        merging.rewrite(db, step.id, left)


def _answer(desk: Desk, source: CustomerId, target: CustomerId) -> tuple[int, ...]:
    """That they are one person is no question any more."""
    answered = []
    for one in suggestions.of_customer(desk.db, source):
        if target in (one.customer_id, one.other_id):
            suggestions.decide(desk.db, one.id, "accepted", agent=desk.agent, at=desk.now())
            answered.append(one.id)
    return tuple(answered)


def _rename(desk: Desk, channels: Set[str], source: CustomerId, holder: CustomerId) -> None:
    """What somebody is called in a channel is a field of the card, and goes with the address."""
    left = {one.channel for one in identities.of(desk.db, holder)}
    fields = dict(customers.get(desk.db, holder).fields)
    theirs = {name: fields.pop(name) for name in channels - left if name in fields}
    if theirs:
        own = customers.get(desk.db, source).fields
        customers.update(desk.db, holder, fields=fields)
        customers.update(desk.db, source, fields={**theirs, **own})


def _suggest_again(
    desk: Desk, id_: int, column: str, holder: CustomerId, source: CustomerId
) -> None:
    if getattr(suggestions.get(desk.db, id_), column) == holder:
        merging.return_suggestion(desk.db, id_, column, source)


def _unprove(desk: Desk, identity_id: IdentityId, reason: str) -> None:
    """What the opening of a link proved, somebody else's opening did not."""
    known = identities.get(desk.db, identity_id)
    if known.proof == reason:
        identities.prove(desk.db, identity_id, "")
        journal.record(
            desk,
            "identity.unproven",
            customer=known.customer_id,
            channel=known.channel,
            address=known.address,
            proof=reason,
        )

"""What a card says after a merge, and when that is taken back.

What the target's card already says stays, unless the agent has chosen the other's; what it does
not say is filled in. Either is written down, so that it can be put back: but for what somebody
has changed since.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config.i18n import N_, _
from omnitui.desk.context import Desk
from store import customers, identities, merging
from store.merging import Merge
from store.model import Customer, CustomerId

_LABELS = {
    "name": N_("Name"),
    "company": N_("Company"),
    "language": N_("Language"),
    "timezone": N_("Time zone"),
    "channel": N_("Preferred channel"),
}
NAMES = frozenset(_LABELS)
_SAID_BY = {"language": "language_set"}
"""Who said it goes along with what was said."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something of which two cards say different things."""

    name: str
    """`name`, `company`, `language`, `timezone`, `channel`, or the key of a field."""
    label: str
    """What a person reads."""
    theirs: str
    """What the source's card says."""
    ours: str
    """What the target's says, and goes on saying unless `name` is taken."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a merge writes on the target's card, and what stood there."""

    columns: Mapping[str, Any]
    fields: Mapping[str, Any]
    replaced: Mapping[str, Any]
    replaced_fields: Mapping[str, Any]


def conflicts(desk: Desk, source: CustomerId, target: CustomerId) -> tuple[Conflict, ...]:
    """Of what two customers' cards say different things. Raises `NotFound`."""
    db = desk.db
    here, there = (customers.get(db, customers.current(db, one)) for one in (source, target))
    found = [
        Conflict(name, _(label), str(getattr(here, name)), str(getattr(there, name)))
        for name, label in _LABELS.items()
        if _differs(name, here, there)
    ]
    schema = desk.config.customers.fields
    # What somebody is called in a channel is no choice: it goes with the address.
    nicknames = {one.channel for one in identities.of(db, here.id)}
    nicknames &= {one.channel for one in identities.of(db, there.id)}
    for key, theirs in here.fields.items():
        ours = there.fields.get(key)
        if key in nicknames or ours is None or ours == theirs or key in _LABELS:
            continue
        label = schema[key].label if key in schema else str(key)
        found.append(Conflict(str(key), label, str(theirs), str(ours)))
    return tuple(found)


def chosen(source: Customer, target: Customer, take: Collection[str]) -> Change:
    """What of the source's card goes onto the target's: what that does not say, and what is to
    be taken."""
    columns: dict[str, Any] = {}
    replaced: dict[str, Any] = {}
    for name in _LABELS:
        if not getattr(source, name) or not (_lacks(name, source, target) or name in take):
            continue
        for column in filter(None, (name, _SAID_BY.get(name))):
            columns[column] = _plain(getattr(source, column))
            replaced[column] = _plain(getattr(target, column))
    fields = {
        key: value
        for key, value in source.fields.items()
        if key not in target.fields or (key in take and value != target.fields[key])
    }
    replaced_fields = {key: target.fields[key] for key in fields if key in target.fields}
    return Change(columns, fields, replaced, replaced_fields)


def put_on(desk: Desk, target: Customer, change: Change) -> None:
    """Write it. What the card says meanwhile stays in the merge's book."""
    if change.columns or change.fields:
        fields = {**target.fields, **change.fields}
        customers.update(desk.db, target.id, **change.columns, fields=fields)


def take_off(desk: Desk, line: Sequence[Merge]) -> None:
    """Put back what cards said before a merge (the first of the line) and before those by which
    its target became part of somebody else; what was changed since stays."""
    moved = line[0].moved
    below: dict[str, Any] = {}
    below_fields: dict[str, Any] = {}
    for step in line:
        card = customers.get(desk.db, step.target_id)
        for tag in moved.tags:
            if tag in step.moved.tags:
                customers.remove_tag(desk.db, card.id, tag)
        columns = _earlier_columns(step, card, moved.columns, below)
        fields, now = _earlier_fields(step, card, moved.fields, below_fields)
        if columns or fields != card.fields:
            customers.update(desk.db, card.id, **columns, fields=fields)
        if step is not line[0]:
            _note(desk, step, columns, now)
        below = columns
        below_fields = now


def _earlier_columns(
    step: Merge, card: Customer, came: Mapping[str, Any], below: Mapping[str, Any]
) -> dict[str, Any]:
    earlier: dict[str, Any] = {}
    for name in _LABELS:
        pair = [column for column in (name, _SAID_BY.get(name)) if column]
        value = [came.get(column) for column in pair]
        here = [_plain(getattr(card, column)) for column in pair]
        if name not in came or value != here:
            continue
        if [step.moved.columns.get(column) for column in pair] != value:
            continue
        own = [step.moved.replaced.get(column, 0 if column != name else "") for column in pair]
        if not own[0] and below.get(name):
            own = [below.get(column) for column in pair]
        earlier.update(zip(pair, own, strict=True))
    return earlier


def _earlier_fields(
    step: Merge, card: Customer, came: Mapping[str, Any], below: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The card's fields, and what those that came are now (None: gone)."""
    fields, now = dict(card.fields), {}
    for key, value in came.items():
        if key not in fields or fields[key] != value or step.moved.fields.get(key) != value:
            continue
        now[key] = step.moved.replaced_fields.get(key, below.get(key))
        if now[key] is None:
            del fields[key]
        else:
            fields[key] = now[key]
    return fields, now


def _note(desk: Desk, step: Merge, columns: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    """What a later merge took is not the source's any more: what stands there now is its own
    source's, or was the target's before."""
    moved = step.moved
    kept = {
        name: columns.get(name, value)
        for name, value in moved.columns.items()
        if not (name in columns and columns[name] == moved.replaced.get(name, columns[name]))
    }
    kept_fields = {
        key: fields.get(key, value)
        for key, value in moved.fields.items()
        if key not in fields or (fields[key] is not None and key not in moved.replaced_fields)
    }
    merging.rewrite(desk.db, step.id, replace(moved, columns=kept, fields=kept_fields))


def _differs(name: str, source: Customer, target: Customer) -> bool:
    theirs, ours = getattr(source, name), getattr(target, name)
    return bool(theirs and ours and theirs != ours) and not _lacks(name, source, target)


def _lacks(name: str, source: Customer, target: Customer) -> bool:
    """The target's card does not say it; a guess is nothing beside an agent's word."""
    if name == "language" and source.language_set and not target.language_set:
        return True
    return not getattr(target, name)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value

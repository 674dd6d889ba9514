"""The customer's card: name, company, language, time zone, fields, tags."""

from __future__ import annotations

import json
import math
import shlex
from typing import Any

from config import values
from config.i18n import _
from config.problems import BadValue
from omnitui.desk import journal
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.customers import field_types
from omnitui.desk.customers import language as languages
from omnitui.desk.mail import forwarding
from omnitui.desk.persons.evidence import likeness
from omnitui.desk.session import ChangedMeanwhile, NeedsConfirmation, Session
from omnitui.desk.tag_names import tag_name
from store import customers, events
from store.model import CustomerId, MessageId


@REGISTRY.command("customer name")
def name(session: Session, text: Rest = Rest()) -> Done:  # noqa: B008
    """Correct the customer's name."""
    done = _change(session, "name", " ".join(text.split())[:200])
    if done.undo:
        likeness.is_named(session.desk, session.customer_id)
    return done


@REGISTRY.command("customer company")
def company(session: Session, text: Rest = Rest()) -> Done:  # noqa: B008
    """Say where the customer works."""
    return _change(session, "company", " ".join(text.split())[:200])


@REGISTRY.command("customer language")
def language(session: Session, code: str = "auto", learned: str = "") -> Done:
    """Say which language the customer writes: `uk`, `pl`, `en`, …; `auto`: learn it from what they
    write, until when it is LEARNED."""
    desk, id_ = session.desk, session.customer_id
    card = customers.get(desk.db, id_)
    chosen = "" if code == "auto" else _language(code)
    if (chosen, bool(chosen)) == (card.language if card.language_set else "", card.language_set):
        return Done(_("Nothing to change."))
    if card.language_set:  # what was learned may have changed by itself
        stop_if_changed(session, "language", card.language)
    now = chosen or (_language(learned) if learned else "")
    customers.update(desk.db, id_, language=now, language_set=bool(chosen))
    if not now:
        languages.learn(desk, {id_: ""})
        now = customers.get(desk.db, id_).language
    _tell(session, id_, "customer.changed", field="language", before=card.language, value=now)
    before = card.language if card.language_set else f"auto {card.language}".rstrip()
    return Done(_("Card changed."), f"customer language {before}")


@REGISTRY.command("customer timezone")
def timezone(session: Session, zone: str = "") -> Done:
    """Say where the customer's clock is: `Europe/Kyiv`."""
    from omnitui.desk.when import zone_of

    if zone and zone_of(zone) is None:
        raise CommandError(_("“{zone}” is no time zone like Europe/Kyiv.").format(zone=zone))
    return _change(session, "timezone", zone)


@REGISTRY.command("customer field")
def field(session: Session, key: str, value: Rest = Rest()) -> Done:  # noqa: B008
    """Set a field of the customer's card; without a value, remove it. What the settings say of
    the field is checked; one that they do not know takes any text."""
    desk = session.desk
    card = customers.get(desk.db, session.customer_id)
    near = field_types.meant(desk, key, card.fields)
    if near and not session.confirmed:
        words = {"key": key, "near": near}
        raise NeedsConfirmation(
            _("The settings know no field “{key}”. Did you mean “{near}”?").format(**words),
            _("The settings have “{near}” and no “{key}”: fill in “{key}” all the same?").format(
                **words
            ),
        )
    known = key if key in card.fields else field_types.field_of(desk, key).key
    wanted = field_types.field_of(desk, known)
    typed = field_types.read(desk, wanted, value) if value.strip() else None
    return _set_field(session, known, typed)


@REGISTRY.command("customer set-field")
def set_field(session: Session, key: str, value: Rest = Rest()) -> Done:  # noqa: B008
    """Set a field of the card to a value in JSON, whatever its type; what undoes a field that was
    there before it had a type."""
    try:
        given = json.loads(value or "null")
    except (ValueError, RecursionError):
        raise CommandError(_("“{value}” is no JSON.").format(value=value[:60])) from None
    endless = isinstance(given, float) and not math.isfinite(given)  # 1e999 is no JSON either
    if endless or (given is not None and not isinstance(given, str | int | float | bool)):
        raise CommandError(_("A field takes a text, a number, true or false."))
    if isinstance(given, str) and len(given) > field_types.LONGEST:
        raise CommandError(
            _("“{field}” takes {n} characters at most.").format(field=key, n=field_types.LONGEST)
        )
    return _set_field(session, field_types.field_of(session.desk, key).key, given)


@REGISTRY.command("customer tag")
def tag(session: Session, tag: Rest) -> Done:
    """Put a tag on the customer."""
    word, id_ = tag_name(tag), session.customer_id
    if not customers.add_tag(session.desk.db, id_, word):
        return Done(_("The customer has this tag already."))
    _tell(session, id_, "customer.tagged", tag=word)
    return Done(_("Customer tagged {tag}.").format(tag=word), f"customer untag {word}")


@REGISTRY.command("customer untag")
def untag(session: Session, tag: Rest) -> Done:
    """Take a tag off the customer."""
    word, id_ = tag_name(tag), session.customer_id
    if not customers.remove_tag(session.desk.db, id_, word):
        raise CommandError(_("The customer has no tag “{tag}”.").format(tag=word))
    _tell(session, id_, "customer.untagged", tag=word)
    return Done(_("Tag {tag} removed.").format(tag=word), f"customer tag {word}")


@REGISTRY.command("customer switch")
def switch(session: Session, customer: int) -> Done:
    """Give the conversation to another customer, by their number."""
    before = forwarding.give(session.desk, session.here, CustomerId(customer))
    shown = customers.get(session.desk.db, CustomerId(customer)).name or f"#{customer}"
    return Done(
        _("This is {name}'s conversation now.").format(name=shown), f"customer switch {before}"
    )


@REGISTRY.command("customer from-forwarded")
def from_forwarded(session: Session, message: int = 0) -> Done:
    """Give the conversation to who first sent the mail that was forwarded here."""
    found = forwarding.first_sender(
        session.desk, session.here, MessageId(message) if message else None
    )
    if found == session.conversation().customer_id:
        return Done(_("The conversation is theirs already."))
    return switch(session, found)  # type: ignore[no-any-return]


def _language(code: str) -> str:
    """A code as it is kept. Raises `CommandError`."""
    word = code.lower().replace("_", "-")
    if len(word) == 3 and word.isascii() and word.isalpha() and word not in ("ukr", "rus", "eng"):
        return word  # ISO 639-2: languages without a shorter code
    try:
        return str(values.language(word))
    except BadValue as bad:
        raise CommandError(f"{bad.sentence} {bad.hint}".strip()) from None


def _set_field(session: Session, key: str, value: field_types.FieldText | None) -> Done:
    desk, id_ = session.desk, session.customer_id
    fields = dict(customers.get(desk.db, id_).fields)
    before = fields.get(key)
    if before == value and type(before) is type(value):
        return Done(_("Nothing to change."))
    stop_if_changed(session, key, "" if before is None else field_types.spoken(before))
    fields.pop(key, None) if value is None else fields.update({key: value})
    customers.update(desk.db, id_, fields=fields)
    _tell(session, id_, "customer.changed", field=key, before=before, value=value)
    word = shlex.quote(key)
    if before is None:
        return Done(_("Card changed."), f"customer field {word}")
    wanted = field_types.field_of(desk, key)
    try:
        fits = field_types.read(desk, wanted, field_types.spoken(before)) == before
    except CommandError:
        fits = False
    if fits:
        undo = f"customer field {word} {shlex.quote(field_types.spoken(before))}"
    else:
        undo = f"customer set-field {word} {shlex.quote(json.dumps(before, ensure_ascii=False))}"
    return Done(_("Card changed."), undo)


def _change(session: Session, field: str, value: str) -> Done:
    desk, id_ = session.desk, session.customer_id
    before = str(getattr(customers.get(desk.db, id_), field))
    if before == value:
        return Done(_("Nothing to change."))
    stop_if_changed(session, field, before)
    customers.update(desk.db, id_, **{field: value})
    _tell(session, id_, "customer.changed", field=field, before=before, value=value)
    undo = f"customer {field} {shlex.quote(before)}" if before else f"customer {field}"
    return Done(_("Card changed."), undo)


def stop_if_changed(session: Session, field: str, now: str) -> None:
    """Raises `ChangedMeanwhile` where another value stands than the agent saw."""
    if session.was is None or session.was.strip() == now.strip():
        return
    who = events.last_changed_by(session.desk.db, session.customer_id, field)
    raise ChangedMeanwhile(who or _("Somebody"), now)


def _tell(session: Session, customer_id: CustomerId, kind: str, **data: Any) -> None:
    journal.record(
        session.desk,
        kind,
        customer=customer_id,
        conversation=session.conversation_id,
        **data,
    )

"""The card's other people: who may be the same person and why, who belongs to the customer, who
became part of them."""

from __future__ import annotations

from config.i18n import _, ngettext
from omnitui.desk.command import as_rest
from omnitui.desk.customers.card import CardFacts, MaybeSame, Person
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.card_section import CardLook, Row, Section, Words, row
from omnitui.tui.widgets.evidence_words import evidence_words
from omnitui.tui.words.moments import ago, stamp
from store.model import Customer


def called(customer: Customer) -> str:
    """Their name; their number where they have none."""
    return one_line(customer.name) or f"#{customer.id}"


def maybe_section(facts: CardFacts, look: CardLook) -> Section:
    """Who may be the same person, what says so, and the keys that decide."""
    rows = [_maybe(one, look, first=not at) for at, one in enumerate(facts.maybe)]
    return Section(_("Perhaps the same person"), tuple(rows))


def _maybe(one: MaybeSame, look: CardLook, *, first: bool) -> Row:
    number = one.suggestion.id
    why = evidence_words(one.suggestion.reason, one.suggestion.evidence)
    paragraphs: list[Words] = [
        (("? ", "flag"), (called(one.other), "text"), (f" · {why}", "quiet"))
    ]
    if first and look.accept_key and look.dismiss_key:
        keys: Words = (
            (f"  {look.accept_key}", "key"),
            (f" {_('one person')}   ", "quiet"),
            (look.dismiss_key, "key"),
            (f" {_('two persons')}", "quiet"),
        )
        paragraphs.append(keys)
    return Row(
        f"suggestion {number}",
        tuple(paragraphs),
        f"card suggestion {number}",
        f"suggestion dismiss {number}",
        suggestion=number,
    )


def people_section(facts: CardFacts, look: CardLook) -> Section:
    """Their people: whom an agent put with them, who has the same company."""
    rows = [_person(one, look) for one in facts.people]
    if more := facts.more_people:
        words = ngettext("{n} more", "{n} more", more).format(n=more)
        company = facts.customer.company
        find = f"customers {as_rest(one_line(company))}" if company else ""
        rows.append(row("more people", (words, "quiet"), enter=find))
    return Section(_("People"), tuple(rows))


def _person(one: Person, look: CardLook) -> Row:
    why = {
        "relation": one_line(one.label) or _("related"),
        "company": _("same company"),
        "domain": _("same mail domain"),
    }[one.why]
    words: list[tuple[str, str]] = [(called(one.customer), "text"), (f" · {why}", "quiet")]
    if one.customer.last_contact_at is not None:
        words.append((f" · {ago(look.now - one.customer.last_contact_at)}", "quiet"))
    away = f"customer unrelate {one.customer.id}" if one.why == "relation" else ""
    key, line = f"person {one.why} {one.customer.id}", f"person {one.customer.id}"
    return row(key, *words, enter=line, remove=away)


def merges_section(facts: CardFacts, look: CardLook) -> Section:
    """Who became part of this customer, and may be taken out again."""
    known = {
        "link": _("opened our link"),
        "code": _("by code"),
        "jwt": _("signed in"),
        "agent": _("by {agent}"),
        "suggestion": _("by {agent}"),
    }
    rows = []
    for one in facts.merges:
        how = known.get(one.reason, one_line(one.reason).replace("-", " "))
        how = how.replace("{agent}", one_line(one.agent))
        time = stamp(one.at, look.now, look.tz)
        name = one_line(one.name) or f"#{one.source_id}"
        rows.append(
            row(
                f"merge {one.id}",
                (name, "text"),
                (f" · {how}, {time}", "quiet"),
                enter=f"card unmerge {one.id}",
                remove=f"customer unmerge {one.id}",
            )
        )
    return Section(_("Made one with"), tuple(rows))

"""The card's sections: what is known of the customer, the most used first."""

from __future__ import annotations

from config.i18n import _, ngettext
from omnitui.desk.card import CardFacts
from omnitui.desk.chats.health import flag_words
from omnitui.tui.channels import glyph
from omnitui.tui.inline import parse
from omnitui.tui.languages import language_name
from omnitui.tui.moments import ago, clock, local, short_date, stamp, zone
from omnitui.tui.safe_text import one_line, safe
from omnitui.tui.widgets.card_section import CardLook, Section, Words
from omnitui.tui.widgets.card_visit import proof_mark, said_section, visit_section, visitor_name
from omnitui.tui.widgets.headings import status_name, untitled
from store.model import Identity


def sections(facts: CardFacts, look: CardLook) -> list[Section]:
    """Everything known about the customer, the most used first."""
    found = [_who(facts, look)]
    if facts.visit is not None:
        found.append(visit_section(facts, facts.visit, look))
    found.append(_addresses(facts))
    if facts.visit is not None and (said := said_section(facts, facts.visit, look)):
        found.append(said)
    if facts.maybe:
        found.append(_maybe(facts))
    if facts.matters:
        found.append(_matters(facts, look))
    found.append(_history(facts, look))
    shown = {identity.channel for identity in facts.identities if _username(facts, identity)}
    fields = [(key, value) for key, value in facts.customer.fields.items() if key not in shown]
    if fields:
        found.append(
            Section(
                _("Details"),
                tuple(
                    ((f"{one_line(str(key))}: ", "quiet"), (one_line(str(value)), "text"))
                    for key, value in fields
                ),
            )
        )
    if facts.notes:
        found.append(_notes(facts, look))
    return found


def _who(facts: CardFacts, look: CardLook) -> Section:
    customer = facts.customer
    lines: list[Words] = [((one_line(customer.name) or _("(no name)"), "name"),)]
    if customer.company:
        lines.append(((one_line(customer.company), "text"),))
    parts = []
    if customer.language:
        parts.append(language_name(customer.language))
    if customer.timezone and zone(customer.timezone) is not None:
        place = one_line(customer.timezone.rpartition("/")[2].replace("_", " "))
        parts.append(f"{clock(look.now, zone(customer.timezone))} {place}")
    if parts:
        lines.append(((" · ".join(parts), "quiet"),))
    if customer.tags:
        lines.append(((" ".join(f"#{one_line(tag)}" for tag in customer.tags), "tag"),))
    return Section(" who", tuple(lines))


def _addresses(facts: CardFacts) -> Section:
    lines: list[Words] = []
    for identity in sorted(facts.identities, key=lambda one: -(one.last_used_at or 0)):
        proven = proof_mark(identity)
        sign = (f"{glyph(identity.channel)} ", "quiet")
        lines.append((sign, (_address(identity, _username(facts, identity)), "text"), proven))
        if identity.flag:
            lines.append(((f"  ⚠ {one_line(flag_words(identity.flag))}", "flag"),))
    return Section(_("Addresses"), tuple(lines) or (((_("none"), "quiet"),),))


def _username(facts: CardFacts, identity: Identity) -> str:
    """`@ann`: what people call them in the channel; it may be another's tomorrow, so it is no
    address."""
    found = facts.customer.fields.get(identity.channel)
    return one_line(found) if isinstance(found, str) and found.startswith("@") else ""


def _address(identity: Identity, username: str) -> str:
    address = one_line(identity.address)
    name = one_line(identity.name)
    if identity.channel == "webchat":
        return visitor_name(identity)
    # Numbers say nothing to a person: the name they go by there does.
    if username:
        return f"{name} {username}" if name and name != username else username
    return f"{name} ({address})" if name and address.lstrip("-").isdigit() else address


def _maybe(facts: CardFacts) -> Section:
    """Who may be the same person, and what says so."""
    lines: list[Words] = []
    for one in facts.maybe:
        name = one_line(one.other.name) or f"#{one.other.id}"
        evidence = one.suggestion.evidence
        address = one_line(str(evidence.get("address") or ""))
        reasons = {
            "answered-our-mail": _("answered our mail from {address}").format(address=address),
            "opened-link": _("opened the link sent to {address}").format(address=address),
            "same-browser": _("wrote in the chat in which {address} signed in").format(
                address=address
            ),
            "claims-address": _("says that {address} is theirs").format(address=address),
        }
        why = reasons.get(one.suggestion.reason)
        words = why if why and address else one_line(one.suggestion.reason).replace("-", " ")
        number = f" · {one.suggestion.id}"
        lines.append((("? ", "flag"), (name, "text"), (f" · {words}{number}", "quiet")))
    return Section(_("Perhaps the same person"), tuple(lines))


def _matters(facts: CardFacts, look: CardLook) -> Section:
    lines: list[Words] = []
    for one in facts.matters:
        since = one.waiting_since
        status = (
            _("waits {time}").format(time=ago(look.now - since))
            if since is not None
            else status_name(one.status)
        )
        lines.append(
            (
                (f"#{one.id} ", "quiet"),
                (one_line(one.subject) or untitled(next(iter(one.channels), "")), "text"),
                (f" · {status}", "quiet"),
            )
        )
    return Section(_("Open matters"), tuple(lines))


def _history(facts: CardFacts, look: CardLook) -> Section:
    customer = facts.customer
    count = customer.conversations
    words = ngettext("{n} conversation", "{n} conversations", count).format(n=count)
    lines: list[Words] = [((words, "text"),)]
    today = local(look.now, look.tz).date()
    if customer.first_contact_at is not None:
        date = short_date(local(customer.first_contact_at, look.tz).date(), today)
        lines.append(((_("first "), "quiet"), (date, "text")))
    if customer.last_contact_at is not None:
        last = stamp(customer.last_contact_at, look.now, look.tz)
        lines.append(((_("last "), "quiet"), (last, "text")))
    return Section(_("History"), tuple(lines))


def _notes(facts: CardFacts, look: CardLook) -> Section:
    lines: list[Words] = []
    for note in sorted(facts.notes, key=lambda one: -one.at):
        for line in safe(note.text, newlines=True).strip().split("\n"):
            lines.append(((parse(line, formatted=True).text, "text"),))
        author = f"— {one_line(note.author)}, {stamp(note.at, look.now, look.tz)}"
        lines.append(((author, "quiet"),))
    return Section(_("Notes"), tuple(lines))

"""The card's sections: what is known of the customer, the most used first."""

from __future__ import annotations

import shlex

from config.i18n import _, ngettext
from omnitui.desk.chats.health import flag_words
from omnitui.desk.customers.card import CardFacts, FieldValue, Preferred
from omnitui.tui.text.inline import parse
from omnitui.tui.text.safe_text import one_line, safe
from omnitui.tui.widgets.card_people import maybe_section, merges_section, people_section
from omnitui.tui.widgets.card_section import CardLook, Row, Section, Words, row
from omnitui.tui.widgets.card_visit import proof_mark, said_section, visit_section, visitor_name
from omnitui.tui.widgets.headings import status_name, untitled
from omnitui.tui.words.channels import channel_name, glyph
from omnitui.tui.words.languages import language_name
from omnitui.tui.words.moments import DAY, ago, clock, local, short_date, stamp, zone
from store.model import CustomerNote, Identity

EDIT = "card edit "
"""What the lines begin with by which a fact is changed."""


def sections(facts: CardFacts, look: CardLook) -> list[Section]:
    """Everything known about the customer, the most used first."""
    site = visit_section(facts, facts.visit, look) if facts.visit is not None else None
    lately = facts.visit is not None and (facts.visit.online or look.now - facts.visit.at < DAY)
    found = [
        _who(facts, look),
        site if lately else None,
        maybe_section(facts, look),
        _addresses(facts),
        said_section(facts, look),
        _matters(facts, look),
        _notes(facts, look),
        _details(facts),
        people_section(facts, look),
        None if lately else site,
        _history(facts, look),
        merges_section(facts, look),
    ]
    return [one for one in found if one is not None and one.rows]


def _who(facts: CardFacts, look: CardLook) -> Section:
    customer = facts.customer
    rows = [row("name", (one_line(customer.name) or _("(no name)"), "name"), enter=EDIT + "name")]
    if customer.company:
        name = (one_line(customer.company), "text")
        rows.append(row("company", name, enter=EDIT + "company", remove="customer company"))
    if customer.language:
        how = {"agent": _(" · set by hand"), "messages": _(" · guessed")}
        by = (how.get(facts.language_by, ""), "quiet")
        away = "customer language auto" if facts.language_by == "agent" else ""
        shown = (language_name(customer.language), "text")
        rows.append(row("language", shown, by, enter=EDIT + "language", remove=away))
    if customer.timezone and zone(customer.timezone) is not None:
        place = one_line(customer.timezone.rpartition("/")[2].replace("_", " "))
        time = (clock(look.now, zone(customer.timezone)), "text")
        where = (f" {place}", "quiet")
        line = EDIT + "timezone"
        rows.append(row("timezone", time, where, enter=line, remove="customer timezone"))
    several = len({one.channel for one in facts.identities}) > 1
    if facts.preferred is not None and (several or facts.preferred.by_hand):
        rows.append(_preferred(facts.preferred))
    if customer.tags:
        tags = (" ".join(f"#{one_line(tag)}" for tag in customer.tags), "tag")
        alone = f"customer untag {customer.tags[0]}"
        away = alone if len(customer.tags) == 1 else EDIT + "untag"
        rows.append(row("tags", tags, enter=EDIT + "tag", remove=away))
    return Section(" who", tuple(rows))


def _preferred(found: Preferred) -> Row:
    name = f"{glyph(found.channel)} {channel_name(found.channel)}"
    percent = round(found.share * 100)
    by = _(" · {n} % lately").format(n=percent) if percent < 100 else ""
    return row(
        "channel",
        (_("prefers "), "quiet"),
        (name, "text"),
        (_(" · set by hand") if found.by_hand else by, "quiet"),
        enter=EDIT + "channel",
        remove="customer channel auto" if found.by_hand else "",
    )


def _addresses(facts: CardFacts) -> Section:
    rows = []
    for one in sorted(facts.identities, key=lambda one: -(one.last_used_at or 0)):
        sign = (f"{glyph(one.channel)} ", "quiet")
        shown = (_address(one, _username(facts, one)), "text")
        paragraphs: list[Words] = [(sign, shown, proof_mark(one))]
        if one.flag:
            paragraphs.append(((f"  ⚠ {one_line(flag_words(one.flag))}", "flag"),))
        if one.channel == "webchat" and any(kept.address == one.address for kept in facts.barred):
            paragraphs.append(((f"  ⚠ {_('barred')}", "flag"),))
        word = shlex.quote(one.address)
        rows.append(
            Row(
                f"identity {one.channel} {one.address}",
                tuple(paragraphs),
                f"card address {one.channel} {word}",
                f"customer address remove {word} {one.channel}",
            )
        )
    if not rows:
        none = (_("none: Enter adds one"), "quiet")
        rows.append(row("no identity", none, enter=EDIT + "address"))
    return Section(_("Addresses"), tuple(rows))


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


def _matters(facts: CardFacts, look: CardLook) -> Section:
    rows = []
    for one in facts.matters:
        since = one.waiting_since
        status = (
            _("waits {time}").format(time=ago(look.now - since))
            if since is not None
            else status_name(one.status)
        )
        channel = next(iter(one.channels), "")
        rows.append(
            row(
                f"matter {one.id}",
                (f"{glyph(channel)} " if channel else "", "quiet"),
                (f"#{one.id} ", "quiet"),
                (one_line(one.subject) or untitled(channel), "text"),
                (f" · {status}", "quiet"),
                enter=f"go {one.id}",
            )
        )
    if more := facts.matters_more:
        words = ngettext("{n} more", "{n} more", more).format(n=more)
        rows.append(row("more matters", (words, "quiet")))
    return Section(_("Open matters"), tuple(rows))


def _details(facts: CardFacts) -> Section:
    shown = {one.channel for one in facts.identities if _username(facts, one)}
    rows = tuple(_field(one) for one in facts.fields if one.key not in shown)
    return Section(_("Details"), rows)


def _field(field: FieldValue) -> Row:
    label = (f"{one_line(field.label)}: ", "quiet")
    empty = field.value is None or field.value == ""
    value = (one_line(field.shown), "text")
    if empty:
        value = (_("needed") if field.required else "–", "quiet")
    paragraphs: list[Words] = [(label, value)]
    if field.problem and not empty:
        paragraphs.append(((f"  ⚠ {one_line(field.problem)}", "flag"),))
    key = shlex.quote(field.key)
    away = "" if empty else f"customer field {key}"
    return Row(f"field {field.key}", tuple(paragraphs), f"{EDIT}field {key}", away)


def _history(facts: CardFacts, look: CardLook) -> Section:
    customer = facts.customer
    count = customer.conversations
    words = ngettext("{n} conversation", "{n} conversations", count).format(n=count)
    rows = [row("count", (words, "text"))]
    today = local(look.now, look.tz).date()
    if customer.first_contact_at is not None:
        date = short_date(local(customer.first_contact_at, look.tz).date(), today)
        rows.append(row("first", (_("first "), "quiet"), (date, "text")))
    if customer.last_contact_at is not None:
        last = stamp(customer.last_contact_at, look.now, look.tz)
        rows.append(row("last", (_("last "), "quiet"), (last, "text")))
    return Section(_("History"), tuple(rows))


def _notes(facts: CardFacts, look: CardLook) -> Section:
    notes = sorted(facts.notes, key=lambda one: (-one.at, -one.id))
    return Section(_("Notes"), tuple(_note(one, look) for one in notes))


def _note(note: CustomerNote, look: CardLook) -> Row:
    lines: list[Words] = [
        ((parse(line, formatted=True).text, "text"),)
        for line in safe(note.text, newlines=True).strip().split("\n")
    ]
    told = f"— {one_line(note.author)}, {stamp(note.at, look.now, look.tz)}"
    if note.edited_at is not None:
        time = stamp(note.edited_at, look.now, look.tz)
        by = one_line(note.edited_by)
        if by and by != one_line(note.author):
            told += " · " + _("edited by {agent} {time}").format(agent=by, time=time)
        else:
            told += " · " + _("edited {time}").format(time=time)
    lines.append(((told, "quiet"),))
    away = f"customer note delete {note.id}"
    return Row(f"note {note.id}", tuple(lines), f"{EDIT}note {note.id}", away)

"""The card's sections and how they are drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from rich.style import Style

from config.i18n import _, ngettext
from omnitui.desk.chats.health import flag_words
from omnitui.tui.channels import glyph
from omnitui.tui.data import CardFacts
from omnitui.tui.inline import parse
from omnitui.tui.moments import ago, clock, local, short_date, stamp, zone
from omnitui.tui.safe_text import one_line, safe
from omnitui.tui.strips import Line, LineBuilder
from omnitui.tui.widgets.headings import status_name, untitled
from omnitui.tui.wrap import indent_of, wrap
from store.model import Identity, Millis

Words = tuple[tuple[str, str], ...]
"""One paragraph: pieces of text, each with its component class."""


@dataclass(frozen=True, slots=True)
class CardLook:
    now: Millis
    tz: dt.tzinfo | None


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    """Its key; drawn above it unless it starts with a space."""
    paragraphs: tuple[Words, ...]

    def lines(self, cells: int, style: Callable[..., Style]) -> list[Line]:
        base = style("card--row")
        drawn: list[Line] = []
        if not self.title.startswith(" "):
            drawn.append(
                LineBuilder(cells, base).add(self.title, style("card--row", "card--title")).finish()
            )
        for paragraph in self.paragraphs:
            drawn.extend(_paragraph(paragraph, cells, style))
        drawn.append(LineBuilder(cells, base).finish())
        return drawn


def sections(facts: CardFacts, look: CardLook) -> list[Section]:
    """Everything known about the customer, the most used first."""
    found = [_who(facts, look), _addresses(facts)]
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
        proven = (" ✓", "proven") if identity.proof else (" ?", "quiet")
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


def language_name(code: str) -> str:
    """`uk` → `Ukrainian`, in the interface's language; the code where it is a rare one."""
    names = {
        "en": _("English"),
        "uk": _("Ukrainian"),
        "ru": _("Russian"),
        "pl": _("Polish"),
        "de": _("German"),
        "fr": _("French"),
        "es": _("Spanish"),
        "it": _("Italian"),
        "pt": _("Portuguese"),
        "cs": _("Czech"),
        "ro": _("Romanian"),
        "tr": _("Turkish"),
        "ja": _("Japanese"),
        "zh": _("Chinese"),
        "ar": _("Arabic"),
        "he": _("Hebrew"),
    }
    return names.get(code.partition("-")[0].partition("_")[0].lower(), one_line(code))


def _paragraph(words: Words, cells: int, style: Callable[..., Style]) -> list[Line]:
    text = "".join(piece for piece, _kind in words)
    hanging = indent_of(text, cells // 3) or 2
    drawn = []
    for start, end in wrap(text, cells, hanging):
        line = LineBuilder(cells, style("card--row"))
        if start:
            line.skip_to(hanging)
        offset = 0
        for piece, kind in words:
            part = piece[max(0, start - offset) : max(0, end - offset)]
            line.add(part, style("card--row", f"card--{kind}"))
            offset += len(piece)
        drawn.append(line.finish())
    return drawn

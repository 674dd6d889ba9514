"""The card of who is, or was, on the site: where and with what; what they typed into the form,
which is hearsay; what proves that an address is theirs."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.card import CardFacts
from omnitui.tui.cells import crop
from omnitui.tui.channels import there, visitor
from omnitui.tui.languages import language_name
from omnitui.tui.moments import clock, stamp, zone
from omnitui.tui.safe_text import one_line
from omnitui.tui.visit_words import came_from, claimed_email, claims, here_since, short_url
from omnitui.tui.widgets.card_section import CardLook, Section, Words
from store.model import Identity
from store.visits import Visit

LONG = 90
"""Cells of a page's title, of a field's text."""


def visit_section(facts: CardFacts, visit: Visit, look: CardLook) -> Section:
    """Whether they are there, since when, on what page, from where, with what."""
    known = facts.chat_works and look.engine
    online = visit.online and known
    words = here_since(online, visit.at, look.now, look.tz)
    if not known:
        words = _("nobody knows whether they are there")
    lines: list[Words] = [((f"{there(online)} {words}", "here" if online else "text"),)]
    for one in facts.barred:
        barred = _("⚠ barred by {agent} {time}")
        time = stamp(one.at, look.now, look.tz)
        lines.append(((barred.format(agent=one_line(one.agent), time=time), "flag"),))
    told = {name: str(visit.details.get(name) or "") for name in _FACTS}
    if title := one_line(told["title"]):
        lines.append(((crop(title, LONG), "text"),))
    if url := short_url(told["page"]):
        lines.append(((url, "link"),))
    if host := came_from(told["referrer"], told["page"]):
        lines.append(((_("came from "), "quiet"), (host, "text")))
    if browser := one_line(told["browser"]):
        lines.append(((crop(browser, LONG), "quiet"),))
    if other := _elsewhere(facts, told, look):
        lines.append(((other, "quiet"),))
    return Section(_("On the site"), tuple(lines))


_FACTS = ("title", "page", "referrer", "browser", "language", "timezone")


def _elsewhere(facts: CardFacts, told: dict[str, str], look: CardLook) -> str:
    """The browser's language and clock, where the customer's own are others."""
    parts = []
    language = told["language"].replace("_", "-").partition("-")[0].lower()
    if language.isalpha() and language != facts.customer.language.partition("-")[0].lower():
        parts.append(language_name(language))
    name = told["timezone"]
    if name != facts.customer.timezone and name and zone(name) is not None:
        place = one_line(name.rpartition("/")[2].replace("_", " "))
        parts.append(f"{clock(look.now, zone(name))} {place}")
    return " · ".join(parts)


def said_section(facts: CardFacts, visit: Visit, look: CardLook) -> Section | None:
    """What they typed into the form; None: nothing."""
    said = claims(visit.form)
    if not said:
        return None
    lines: list[Words] = [
        ((f"{crop(one.label, LONG)}: ", "quiet"), (crop(one.text, LONG), "text")) for one in said
    ]
    email = claimed_email(visit.form)
    proven = {one.address for one in facts.identities if one.channel == "email" and one.proof}
    if email and email not in proven and look.verify_key:
        lines.append(
            (
                ("→ ", "quiet"),
                (look.verify_key, "key"),
                (f" {_('sends a code there, to prove the address')}", "quiet"),
            )
        )
    return Section(_("Says (not proven)"), tuple(lines))


def visitor_name(identity: Identity) -> str:
    """`Marta Kowalska`, else `visitor k3Jd`: an id says nothing to a person, but tells apart."""
    name, shown = one_line(identity.name), visitor(identity.address)
    return f"{name} ({shown})" if name else shown


def proof_mark(identity: Identity) -> tuple[str, str]:
    """`✓` and what proves it, where that is not the channel itself; `?`: nothing does."""
    if identity.channel == "webchat" and identity.proof in ("", "platform"):
        return f" · {_('anonymous')}", "quiet"
    if not identity.proof:
        return " ?", "quiet"
    known = {
        "jwt": _("signed in"),
        "code": _("by code"),
        "link": _("by link"),
        "agent": _("by an agent"),
    }
    how = known.get(identity.proof, "")
    return (f" ✓ {how}" if how else " ✓"), "proven"

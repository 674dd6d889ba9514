"""The card of who is, or was, on the site: where and with what; what they typed into the form,
which is hearsay; what proves that an address is theirs."""

from __future__ import annotations

import shlex

from config.i18n import _
from omnitui.desk.customers.card import CardFacts
from omnitui.tui.text.cells import crop
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.card_section import CardLook, Row, Section, Words, row
from omnitui.tui.words.channels import there, visitor
from omnitui.tui.words.languages import language_name
from omnitui.tui.words.moments import clock, stamp, zone
from omnitui.tui.words.visit_words import came_from, claimed_email, claims, here_since, short_url
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
    here = (f"{there(online)} {words}", "here" if online else "text")
    rows = [row("there", here)]
    for one in facts.barred:
        time = stamp(one.at, look.now, look.tz)
        barred = _("⚠ barred by {agent} {time}").format(agent=one_line(one.agent), time=time)
        rows.append(row(f"barred {one.account_id}", (barred, "flag"), remove="customer unbar"))
    told = {name: str(visit.details.get(name) or "") for name in _FACTS}
    page: list[Words] = []
    if title := one_line(told["title"]):
        page.append(((crop(title, LONG), "text"),))
    if url := short_url(told["page"]):
        page.append(((url, "link"),))
    if page:
        rows.append(Row("page", tuple(page), "card page" if url else ""))
    if host := came_from(told["referrer"], told["page"]):
        rows.append(row("referrer", (_("came from "), "quiet"), (host, "text")))
    if browser := one_line(told["browser"]):
        rows.append(row("browser", (crop(browser, LONG), "quiet")))
    if other := _elsewhere(facts, told, look):
        rows.append(row("elsewhere", (other, "quiet")))
    return Section(_("On the site"), tuple(rows))


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


def said_section(facts: CardFacts, look: CardLook) -> Section:
    """What they say of themselves, in messages and in the form, and nothing proves."""
    kinds = {"email": _("e-mail"), "phone": _("phone"), "order": _("order"), "name": _("name")}
    rows: list[Row] = []
    said: set[str] = set()
    for one in facts.claims:
        label, text = kinds[one.kind], crop(one_line(one.shown or one.value), LONG)
        said |= {_folded(text), _folded(one.value)}
        line = f"card claim {one.kind} {shlex.quote(one.value)}"
        key = f"claim {one.kind} {one.value}"
        rows.append(row(key, (f"{label}: ", "quiet"), (text, "text"), enter=line))
    form = facts.visit.form if facts.visit is not None else {}
    for field in claims(form):
        if _folded(field.text) not in said:
            words = ((f"{crop(field.label, LONG)}: ", "quiet"), (crop(field.text, LONG), "text"))
            rows.append(row(f"said {field.label}", *words))
    email = claimed_email(form)
    proven = {one.address for one in facts.identities if one.channel == "email" and one.proof}
    if email and email not in proven and look.verify_key:
        way = (f" {_('sends a code there, to prove the address')}", "quiet")
        rows.append(row("way", ("→ ", "quiet"), (look.verify_key, "key"), way))
    return Section(_("Says (not proven)"), tuple(rows))


def _folded(text: str) -> str:
    return "".join(text.casefold().split())


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

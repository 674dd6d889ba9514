"""A web chat's visitor in words: where they are, since when, what they filled in, what happened.

Everything was written by a stranger or by their browser: nothing leaves here that is not safe on
one line, and a URL shows the host that it really leads to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from config.i18n import _
from omnitui.tui.text.cells import crop
from omnitui.tui.text.safe_text import link_host, one_line
from omnitui.tui.words.media_words import word
from omnitui.tui.words.moments import MINUTE, ago, stamp
from store.model import Event, Millis

VISIT_EVENTS = frozenset(
    {
        "ended",
        "form",
        "identified",
        "verification-sent",
        "verified",
        "transcript-asked",
        "transcript-sent",
        "left",
        "returned",
    }
)
"""Codes of `chat.event` that a web chat brings."""

MOST_FIELDS = 12
"""Fields of a form that are shown."""

LONG_PATH = 60
"""Cells of a URL's path."""

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""Not all of RFC 5322: nothing that means something on a command line."""
_LABELS = ("e-mail", "email", "mail")


@dataclass(frozen=True, slots=True)
class Claim:
    """One field of a form: what somebody typed, proven by nothing."""

    label: str
    text: str


def short_url(url: str) -> str:
    """`acme.example/checkout`: the host that it leads to and the path; safe. Empty when there is
    no host in it."""
    host = link_host(url)
    if not host:
        return ""
    try:
        path = urlsplit(url).path
    except ValueError:
        return host
    path = one_line(unquote(path, errors="replace")).rstrip("/")
    return host + crop(path, LONG_PATH)


def came_from(referrer: str, page: str) -> str:
    """The host that led them here; empty when it is the page's own, or not known."""
    host = link_host(referrer)
    return "" if host == link_host(page) else host


def claims(form: Mapping[str, Any]) -> list[Claim]:
    """What was typed into the form before the chat, in its order."""
    known = {
        "name": _("name"),
        "email": _("e-mail"),
        "phone": _("phone"),
        "message": _("message"),
        "topic": _("topic"),
    }
    found = []
    for name, value in form.items():
        text = one_line(value) if isinstance(value, str) else ""
        if text:
            key = str(name)
            found.append(Claim(known.get(key.casefold()) or one_line(key.replace("_", " ")), text))
    return found[:MOST_FIELDS]


def claimed_email(form: Mapping[str, Any]) -> str:
    """The e-mail address that they say is theirs, if it is one that can be typed as it is; else
    empty."""
    for name, value in form.items():
        named = str(name).casefold() in _LABELS
        if named and isinstance(value, str) and _EMAIL.fullmatch(value.strip()):
            return value.strip().lower()
    return ""


def here_since(online: bool, at: Millis, now: Millis, tz: Any) -> str:
    """`here since 12:40`, `gone since 12:40 (12m)`."""
    time = stamp(at, now, tz)
    if online:
        return _("here since {time}").format(time=time) if at else _("here now")
    if not at:
        return _("not here")
    gone = now - at
    if gone < MINUTE:
        return _("gone a moment ago")
    return _("gone since {time} ({ago})").format(time=time, ago=ago(gone))


def visit_event(event: Event) -> str:
    """What a visitor did that is no message: `left`, `ended the chat`."""
    code = word(event.data, "event")
    email = word(event.data, "email") or word(event.data, "address")
    match code:
        case "left":
            return _("left the page")
        case "returned":
            return _("came back")
        case "ended":
            return _("ended the chat")
        case "form":
            return _form(event)
        case "identified":
            signed = _about(_("signed in on the site"), email or word(event.data, "text"))
            if event.data.get("barred"):
                return f"{signed} · {_('somebody was kept out of this chat before')}"
            return signed
        case "verification-sent":
            return _about(_("a code was sent by mail"), email)
        case "verified":
            words = {
                "merged": _("typed the right code: the same customer as who has the address"),
                "handed-over": _(
                    "typed the right code: the chat is theirs now, who wrote before is another"
                ),
                "suggested": _("typed the right code: perhaps the same person, see the card"),
            }
            theirs = _("typed the right code: the address is theirs")
            return _about(words.get(word(event.data, "result"), theirs), email)
        case "transcript-asked":
            return _("asked for this chat by mail")
        case _:
            return _about(_("this chat was sent by mail"), email)


def _about(words: str, email: str) -> str:
    return f"{words} · {email}" if email else words


def _form(event: Event) -> str:
    fields = event.data.get("fields")
    said = claims(fields) if isinstance(fields, Mapping) else []
    told = " · ".join(f"{one.label}: {one.text}" for one in said)
    words = _("filled in the form")
    return f"{words} · {_('says')} {told}" if told else words

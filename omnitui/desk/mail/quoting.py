"""The customer's message as it stands quoted under the answer to it."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.contract import Quote
from omnitui.desk.context import Desk
from omnitui.desk.customers import language as languages
from store import identities
from store.model import Customer, Message

MOST_CHARACTERS = 4_000
MOST_LINES = 80
CUT = "[…]"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ISO, _DOTS, _SLASHES, _DASHES = "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"
# As the mail programs of each language write it, so that they fold the quote away.
_ATTRIBUTIONS = {
    "en": (_ISO, "On {date} at {time}, {name} wrote:"),
    "uk": (_DOTS, "{date} о {time}, {name} пише:"),
    "ru": (_DOTS, "{date} в {time}, {name} пишет:"),
    "be": (_DOTS, "{date} у {time}, {name} піша:"),
    "pl": (_DOTS, "W dniu {date} o {time}, {name} pisze:"),
    "de": (_DOTS, "Am {date} um {time} schrieb {name}:"),
    "fr": (_SLASHES, "Le {date} à {time}, {name} a écrit :"),
    "es": (_SLASHES, "El {date} a las {time}, {name} escribió:"),
    "it": (_SLASHES, "Il {date} alle {time}, {name} ha scritto:"),
    "pt": (_SLASHES, "Em {date} às {time}, {name} escreveu:"),
    "nl": (_DASHES, "Op {date} om {time} schreef {name}:"),
    "cs": (_DOTS, "Dne {date} v {time}, {name} napsal(a):"),
    "sk": (_DOTS, "Dňa {date} o {time}, {name} napísal(a):"),
    "sv": (_ISO, "Den {date} kl. {time} skrev {name}:"),
    "da": (_DOTS, "Den {date} kl. {time} skrev {name}:"),
    "nb": (_DOTS, "Den {date} kl. {time} skrev {name}:"),
    "fi": (_DOTS, "{name} kirjoitti {date} klo {time}:"),
    "hu": (_ISO, "{date} {time} keltezéssel, {name} írta:"),
    "ro": (_DOTS, "Pe {date} la {time}, {name} a scris:"),
    "bg": (_DOTS, "На {date} в {time}, {name} написа:"),
    "tr": (_DOTS, "{date} {time} tarihinde {name} yazdı:"),
}
_SAME = {"no": "nb", "nn": "nb"}


def quote_of(
    desk: Desk, customer: Customer, answered: Message | None, known: Collection[str]
) -> Quote | None:
    """The message that is answered; None where there is nothing that may be quoted.

    Only what a person wrote whom the answer goes to, or the customer: `known` are their
    normalised addresses. Never a note, a machine's mail or a colleague's words.
    """
    if answered is None or answered.direction != "in" or not answered.text.strip():
        return None
    if answered.details.get("auto_reply") or answered.details.get("bounce"):
        return None
    if identities.normalise(answered.channel, answered.author_address) not in known:
        return None
    return Quote(_attribution(desk, customer, answered), _bounded(answered.text))


def as_text(quote: Quote) -> str:
    """As it is kept with the message, and shown."""
    return f"{quote.attribution}\n{quote.text}"


def from_text(text: str) -> Quote | None:
    """What `as_text` kept."""
    attribution, _line, rest = text.partition("\n")
    return Quote(attribution, rest) if rest else None


def _attribution(desk: Desk, customer: Customer, message: Message) -> str:
    code = customer.language or languages.guess(message.text) or desk.config.desk.language or "en"
    code = code.replace("-", "_").partition("_")[0].lower()
    dates, pattern = _ATTRIBUTIONS.get(_SAME.get(code, code), _ATTRIBUTIONS["en"])
    at = _local(message.sent_at, customer.timezone or desk.config.desk.timezone)
    name = " ".join(_CONTROL.sub(" ", message.author or message.author_address).split())
    return pattern.format(date=at.strftime(dates), time=at.strftime("%H:%M"), name=name[:80])


def _local(at: int, timezone: str) -> datetime:
    try:
        zone = ZoneInfo(timezone) if timezone else None
    except (ZoneInfoNotFoundError, ValueError):
        zone = None
    try:
        return datetime.fromtimestamp(at / 1000, zone)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, zone)


def _bounded(text: str) -> str:
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    lines = text[:MOST_CHARACTERS].split("\n")
    if len(text) <= MOST_CHARACTERS and len(lines) <= MOST_LINES:
        return text
    return "\n".join([*lines[:MOST_LINES], CUT])

"""What a scenario file may say, table by table; docs/practice.md explains the same."""

from __future__ import annotations

from typing import Any

from config import values
from config.i18n import _
from config.problems import BadValue
from config.setting import Setting
from config.values import Duration
from connectors.practice.scenario import CHANNELS, Wording

_LONGEST = 4 * 3600
LINES = 9
"""Messages in one go at most."""


def some_texts(value: Any) -> tuple[str, ...]:
    """One text or a list of them."""
    found = (values.filled(value),) if isinstance(value, str) else values.texts(value)
    if len(found) > LINES:
        raise BadValue(_("must not be more than {n} texts.").format(n=LINES))
    return found


def note(value: Any) -> tuple[str, ...]:
    """`true`: any note; else what it says."""
    if isinstance(value, bool):
        return ("",) if value else ()
    return some_texts(value)


def wording(value: Any) -> Wording:
    """A text, or a table of texts by language."""
    if not isinstance(value, dict):
        return Wording({"": values.filled(value)})
    if not value:
        raise BadValue(_("must not be empty."))
    return Wording({values.language(code): values.filled(text) for code, text in value.items()})


def days(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 4000:
        raise BadValue(_("needs a number of days, for example 12."))
    return float(value)


def _of(key: str, read: Any, example: str, *, required: bool = False, kind: str = "") -> Setting:
    return Setting(key, read, kind, example, "", required, default=False)


_CHANNEL = values.Choice(*CHANNELS)
_SOON = Duration(most=_LONGEST)
_SPAN = Duration(least=1, most=_LONGEST)
_SPOKEN = (
    _of("says", some_texts, '["Hello?"]'),
    _of("after", _SOON, '"30s"'),
    _of("on", _CHANNEL, '"telegram"'),
    _of("photo", values.boolean, "true"),
)

SCENARIO = (
    _of("title", wording, '"The first hour"', required=True),
    _of("about", wording, '"What this is about."', required=True),
)
CUSTOMER = (
    _of("id", values.word, '"olena"', required=True),
    _of("name", values.one_line, '"Olena Koval"', required=True),
    _of("language", values.language, '"uk"'),
    _of("email", values.address, '"olena@koval.example"'),
)
EARLIER = (
    _of("days", days, "12", required=True),
    _of("channel", _CHANNEL, '"email"', required=True),
    _of("text", values.filled, '"It came, thank you!"', required=True),
    _of("subject", values.one_line, '"Order 480213"'),
    _of("agent", values.one_line, '"Ben"'),
)
MATTER = (
    _of("id", values.word, '"torn-zip"', required=True),
    _of("at", _SOON, '"1m 30s"', required=True),
    _of("channel", _CHANNEL, '"email"', required=True),
    _of("says", some_texts, '["Hello, the zip is torn."]', required=True),
    _of("subject", values.one_line, '"Torn zip"'),
    _of("photo", values.boolean, "true"),
    _of("address", values.address, '"o.koval@office.example"'),
)
REACTION = (
    *_SPOKEN,
    _of("to", some_texts, '["refund", "money"]'),
    _of("question", values.boolean, "true"),
    _of("content", values.boolean, "true"),
)
WAITING = (*_SPOKEN, _of("leaves", values.boolean, "true"))
EXPECTATION = (
    _of("within", _SPAN, '"3m"'),
    _of("never_waits", _SPAN, '"5m"'),
    _of("templates", some_texts, '["refund-approved"]'),
    _of("says", some_texts, '["Friday | tomorrow"]'),
    _of("avoids", some_texts, '["cannot"]'),
    _of("by_name", values.boolean, "true"),
    _of("answers", values.Integer(1, 50), "2"),
    _of("channel", _CHANNEL, '"telegram"'),
    _of("tags", some_texts, '["refund"]'),
    _of("priority", values.Choice("low", "normal", "high", "urgent"), '"high"'),
    _of("assignee", values.one_line, '"me"'),
    _of("status", values.Choice("open", "pending", "snoozed", "closed"), '"closed"'),
    _of("note", note, '["courier"]'),
    _of("merged_with", values.word, '"olena"'),
    _of("hint", wording, '"The courier’s number is in the earlier mail."'),
)
TABLES = {
    "": SCENARIO,
    "customers": CUSTOMER,
    "customers.past": EARLIER,
    "customers.matters": MATTER,
    "customers.matters.reactions": REACTION,
    "customers.matters.waits": WAITING,
    "customers.matters.expect": EXPECTATION,
}
"""By their headings in the file."""

"""The search language: words, "phrases", -exclusions, and filters such as `from:ann`.

Parsing never fails on words; only a filter that doesn't exist or a value that none of its
kind can be raises `QueryError`, with a sentence that names the right ones.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import cast
from zoneinfo import ZoneInfo

from store import clock
from store.calendar_words import Unit, day_of, folded, month_of, unit_of, weekday_of
from store.errors import QueryError
from store.index import emoji_of, fold
from store.model import Millis, Sort
from store.wording import _

FILTERS = {
    "from": "",
    "to": "",
    "subject": "",
    "file": "",
    "channel": "",
    "account": "",
    "customer": "",
    "conversation": "",
    "status": "open pending snoozed closed",
    "assignee": "",
    "tag": "",
    "priority": "low normal high urgent",
    "before": "",
    "after": "",
    "on": "",
    "has": "attachment file",
    "mentions": "",
    "is": "waiting unread mine mentioned watched silent draft unassigned failed open pending"
    " snoozed closed in out note",
    "sort": "waiting newest oldest priority",
}
"""Every filter, and its values where they are fixed. `sort` orders the inbox."""

_TOKEN = re.compile(
    r"""(?P<minus>-?)(?:(?P<key>[A-Za-z]+):(?!//))?(?:"(?P<quoted>[^"]*)(?:"|$)|(?P<word>[^\s"]*))"""
)
_PRIORITY = {"low": -1, "normal": 0, "high": 1, "urgent": 2}


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase, as the index holds it."""

    words: tuple[str, ...]
    prefix: bool = False
    column: str = ""
    """Column filter: `subject`, `sender`, `recipients`, `files`; empty for any."""
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What isn't text: `key` is one of FILTERS, `value` one of its values."""

    key: str
    value: str
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    terms: tuple[Term, ...] = ()
    filters: tuple[Filter, ...] = ()
    after: Millis | None = None
    """Messages from then on."""
    before: Millis | None = None
    """Messages earlier than then."""
    sort: Sort | None = None
    """The order of a list of conversations; None: as it usually is."""
    impossible: bool = False
    """Words were asked for and none of them can be in any text (`***`)."""

    @property
    def empty(self) -> bool:
        return not (self.terms or self.filters or self.after or self.before or self.impossible)


def words_of(text: str) -> tuple[str, ...]:
    """A text's words as the index's tokenizer takes them: letters, marks and numbers."""
    folded = fold(text)
    if folded.isascii():
        return tuple(_SEPARATORS.sub(" ", folded).split())
    return tuple("".join(one if _in_word(one) else " " for one in folded).split())


_SEPARATORS = re.compile(r"[^0-9A-Za-z]+")


def _in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN" or bool(emoji_of(character))


def parse(
    text: str,
    *,
    live: bool = False,
    now: Millis | None = None,
    timezone: str | tzinfo | None = None,
) -> Query:
    """What a query asks for. Raises `QueryError` for a filter that cannot be.

    `live`: it is being typed, so that its last word is the beginning of one. Days are
    those of `timezone` (a name, by default the machine's).
    """
    terms: list[Term] = []
    filters: list[Filter] = []
    after: Millis | None = None
    before: Millis | None = None
    sort: Sort | None = None
    worded = False
    text = text.replace("\0", " ").encode("utf-8", "replace").decode()
    zone = ZoneInfo(timezone) if isinstance(timezone, str) else timezone
    tokens = [found for found in _TOKEN.finditer(text) if found[0].strip("-")]
    for number, found in enumerate(tokens):
        last = number == len(tokens) - 1 and not text[-1:].isspace()
        excluded = bool(found["minus"])
        quoted = found["quoted"] is not None
        value = found["quoted"] if quoted else found["word"]
        key = (found["key"] or "").lower()
        if key and not quoted and not value:
            if key in FILTERS:
                continue  # its value is still to be typed
            key, value = "", f"{found['key']}:"
        starred = not quoted and value.endswith("*")
        if key in ("", "subject", "from", "to", "file"):
            column = {"from": "sender", "to": "recipients", "file": "files"}.get(key, key)
            words = words_of(value)
            if words:
                prefix = starred or (live and last and not quoted and not excluded)
                terms.append(Term(words, prefix, column, excluded))
            worded = worded or not excluded
            continue
        if key in ("before", "after", "on"):
            start, end = period(value, clock.now() if now is None else now, zone)
            if excluded:
                raise QueryError(_("A date cannot be excluded: use before: and after:."))
            if key != "before":
                after = max(start, after or 0)
            if key != "after":
                limit = end if key == "on" else start
                before = limit if before is None else min(limit, before)
            continue
        checked = _checked(key, value)
        if key == "sort":
            if excluded:
                raise QueryError(_("An order cannot be excluded: use sort:newest, sort:oldest …"))
            sort = cast("Sort", checked)
            continue
        filters.append(Filter(key, checked, excluded))
    positive = any(not term.excluded for term in terms)
    impossible = worded and not positive and not filters and after is None and before is None
    return Query(tuple(terms), tuple(filters), after, before, sort, impossible)


def begun(text: str) -> str:
    """A query whose last word of text is taken as the beginning of one, as while it is typed."""
    text = text.strip()
    last = None
    for found in _TOKEN.finditer(text):
        textual = (found["key"] or "").lower() in ("", "subject", "from", "to", "file")
        if textual and not found["minus"] and (found["word"] or found["quoted"]):
            last = found
    if last is None or last["quoted"] is not None or not words_of(last["word"][-1]):
        return text
    return f"{text[: last.end()]}*{text[last.end() :]}"


def _checked(key: str, value: str) -> str:
    """The value, made whole where it is the beginning of one."""
    if key not in FILTERS:
        near = get_close_matches(key, FILTERS, n=1)
        hint = _("did you mean {filter}? The ").format(filter=f"{near[0]}:") if near else ""
        raise QueryError(
            _(
                "There is no filter {key}; {hint}filters are {filters}; "
                "put the words in quotes to look for them."
            ).format(key=f"{key}:", hint=hint, filters=", ".join(f"{one}:" for one in FILTERS))
        )
    known = FILTERS[key].split()
    if not known:
        return value
    lower = value.lower().rstrip("s") if key == "has" else value.lower()
    begun = [one for one in known if one.startswith(lower)]
    if lower in known:
        return lower
    if not begun:
        raise QueryError(
            _("{key}: cannot be {value}; it is one of {values}.").format(
                key=key, value=value, values=", ".join(known)
            )
        )
    return begun[0]


def priority(value: str) -> int:
    return _PRIORITY[value]


_RELATIVE = re.compile(r"(\d{1,5})\s*([^\W\d_]+)")
_LENGTH: dict[Unit, int] = {"days": 1, "weeks": 7, "months": 30, "years": 365}
"""Days."""


def period(text: str, now: Millis, zone: tzinfo | None) -> tuple[Millis, Millis]:
    """From when until when a date lasts: a day, month or year, also by its name (`yesterday`,
    `monday`, `march`, in the languages of `calendar_words`), or a moment that is so many hours,
    days, weeks, months or years ago (`6h`, `7d`)."""
    lower = folded(text)
    today = datetime.fromtimestamp(now / 1000, zone).date()
    relative = _RELATIVE.fullmatch(lower)
    try:
        # `m` is a month here: nobody looks for a minute.
        unit = unit_of("mo" if relative[2] == "m" else relative[2]) if relative else None
        if relative and unit == "hours":
            moment = now - int(relative[1]) * 3_600_000
            return moment, moment
        if relative and unit in _LENGTH:
            day = today - timedelta(days=int(relative[1]) * _LENGTH[unit])
            return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        if (named := _named_day(lower, today)) is not None:
            return _midnight(named, zone), _midnight(named + timedelta(days=1), zone)
        if found := _named_month(lower, today):
            return _midnight(found[0], zone), _midnight(found[1], zone)
        parts = [int(part) for part in re.split(r"[-/.]", lower)]
        if len(parts) == 3 and parts[2] > 31:
            parts.reverse()  # 31.12.2026
        if len(parts) == 1:
            first, following = date(parts[0], 1, 1), date(parts[0] + 1, 1, 1)
        elif len(parts) == 2:
            first = date(parts[0], parts[1], 1)
            following = (first + timedelta(days=31)).replace(day=1)
        else:
            first = date(*parts)
            following = first + timedelta(days=1)
        return _midnight(first, zone), _midnight(following, zone)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise QueryError(
            _(
                "{text} is no date: write 2026-12-31, 2026-12, 2026, today, yesterday, or 7d."
            ).format(text=text)
        ) from error


def _named_day(text: str, today: date) -> date | None:
    """`yesterday`, `monday`, `3 march`, `3 березня 2025`: the last such day."""
    offset = day_of(text)
    if offset is not None:
        return today + timedelta(days=offset)
    weekday = weekday_of(text)
    if weekday is not None:
        return today - timedelta(days=(today.weekday() - weekday) % 7)
    words = text.split()
    if len(words) not in (2, 3) or not all(word.isdecimal() for word in (words[0], *words[2:])):
        return None
    month = month_of(words[1])
    if month is None or int(words[0]) > 31:
        return None
    if len(words) == 3:
        return date(int(words[2]), month, int(words[0]))
    found = date(today.year, month, int(words[0]))
    return found if found <= today else found.replace(year=today.year - 1)


def _named_month(text: str, today: date) -> tuple[date, date] | None:
    """`march`, `березень 2025`: from its first day to the next one's; without a year the last."""
    name, _blank, digits = text.partition(" ")
    month = month_of(name)
    if month is None:
        return None
    year = int(digits) if digits else today.year - (month > today.month)
    first = date(year, month, 1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: tzinfo | None) -> Millis:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def expression(terms: tuple[Term, ...], facets: list[str], excluded: list[str]) -> str:
    """The FTS5 expression (sqlite.org/fts5.html#full_text_query_syntax); everything that a
    user typed is inside quotes."""
    wanted = [_phrase(term) for term in terms if not term.excluded] + facets
    unwanted = [_phrase(term) for term in terms if term.excluded] + excluded
    if not wanted:
        wanted = [EVERYTHING]
    text = " AND ".join(wanted)
    return f"({text}) NOT ({' OR '.join(unwanted)})" if unwanted else text


EVERYTHING = 'facets : ("\ue002in" OR "\ue002out" OR "\ue002note")'
"""Matches every message, by its direction."""


def _phrase(term: Term) -> str:
    column = f"{term.column} : " if term.column else ""
    text = " ".join(term.words).replace('"', "")
    # One letter begins too many words to be looked up in any bounded time.
    star = "*" if term.prefix and len(term.words[-1]) > 1 else ""
    return f'{column}"{text}"{star}'


def facet(letter: str, value: object) -> str:
    """A filter as a word of the index."""
    return f'facets : "{letter}{value}"'


__all__ = ["FILTERS", "Filter", "Query", "Term", "expression", "facet", "parse"]

"""The language that customers write, from several of their messages.

It picks a template's variant and the words of the desk's own letters, and is shown on the card,
where an agent may correct it. A wrong guess is worse than none: a mail in Bulgarian to somebody
who wrote two words of Russian. So a network trained on web pages (CLD3) is believed only when it
is sure of a sentence's worth of letters, and of less only where a few common words of the
language say the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Protocol

from config.access import ENGINE
from omnitui.desk import journal
from omnitui.desk.context import Desk
from store import customers, messages
from store.model import CustomerId

NEWEST = 3
"""Messages that count: who changes to another language is understood after two."""

_LOOKED = 20
"""Messages among which they are looked for."""
_AT_MOST = 500
"""Characters of one message, and three times as many of all."""
_GLANCE = 200
_SURE = 0.95
_SENTENCE = 24
"""Letters, Latin or Cyrillic."""
_LONG = 80
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)?")
_NO_WORDS = re.compile(r"(?<!\S)[^\s@\0]*?(?:://|@|www\.|\0)\S*")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_DENSE = re.compile("[\u0530-\U0003ffff]")
"""Letters of scripts that few languages share, or that say a word each."""
_SLAVS = frozenset({"uk", "ru", "be", "bg", "mk", "sr"})
_UKRAINIAN, _RUSSIAN, _SHARED = frozenset("їєґ"), frozenset("ыэё"), frozenset("іў")
_LETTERS = {"uk": "іїєґ", "ru": "ыэъё", "pl": "ąęłńśźż"}
_WORDS = {
    "uk": "що це як але для мені будь ласка дякую добрий день моє замовлення коли чи вже ще або",
    "ru": "что это как но для мне пожалуйста спасибо добрый день мой заказ когда уже еще или не",
    "pl": "nie jest się na do to czy proszę dziękuję dzień dobry mój zamówienie kiedy już jak",
    "en": "the and is you to my i it of for please thank thanks hello order when have not was hi",
}
_STOP = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_RENAMED = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv"}
_NOBODYS = frozenset({"la", "und"})
"""What only filler text is written in."""


class _Found(Protocol):
    language: str
    probability: float


class _Network(Protocol):
    def FindLanguage(self, *, text: str) -> _Found: ...  # noqa: N802 (its own name)


def learn(desk: Desk, speakers: Mapping[CustomerId, str], *, past: bool = False) -> None:
    """Note what language these customers write now, unless an agent has said it. Each with the
    last of what they wrote: who goes on in the language that is known is not looked at closer.

    Args:
        past: they wrote it long ago: it tells of those alone whose language nobody knows.
    """
    if not desk.config.customers.detect_language:
        return
    for customer_id, text in sorted(speakers.items()):
        known, by_hand = customers.language(desk.db, customer_id)
        if by_hand or (past and known) or _goes_on(known, text):
            continue
        if past:
            found = _plainly(text) or guess(text[:_AT_MOST])
        else:
            found = of(messages.last_said(desk.db, customer_id, NEWEST, _LOOKED, _AT_MOST))
        if not found or found == known.partition("-")[0]:
            continue
        customers.update(desk.db, customer_id, language=found)
        if known:
            journal.record(
                desk,
                "customer.changed",
                actor=ENGINE,
                customer=customer_id,
                field="language",
                before=known,
                value=found,
            )


def _goes_on(known: str, text: str) -> bool:
    """A quarter of the words are common ones of the language that is known."""
    words = _WORD.findall(text[:_GLANCE].lower())
    hits = sum(map(_STOP.get(known, frozenset()).__contains__, words))
    return hits > 2 and hits * 4 >= len(words)


def _plainly(text: str) -> str:
    """The language of which many common words stand at the beginning, and of others hardly any:
    for a glance, where much is to be read; "" where only a closer look can tell."""
    words = _WORD.findall(text[:_GLANCE].lower())
    hits = {code: sum(map(common.__contains__, words)) for code, common in _STOP.items()}
    best, other = sorted(hits, key=hits.__getitem__, reverse=True)[:2]
    if hits[best] - hits[other] < 4 or hits[best] * 3 < len(words):
        return ""
    return best if best not in _SLAVS else _by_letters(best, text[:_GLANCE])


def of(texts: Sequence[str]) -> str:
    """The language of what somebody wrote, the newest first: a code of ISO 639, or ""."""
    return guess("\n".join(texts))


def guess(text: str) -> str:
    """The language of a text: a code of ISO 639, or "" when it does not say enough."""
    text = _NO_WORDS.sub(" ", text[: NEWEST * _AT_MOST])
    text = " ".join(text.split())
    letters = sum(map(str.isalpha, text))
    if not letters:
        return ""
    found = _network().FindLanguage(text=text)
    code = found.language.partition("-")[0]
    code = _by_letters(_RENAMED.get(code, code), text)
    if not code or code in _NOBODYS:
        return ""
    sure = found.probability >= _SURE
    if sure and letters >= _LONG:
        return code
    known = _by_words(text)
    if code == known and (found.probability > 0.5 or code != found.language):
        return code
    if not text.isascii():
        # Few letters of Chinese or Korean say as much as many of ours.
        letters += 4 * len(_DENSE.findall(text))
    return code if sure and letters >= _SENTENCE and not known else ""


def _by_letters(code: str, text: str) -> str:
    """Neighbours are mistaken for each other; some letters only one of them has."""
    if code not in _SLAVS:
        return code
    there = frozenset(text.lower())
    if there & _UKRAINIAN and not there & _RUSSIAN:
        return "uk"
    if there & _RUSSIAN and not there & (_UKRAINIAN | _SHARED):
        return "ru"
    return "" if code in ("uk", "ru") and there & _UKRAINIAN and there & _RUSSIAN else code


def _by_words(text: str) -> str:
    """`en`, `uk`, `ru`, `pl`, or ""."""
    sample = text.lower()
    words = _WORD.findall(sample)
    cyrillic = len(_CYRILLIC.findall(sample))
    fitting = ("uk", "ru") if cyrillic * 2 > sum(map(len, words)) else ("pl", "en")
    scores = {
        language: sum(map(_STOP[language].__contains__, words))
        + sum(sample.count(letter) for letter in _LETTERS.get(language, ""))
        for language in fitting
    }
    best, other = sorted(fitting, key=scores.__getitem__, reverse=True)
    return best if scores[best] > scores[other] else ""


@cache
def _network() -> _Network:
    # Only who asks for a language loads it: starts are not to wait for it.
    from gcld3 import NNetLanguageIdentifier

    network: _Network = NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=2000)
    return network

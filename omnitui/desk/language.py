"""A customer's language, guessed from what they write. Small on purpose: letters and a few words.

It picks a template's variant and is shown on the card, where an agent may correct it.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)?")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LETTERS = {"uk": "іїєґ", "ru": "ыэъё", "pl": "ąęłńśźż"}
_WORDS = {
    "uk": "що це як але для мені будь ласка дякую добрий день моє замовлення коли чи вже ще або",
    "ru": "что это как но для мне пожалуйста спасибо добрый день мой заказ когда уже еще или не",
    "pl": "nie jest się na do to czy proszę dziękuję dzień dobry mój zamówienie kiedy już jak",
    "en": "the and is you to my i it of for please thank thanks hello order when have not was hi",
}
_STOP = {language: frozenset(words.split()) for language, words in _WORDS.items()}


def guess(text: str) -> str:
    """`en`, `uk`, `ru`, `pl`, or "" when the text does not say."""
    sample = text[:1000].lower()
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

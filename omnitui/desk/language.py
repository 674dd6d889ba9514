"""A customer's language, guessed from what they write. Small on purpose: letters and a few words.

It picks a template's variant and is shown on the card, where an agent may correct it.
"""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)?")
_LETTERS = {
    "uk": frozenset("іїєґ"),
    "ru": frozenset("ыэъё"),
    "pl": frozenset("ąęłńśźż"),
}
_WORDS = {
    "uk": "що це як але для мені будь ласка дякую добрий день моє замовлення коли чи вже ще або",
    "ru": "что это как но для мне пожалуйста спасибо добрый день мой заказ когда уже еще или не",
    "pl": "nie jest się na do to czy proszę dziękuję dzień dobry mój zamówienie kiedy już jak",
    "en": "the and is you to my i it of for please thank thanks hello order when have not was hi",
}
_STOP = {language: frozenset(words.split()) for language, words in _WORDS.items()}


def guess(text: str) -> str:
    """`en`, `uk`, `ru`, `pl`, or "" when the text does not say."""
    sample = text[:2000].lower()
    letters = Counter(sample)
    words = _WORD.findall(sample)
    scores = {
        language: sum(word in stops for word in words)
        + sum(letters[letter] for letter in _LETTERS.get(language, ()))
        for language, stops in _STOP.items()
    }
    cyrillic = sum(count for letter, count in letters.items() if "а" <= letter <= "ӿ")
    latin = sum(count for letter, count in letters.items() if "a" <= letter <= "ɏ")
    fitting = ("uk", "ru") if cyrillic > latin else ("pl", "en")
    ranked = sorted(fitting, key=lambda language: scores[language], reverse=True)
    best, other = ranked[0], ranked[1]
    return best if scores[best] > scores[other] else ""

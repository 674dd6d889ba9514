"""The text around a match, and whether a text has a term: what the index doesn't keep."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from store.index import emoji_of, fold
from store.query import Term

OPEN, CLOSE = "\u0002", "\u0003"
BEFORE, LENGTH = 40, 160
"""Characters shown before the first match, and in all."""

_APOSTROPHES = "['’ʼ‘`´′]?"
_CYRILLIC = re.compile("[\u0400-\u052f]")
# Beyond ASCII, plain Cyrillic and punctuation: lower case alone may not be the flat form.
_ODD = re.compile("[^\x00-\x7f\u0410-\u044f\u0454\u0456\u0457\u0491\u2010-\u2027\u00a0]")


class _Flat(dict[int, int]):
    """One character for one: lower case, without diacritics, ё as е."""

    def __missing__(self, code: int) -> int:
        letter = chr(code)
        flat = unicodedata.normalize("NFKC", letter).casefold()[:1] or letter
        if flat == "ё":
            flat = "е"
        elif not _CYRILLIC.match(flat):
            flat = unicodedata.normalize("NFKD", flat)[:1] or flat
        self[code] = ord(flat)
        return self[code]


_FLAT = _Flat()


@lru_cache(maxsize=256)
def _pattern(terms: tuple[Term, ...]) -> re.Pattern[str] | None:
    """Any of the terms, in flat text."""
    parts = []
    for term in terms:
        if term.excluded or term.column in ("sender", "recipients", "files"):
            continue
        words = [_word(word) for word in term.words]
        end = "" if term.prefix or _unspaced(term.words[-1]) else r"(?![^\W_])"
        begin = "" if _unspaced(term.words[0]) else r"(?<![^\W_])"
        parts.append(begin + r"[\W_]*".join(words) + end)
    parts.sort(key=len, reverse=True)
    return re.compile("|".join(parts)) if parts else None


def _word(word: str) -> str:
    if emoji := emoji_of(word):
        return re.escape(emoji)
    flat = word.translate(_FLAT)
    letters = [re.escape(letter) for letter in flat]
    if _CYRILLIC.search(flat):
        return f"{_APOSTROPHES}[\u0300\u0301]?".join(letters)
    return "".join(letters)


def _unspaced(word: str) -> bool:
    return bool(emoji_of(word)) or fold(word) != word


def _flat(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_FLAT)


def snippet(texts: Sequence[str], terms: tuple[Term, ...]) -> str:
    """One line around the first match in the first of the texts that has one, matches
    between U+0002 and U+0003; the beginning of the first text when none has."""
    pattern = _pattern(terms)
    if pattern is not None:
        for text in texts:
            flat = _flat(text)
            found = pattern.search(flat)
            if found:
                return _around(text, flat, pattern, found.start())
    return _line(texts[0][: LENGTH * 2])[:LENGTH] if texts else ""


def _around(text: str, flat: str, pattern: re.Pattern[str], first: int) -> str:
    start = max(0, first - BEFORE)
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + LENGTH)
    pieces = ["…" if start else ""]
    at = start
    for found in pattern.finditer(flat, first, end):
        if found.start() == found.end():
            break
        pieces += [_clean(text[at : found.start()]), OPEN,
                   _clean(text[found.start() : found.end()]), CLOSE]  # fmt: skip
        at = found.end()
    pieces.append(_clean(text[at:end]))
    if end < len(text):
        pieces.append("…")
    return _line("".join(pieces))


def _clean(text: str) -> str:
    return text.replace(OPEN, " ").replace(CLOSE, " ")


def _line(text: str) -> str:
    return " ".join(text.split())


def contains(text: str, term: Term) -> bool:
    """Whether a text has a term whose last word may go on."""
    if not text:
        return False
    pattern = _pattern((Term(term.words, term.prefix),))
    if pattern is None:
        return False
    if pattern.search(text.casefold()):
        return True
    return bool(_ODD.search(text) and pattern.search(_flat(text)))

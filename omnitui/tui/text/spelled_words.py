"""Which words of a text are looked up in a dictionary: those that a person wrote as words.

Links, addresses, order numbers, names of files, code, `{{ variables }}` and what is quoted from
somebody else are none of it: a mark there is noise, and too many marks are no marks.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Script = Literal["latin", "cyrillic", "other"]

LONGEST = 40
"""Letters: what is longer is no word."""

_LETTER = r"[^\W\d_][\u0300-\u036f]*"
_WORD = re.compile(rf"(?:{_LETTER})+(?:[-'’ʼ\u2010\u2011](?:{_LETTER})+)*")
_NOT_TEXT = re.compile(r"\{\{.*?(?:\}\}|$)|`[^`]*(?:`|$)")
"""A variable, also while it is typed, and code."""
_TOKEN = re.compile(r"\S+")
_NO_WORD = re.compile(
    r"://|@|www\.|\d"  # links, addresses, order numbers, sizes, dates
    r"|^[~./\\#][\w~./\\#]"  # paths, tags, the name of a template
    r"|\w[./\\_]\w"  # hosts, files, either/or
)
"""What a word between blanks has that makes it none."""
_ENDING = re.compile(r"/-\w+")
"""mogłem/-am"""
LONGEST_TOKEN = 200
"""Characters between blanks: what is longer is no words, whatever is in it."""
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_HYPHENS = str.maketrans({"’": "'", "ʼ": "'", "\u2010": "-", "\u2011": "-"})


@dataclass(frozen=True, slots=True)
class Spelled:
    """One word of a line, and where it stands in it, in characters."""

    start: int
    end: int
    word: str
    """As a dictionary knows it: composed letters, plain apostrophes and hyphens."""


@lru_cache(maxsize=512)
def spelled_words(line: str) -> tuple[Spelled, ...]:
    """The words of one line that are looked up, from left to right."""
    if line.lstrip().startswith(">"):
        return ()
    found: list[Spelled] = []
    for token in _TOKEN.finditer(_NOT_TEXT.sub(_blank, line)):
        text = token[0]
        if len(text) > LONGEST_TOKEN or _NO_WORD.search(text):
            continue
        for word in _WORD.finditer(_ENDING.sub(_blank, text)):
            if 1 < len(word[0]) <= LONGEST and not _is_initials(word[0]):
                start = token.start() + word.start()
                found.append(Spelled(start, start + len(word[0]), as_known(word[0])))
    return tuple(found)


def _blank(found: re.Match[str]) -> str:
    """As many blanks, so that all stays where it is."""
    return " " * len(found[0])


def as_known(word: str) -> str:
    return unicodedata.normalize("NFC", word).translate(_HYPHENS)


def script_of(text: str) -> Script:
    """The script that most letters of `text` are of; `other` for neither, and for none."""
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    if cyrillic == latin == 0:
        return "other"
    return "cyrillic" if cyrillic > latin else "latin"


def _is_initials(word: str) -> bool:
    """`PDF`, `ТТН`: short words in capitals."""
    return len(word) <= 5 and word.isupper()

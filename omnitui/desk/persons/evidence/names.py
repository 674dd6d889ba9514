"""Whether two names may be one person's, also where one is written in another alphabet."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

ALIKE = 85
"""Of 100: `Olena Koval` and `Koval Olena` are 100, `Олена Коваль` and `Olena Koval` 96."""
_WORD = re.compile(r"[a-z]+")
BEGINNINGS = ("my name", "мене звати", "меня зовут", "nazywam", "na imię")
"""What stands in a text in which somebody says who they are: told by a look."""
_TOLD = re.compile(
    r"(?:\bmy name is|\bmy name's|мене звати|меня зовут|nazywam się|mam na imię)"
    r"\s{1,3}((?:[^\W\d_][\w'’ʼ-]{1,30}[ \t]?){1,3})",
    re.IGNORECASE,
)
_NOBODY = frozenset({"guest", "visitor", "customer", "client", "user", "anonymous", "test",
                     "admin", "info", "support", "klient"})  # fmt: skip


@lru_cache(maxsize=4000)
def folded(name: str) -> tuple[str, ...]:
    """The words of a name in plain Latin letters; none for one that is nobody's."""
    from anyascii import anyascii

    words = _WORD.findall(anyascii(name[:200]).lower().replace("'", ""))
    return tuple(word for word in words if len(word) > 1 and word not in _NOBODY)


def similar(one: str, other: str) -> bool:
    """Whether they may be the same name: in another order, alphabet or spelling, or the first
    name alone. Too little to link anybody: it is asked of those who name the same order."""
    from rapidfuzz import fuzz

    ours, theirs = folded(one), folded(other)
    if not ours or not theirs:
        return False
    short, long = sorted((ours, theirs), key=len)
    if len(short) == 1:
        return len(short[0]) > 2 and any(fuzz.ratio(short[0], word) >= ALIKE for word in long[:2])
    return fuzz.token_sort_ratio(" ".join(ours), " ".join(theirs)) >= ALIKE


def pair(ours: Collection[str], theirs: Collection[str]) -> tuple[str, str] | None:
    """The first two names that may be one."""
    for one in ours:
        for other in theirs:
            if similar(one, other):
                return one, other
    return None


def told_in(text: str) -> str:
    """How somebody calls themselves in what they write: `my name is Ann Lee`; "" when they do
    not, or when nothing in it is written as a name is."""
    lower = text.lower()
    found = _TOLD.search(text) if any(words in lower for words in BEGINNINGS) else None
    if found is None:
        return ""
    words: list[str] = []
    for word in found[1].split():
        if not word[0].isupper():
            break
        words.append(word)
    return " ".join(words)

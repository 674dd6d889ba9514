"""A language made on the fly: every letter of a text is another one that looks like it. What is
still plain English on a screen did not go through the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from config import i18n

CODE = "xx"
_LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "åƀçđéƒğħíĵķłɱñöƥɋŕšţúʋŵ×ýžÅƁÇĐÉƑĞĦÍĴĶŁƜÑÖƤɊŔŠŢÚƲŴΧÝŽ",
)
_KEPT = re.compile(r"\{[^{}]*\}|`[^`]*`|“[^”]*”")
"""Places to fill in, and what is typed as it is."""
_WORD = re.compile(r"[A-Za-z]{3,}")


def pseudo(text: str) -> str:
    """`text` in that language."""
    found, at = "", 0
    for kept in _KEPT.finditer(text):
        found += text[at : kept.start()].translate(_LETTERS) + kept[0]
        at = kept.end()
    return found + text[at:].translate(_LETTERS)


class Pseudo:
    def __init__(self) -> None:
        self.asked: set[str] = set()
        """What was asked for, as a compiled catalog has it for its key."""

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add(msgid1)
        return pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        self.asked.add(f"{context}\x04{message}")
        return pseudo(message)


def plain_words(text: str) -> Iterator[str]:
    """The English words of a text; not those of addresses, paths and names of files."""
    for piece in text.split():
        if not re.search(r"@|://|\w[./_]\w|^[:~/]|[A-Za-z]\d|\d[A-Za-z]", piece):
            yield from _WORD.findall(piece)


@pytest.fixture
def pseudo_language(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pseudo]:
    """There is a catalog of it; afterwards everything is English again."""
    read, catalog = i18n._read, Pseudo()
    monkeypatch.setattr(i18n, "_read", lambda code: catalog if code == CODE else read(code))
    monkeypatch.setattr(i18n, "languages", lambda: ["en", CODE])
    yield catalog
    i18n.set_language("en")

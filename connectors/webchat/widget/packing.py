"""The texts as short as a browser can unpack them: see `unpack` in source/texts.js.

Cyrillic takes two bytes a letter and shares no letter with the code around it; written in
ASCII letters, one for one, it compresses a third better.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяєіїґё"
ASCII = "abvgde1zijklmnoprstufhcwx5234y678q0<>"
"""What stands for each letter of `CYRILLIC`; capitals are the capitals of both."""

CYRILLIC_LANGUAGES = frozenset({"uk", "ru"})

_PIECES = re.compile(r"(\{\w+\})")


def pack(texts: Mapping[str, Mapping[str, str]], languages: Sequence[str]) -> str:
    """JavaScript: the keys, then a text a key of each language, all parted by `|`."""
    keys = list(texts[languages[0]])
    rows = ["|".join(keys)]
    for language in languages:
        row = [texts[language][key] for key in keys]
        rows.append("|".join(map(_in_ascii, row) if language in CYRILLIC_LANGUAGES else row))
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _in_ascii(text: str) -> str:
    """Raises `ValueError` for a text that would not come out as it went in."""
    pieces = _PIECES.split(text)
    for piece in pieces[::2]:
        if re.search(r"[A-Za-z0-9<>]", piece):
            raise ValueError(f"{text!r} has Latin letters or digits, which stand for Cyrillic ones")
    return "".join(
        piece if index % 2 else "".join(map(_letter, piece)) for index, piece in enumerate(pieces)
    )


def _letter(letter: str) -> str:
    at = CYRILLIC.find(letter.lower())
    if at < 0:
        return letter
    found = ASCII[at]
    if letter.isupper() and not found.isalpha():
        raise ValueError(f"no capital stands for {letter}")
    return found.upper() if letter.isupper() else found

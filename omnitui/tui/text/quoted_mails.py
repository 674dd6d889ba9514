"""Where one quoted mail ends and the next begins: the header blocks that programs write.

`From: … / Sent: … / To: …` in any language: lines of a short word, a colon and something,
of which one holds an address or a year.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_PREFIX = re.compile(r"[>\s]*")
_FIELD = re.compile(r"\*?[^\W\d_][^:<>@\n]{0,24}?\s?:\*?\s+\S")
_TELLING = re.compile(r"\S@\S|\b(?:19|20)\d\d\b")

LEAST = 3
"""Lines of a header block; two may be anything."""


def header_blocks(lines: Sequence[str]) -> list[int]:
    """The lines at which header blocks begin."""
    found: list[int] = []
    start: int | None = None
    for number, line in enumerate([*lines, ""]):
        text = line[_PREFIX.match(line).end() :] if line else ""  # type: ignore[union-attr]
        if _FIELD.match(text):
            start = number if start is None else start
            continue
        if start is not None:
            block = lines[start:number]
            if len(block) >= LEAST and any(_TELLING.search(one) for one in block):
                found.append(start)
        start = None
    return found


def set_apart(text: str) -> str:
    """`text` with an empty line before each header block."""
    lines = text.split("\n")
    starts = set(header_blocks(lines)) - {0}
    if not starts:
        return text
    out: list[str] = []
    for number, line in enumerate(lines):
        if number in starts and lines[number - 1].strip(" >"):
            out.append("")
        out.append(line)
    return "\n".join(out)

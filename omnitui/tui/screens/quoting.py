"""What a reply answers, a piece at a time: lines of a message, sentences of a long one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from textual.content import Content

from config.i18n import _
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.choice_list import Choice

LONG = 60
"""Characters from which a line is offered sentence by sentence."""
MOST = 500
"""Pieces of one message."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")

Piece = tuple[int, str]
"""The number of the line, and the words."""


def pieces(text: str) -> list[Piece]:
    """The lines of `text` that say something, long ones by their sentences."""
    found: list[Piece] = []
    for number, line in enumerate(text.split("\n")):
        parts = _SENTENCE.split(line) if len(line) > LONG else [line]
        found += [(number, part.strip()) for part in parts if part.strip()]
    return found[:MOST]


def quoted(found: Sequence[Piece], chosen: Collection[int]) -> str:
    """The chosen pieces, quoted: what stood together stays together, else a blank line parts it,
    where the answer goes."""
    lines: list[str] = []
    before = None
    for at in sorted(chosen):
        number, words = found[at]
        if before is not None and at == before + 1 and number == found[before][0]:
            lines[-1] += f" {words}"
        else:
            if before is not None and at > before + 1:
                lines.append("")
            lines.append(f"> {words}")
        before = at
    return "\n".join(lines)


def quoted_whole(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


class QuotePieces(Chooser):
    """Dismissed with the numbers of the pieces."""

    DEFAULT_CSS = """
    QuotePieces > #panel { width: 96%; max-width: 120; }
    """
    several = True

    def __init__(self, found: Sequence[Piece]) -> None:
        super().__init__()
        self.title_text = _("Quote of this message")
        self.placeholder = _("type to filter")
        self._pieces = found

    def hints(self) -> str:
        return _("Tab tick · Enter quote · Esc close")

    async def find(self, query: str) -> Sequence[Choice]:
        wanted = query.casefold()
        return [
            Choice(str(number), Content(one_line(words)))
            for number, (_line, words) in enumerate(self._pieces)
            if wanted in words.casefold()
        ]

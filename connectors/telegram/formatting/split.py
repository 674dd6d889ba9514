"""A long text in parts, cut where a reader would."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from wcwidth import grapheme_boundary_before

from connectors.telegram.formatting.entities import VERBATIM, Entity, Formatted, units

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LINE = re.compile(r"\n\s*")
_SENTENCE = re.compile(r"(?<=[.!?…。！？؟])[\"'»”’)\]]*\s+|(?<=[。！？])")
_WORD = re.compile(r"\s+")
_EARLIEST = 2
"""A paragraph, line or sentence may end a part from a half of it on."""


def split(formatted: Formatted, limit: int) -> list[Formatted]:
    """Parts of at most `limit` UTF-16 code units.

    Nothing is lost but the whitespace at the cuts; what an entity covers stays formatted in
    both parts. Cuts are at the end of a paragraph, else of a line, a sentence, a word; a word
    longer than a part is cut between characters as people see them.
    """
    return _Splitter(formatted, limit).parts()


class _Splitter:
    def __init__(self, formatted: Formatted, limit: int) -> None:
        self.text = formatted.text
        self.entities = formatted.entities
        self.limit = limit
        self.offsets = units(self.text)
        codes = sorted(
            (
                (bisect_left(self.offsets, e.offset), bisect_left(self.offsets, e.end))
                for e in formatted.entities
                if e.type in VERBATIM
            ),
        )
        self.code_starts = [start for start, _ in codes]
        self.code_ends = [end for _, end in codes]

    def parts(self) -> list[Formatted]:
        found: list[Formatted] = []
        start, length = 0, len(self.text)
        while self.offsets[length] - self.offsets[start] > self.limit:
            cut, following = self._cut(start)
            self._take(found, start, cut)
            start = following
        self._take(found, start, length)
        # Nothing but whitespace is one part, whatever its length: Telegram takes it away.
        return found or [Formatted(self.text if self.offsets[length] <= self.limit else "")]

    def _take(self, found: list[Formatted], start: int, end: int) -> None:
        text = self.text[start:end]
        if not text.strip():
            return
        first, last = self.offsets[start], self.offsets[end]
        entities = []
        for each in self.entities:
            begin, stop = max(each.offset, first), min(each.end, last)
            if begin < stop:
                entities.append(Entity(each.type, begin - first, stop - begin, each.value))
        found.append(Formatted(text, tuple(entities)))

    def _cut(self, start: int) -> tuple[int, int]:
        """Where the part that begins at `start` ends, and where the next one begins."""
        stop = bisect_right(self.offsets, self.offsets[start] + self.limit) - 1
        half = start + max((stop - start) // _EARLIEST, 1)
        code = self._code_at(stop)
        if code is not None:
            begin, end = code
            if begin > half and self.offsets[end] - self.offsets[begin] <= self.limit:
                stop = begin  # it fits into the next part as a whole
            else:
                return self._cut_code(max(start, begin), half, stop)
        for pattern, earliest in (
            (_PARAGRAPH, half),
            (_LINE, half),
            (_SENTENCE, half),
            (_WORD, start + 1),
        ):
            place = self._last(pattern, earliest, stop)
            if place is not None:
                return place
        if stop < len(self.text) and code is not None and stop == code[0]:
            return stop, stop
        cut = grapheme_boundary_before(self.text, stop + 1) if stop < len(self.text) else stop
        cut = cut if cut > start else max(stop, start + 1)
        return cut, cut

    def _last(self, pattern: re.Pattern[str], earliest: int, stop: int) -> tuple[int, int] | None:
        """The last such place from which a part may end on, not inside of code."""
        found: tuple[int, int] | None = None
        # One place more: whitespace right after the limit is no part of the part.
        for match in pattern.finditer(self.text, earliest, min(stop + 1, len(self.text))):
            if match.start() <= stop and self._code_at(match.start()) is None:
                found = match.start(), self._after(match.start())
        if found is None or pattern is not _SENTENCE:
            return found
        # Quotation marks and brackets after the full stop belong to the sentence.
        cut = found[0]
        while cut < stop and not self.text[cut].isspace() and self.text[cut] in "\"'»”’)]":
            cut += 1
        return cut, self._after(cut)

    def _after(self, cut: int) -> int:
        """Behind the whitespace; a block of code keeps its indent."""
        index = bisect_left(self.code_starts, cut)
        end = self.code_starts[index] if index < len(self.code_starts) else len(self.text)
        while cut < end and self.text[cut].isspace():
            cut += 1
        return cut

    def _code_at(self, place: int) -> tuple[int, int] | None:
        """The code that a cut at `place` would be inside of."""
        index = bisect_left(self.code_starts, place) - 1
        if index >= 0 and place < self.code_ends[index]:
            return self.code_starts[index], self.code_ends[index]
        return None

    def _cut_code(self, start: int, half: int, stop: int) -> tuple[int, int]:
        """In code longer than a part: at the end of a line, which keeps the next one's indent."""
        end_of_line = self.text.rfind("\n", max(start + 1, half), stop + 1)
        if end_of_line > start:
            return end_of_line, end_of_line + 1
        space = self.text.rfind(" ", max(start + 1, half), stop + 1)
        if space > start:
            return space, space
        cut = grapheme_boundary_before(self.text, stop + 1)
        cut = cut if cut > start else max(stop, start + 1)
        return cut, cut

"""One line of a formatted text, written as light Markdown that reads back as just that.

Characters that could be taken for markup are escaped only where they would be: a line is first
written with none of them escaped and read again, then with those escaped that seem to need it,
and last with all, which always reads back right.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from connectors.telegram.formatting.dialect import (
    DELIMITERS,
    ESCAPABLE,
    FENCE,
    JOINT,
    KIND_OF_RUN,
    LITERAL,
    MARKS,
    MENTION,
    can_close,
    can_open,
    clean,
    in_word,
    runs,
)
from connectors.telegram.formatting.entities import LINKS, VERBATIM, Span, normalised
from connectors.telegram.formatting.inline import parse
from connectors.telegram.formatting.links import Links

_BACKTICKS = re.compile(r"`+")
_SPECIAL = re.compile(rf"[*_~|`\\\[\]{JOINT}]")
_RUN = re.compile(rf"\*+|_+|~+|\|+|`+|[\\\[\]{JOINT}]")
_NEEDY = re.compile(rf"(?P<literal>{LITERAL.pattern})|[*_~|]+|`+|[\\\[\]{JOINT}]", re.I)


def write_line(text: str, start: int, end: int, going: Sequence[Span]) -> str:
    """`text[start:end]`, a line of it, with the spans that have a part in it (no quotes, no
    blocks)."""
    line = text[start:end]
    if not going and not _SPECIAL.search(line):
        return line
    pieces = _pieces(line, start, going)
    atoms = _atoms(line, pieces)
    written = ""
    for escaped in (_only_joints, _where_needed, _everywhere):
        written = _Writer(atoms, escaped).written()
        if FENCE.fullmatch(written):
            written = "\\" + written
        if _reads_back(written, line, pieces):
            break
    return written


@dataclass(frozen=True, slots=True)
class _Piece:
    """The part of a span that is in this line, in its offsets."""

    span: Span
    before: bool = False
    """A code that began in an earlier line."""
    after: bool = False
    """A code that goes on in a later line."""


@dataclass(frozen=True, slots=True)
class _Atom:
    kind: Literal["text", "open", "close", "code", "link", "link end"]
    text: str
    before: bool = False
    after: bool = False
    in_link: bool = False


def _pieces(line: str, start: int, going: Sequence[Span]) -> list[_Piece]:
    """Without whitespace at their ends."""
    found = []
    for span in going:
        first, last = max(span.start - start, 0), min(span.end - start, len(line))
        inner = line[first:last]
        first += len(inner) - len(inner.lstrip())
        last -= len(inner) - len(inner.rstrip())
        if first < last:
            code = span.kind in VERBATIM
            found.append(
                _Piece(
                    Span(span.kind, first, last, span.value),
                    code and span.start < start,
                    code and span.end > start + len(line),
                )
            )
    return found


def _reads_back(written: str, line: str, pieces: Sequence[_Piece]) -> bool:
    found = parse(written)
    if found.text != line:
        return False
    return (
        set(normalised(line, found.spans)) == set(normalised(line, [p.span for p in pieces]))
        and {p.span.start for p in pieces if p.before} <= found.before
        and {p.span.end for p in pieces if p.after} <= found.after
        and not ({p.span.start for p in pieces if not p.before} & found.before & _starts(line))
    )


def _starts(line: str) -> set[int]:
    """Where a code would be the first thing in its line."""
    return {len(line) - len(line.lstrip())}


def _atoms(line: str, pieces: Sequence[_Piece]) -> list[_Atom]:
    """Text, marks properly nested, codes."""
    links = [p.span for p in pieces if p.span.kind in LINKS]
    styles = [p.span for p in pieces if p.span.kind in MARKS]
    codes = {p.span.start: p for p in pieces if p.span.kind in VERBATIM}
    opening: dict[int, list[Span]] = {}
    for span in [*links, *_cut(styles, links)]:
        opening.setdefault(span.start, []).append(span)
    edges = {*opening, *codes}
    edges |= {span.end for spans in opening.values() for span in spans}
    edges |= {piece.span.end for piece in codes.values()}
    atoms: list[_Atom] = []
    stack: list[Span] = []
    at = 0
    for edge in sorted(edges):
        if at < edge:
            atoms.append(_Atom("text", line[at:edge], in_link=_in_link(stack)))
            at = edge
        again: list[Span] = []
        first = next((i for i, span in enumerate(stack) if span.end <= edge), len(stack))
        for span in reversed(stack[first:]):
            atoms.append(_closing(span))
            if span.end > edge:
                again.append(span)
        del stack[first:]
        again += opening.get(edge, [])
        # A link is outside of what ends with it: styles in it never reach out of it.
        for span in sorted(again, key=lambda s: (-s.end, s.kind not in LINKS, s.kind)):
            atoms.append(
                _Atom("link", "[") if span.kind in LINKS else _Atom("open", MARKS[span.kind])
            )
            stack.append(span)
        if (piece := codes.get(edge)) is not None:
            atoms += _code(line, piece)
            at = piece.span.end
    if at < len(line):
        atoms.append(_Atom("text", line[at:]))
    return atoms


def _cut(styles: Sequence[Span], links: Sequence[Span]) -> list[Span]:
    """Styles that contain a link or lie in it, cut where they would only overlap. `links` are
    in order and apart."""
    pieces: list[Span] = []
    ends = [link.end for link in links]
    for style in styles:
        start = style.start
        at = bisect_right(ends, start)
        while at < len(links) and links[at].start < style.end:
            link = links[at]
            if link.start < style.start or style.end < link.end:
                for edge in (link.start, link.end):
                    if start < edge < style.end:
                        pieces.append(Span(style.kind, start, edge))
                        start = edge
            at += 1
        pieces.append(Span(style.kind, start, style.end))
    return pieces


def _in_link(stack: Sequence[Span]) -> bool:
    return any(span.kind in LINKS for span in stack)


def _closing(span: Span) -> _Atom:
    if span.kind not in LINKS:
        return _Atom("close", MARKS[span.kind])
    mention = MENTION if span.kind == "text_mention" else ""
    return _Atom("link end", f"]({mention}{span.value})")


def _code(line: str, piece: _Piece) -> list[_Atom]:
    content = line[piece.span.start : piece.span.end]
    sizes = {len(row) for row in _BACKTICKS.findall(content)}
    if piece.span.kind == "pre":
        fence = "`" * max(3, 1 + max(sizes, default=0))
        opening, closing = "", ""
        if piece.span.value or JOINT in content or content[0].isspace() or content[0] == "`":
            opening = piece.span.value + JOINT
        if content[-1].isspace() or content[-1] in "`" + JOINT:
            closing = JOINT
        written = f"{fence}{opening}{content}{closing}{fence}"
        return [_Atom("code", written, piece.before, piece.after)]
    parts = [content] if not {1, 2} <= sizes else _unmixed(content)
    last = len(parts) - 1
    return [
        _Atom("code", _coded(part), piece.before and not index, piece.after and index == last)
        for index, part in enumerate(parts)
    ]


def _unmixed(content: str) -> list[str]:
    """Parts with either single or double backticks in them."""
    parts: list[str] = []
    start, kind = 0, 0
    for row in _BACKTICKS.finditer(content):
        size = len(row[0])
        if size > 2 or size == kind:
            continue
        if kind:
            parts.append(content[start : row.start()])
            start = row.start()
        kind = size
    return [*parts, content[start:]]


def _coded(content: str) -> str:
    fence = "``" if 1 in {len(row) for row in _BACKTICKS.findall(content)} else "`"
    first, last = content[0], content[-1]
    opening = JOINT if first.isspace() or first in "`" + JOINT else ""
    closing = JOINT if last.isspace() or last in "`" + JOINT else ""
    return f"{fence}{opening}{content}{closing}{fence}"


@dataclass(frozen=True, slots=True)
class _Around:
    left: str
    """The character before a text in the written line; "" at its start."""
    right: str
    opened: frozenset[str]
    """Marks that are open around it."""


_Escaped = Callable[[str, _Around], str]


class _Writer:
    def __init__(self, atoms: Sequence[_Atom], escaped: _Escaped) -> None:
        self.atoms = atoms
        self.escaped = escaped
        self.everywhere = escaped is _everywhere
        self.out: list[str] = []
        self.last = ""
        """The character before."""
        self.earlier: _Atom | None = None
        self.opened: list[str] = []

    def written(self) -> str:
        for index, atom in enumerate(self.atoms):
            following = self.atoms[index + 1] if index + 1 < len(self.atoms) else None
            if atom.kind == "text":
                right = following.text[0] if following else ""
                around = _Around(self.last, right, frozenset(self.opened))
                self._put(atom, _in_label(self.escaped, atom)(atom.text, around))
                continue
            if self._needs_joint(atom):
                self._put(atom, JOINT)
            self._put(atom, atom.text, joined=True)
            if atom.kind == "open":
                self.opened.append(atom.text)
                if following and following.kind == "text" and following.text[0].isspace():
                    self._put(atom, JOINT, joined=True)
            elif atom.kind == "close":
                self.opened.pop()
            elif atom.kind == "code" and atom.after:
                self._put(atom, JOINT, joined=True)
        return "".join(self.out)

    def _put(self, atom: _Atom, text: str, *, joined: bool = False) -> None:
        if not text or (text == JOINT and self.last == JOINT):
            return
        if not joined and text != JOINT and self._parted(atom, text):
            self.out.append(JOINT)
        self.out.append(text)
        self.last = text[-1]
        self.earlier = atom

    def _parted(self, atom: _Atom, text: str) -> bool:
        """Whether a text after markup needs a joint before it."""
        earlier = self.earlier
        first = text[0]
        if earlier is None or self.last == JOINT:
            return False
        match earlier.kind:
            case "close":
                away = self.everywhere and not first.isspace()
                return away or in_word(first) or first in DELIMITERS
            case "open":
                return first in DELIMITERS
            case "code":
                return first == "`"
        return False

    def _needs_joint(self, atom: _Atom) -> bool:
        """Whether this markup needs a joint before it."""
        last = self.last
        earlier = self.earlier.kind if self.earlier else ""
        if not last or last == JOINT:
            return atom.before
        after_text = earlier == "text"
        away = self.everywhere and after_text and not last.isspace()
        match atom.kind:
            case "open":
                if earlier == "open":
                    return last == atom.text[0]
                return away or in_word(last) or last in DELIMITERS or last == "\\"
            case "close":
                if earlier == "close":
                    return last == atom.text[0]
                return away or last.isspace() or last in DELIMITERS
            case "code":
                return atom.before or in_word(last) or last in "`\\"
            case "link":
                return away
        return False


def _in_label(escaped: _Escaped, atom: _Atom) -> _Escaped:
    """In a link's text no bracket stands unescaped."""
    if not atom.in_link or escaped is _everywhere:
        return escaped

    def written(text: str, around: _Around) -> str:
        parts = re.split(r"([\[\]])", text)
        return "".join(
            _strict(part) if part in ("[", "]") else escaped(part, around) for part in parts
        )

    return written


def _strict(run: str) -> str:
    return f"{JOINT}\\{run}"


def _only_joints(text: str, around: _Around) -> str:
    return text.replace(JOINT, _strict(JOINT))


def _everywhere(text: str, around: _Around) -> str:
    return _RUN.sub(lambda match: _strict(match[0]), text)


def _where_needed(text: str, around: _Around) -> str:
    links = Links(text)

    def escaped(match: re.Match[str]) -> str:
        found = match[0]
        if match["literal"]:
            return found
        left = text[match.start() - 1] if match.start() else around.left
        right = text[match.end()] if match.end() < len(text) else around.right
        character = found[0]
        if character in DELIMITERS:
            return _delimiters(found, left, right, around)
        if character == JOINT:
            return _strict(found)
        if character == "\\":
            return _strict(found) if right and right in ESCAPABLE else found
        if character == "[" and not links.at(match.start()):
            return found
        if character == "]" or (character == "`" and (in_word(left) or left == "\\")):
            return found
        return f"\\{found}" if clean(left) else _strict(found)

    return _NEEDY.sub(escaped, text)


def _delimiters(cluster: str, left: str, right: str, around: _Around) -> str:
    opens = can_open(left, right)
    closes = can_close(left, right)
    parts = []
    for run in runs(cluster):
        known = run in KIND_OF_RUN
        if known and opens:
            parts.append(f"\\{run}" if clean(left) else _strict(run))
        elif known and closes and run in around.opened:
            parts.append(_strict(run))
        else:
            parts.append(run)
    return "".join(parts)

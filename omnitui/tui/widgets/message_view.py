"""How one message looks in the timeline: its header, its frame, and the one-line form.

Whose it is must be plain without colour: the customer's has a bar at its left, ours is
indented with a bar at its right, a note stands in a frame that says NOTE.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style

from config.i18n import _
from omnitui.tui.text.cells import width
from omnitui.tui.text.inline import Inline
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.widgets.message_body import body, summary
from omnitui.tui.widgets.message_look import MessageLook, is_one_line
from omnitui.tui.widgets.message_marks import Marks, marks
from omnitui.tui.widgets.text_flow import Piece
from omnitui.tui.words import chat_facts, contact_facts, mail_facts
from omnitui.tui.words.channels import glyph, visitor
from omnitui.tui.words.moments import clock
from store.model import Message

MEASURE = 96
"""Cells of text on a line at most: longer ones are hard to read."""

GAP = 2
"""Cells at least between a text and the time at the end of its line."""

COUNTED_DOWN = 24
"""Cells kept for the state and time of a reply that has not left: while it counts down nothing
moves."""


@dataclass(frozen=True, slots=True)
class Box:
    """The frame that a direction draws its text into."""

    layer: str
    left: str
    right: str
    bar: str
    """Component class of the frame's colour."""
    cells: int
    """For the text."""


def draw(message: Message, cells: int, look: MessageLook) -> list[Line]:
    """The message's lines, each `cells` wide without gutter; the first is its header, or what
    stands for it in a block."""
    box = _box(message, cells)
    folded = is_one_line(message, look)
    pieces = [] if folded else list(body(message, box.cells, look))
    joined = _joined(message, pieces[0], cells, look, "") if look.follows and pieces else None
    if joined is not None:
        lines = [joined]
        del pieces[0]
    else:
        lines = [header(message, cells, look, "")]
    lines += [_framed(piece, box, cells, look) for piece in pieces]
    if message.direction == "note":
        rule = LineBuilder(cells, look.style("timeline--row"))
        rule.add(f"  ╰{'─' * max(0, cells - 4)}╯", look.style("timeline--row", "timeline--note"))
        lines.append(rule.finish())
    if not look.followed:
        lines.append(LineBuilder(cells, look.style("timeline--row")).finish())
    return lines


def first_line(message: Message, cells: int, look: MessageLook, over: str) -> Line:
    """The first of `draw`'s lines. `over`: a class that highlights it."""
    if look.follows and not is_one_line(message, look):
        piece = next(iter(body(message, _box(message, cells).cells, look)), None)
        joined = _joined(message, piece, cells, look, over) if piece is not None else None
        if joined is not None:
            return joined
    return header(message, cells, look, over)


def header(message: Message, cells: int, look: MessageLook, over: str) -> Line:
    """Who, on what, when and in what state; who and on what the block's first says for all."""
    if message.direction == "note":
        return _note_header(message, cells, look, over)
    box = _box(message, cells)
    layers = (box.layer, over) if over else (box.layer,)
    line = LineBuilder(cells, look.style(*layers))
    line.add(box.left, look.style(*layers, box.bar))
    right = _right_end(message, box, look, layers)
    room = line.room - _cells(right) - 1
    if is_one_line(message, look):
        _one_line(line, message, look, layers, room)
        line.part = "mail"
        return line.finish(*right)
    if look.follows:
        return line.finish(*right)
    start = line.used
    line.add(f"{glyph(message.channel)} ", look.style(*layers, box.bar), room)
    who = "timeline--customer" if message.direction == "in" else "timeline--agent"
    line.add(_author(message, look), look.style(*layers, who), room - (line.used - start))
    spare = room - (line.used - start)
    other = _other_end(message)
    if other and spare > 8:
        line.add(other, look.style(*layers, "timeline--quiet"), spare)
    return line.finish(*right)


def _joined(
    message: Message, piece: Piece, cells: int, look: MessageLook, over: str
) -> Line | None:
    """A follow-up's first line with what its header says at the end; None: no room for it."""
    box = _box(message, cells)
    layers = (box.layer, over) if over else (box.layer,)
    right = _right_end(message, box, look, layers)
    words = piece.inline.text if piece.inline is not None else piece.text
    needed = _cells(right)
    if message.state in ("queued", "sending"):
        needed = max(needed, COUNTED_DOWN)
    if not words or width(box.left) + width(words) + GAP + needed > cells:
        return None
    return _framed(piece, box, cells, look, over, right)


def _right_end(message: Message, box: Box, look: MessageLook, layers: tuple[str, ...]) -> Marks:
    """Signs, state, time, and the frame."""
    return [
        *marks(message, look, layers),
        (clock(message.arrived_at, look.tz), look.style(*layers, "timeline--quiet")),
        (f" {box.right}", look.style(*layers, box.bar)),
    ]


def _cells(signs: Marks) -> int:
    return sum(width(text) for text, _style in signs)


def _one_line(
    line: LineBuilder, message: Message, look: MessageLook, layers: tuple[str, ...], room: int
) -> None:
    """`▸ ↻ out-of-office reply  Olena  I am away until Monday`."""
    words, begins = summary(message)
    quiet = look.style(*layers, "timeline--quiet")
    report = mail_facts.bounce(message)
    loud = "timeline--error" if report is not None and report.failed else "timeline--quiet"
    start = line.used

    def left() -> int:
        return room - (line.used - start)

    line.add("▸ ", quiet, left())
    line.add(words, look.style(*layers, loud), left())
    if report is None and left() > 4:
        line.add(f"  {_author(message, look)}", look.style(*layers, "timeline--dimname"), left())
    if begins and left() > 8:
        line.add(f"  {begins}", quiet, left())


def _note_header(message: Message, cells: int, look: MessageLook, over: str) -> Line:
    layers = ("timeline--row", over) if over else ("timeline--row",)
    frame = look.style(*layers, "timeline--note")
    line = LineBuilder(cells, look.style(*layers)).add("  ╭─ ", frame)
    line.add(_("NOTE"), look.style(*layers, "timeline--notelabel"))
    time = clock(message.arrived_at, look.tz)
    author = _author(message, look)
    if author:
        line.add(f" {author} ", look.style(*layers, "timeline--agent"), line.room - width(time) - 5)
    if message.state == "cancelled":
        line.add(f"{_('struck out')} ", look.style(*layers, "timeline--quiet"))
    line.add("─" * max(0, line.room - width(time) - 4), frame)
    line.add(f" {time} ", look.style(*layers, "timeline--quiet"))
    return line.add("─╮", frame).finish()


def text_width(cells: int, direction: str) -> int:
    """Cells for the text of a message in a timeline `cells` wide."""
    taken = 2 if direction == "in" else 6 if direction == "note" else _indent(cells) + 3
    return max(8, min(MEASURE, cells - taken - (1 if direction == "in" else 0)))


def _indent(cells: int) -> int:
    return 8 if cells >= 72 else 4 if cells >= 48 else 2


def _box(message: Message, cells: int) -> Box:
    inner = text_width(cells, message.direction)
    if message.direction == "in":
        return Box("timeline--theirs", "┃ ", "", "timeline--bar", inner)
    if message.direction == "note":
        return Box("timeline--row", "  │ ", "│", "timeline--note", inner)
    return Box("timeline--ours", " " * _indent(cells), "┃", "timeline--ourbar", inner)


def _framed(
    piece: Piece,
    box: Box,
    cells: int,
    look: MessageLook,
    over: str = "",
    right: Marks | None = None,
) -> Line:
    """A line of the body. `over`: a class that highlights it; `right`: what ends it, instead of
    the frame alone."""
    layers = (box.layer, over) if over else (box.layer,)
    line = LineBuilder(cells, look.style(*layers))
    line.part = piece.part
    line.add(box.left, look.style(*layers, box.bar))
    if piece.inline is None:
        line.add(piece.text, look.style(*layers, piece.style))
    else:
        for text, kinds in _runs(piece.inline):
            names = [f"timeline--{kind}" for kind in kinds]
            line.add(text, look.style(*layers, piece.style, *names))
    if right is not None:
        return line.finish(*right)
    if not box.right:
        return line.finish()
    line.skip_to(cells - 2)
    return line.add(f" {box.right}", look.style(*layers, box.bar)).finish()


def _runs(inline: Inline) -> Iterable[tuple[str, list[str]]]:
    """The text cut where any span begins or ends, each piece with its kinds."""
    cuts = sorted(
        {0, len(inline.text), *(s.start for s in inline.spans), *(s.end for s in inline.spans)}
    )
    for start, end in pairwise(cuts):
        kinds = [span.kind for span in inline.spans if span.start <= start and span.end >= end]
        yield inline.text[start:end], [str(kind) for kind in dict.fromkeys(kinds)]


def _author(message: Message, look: MessageLook) -> str:
    name = one_line(message.author)
    if message.direction == "in":
        if message.channel == "webchat" and message.author in ("", message.author_address):
            # Who has not said their name has the customer's, which may come from a form.
            known = "" if look.customer == message.author_address else one_line(look.customer)
            return known or visitor(message.author_address) or _("customer")
        return name or one_line(message.author_address) or _("customer")
    return name or _("we")


def _other_end(message: Message) -> str:
    """The address beside the name: whom we wrote to, where they wrote from.

    A chat's number says nothing to a person; a group's topic does.
    """
    if (contact := contact_facts.words(message)) is not None:
        return f"  {contact}"
    if message.channel != "email":
        topic = chat_facts.topic(message)
        return f"  # {topic}" if topic else _as_whom(message)
    if message.direction == "in":
        address = one_line(message.author_address)
        return f"  {address}" if address and address != one_line(message.author) else ""
    shown = [one_line(to.address) for to in message.recipients]
    if not shown:
        return ""
    more = f" +{len(shown) - 1}" if len(shown) > 1 else ""
    return f"  → {shown[0]}{more}"


def _as_whom(message: Message) -> str:
    """The Business account in whose chat it stands, where the name beside does not say it."""
    name = chat_facts.business(message)
    if name is None or (message.direction == "out" and name == one_line(message.author)):
        return ""
    if message.direction == "in":
        return f"  → {name or _('business')}"
    return "  " + (_("as {name}").format(name=name) if name else _("business"))


def gutter(mark: str, style: Style) -> Segment:
    """The first cell of each line of a message."""
    return Segment("▌" if mark else " ", style)

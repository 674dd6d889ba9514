"""How one message looks in the timeline: its header, its frame, and the one-line form.

Whose it is must be plain without colour: the customer's has a bar at its left, ours is
indented with a bar at its right, a note stands in a frame that says NOTE.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style

from config.i18n import _
from omnitui.tui import chat_facts, mail_facts
from omnitui.tui.cells import width
from omnitui.tui.channels import glyph
from omnitui.tui.inline import Inline
from omnitui.tui.moments import MINUTE, clock, soon, stamp
from omnitui.tui.safe_text import one_line
from omnitui.tui.strips import Line, LineBuilder
from omnitui.tui.widgets.message_body import body, summary
from omnitui.tui.widgets.message_files import attached
from omnitui.tui.widgets.message_look import MessageLook, is_one_line
from omnitui.tui.widgets.text_flow import Piece
from store.model import Message, Millis

MEASURE = 96
"""Cells of text on a line at most: longer ones are hard to read."""

Marks = list[tuple[str, Style | None]]
"""What stands at the right end of a header."""


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
    """The message's lines, each `cells` wide without gutter; the first is its header."""
    box = _box(message, cells)
    lines = [header(message, cells, look, "")]
    if not is_one_line(message, look):
        lines += [_framed(piece, box, cells, look) for piece in body(message, box.cells, look)]
    if message.direction == "note":
        rule = LineBuilder(cells, look.style("timeline--row"))
        rule.add(f"  ╰{'─' * max(0, cells - 4)}╯", look.style("timeline--row", "timeline--note"))
        lines.append(rule.finish())
    lines.append(LineBuilder(cells, look.style("timeline--row")).finish())
    return lines


def header(message: Message, cells: int, look: MessageLook, over: str) -> Line:
    """Who, on what, when and in what state. `over`: a class that highlights it."""
    if message.direction == "note":
        return _note_header(message, cells, look, over)
    box = _box(message, cells)
    layers = (box.layer, over) if over else (box.layer,)
    quiet = look.style(*layers, "timeline--quiet")
    line = LineBuilder(cells, look.style(*layers))
    line.add(box.left, look.style(*layers, box.bar))
    right: Marks = [
        *_marks(message, look, layers),
        (clock(message.arrived_at, look.tz), quiet),
        (f" {box.right}", look.style(*layers, box.bar)),
    ]
    room = line.room - sum(width(text) for text, _style in right) - 1
    if is_one_line(message, look):
        _one_line(line, message, look, layers, room)
        line.part = "mail"
        return line.finish(*right)
    start = line.used
    line.add(f"{glyph(message.channel)} ", look.style(*layers, box.bar), room)
    who = "timeline--customer" if message.direction == "in" else "timeline--agent"
    line.add(_author(message), look.style(*layers, who), room - (line.used - start))
    spare = room - (line.used - start)
    other = _other_end(message)
    if other and spare > 8:
        line.add(other, quiet, spare)
    return line.finish(*right)


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
        line.add(f"  {_author(message)}", look.style(*layers, "timeline--dimname"), left())
    if begins and left() > 8:
        line.add(f"  {begins}", quiet, left())


def _note_header(message: Message, cells: int, look: MessageLook, over: str) -> Line:
    layers = ("timeline--row", over) if over else ("timeline--row",)
    frame = look.style(*layers, "timeline--note")
    line = LineBuilder(cells, look.style(*layers)).add("  ╭─ ", frame)
    line.add(_("NOTE"), look.style(*layers, "timeline--notelabel"))
    time = clock(message.arrived_at, look.tz)
    author = _author(message)
    if author:
        line.add(f" {author} ", look.style(*layers, "timeline--agent"), line.room - width(time) - 5)
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


def _framed(piece: Piece, box: Box, cells: int, look: MessageLook) -> Line:
    line = LineBuilder(cells, look.style(box.layer))
    line.part = piece.part
    line.add(box.left, look.style(box.layer, box.bar))
    if piece.inline is None:
        line.add(piece.text, look.style(box.layer, piece.style))
    else:
        for text, kinds in _runs(piece.inline):
            names = [f"timeline--{kind}" for kind in kinds]
            line.add(text, look.style(box.layer, piece.style, *names))
    if not box.right:
        return line.finish()
    line.skip_to(cells - 2)
    return line.add(f" {box.right}", look.style(box.layer, box.bar)).finish()


def _runs(inline: Inline) -> Iterable[tuple[str, list[str]]]:
    """The text cut where any span begins or ends, each piece with its kinds."""
    cuts = sorted(
        {0, len(inline.text), *(s.start for s in inline.spans), *(s.end for s in inline.spans)}
    )
    for start, end in pairwise(cuts):
        kinds = [span.kind for span in inline.spans if span.start <= start and span.end >= end]
        yield inline.text[start:end], [str(kind) for kind in dict.fromkeys(kinds)]


def _marks(message: Message, look: MessageLook, layers: tuple[str, ...]) -> Marks:
    """Small signs: what is attached, what was broken; and what became of what we sent."""
    found: Marks = []
    quiet = look.style(*layers, "timeline--quiet")
    files = 0 if is_one_line(message, look) else len(attached(message))
    if files:
        found += [(f"▤{files}" if files > 1 else "▤", quiet), (" ", None)]
    if (at := chat_facts.edited_at(message)) is not None:
        words = _("edited {time}").format(time=stamp(at, look.now, look.tz))
        found.append((f"{words} · ", quiet))
    if message.direction == "out" and chat_facts.silent(message):
        found.append((f"{_('silent')} · ", quiet))
    if message.direction == "in" and (broken := len(mail_facts.defects(message))):
        found += [(f"⚠{broken}", quiet), (" ", None)]
    return [*found, *_state(message, look, layers)]


def _state(message: Message, look: MessageLook, layers: tuple[str, ...]) -> Marks:
    if message.direction != "out":
        return []
    quiet = look.style(*layers, "timeline--quiet")
    waiting = look.style(*layers, "timeline--waiting")
    loud = look.style(*layers, "timeline--failed")
    gap: tuple[str, Style | None] = (" ", None)
    if message.state == "sent":
        lost = mail_facts.undelivered(message)
        if lost and not lost[0].failed:
            return [(_("delayed"), waiting), gap]
        if lost or message.error:
            return [(_(" NOT TO ALL "), loud), gap]
        return [("✓", look.style(*layers, "timeline--sent")), gap]
    if message.state == "failed":
        returned = mail_facts.bounced(message)
        return [(_(" BOUNCED ") if returned else _(" NOT SENT "), loud), gap]
    if message.state == "unknown":
        return [(_(" SENT? UNKNOWN "), loud), gap]
    if message.state == "sending":
        return [(_("sending…"), waiting), gap]
    if message.state == "cancelled":
        return [(_("cancelled"), quiet), gap]
    return [(countdown(look.due, look.now, look.tz), waiting), gap]


def countdown(due: Millis | None, now: Millis, tz: dt.tzinfo | None) -> str:
    """What is shown while a reply can still be taken back."""
    if due is None or due <= now:
        return _("queued")
    if due - now < MINUTE:
        return _("sends in {n} s").format(n=-(-(due - now) // 1000))
    return _("sends {time}").format(time=soon(due, now, tz))


def _author(message: Message) -> str:
    name = one_line(message.author)
    if message.direction == "in":
        return name or one_line(message.author_address) or _("customer")
    return name or _("we")


def _other_end(message: Message) -> str:
    """The address beside the name: whom we wrote to, where they wrote from.

    A chat's number says nothing to a person; a group's topic does.
    """
    if message.channel != "email":
        topic = chat_facts.topic(message)
        return f"  # {topic}" if topic else ""
    if message.direction == "in":
        address = one_line(message.author_address)
        return f"  {address}" if address and address != one_line(message.author) else ""
    shown = [one_line(to.address) for to in message.recipients]
    if not shown:
        return ""
    more = f" +{len(shown) - 1}" if len(shown) > 1 else ""
    return f"  → {shown[0]}{more}"


def gutter(mark: str, style: Style) -> Segment:
    """The first cell of each line of a message."""
    return Segment("▌" if mark else " ", style)

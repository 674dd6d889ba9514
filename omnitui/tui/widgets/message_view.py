"""How one message looks in the timeline.

Whose it is must be plain without colour: the customer's has a bar at its left, ours is
indented with a bar at its right, a note stands in a frame that says NOTE.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rich.segment import Segment
from rich.style import Style

from config.i18n import _, ngettext
from omnitui.tui.cells import width
from omnitui.tui.channels import glyph
from omnitui.tui.inline import Inline, highlight, parse
from omnitui.tui.moments import clock, soon
from omnitui.tui.safe_text import one_line, safe
from omnitui.tui.strips import Line, LineBuilder
from omnitui.tui.wrap import indent_of, wrap
from store.model import Attachment, Message, Millis

MEASURE = 96
"""Cells of text on a line at most: longer ones are hard to read."""

FOLDED_LINES = 60
"""Lines of a text shown before the rest is folded."""

MOST_CHARACTERS = 200_000
"""Of a text that is drawn at all; what is longer is opened outside."""

SIGNATURE_LINES = 2
"""A signature of up to this many lines is shown, dim; a longer one is folded."""

MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class MessageLook:
    """What a message's lines depend on besides the message."""

    style: Callable[..., Style]
    agent: str
    now: Millis
    tz: dt.tzinfo | None
    due: Millis | None
    """When it leaves, if it is queued."""
    expanded: bool
    subject: str
    """The conversation's: one that differs is shown."""
    needle: str
    """What was searched for, marked where it stands."""


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
    for text, style, inline in _body(message, box.cells, look):
        lines.append(_framed(text, style, inline, box, cells, look))
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
    line = LineBuilder(cells, look.style(*layers))
    line.add(box.left, look.style(*layers, box.bar))
    right: list[tuple[str, Style | None]] = [
        *_state(message, look, layers),
        (clock(message.arrived_at, look.tz), look.style(*layers, "timeline--quiet")),
        (f" {box.right}", look.style(*layers, box.bar)),
    ]
    room = line.room - sum(width(text) for text, _style in right) - 1
    start = line.used
    line.add(f"{glyph(message.channel)} ", look.style(*layers, box.bar), room)
    who = "timeline--customer" if message.direction == "in" else "timeline--agent"
    line.add(_author(message, look), look.style(*layers, who), room - (line.used - start))
    spare = room - (line.used - start)
    other = _other_end(message)
    if other and spare > 8:
        line.add(other, look.style(*layers, "timeline--quiet"), spare)
    return line.finish(*right)


def _note_header(message: Message, cells: int, look: MessageLook, over: str) -> Line:
    layers = ("timeline--row", over) if over else ("timeline--row",)
    frame = look.style(*layers, "timeline--note")
    line = LineBuilder(cells, look.style(*layers)).add("  ╭─ ", frame)
    line.add(_("NOTE"), look.style(*layers, "timeline--notelabel"))
    time = clock(message.arrived_at, look.tz)
    author = _author(message, look)
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


Piece = tuple[str, str, Inline | None]
"""Text, component class, and the marks in it (whose text is then shown instead)."""


def _body(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    yield from _labels(message, look)
    subject = one_line(message.subject)
    if subject and message.channel == "email" and not _same_subject(subject, look.subject):
        yield from _wrapped(subject, cells, "timeline--subject")
    formatted = message.direction != "in"
    style = "timeline--gone" if message.state == "cancelled" else "timeline--text"
    yield from _text(message.text, cells, style, look, formatted=formatted)
    yield from _folded_parts(message, cells, look)
    for file in message.attachments:
        if not (file.inline and file.content_id and not file.name):
            yield from _wrapped(_file(file), cells, "timeline--file")
    if message.state in ("failed", "unknown"):
        yield from _trouble(message, cells)


def _text(
    text: str, cells: int, style: str, look: MessageLook, *, formatted: bool = False
) -> Iterable[Piece]:
    shown = safe(text[:MOST_CHARACTERS].strip("\n\r "), newlines=True)
    lines = shown.split("\n")
    left = None if look.expanded else FOLDED_LINES
    blank_before = False
    for number, line in enumerate(lines):
        if not line.strip():
            # Any number of blank lines says no more than one.
            if not blank_before:
                yield "", style, None
            blank_before = True
            continue
        blank_before = False
        inline = highlight(parse(line.rstrip(), formatted=formatted), look.needle)
        hanging = indent_of(inline.text, cells // 3)
        for start, end in wrap(inline.text, cells, hanging):
            if left is not None:
                if left == 0:
                    rest = len(lines) - number
                    more = ngettext("▸ {n} more line", "▸ {n} more lines", rest)
                    yield more.format(n=rest), "timeline--fold", None
                    return
                left -= 1
            indent = " " * hanging if start else ""
            yield indent + inline.text[start:end], style, _slice(inline, start, end, len(indent))
    if len(text) > MOST_CHARACTERS:
        yield _("… the rest of this text is too long for the screen"), "timeline--fold", None


def _slice(inline: Inline, start: int, end: int, indent: int) -> Inline | None:
    from omnitui.tui.inline import Span

    if not inline.spans:
        return None
    shift = indent - start
    kept = tuple(
        Span(max(span.start, start) + shift, min(span.end, end) + shift, span.kind)
        for span in inline.spans
        if span.start < end and span.end > start
    )
    return Inline(" " * indent + inline.text[start:end], kept) if kept else None


def _folded_parts(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    """Signature and quoted rest: a line each until they are expanded."""
    signature = message.signature.strip()
    quoted = message.quoted.strip("\n\r")
    if signature:
        count = signature.count("\n") + 1
        if look.expanded or count <= SIGNATURE_LINES:
            yield from _text(signature, cells, "timeline--signature", look)
        else:
            words = ngettext("▸ signature, {n} line", "▸ signature, {n} lines", count)
            yield words.format(n=count), "timeline--fold", None
    if not quoted:
        return
    count = quoted.count("\n") + 1
    if not look.expanded:
        words = ngettext("▸ {n} quoted line", "▸ {n} quoted lines", count)
        yield words.format(n=count), "timeline--fold", None
        return
    yield _("▾ quoted"), "timeline--fold", None
    for text, style, inline in _text(quoted, cells - 2, "timeline--quoted", look):
        if inline is not None:
            inline = _slice(inline, 0, len(inline.text), 2)
        yield f"  {text}", style, inline


def _labels(message: Message, look: MessageLook) -> Iterable[Piece]:
    details: Mapping[str, Any] = message.details
    auto, bounce = details.get("auto_reply"), details.get("bounce")
    if isinstance(bounce, Mapping):
        hard = bounce.get("hard")
        words = _("⚠ NOT DELIVERED to {address}") if hard else _("⚠ delivery trouble: {address}")
        text = words.format(address=one_line(str(bounce.get("recipient") or "?")))
        yield text, "timeline--label", None
    elif isinstance(auto, Mapping):
        kinds = {
            "out-of-office": _("↻ out-of-office reply"),
            "bulk": _("↻ bulk mail"),
        }
        yield kinds.get(str(auto.get("kind")), _("↻ automatic reply")), "timeline--label", None
    if details.get("edits"):
        yield _("✎ edited; the earlier text is kept"), "timeline--fold", None
    defects = details.get("defects")
    if defects and isinstance(defects, Sequence) and not isinstance(defects, str):
        if look.expanded:
            for defect in defects:
                yield f"⚠ {one_line(str(defect))}", "timeline--fold", None
        else:
            words = ngettext(
                "⚠ {n} oddity in this message", "⚠ {n} oddities in this message", len(defects)
            )
            yield words.format(n=len(defects)), "timeline--fold", None


def _trouble(message: Message, cells: int) -> Iterable[Piece]:
    sentence = one_line(message.error) or (
        _("Nobody knows whether it went out: look in the Sent folder, then send it again or not.")
        if message.state == "unknown"
        else _("It was not sent.")
    )
    yield from _wrapped(sentence, cells, "timeline--error")


def _wrapped(text: str, cells: int, style: str) -> Iterable[Piece]:
    hanging = indent_of(text, cells // 3)
    for start, end in wrap(text, cells, hanging):
        yield (" " * hanging if start else "") + text[start:end], style, None


def _file(file: Attachment) -> str:
    name = one_line(file.name) or _("attachment without a name")
    lost = "" if file.blob or not file.size else _(" (not downloaded)")
    return f"⎙ {name}  {size(file.size)}{lost}"


def size(count: int) -> str:
    """Bytes as people say them: `812 B`, `48 kB`, `2.4 MB`."""
    if count < 1000:
        return _("{n} B").format(n=count)
    for unit, scale in ((_("kB"), 1000), (_("MB"), 1000_000), (_("GB"), 1000_000_000)):
        if count < scale * 1000 or scale == 1000_000_000:
            number = count / scale
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    raise AssertionError("unreachable")


def _framed(
    text: str, style: str, inline: Inline | None, box: Box, cells: int, look: MessageLook
) -> Line:
    line = LineBuilder(cells, look.style(box.layer))
    line.add(box.left, look.style(box.layer, box.bar))
    if inline is None:
        line.add(text, look.style(box.layer, style))
    else:
        for piece, kinds in _runs(inline):
            names = [f"timeline--{kind}" for kind in kinds]
            line.add(piece, look.style(box.layer, style, *names))
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


def _state(
    message: Message, look: MessageLook, layers: tuple[str, ...]
) -> list[tuple[str, Style | None]]:
    if message.direction != "out":
        return []
    quiet = look.style(*layers, "timeline--quiet")
    waiting = look.style(*layers, "timeline--waiting")
    loud = look.style(*layers, "timeline--failed")
    gap: tuple[str, Style | None] = (" ", None)
    if message.state == "sent":
        return [("✓", look.style(*layers, "timeline--sent")), gap]
    if message.state == "failed":
        return [(_(" NOT SENT "), loud), gap]
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


def _author(message: Message, look: MessageLook) -> str:
    name = one_line(message.author)
    if message.direction == "in":
        return name or one_line(message.author_address) or _("customer")
    return name or _("we")


def _other_end(message: Message) -> str:
    """The address beside the name: whom we wrote to, where they wrote from.

    A chat's number says nothing to a person.
    """
    if message.channel != "email":
        return ""
    if message.direction == "in":
        address = one_line(message.author_address)
        return f"  {address}" if address and address != one_line(message.author) else ""
    shown = [one_line(to.address) for to in message.recipients]
    if not shown:
        return ""
    more = f" +{len(shown) - 1}" if len(shown) > 1 else ""
    return f"  → {shown[0]}{more}"


def _same_subject(one: str, other: str) -> bool:
    return _bare_subject(one) == _bare_subject(one_line(other))


def _bare_subject(subject: str) -> str:
    while True:
        head, sep, rest = subject.partition(":")
        if not sep or len(head) > 4 or not head.strip().isalpha():
            return subject.strip().casefold()
        subject = rest


def gutter(mark: str, style: Style) -> Segment:
    """The first cell of each line of a message."""
    return Segment("▌" if mark else " ", style)

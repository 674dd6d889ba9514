"""How one conversation looks in the inbox, on one line or two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style

from config.i18n import _
from omnitui.tui.link.inbox_data import InboxRow
from omnitui.tui.link.moment import NOTHING, Moment
from omnitui.tui.panes.drawn_rows import Mark
from omnitui.tui.text.cells import width
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.words.channels import glyph, there, visitor
from omnitui.tui.words.moments import HOUR, ago, soon
from store.model import Conversation, Millis

ONE_LINE = 76
"""Cells from which everything fits on one line."""

LATE = 8 * HOUR
DUE = HOUR


@dataclass(frozen=True, slots=True)
class RowLook:
    """What a row depends on besides itself."""

    style: Callable[..., Style]
    agent: str
    now: Millis
    tz: dt.tzinfo | None
    moment: Moment = NOTHING


def draw(row: InboxRow, marked: bool, mark: Mark, cells: int, look: RowLook) -> list[Line]:
    """The lines of `row`, each one cell of gutter and `cells - 1` of body."""
    layer = _layer(mark)
    base = look.style(layer)
    build = _one_line if cells >= ONE_LINE else _two_lines
    lines = build(row, marked, layer, cells - 1, look)
    sign = look.style(layer, "inbox--cursor")
    for line in lines:
        line.gutter = Segment("▌", sign) if mark else Segment(" ", base)
    return lines


def age(conversation: Conversation, now: Millis) -> str:
    """The time at the right end: since when they wait, else since the last message."""
    since = conversation.waiting_since
    return ago(now - (conversation.last_message_at if since is None else since))


def initials(agent: str) -> str:
    """`olena.koval` → `OK`, `ann` → `AN`."""
    words = [word for word in agent.replace("-", ".").replace("_", ".").split(".") if word]
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else agent[:2]
    return one_line(letters).upper()


def _layer(mark: Mark) -> str:
    return {"": "inbox--row", "blurred": "inbox--blurred", "focused": "inbox--selected"}[mark]


def _two_lines(row: InboxRow, marked: bool, layer: str, cells: int, look: RowLook) -> list[Line]:
    conversation = row.conversation
    first = LineBuilder(cells, look.style(layer))
    _signs(first, row, marked, layer, look)
    time = _time(conversation, layer, look)
    first.add(
        _name(conversation),
        look.style(layer, "inbox--unread" if row.unread or row.mentioned else "inbox--name"),
        first.room - width(time[0]) - 1,
    )
    second = LineBuilder(cells, look.style(layer)).skip_to(4)
    right = _right(row, layer, look)
    _words(second, row, layer, look, sum(width(text) for text, _style in right))
    return [first.finish(time, (" ", None)), second.finish(*right, (" ", None))]


def _one_line(row: InboxRow, marked: bool, layer: str, cells: int, look: RowLook) -> list[Line]:
    conversation = row.conversation
    line = LineBuilder(cells, look.style(layer))
    _signs(line, row, marked, layer, look)
    name_cells = min(26, cells // 4)
    line.add(
        _name(conversation),
        look.style(layer, "inbox--unread" if row.unread or row.mentioned else "inbox--name"),
        name_cells,
    ).skip_to(4 + name_cells + 2)
    time, style = _time(conversation, layer, look)
    right = _right(row, layer, look)
    taken = sum(width(text) for text, _style in right) + 6
    tags = _tags(conversation, cells)
    _words(line, row, layer, look, taken + width(tags) + 1)
    return [
        line.finish(
            (tags, look.style(layer, "inbox--tag")),
            (" ", None),
            *right,
            (f"{time:>5}", style),
            (" ", None),
        )
    ]


def _signs(line: LineBuilder, row: InboxRow, marked: bool, layer: str, look: RowLook) -> None:
    """Marked, named in a note or unread; a draft of one's own; then the channel it came on last,
    and whether they are there."""
    if marked:
        line.add("✓", look.style(layer, "inbox--marked"))
    else:
        sign = "@" if row.mentioned else "●" if row.unread else " "
        line.add(sign, look.style(layer, "inbox--dot"))
    if row.draft:
        line.skip_to(1).add("✎", look.style(layer, "inbox--draft"))
    channels = row.conversation.channels
    channel = channels[0] if channels else ""
    known = f"inbox--{channel}" if channel in ("email", "telegram", "webchat") else "inbox--name"
    here = row.conversation.customer_id in look.moment.here
    if channel == "webchat":
        known = "inbox--fresh" if here else "inbox--quiet"
        line.skip_to(2).add(there(here), look.style(layer, known))
    else:
        line.skip_to(2).add(glyph(channel) if channel else " ", look.style(layer, known))
    if here and channel != "webchat":  # they can be answered at once, in the chat
        line.add(there(here), look.style(layer, "inbox--fresh"))
    elif len(channels) > 1:  # more than one channel in this matter
        line.add("+", look.style(layer, "inbox--quiet"))
    line.skip_to(4)


def _name(conversation: Conversation) -> str:
    chat = "webchat" in conversation.channels[:1]
    name = one_line(conversation.customer_name)
    if chat and name.startswith("v_"):
        return visitor(name)  # a chat's id says no more
    return name or (_("(visitor)") if chat else _("(no name)"))


def _words(line: LineBuilder, row: InboxRow, layer: str, look: RowLook, taken: int) -> None:
    """Priority, subject and last words, in what the right end leaves."""
    conversation = row.conversation
    room = line.room - taken - 2
    urgent = {1: "! ", 2: "!! "}.get(conversation.priority, "")
    if urgent:
        line.add(urgent, look.style(layer, "inbox--urgent"), room)
        room -= width(urgent)
    subject, preview = (
        one_line(conversation.subject),
        row.wordless or one_line(conversation.preview),
    )
    if not conversation.messages:  # we begin it
        preview = _("not sent yet")
    if not subject:  # a chat: its last words stand for it
        subject, preview = preview, ""
    if conversation.id in look.moment.typing:
        line.add(_("typing…"), look.style(layer, "inbox--fresh"), room)
        return
    start = line.used
    line.add(subject, look.style(layer, "inbox--subject"), room)
    room -= line.used - start
    if preview and room > 6 and not preview.startswith(subject):
        line.add(f" · {preview}", look.style(layer, "inbox--quiet"), room)


def _time(conversation: Conversation, layer: str, look: RowLook) -> tuple[str, Style]:
    text = age(conversation, look.now)
    since = conversation.waiting_since
    if since is None:
        return text, look.style(layer, "inbox--quiet")
    waited = look.now - since
    kind = "late" if waited >= LATE else "due" if waited >= DUE else "fresh"
    return text, look.style(layer, f"inbox--{kind}")


def _right(row: InboxRow, layer: str, look: RowLook) -> list[tuple[str, Style | None]]:
    """What must not be overlooked first: a reply that did not go out or came back."""
    conversation = row.conversation
    parts: list[tuple[str, Style | None]] = []
    if conversation.failed:
        returned = conversation.bounced == conversation.failed
        word = _(" BOUNCED ") if returned else _(" NOT SENT ")
        parts += [(word, look.style(layer, "inbox--failed")), (" ", None)]
    if conversation.status == "snoozed" and conversation.snoozed_until is not None:
        until = soon(conversation.snoozed_until, look.now, look.tz)
        parts += [(f"☾ {until}", look.style(layer, "inbox--snoozed")), (" ", None)]
    elif conversation.status == "pending":
        parts += [("↩", look.style(layer, "inbox--quiet")), (" ", None)]
    for one in look.moment.colleagues.get(conversation.id, ())[:2]:
        sign = f"[{initials(one.name)}{'…' if one.types else ''}]"
        parts += [(sign, look.style(layer, "inbox--other")), (" ", None)]
    if row.watched:
        parts += [("★", look.style(layer, "inbox--agent")), (" ", None)]
    if row.silent and conversation.assignee != look.agent:
        parts += [(_("silent"), look.style(layer, "inbox--late")), (" ", None)]
    if conversation.assignee == look.agent and look.agent:
        parts.append((_("me"), look.style(layer, "inbox--me")))
    elif conversation.assignee:
        parts.append((initials(conversation.assignee), look.style(layer, "inbox--agent")))
    elif parts:
        parts.pop()
    return parts


def _tags(conversation: Conversation, cells: int) -> str:
    shown = " ".join(f"#{one_line(tag)}" for tag in conversation.tags)
    return shown if width(shown) <= cells // 5 else ""

"""The lines between messages: a new day, another conversation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from rich.style import Style

from config.i18n import _, ngettext
from omnitui.tui.cells import width
from omnitui.tui.channels import channel_name
from omnitui.tui.moments import day_label, soon
from omnitui.tui.safe_text import one_line
from omnitui.tui.strips import Line, LineBuilder
from omnitui.tui.widgets.timeline_rows import HeadingRow, WentOnRow
from store.model import Conversation, Millis


def day_line(day: dt.date, today: dt.date, cells: int, style: Callable[..., Style]) -> Line:
    """`──────── Yesterday, 21 November ────────`."""
    words = f" {day_label(day, today)} "
    side = max(1, (cells - width(words)) // 2)
    rule = style("timeline--row", "timeline--rule")
    line = LineBuilder(cells, style("timeline--row")).add("─" * side, rule)
    line.add(words, style("timeline--row", "timeline--day"))
    return line.add("─" * line.room, rule).finish()


def heading_line(
    row: HeadingRow,
    cells: int,
    style: Callable[..., Style],
    over: str,
    now: Millis,
    tz: dt.tzinfo | None,
) -> Line:
    """`▾ Where is my order?   #1042 · open · ann`."""
    layers = ("timeline--row", over) if over else ("timeline--row",)
    line = LineBuilder(cells, style(*layers))
    facts = _facts(row, now, tz)
    heading = style(*layers, "timeline--heading")
    line.add("▸ " if row.folded else "▾ ", style(*layers, "timeline--cursor"))
    subject = one_line(row.conversation.subject) if row.conversation else ""
    line.add(subject or untitled(row.channel), heading, max(10, line.room - width(facts) - 3))
    if row.folded:
        count = ngettext("{n} message", "{n} messages", row.messages).format(n=row.messages)
        facts = f"{count} · {facts}"
    return line.finish((facts, style(*layers, "timeline--quiet")), (" ", None))


def _facts(row: HeadingRow, now: Millis, tz: dt.tzinfo | None) -> str:
    parts = [f"#{row.conversation_id}"]
    if row.business is not None:
        # The customer sees the owner there, not the bot.
        name = row.business
        parts.insert(0, _("as {name}").format(name=name) if name else _("business"))
    if row.conversation is not None:
        parts.append(_status(row.conversation, now, tz))
        if row.conversation.assignee:
            parts.append(one_line(row.conversation.assignee))
    return " · ".join(parts)


def _status(conversation: Conversation, now: Millis, tz: dt.tzinfo | None) -> str:
    if conversation.status == "snoozed" and conversation.snoozed_until:
        return _("snoozed until {time}").format(time=soon(conversation.snoozed_until, now, tz))
    return status_name(conversation.status)


def untitled(channel: str) -> str:
    """What a matter without a subject is called: chats have none."""
    return _("(no subject)") if channel in ("", "email") else channel_name(channel).capitalize()


def went_on(row: WentOnRow) -> str:
    """`went on in Telegram`, `answered by e-mail`: that a matter changed its channel."""
    theirs = {
        "email": _("went on by e-mail"),
        "telegram": _("went on in Telegram"),
        "webchat": _("went on in the web chat"),
    }
    ours = {
        "email": _("answered by e-mail"),
        "telegram": _("answered in Telegram"),
        "webchat": _("answered in the web chat"),
    }
    other = _("answered: {channel}") if row.ours else _("went on: {channel}")
    words = (ours if row.ours else theirs).get(row.channel) or other.format(
        channel=channel_name(row.channel)
    )
    if row.of_several:
        words += " · " + _("of several open matters the last touched")
    return words


def status_name(status: str) -> str:
    """What people call a conversation's status."""
    names = {
        "open": _("open"),
        "pending": _("waiting for the customer"),
        "snoozed": _("snoozed"),
        "closed": _("closed"),
    }
    return names.get(status, status)

"""The lines between messages: a new day, another conversation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from rich.style import Style

from config.i18n import _, ngettext, pgettext
from omnitui.tui.text.cells import width
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.widgets.timeline_rows import DayRow, HeadingRow, WentOnRow
from omnitui.tui.words.channels import BESIDE, channel_name, glyph
from omnitui.tui.words.moments import day_label, later, local, period, soon, stamp
from store.model import Conversation, Millis
from store.readers import Reader

LONG_GAP = 14
"""Days without a word after which the day says how long it was."""

SUBJECT = 28
"""Cells of a subject that facts leave to it, if it needs them."""


def day_line(row: DayRow, today: dt.date, cells: int, style: Callable[..., Style]) -> Line:
    """`──────── Yesterday, 21 November ────────`, `──── Monday, 3 May · 5 weeks later ────`."""
    words = f" {day_label(row.day, today)} "
    if row.gap >= LONG_GAP:
        longer = f"{words}· {later(row.gap)} "
        words = longer if width(longer) <= cells - 2 else words
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
    """`▾ Where is my order?   #1042 · open · ann`, and folded
    `▸ Where is my order?   ✉✈ 12 messages · 3–9 May · #1042 · closed`."""
    layers = ("timeline--row", over) if over else ("timeline--row",)
    line = LineBuilder(cells, style(*layers))
    heading = style(*layers, "timeline--heading")
    line.add("▸ " if row.folded else "▾ ", style(*layers, "timeline--cursor"))
    subject = one_line(row.conversation.subject) if row.conversation else ""
    subject = subject or untitled(_named_by(row))
    facts = _fitting(_facts(row, now, tz), line.room - min(width(subject), SUBJECT) - 3)
    line.add(subject, heading, max(10, line.room - width(facts) - 3))
    return line.finish((facts, style(*layers, "timeline--quiet")), (" ", None))


def _fitting(facts: list[tuple[int, str]], room: int) -> str:
    """The facts in one line, the least important left out while it is too long."""
    kept = list(facts)
    while len(kept) > 1 and width(" · ".join(text for _rank, text in kept)) > room:
        kept.remove(max(kept, key=lambda fact: fact[0]))
    return " · ".join(text for _rank, text in kept)


def _facts(row: HeadingRow, now: Millis, tz: dt.tzinfo | None) -> list[tuple[int, str]]:
    """What is said of a conversation beside its subject, and how soon that can be left out."""
    parts = []
    if row.business is not None:
        # The customer sees the owner there, not the bot.
        name = row.business
        words = _("as {name}").format(name=name) if name else _("business")
        parts.append((2, words))
    one = row.conversation
    if one is not None and row.folded:
        count = ngettext("{n} message", "{n} messages", row.messages).format(n=row.messages)
        signs = "".join(glyph(channel) for channel in one.channels)
        parts.append((3, f"{signs} {count}".strip()))
        today = local(now, tz).date()
        first, last = (local(at, tz).date() for at in (one.created_at, one.last_message_at))
        parts.append((2, period(min(first, last), last, today)))
    parts.append((4, f"#{row.conversation_id}"))
    if one is not None:
        parts.append((0, _status(one, now, tz)))
        if one.assignee:
            parts.append((5, one_line(one.assignee)))
        if row.seen and one.status != "closed":
            parts.append((6, _seen(row.seen, now, tz)))
    return parts


def _seen(seen: tuple[Reader, ...], now: Millis, tz: dt.tzinfo | None) -> str:
    """`seen by Bo 12:04`: the last of the colleagues who looked, and how many more did."""
    who = one_line(seen[0].agent)
    more = f" +{len(seen) - 1}" if len(seen) > 1 else ""
    words = _("seen by {name} {time}")
    return words.format(name=who, time=stamp(seen[0].at, now, tz)) + more


def _status(conversation: Conversation, now: Millis, tz: dt.tzinfo | None) -> str:
    if conversation.status == "snoozed" and conversation.snoozed_until:
        return _("snoozed until {time}").format(time=soon(conversation.snoozed_until, now, tz))
    return status_name(conversation.status)


def _named_by(row: HeadingRow) -> str:
    """The channel that gives a matter without a subject its name, whatever part of it is shown:
    a chat, where there was one."""
    known = row.conversation.channels if row.conversation else ()
    chats = [channel for channel in known if channel != "email" and channel not in BESIDE]
    return chats[-1] if chats else row.channel


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
        "open": pgettext("status", "open"),
        "pending": _("waiting for the customer"),
        "snoozed": pgettext("status", "snoozed"),
        "closed": pgettext("status", "closed"),
    }
    return names.get(status, status)

"""The signs at the right end of a message's header: what it carries, what became of it."""

from __future__ import annotations

import datetime as dt

from rich.style import Style

from config.i18n import _
from omnitui.tui.widgets.message_files import attached
from omnitui.tui.widgets.message_look import MessageLook, is_one_line
from omnitui.tui.words import chat_facts, contact_facts, mail_facts
from omnitui.tui.words.channels import glyph, unicode_terminal
from omnitui.tui.words.moments import MINUTE, soon, stamp
from store.model import Message, Millis

Marks = list[tuple[str, Style | None]]
"""Pieces from left to right."""


def marks(message: Message, look: MessageLook, layers: tuple[str, ...]) -> Marks:
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
    if look.mail is not None and look.mail.state != "cancelled":
        found += [(glyph("email"), quiet), (" ", None)]
    if message.direction == "in" and (broken := len(mail_facts.defects(message))):
        found += [(f"⚠{broken}", quiet), (" ", None)]
    return [*found, *_state(message, look, layers)]


def _state(message: Message, look: MessageLook, layers: tuple[str, ...]) -> Marks:
    if message.direction != "out" and message.state != "cancelled":
        return []
    quiet = look.style(*layers, "timeline--quiet")
    waiting = look.style(*layers, "timeline--waiting")
    loud = look.style(*layers, "timeline--failed")
    gap: tuple[str, Style | None] = (" ", None)
    if message.state == "sent" and contact_facts.words(message) is not None:
        return []  # nothing was sent
    if message.state == "sent":
        lost = mail_facts.undelivered(message)
        if lost and not lost[0].failed:
            return [(_("delayed"), waiting), gap]
        if lost or message.error:
            return [(_(" NOT TO ALL "), loud), gap]
        sign = sent_sign(
            delivered=chat_facts.delivered_at(message) is not None,
            read=chat_facts.read_at(message) is not None,
            plain=not unicode_terminal(),
        )
        return [(sign, look.style(*layers, "timeline--sent")), gap]
    if message.state == "failed":
        returned = mail_facts.bounced(message)
        return [(_(" BOUNCED ") if returned else _(" NOT SENT "), loud), gap]
    if message.state == "unknown":
        return [(_(" SENT? UNKNOWN "), loud), gap]
    if message.state == "sending":
        return [(_("sending…"), waiting), gap]
    if message.state == "cancelled":
        if message.details.get("held_back"):
            return [(_("held back: they answered first"), waiting), gap]
        struck = contact_facts.words(message) is not None
        return [(_("struck out") if struck else _("cancelled"), quiet), gap]
    words = countdown(look.due, look.now, look.tz)
    if message.details.get("unless_answered"):
        words = _("{when} unless they answer").format(when=words)
    return [(words, waiting), gap]


def sent_sign(*, delivered: bool = False, read: bool = False, plain: bool = False) -> str:
    """How far what we sent has come: `✓` it is out, `✓✓` their device has it, `read ✓✓`. `plain`:
    words alone, for terminals without Unicode."""
    if read:
        return _("read") if plain else f"{_('read')} ✓✓"
    if delivered:
        return _("delivered") if plain else "✓✓"
    return _("sent") if plain else "✓"


def countdown(due: Millis | None, now: Millis, tz: dt.tzinfo | None) -> str:
    """What is shown while a reply can still be taken back."""
    if due is None or due <= now:
        return _("queued")
    if due - now < MINUTE:
        return _("sends in {n} s").format(n=-(-(due - now) // 1000))
    return _("sends {time}").format(time=soon(due, now, tz))

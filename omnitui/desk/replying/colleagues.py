"""What a colleague wrote while an agent was writing, too: said when the second reply is stopped."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.context import Desk
from omnitui.desk.replying.reply_stops import ColleagueWrote
from omnitui.desk.together.holding import moment
from store import outbox
from store.errors import NotFound
from store.model import Message

SHOWN = 80
"""Characters of their text in the sentence; all of it stands in the timeline."""
SOON = 60_000
"""Milliseconds until a reply goes out, up to which seconds are told."""


def wrote(desk: Desk, message: Message) -> ColleagueWrote:
    """The stop: who it was, whether that can still be taken back, how it begins."""
    author = message.author or str(message.details.get("agent") or message.author_address)
    words = " ".join(message.text.split())
    text = words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
    return ColleagueWrote(message.id, author, text, what=_what(desk, message))


def _what(desk: Desk, message: Message) -> str:
    """With {author} in it."""
    if message.direction == "note":
        return _("{author} has kept a note meanwhile:")
    if message.state == "queued":
        try:
            due_at = outbox.get(desk.db, message.id).due_at
        except NotFound:
            return _("{author} has answered meanwhile:")
        left = due_at - desk.now()
        if left > SOON:
            time = moment(desk, due_at)
            words = _("{author} has an answer waiting that goes out {time}:")
            return words.replace("{time}", time)
        if left > 0:
            words = _("{author} has answered, and can take it back for {n} s:")
            return words.replace("{n}", str(-(-left // 1000)))
    if message.state in ("failed", "unknown"):
        return _("{author} has answered, and it did not go out:")
    return _("{author} has answered meanwhile:")

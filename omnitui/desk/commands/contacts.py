"""Noting a contact that came over no account."""

from __future__ import annotations

import re
from typing import Literal

from config.i18n import _
from omnitui.desk import contacts
from omnitui.desk.command import Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.contacts import After, Direction
from omnitui.desk.session import Session
from store import messages
from store.model import MessageId

_NOTHING = Rest()
_MINUTES = re.compile(r"(\d{1,4})(m|min)", re.IGNORECASE)
_AFTER: dict[str, After] = {
    "+waits": "waits",
    "+done": "done",
    "+pending": "pending",
    "+close": "close",
}


@REGISTRY.command("log")
def log(
    session: Session,
    kind: Literal["call", "missed", "visit", "letter", "other"],
    text: Rest = _NOTHING,
) -> Done:
    """Note a call, a visit, a letter: `log call out 12m Wants the invoice again`. Before the text
    may stand `in` or `out`, the minutes, and what is so now: `+waits` (for us), `+done`,
    `+pending` (their turn) or `+close`."""
    direction: Direction = "in" if kind in ("visit", "missed", "letter") else "out"
    minutes: int | None = None
    after: After = ""
    rest = text.strip()
    while rest:
        word, _blank, more = rest.partition(" ")
        if word in ("in", "out"):
            direction = "in" if word == "in" else "out"
        elif found := _MINUTES.fullmatch(word):
            minutes = int(found[1])
        elif word in _AFTER:
            after = _AFTER[word]
        elif word == "--":
            rest = more.lstrip()
            break
        else:
            break
        rest = more.lstrip()
    desk = session.desk
    if session.conversation_id is None:
        customer = session.customer_id
        session.conversation_id = contacts.matter_of(desk, customer) or contacts.begin(
            desk, customer, kind
        )
    made = contacts.note(desk, session.here, kind, direction, rest, minutes=minutes, after=after)
    said = contacts.told(messages.get(desk.db, made))
    return Done(_("Noted: {what}.").format(what=said), f"log discard {made}")


@REGISTRY.command("log discard")
def log_discard(session: Session, message: int) -> Done:
    """Strike out a contact that was noted by mistake, by its message's number."""
    contacts.take_back(session.desk, MessageId(message))
    return Done(_("Struck out."), f"log restore {message}")


@REGISTRY.command("log restore")
def log_restore(session: Session, message: int) -> Done:
    """Bring a contact back that was struck out."""
    contacts.put_back(session.desk, MessageId(message))
    return Done(_("It stands again."), f"log discard {message}")

"""Undo, where others work too: what a colleague has changed since is theirs, and stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.access import NO_AGENTS
from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from store import events
from store.model import ConversationId, CustomerId

OF_CONVERSATION: Mapping[str, str] = {
    "close": "conversation.status",
    "priority": "conversation.priority",
    "reopen": "conversation.status",
    "snooze": "conversation.status",
    "status": "conversation.status",
    "subject": "conversation.subject",
    "unsnooze": "conversation.status",
}
"""What a command of a conversation changes, as the log says it."""

OF_CARD: Mapping[str, str] = {
    "customer channel": "channel",
    "customer company": "company",
    "customer language": "language",
    "customer name": "name",
    "customer timezone": "timezone",
}
"""Which field of the card a command changes."""
FIELDS = ("customer field", "customer set-field")
"""These name it first."""


class TakenSince(CommandError):
    """Somebody else has changed since what would be taken back: it stays as it is."""

    @classmethod
    def by(cls, agent: str) -> TakenSince:
        return cls(_("{agent} has changed it since: that stays as it is.").format(agent=agent))


def require_unchanged(
    desk: Desk,
    command: str,
    arguments: tuple[Any, ...],
    conversation_id: ConversationId | None,
    customer_id: CustomerId,
) -> None:
    """Before a command takes back what the desk's agent did. Raises `TakenSince`.

    What was done is the last that the log has of its kind; a later one is not the agent's.
    """
    who = ""
    if (kind := OF_CONVERSATION.get(command)) is not None and conversation_id is not None:
        last = events.last_of(desk.db, conversation_id, kind)
        who = last.actor if last is not None else ""
    elif command in OF_CARD:
        who = events.last_changed_by(desk.db, customer_id, OF_CARD[command])
    elif command in FIELDS and arguments:
        who = events.last_changed_by(desk.db, customer_id, str(arguments[0]))
    if who in ("", desk.agent):
        return
    if who in NO_AGENTS:
        raise TakenSince(_("It has changed since, by itself: that stays as it is."))
    raise TakenSince.by(who)

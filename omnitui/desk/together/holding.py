"""Who has a conversation, since when, and whether they are there."""

from __future__ import annotations

from typing import Any

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.context import Desk
from omnitui.desk.visiting import presence
from omnitui.desk.when import shown
from store import conversations, events, mentions, messages
from store.model import Conversation, Millis


def give(desk: Desk, conversation: Conversation, agent: str, **data: Any) -> None:
    """Assign a conversation and say so in the log; `data`: why."""
    conversations.assign(desk.db, conversation.id, agent)
    journal.record(
        desk,
        "conversation.assigned",
        conversation=conversation.id,
        before=conversation.assignee,
        assignee=agent,
        **data,
    )


def holder_words(desk: Desk, conversation: Conversation) -> str:
    """`olena has it since 14:02`."""
    at = events.last_assigned(desk.db, conversation.id)
    if at is None:
        return _("{agent} has it").format(agent=conversation.assignee)
    return _("{agent} has it since {time}").format(
        agent=conversation.assignee, time=moment(desk, at)
    )


def moment(desk: Desk, at: Millis) -> str:
    """`14:02` for what is today, else the day, too."""
    timezone = desk.config.desk.timezone
    said, today = shown(at, timezone), shown(desk.now(), timezone)
    day, _blank, time = said.rpartition(" ")
    return time if day == today.rpartition(" ")[0] else said


def is_there(desk: Desk, agent: str) -> bool:
    """They have a screen open, have touched it lately and are not away."""
    return agent in presence.there(desk)


def tell_of_loss(desk: Desk, conversation: Conversation) -> None:
    """Its assignee finds it in their view of mentions when they are back."""
    history = messages.of_conversation(desk.db, conversation.id, last=100)
    if not (history and conversation.assignee):
        return
    # At none of the notes: that may have named them, and what they have seen is told no more.
    at = next((one for one in reversed(history) if one.direction != "note"), history[-1])
    if at.direction != "note":
        mentions.remove(desk.db, at.id, [conversation.assignee])  # it was lost before
    mentions.add(desk.db, conversation.id, at.id, [conversation.assignee], desk.now())

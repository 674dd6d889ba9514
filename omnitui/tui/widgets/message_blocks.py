"""Which messages of a chat read as one block: several in a row of one person, as every
messenger shows them."""

from __future__ import annotations

from omnitui.tui.words import chat_facts
from omnitui.tui.words.moments import MINUTE
from store.model import Message

APART = 5 * MINUTE
"""From this much between two messages the later one begins anew."""


def follows(message: Message, before: Message) -> bool:
    """Whether a message goes on where the one right above it ended: the same person in the
    same chat, soon after it. Mails never do, nor notes, nor calls."""
    return (
        message.channel != "email"
        and "logged" not in message.details
        and 0 <= message.arrived_at - before.arrived_at < APART
        and message.direction == before.direction != "note"
        and message.author == before.author
        and message.author_address == before.author_address
        and message.conversation_id == before.conversation_id
        and message.channel == before.channel
        and message.account_id == before.account_id
        and message.details.get("chat") == before.details.get("chat")
        # Two of a group may have one name.
        and message.details.get("author_id") == before.details.get("author_id")
        and chat_facts.topic(message) == chat_facts.topic(before)
    )

"""Who of the desk has seen what: up to which message of a conversation, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from store.driver import Connection
from store.model import ConversationId, MessageId, Millis
from store.parts import in_parts


@dataclass(frozen=True, slots=True)
class Reader:
    agent: str
    message_id: MessageId
    """The last message that they have seen."""
    at: Millis
    """When they did: what came before it they may have seen earlier."""


def of(db: Connection, ids: Iterable[ConversationId]) -> dict[ConversationId, tuple[Reader, ...]]:
    """Of each of the conversations that anybody has seen, who, the latest first."""
    found: dict[ConversationId, tuple[Reader, ...]] = {}
    for marks, part in in_parts(dict.fromkeys(ids)):
        for room, *reader in db.execute(
            "SELECT conversation_id, agent, message_id, at FROM read_marks"
            f" WHERE conversation_id IN ({marks}) AND message_id > 0"
            " ORDER BY at DESC, agent",
            part,
        ):
            found[room] = (*found.get(room, ()), Reader(*reader))
    return found

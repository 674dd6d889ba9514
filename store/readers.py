"""Who of the desk has seen what: up to which message of a conversation, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from store.driver import Connection
from store.model import ConversationId, MessageId, Millis


@dataclass(frozen=True, slots=True)
class Reader:
    agent: str
    message_id: MessageId
    """The last message that they have seen."""
    at: Millis
    """When they did: what came before it they may have seen earlier."""


def of(db: Connection, ids: Iterable[ConversationId]) -> dict[ConversationId, tuple[Reader, ...]]:
    """Of each of the conversations that anybody has seen, who, the latest first."""
    wanted = list(dict.fromkeys(ids))
    found: dict[ConversationId, tuple[Reader, ...]] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        for room, *reader in db.execute(
            "SELECT conversation_id, agent, message_id, at FROM read_marks"
            f" WHERE conversation_id IN ({','.join('?' * len(part))}) AND message_id > 0"
            " ORDER BY at DESC, agent",
            part,
        ):
            found[room] = (*found.get(room, ()), Reader(*reader))
    return found

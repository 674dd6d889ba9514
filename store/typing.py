"""Who is typing where, for as long as it is fresh: no history, so no events either.

A commit wakes whoever follows the store (`store.feed`), as any other does.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.driver import Connection
from store.model import AccountId, ConversationId, Millis

FORGOTTEN_AFTER = 60_000
"""Milliseconds after which a row is of no use to anybody."""


@dataclass(frozen=True, slots=True)
class Typing:
    """Who touched a key last, where and when."""

    conversation_id: ConversationId
    who: str
    """An agent's name; "" for the customer."""
    account_id: AccountId | None
    """Where the reply is going, or where the customer types."""
    at: Millis
    """When they last touched a key."""


def note(
    db: Connection,
    conversation_id: ConversationId,
    who: str,
    account_id: AccountId | None,
    at: Millis,
) -> None:
    """Somebody types; `who` is an agent's name, "" the customer."""
    db.execute("DELETE FROM typing WHERE at < ?", (at - FORGOTTEN_AFTER,))
    db.execute(
        "INSERT OR REPLACE INTO typing (conversation_id, who, account_id, at)"
        " SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM conversations WHERE id = ?1)",
        (conversation_id, who, account_id, at),
    )


def clear(db: Connection, conversation_id: ConversationId, who: str) -> None:
    """They stopped: sent it, or threw it away."""
    db.execute("DELETE FROM typing WHERE conversation_id = ? AND who = ?", (conversation_id, who))


def forget(db: Connection, who: str) -> None:
    """They are gone, wherever they typed."""
    db.execute("DELETE FROM typing WHERE who = ?", (who,))


def fresh(db: Connection, since: Millis) -> list[Typing]:
    """Who has typed at `since` or later."""
    return [
        Typing(*row)
        for row in db.execute(
            "SELECT conversation_id, who, account_id, at FROM typing WHERE at >= ?"
            " ORDER BY conversation_id, who",
            (since,),
        )
    ]

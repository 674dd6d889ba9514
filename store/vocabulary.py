"""The words in use on a desk: for completion, not for rules."""

from __future__ import annotations

from store.driver import Connection


def tags(db: Connection) -> list[str]:
    """Every tag of a conversation, in order."""
    return _distinct(db, "conversation_tags", "tag")


def customer_tags(db: Connection) -> list[str]:
    """Every tag of a customer, in order."""
    return _distinct(db, "customer_tags", "tag")


def agents(db: Connection) -> list[str]:
    """Everybody who has a conversation assigned, in order."""
    return [agent for agent in _distinct(db, "conversations", "assignee") if agent]


def readers(db: Connection) -> list[str]:
    """Everybody who has looked at a conversation, in order."""
    return _distinct(db, "read_marks", "agent")


def _distinct(db: Connection, table: str, column: str) -> list[str]:
    """DISTINCT by one index look-up a value (sqlite.org has no skip-scan for it): a desk has
    a million conversations and a dozen agents."""
    rows = db.execute(
        f"WITH RECURSIVE word (value) AS ("
        f" SELECT min({column}) FROM {table}"
        f" UNION ALL"
        f" SELECT (SELECT min({column}) FROM {table} WHERE {column} > value)"
        f" FROM word WHERE value IS NOT NULL"
        f") SELECT value FROM word WHERE value IS NOT NULL"
    )
    return [row[0] for row in rows]

"""How often each agent put each article of the knowledge base, or its link, into a reply."""

from __future__ import annotations

from store.driver import Connection
from store.model import Millis


def count(db: Connection, article: str, agent: str, at: Millis) -> None:
    """One more use."""
    db.execute(
        "INSERT INTO article_uses (article, agent, uses, last_used_at) VALUES (?, ?, 1, ?)"
        " ON CONFLICT DO UPDATE SET uses = uses + 1, last_used_at = excluded.last_used_at",
        (article, agent, at),
    )


def ranks(db: Connection, agent: str) -> dict[str, int]:
    """Uses by article."""
    return dict(
        db.execute("SELECT article, uses FROM article_uses WHERE agent = ?", (agent,)).fetchall()
    )


def totals(db: Connection) -> dict[str, int]:
    """Everybody's uses by article."""
    return dict(
        db.execute("SELECT article, sum(uses) FROM article_uses GROUP BY article").fetchall()
    )

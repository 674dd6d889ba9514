"""How often each agent used each template: the picker puts the usual ones first."""

from __future__ import annotations

from store.driver import Connection
from store.model import Millis


def count(db: Connection, template: str, agent: str, at: Millis) -> None:
    """One more use."""
    db.execute(
        "INSERT INTO template_uses (template, agent, uses, last_used_at) VALUES (?, ?, 1, ?)"
        " ON CONFLICT DO UPDATE SET uses = uses + 1, last_used_at = excluded.last_used_at",
        (template, agent, at),
    )


def ranks(db: Connection, agent: str) -> dict[str, int]:
    """Uses by template name."""
    return dict(
        db.execute("SELECT template, uses FROM template_uses WHERE agent = ?", (agent,)).fetchall()
    )


def totals(db: Connection) -> dict[str, int]:
    """Everybody's uses by template name."""
    return dict(
        db.execute("SELECT template, sum(uses) FROM template_uses GROUP BY template").fetchall()
    )

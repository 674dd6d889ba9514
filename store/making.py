"""Taking back that a customer was made by hand."""

from __future__ import annotations

from store import index
from store.driver import Connection
from store.model import CustomerId

_USED = (
    "SELECT 1 FROM conversations WHERE customer_id = ?1",
    "SELECT 1 FROM messages WHERE customer_id = ?1",
    "SELECT 1 FROM merges WHERE source_id = ?1 OR target_id = ?1",
    "SELECT 1 FROM customers WHERE merged_into = ?1 OR (id = ?1 AND merged_into NOT NULL)",
    "SELECT 1 FROM one_time_links WHERE customer_id = ?1",
)


def discard(db: Connection, customer_id: CustomerId) -> bool:
    """Remove a customer with whom nothing was written; False, and nothing done, for others."""
    if any(db.execute(f"{one} LIMIT 1", (customer_id,)).fetchone() for one in _USED):
        return False
    db.execute("DELETE FROM suggestions WHERE customer_id = ?1 OR other_id = ?1", (customer_id,))
    db.execute("DELETE FROM customers WHERE id = ?", (customer_id,))
    index.owe_customer(db, customer_id)
    return True

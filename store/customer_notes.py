"""Notes on a customer's card after they were written: edited, deleted, restored."""

from __future__ import annotations

from store.driver import Connection
from store.errors import NotFound
from store.model import CustomerNote, Millis
from store.wording import _

KEPT = 30 * 86_400_000
"""Milliseconds for which a deleted note can be restored."""


def get(db: Connection, note_id: int) -> CustomerNote:
    """One that is not deleted. Raises `NotFound`."""
    return _get(db, note_id, "deleted_at IS NULL")


def deleted(db: Connection, note_id: int) -> CustomerNote:
    """One that is deleted and can be restored. Raises `NotFound`."""
    return _get(db, note_id, "deleted_at NOT NULL")


def edit(db: Connection, note_id: int, text: str, *, by: str, at: Millis) -> None:
    """Another text; who wrote the first one, and when, stays."""
    db.execute(
        "UPDATE customer_notes SET text = ?, edited_at = ?, edited_by = ? WHERE id = ?",
        (text, at, by, note_id),
    )


def delete(db: Connection, note_id: int, at: Millis) -> None:
    """Take a note off the card. Those that were deleted long ago go for good."""
    db.execute("UPDATE customer_notes SET deleted_at = ? WHERE id = ?", (at, note_id))
    forget(db, at - KEPT)


def restore(db: Connection, note_id: int) -> None:
    db.execute("UPDATE customer_notes SET deleted_at = NULL WHERE id = ?", (note_id,))


def forget(db: Connection, before: Millis) -> int:
    """Remove for good what was deleted before then; how many that were."""
    return db.execute("DELETE FROM customer_notes WHERE deleted_at < ?", (before,)).rowcount


def _get(db: Connection, note_id: int, condition: str) -> CustomerNote:
    row = db.execute(
        "SELECT id, customer_id, author, text, at, edited_at, edited_by FROM customer_notes"
        f" WHERE id = ? AND {condition}",
        (note_id,),
    ).fetchone()
    if row is None:
        raise NotFound(_("There is no note {id}.").format(id=note_id))
    return CustomerNote(*row)

"""The files of a stored message that change with it: what an album gains, what an edit replaces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.driver import Connection
from store.model import MessageId, Millis, NewAttachment


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An attachment as it tells whether another one is the same."""

    id: int
    name: str
    type: str
    size: int
    blob: str
    reference: str
    replaced: bool
    """An edit put another in its place."""


def of(db: Connection, message_id: MessageId) -> list[StoredFile]:
    """All that it has and had, in their order."""
    return [
        StoredFile(*(*row[:6], bool(row[6])))
        for row in db.execute(
            "SELECT id, name, type, size, blob, reference, replaced FROM attachments"
            " WHERE message_id = ? ORDER BY place, id",
            (message_id,),
        )
    ]


def add(
    db: Connection,
    message_id: MessageId,
    files: Sequence[NewAttachment],
    *,
    at: Millis,
    replaced: bool = False,
) -> list[int]:
    """Put files to a message; their ids. Those that are still with the channel are due at `at`."""
    ids = []
    for file in files:
        awaited = bool(file.reference) and not file.problem
        cursor = db.execute(
            "INSERT INTO attachments (message_id, name, type, size, blob, inline, content_id,"
            " reference, problem, due_at, replaced) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                message_id, file.name, file.type, file.size, file.blob, int(file.inline),
                file.content_id, file.reference, file.problem, at if awaited else None,
                int(replaced),
            ),
        )  # fmt: skip
        ids.append(cursor.lastrowid or 0)
    return ids


def replace(db: Connection, ids: Iterable[int], *, replaced: bool = True) -> None:
    """Keep files, and show them with the message no longer; or again."""
    db.executemany(
        "UPDATE attachments SET replaced = ? WHERE id = ?", [(int(replaced), id_) for id_ in ids]
    )


def arrange(db: Connection, ids: Iterable[int]) -> None:
    """Show the files of a message in this order."""
    db.executemany(
        "UPDATE attachments SET place = ? WHERE id = ?",
        [(place, id_) for place, id_ in enumerate(ids, 1)],
    )

"""What there is of a customer: counted, and found where nobody could say whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.blobs import for_database
from store.driver import Connection
from store.identities import normalise
from store.model import CustomerId


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of somebody."""

    conversations: int
    messages: int
    files: int
    bytes: int
    """Of the files; one that several messages have counts for each."""
    notes: int
    drafts: int
    queued: int
    """Replies that wait to be sent."""
    undecided: int
    """Those that are being sent now, or of which nobody knows whether they were."""
    events: int


def counts(db: Connection, customer_id: CustomerId) -> Counts:
    """Reads every message's state and file, no text."""

    def number(sql: str) -> int:
        return int(db.execute(sql, (customer_id,)).fetchone()[0])

    files, size = db.execute(
        "SELECT count(*), ifnull(sum(f.size), 0) FROM messages m JOIN attachments f"
        " ON f.message_id = m.id WHERE m.customer_id = ?",
        (customer_id,),
    ).fetchone()
    unsettled = (
        "SELECT count(*) FROM outbox o JOIN messages m ON m.id = o.message_id"
        " WHERE m.customer_id = ? AND m.state IN "
    )
    mine = "(SELECT id FROM conversations WHERE customer_id = ?)"
    return Counts(
        conversations=number("SELECT count(*) FROM conversations WHERE customer_id = ?"),
        messages=number("SELECT count(*) FROM messages WHERE customer_id = ?"),
        files=files,
        bytes=size,
        notes=number("SELECT count(*) FROM customer_notes WHERE customer_id = ?"),
        drafts=number(f"SELECT count(*) FROM drafts WHERE conversation_id IN {mine}"),
        queued=number(f"{unsettled} ('queued')"),
        undecided=undecided(db, customer_id),
        events=number("SELECT count(*) FROM events WHERE customer_id = ?"),
    )


def undecided(db: Connection, customer_id: CustomerId) -> int:
    """How many of their replies are on their way, or may be."""
    row = db.execute(
        "SELECT count(*) FROM messages INDEXED BY messages_unsettled"
        " WHERE state IN ('queued', 'sending', 'failed', 'unknown')"
        " AND state IN ('sending', 'unknown') AND customer_id = ?",
        (customer_id,),
    ).fetchone()
    return int(row[0])


def quarantined(db: Connection, addresses: Sequence[tuple[str, str]]) -> list[tuple[int, str, str]]:
    """Account, external id and content of what could not be understood and names one of these
    (channel, address)."""
    blobs = for_database(db)
    found = []
    words = [
        (channel, normalise(channel, address).lower().encode())
        for channel, address in addresses
        if len(address) > 3
    ]
    for account_id, channel, external_id, raw in db.execute(
        "SELECT l.account_id, a.channel, l.external_id, l.raw FROM ledger l"
        " JOIN accounts a ON a.id = l.account_id"
        " WHERE l.outcome = 'quarantined' AND l.raw <> ''"
    ).fetchall():
        content = blobs.read(db, raw).lower()
        if any(where == channel and _names(content, word) for where, word in words):
            found.append((account_id, external_id, raw))
    return found


def _names(content: bytes, word: bytes) -> bool:
    """Whether the address stands there as a whole: 77 is not in 1770."""
    start = 0
    inside = b"abcdefghijklmnopqrstuvwxyz0123456789_.-+"
    while (at := content.find(word, start)) >= 0:
        before, after = content[at - 1 : at] if at else b"", content[at + len(word) :][:1]
        if not (before and before in inside) and not (after and after in inside.replace(b".", b"")):
            return True
        start = at + 1
    return False

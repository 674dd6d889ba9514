"""What was erased, remembered by digests alone: so that it is known when it comes once more, and
nobody can tell from it whose it was.

A mail is known by its Message-ID and its content, or by its Message-ID, author and date (a copy
that was encoded anew, or came through a list); one that we sent ourselves, whose copy lies in a
Sent folder, by its Message-ID. A chat's message is known by its key in its account, as long as
it is not newer than the one that was erased: who was forgotten there may be counted from 1 again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from store.driver import Connection
from store.identities import normalise
from store.model import AccountId, Millis

_AT_ONCE = 500
_FOR_EVER = 1 << 62


def mail(key: str, content_hash: str) -> str:
    """Of a mail by its content."""
    return _digest("mail", key, content_hash)


def letter(key: str, channel: str, author: str, sent_at: Millis) -> str:
    """Of a mail by what its sender's program wrote."""
    return _digest("letter", key, normalise(channel, author), str(sent_at))


def ours(key: str) -> str:
    """Of a mail whose Message-ID we made."""
    return _digest("ours", key)


def spoken(account_id: AccountId, key: str) -> str:
    """Of a chat's message."""
    return _digest("chat", str(account_id), key)


def _digest(*parts: str) -> str:
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def remember(db: Connection, digests: Iterable[tuple[str, Millis | None]], at: Millis) -> None:
    """Know these again; with each when it was sent, None: that does not matter."""
    db.executemany(
        "INSERT INTO erased_messages (digest, sent_at, at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET sent_at = max(sent_at, excluded.sent_at)",
        [(digest, _FOR_EVER if sent_at is None else sent_at, at) for digest, sent_at in digests],
    )


def any_is(db: Connection) -> bool:
    """Whether anything was ever erased."""
    return db.execute("SELECT 1 FROM erased_messages LIMIT 1").fetchone() is not None


def among(db: Connection, digests: Collection[str]) -> dict[str, Millis]:
    """Those of the digests that are known, with the time up to which they count."""
    wanted = list(dict.fromkeys(digests))
    found: dict[str, Millis] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        found.update(
            db.execute(
                "SELECT digest, sent_at FROM erased_messages"
                f" WHERE digest IN ({','.join('?' * len(part))})",
                part,
            ).fetchall()
        )
    return found

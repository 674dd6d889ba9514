"""One-time codes that were asked for, and what is still to be told of them in the chat. What a
code is cannot be read here: it takes a key besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from store.driver import Connection
from store.errors import NotFound
from store.model import AccountId, MessageId, Millis
from store.wording import _

_COLUMNS = (
    "id, account_id, chat, address, email, salt, created_at, expires_at, tries, used_at, message_id"
)
State = Literal["sent", "proven", "wrong", "expired", "refused"]


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """One that was asked for, whatever became of it."""

    id: int
    account_id: AccountId
    """Of the chat."""
    chat: str
    address: str
    """Who asked, in that chat."""
    email: str
    """What it proves."""
    salt: str
    created_at: Millis
    expires_at: Millis
    tries: int
    used_at: Millis | None
    message_id: MessageId | None
    """The mail with it."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What is to be told in a chat."""

    id: int
    account_id: AccountId
    chat: str
    state: State
    email: str
    at: Millis


def add(
    db: Connection,
    account_id: AccountId,
    chat: str,
    address: str,
    email: str,
    salt: str,
    *,
    at: Millis,
    expires_at: Millis,
) -> OneTimeCode:
    cursor = db.execute(
        "INSERT INTO one_time_codes (account_id, chat, address, email, salt, created_at,"
        " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account_id, chat, address, email, salt, at, expires_at),
    )
    return get(db, cursor.lastrowid or 0)


def get(db: Connection, code_id: int) -> OneTimeCode:
    """Raises `NotFound`."""
    row = db.execute(f"SELECT {_COLUMNS} FROM one_time_codes WHERE id = ?", (code_id,)).fetchone()
    if row is None:
        raise NotFound(_("There is no one-time code {id}.").format(id=code_id))
    return OneTimeCode(*row)


def newest(db: Connection, account_id: AccountId, chat: str) -> OneTimeCode | None:
    """The one that was asked for last in a chat: no other is good any more."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM one_time_codes WHERE account_id = ? AND chat = ?"
        " ORDER BY created_at DESC, id DESC LIMIT 1",
        (account_id, chat),
    ).fetchone()
    return OneTimeCode(*row) if row else None


def mailed(db: Connection, code_id: int, message_id: MessageId) -> None:
    """The mail that has it."""
    db.execute("UPDATE one_time_codes SET message_id = ? WHERE id = ?", (message_id, code_id))


def tried(db: Connection, code_id: int) -> int:
    """Somebody typed one; how often that was done now."""
    row = db.execute(
        "UPDATE one_time_codes SET tries = tries + 1 WHERE id = ? RETURNING tries", (code_id,)
    ).fetchone()
    return int(row[0])


def use(db: Connection, code_id: int, at: Millis) -> bool:
    """Spend it; whether it was unused."""
    return (
        db.execute(
            "UPDATE one_time_codes SET used_at = ? WHERE id = ? AND used_at IS NULL", (at, code_id)
        ).rowcount
        > 0
    )


def asked_by(db: Connection, account_id: AccountId, address: str, since: Millis) -> int:
    """How many somebody has asked for in a chat since then."""
    row = db.execute(
        "SELECT count(*) FROM one_time_codes WHERE account_id = ? AND address = ?"
        " AND created_at > ?",
        (account_id, address, since),
    ).fetchone()
    return int(row[0])


def asked_of(db: Connection, account_id: AccountId, since: Millis) -> int:
    """How many all chats of an account have asked for since then."""
    row = db.execute(
        "SELECT count(*) FROM one_time_codes WHERE account_id = ? AND created_at > ?",
        (account_id, since),
    ).fetchone()
    return int(row[0])


def asked_at(db: Connection, email: str, since: Millis) -> int:
    """How many went to an e-mail address since then, whoever asked."""
    row = db.execute(
        "SELECT count(*) FROM one_time_codes WHERE email = ? AND created_at > ?", (email, since)
    ).fetchone()
    return int(row[0])


def overdue(db: Connection, now: Millis) -> list[MessageId]:
    """Mails that still wait to leave with a code that is good no more."""
    rows = db.execute(
        "SELECT m.id FROM one_time_codes c CROSS JOIN messages m ON m.id = c.message_id"
        " WHERE m.state = 'queued' AND c.expires_at <= ? ORDER BY m.id",
        (now,),
    )
    return [MessageId(row[0]) for row in rows]


def next_overdue(db: Connection) -> Millis | None:
    """When the next code ends whose mail has not left."""
    row = db.execute(
        "SELECT min(c.expires_at) FROM one_time_codes c CROSS JOIN messages m"
        " ON m.id = c.message_id WHERE m.state = 'queued'"
    ).fetchone()
    return None if row[0] is None else int(row[0])


def forget(db: Connection, before: Millis) -> int:
    """Drop those asked for before then; how many."""
    return db.execute("DELETE FROM one_time_codes WHERE created_at < ?", (before,)).rowcount


def tell(
    db: Connection, account_id: AccountId, chat: str, state: State, email: str, at: Millis
) -> None:
    """Let a chat know; what was to be told there before is no news any more."""
    db.execute(
        "INSERT OR REPLACE INTO verifications (account_id, chat, state, email, at)"
        " VALUES (?, ?, ?, ?, ?)",
        (account_id, chat, state, email, at),
    )


def to_tell(db: Connection, account_id: AccountId, limit: int = 100) -> list[Verification]:
    """What is to be told in the chats of an account, in order."""
    rows = db.execute(
        "SELECT id, account_id, chat, state, email, at FROM verifications WHERE account_id = ?"
        " ORDER BY id LIMIT +?",
        (account_id, limit),
    )
    return [Verification(*row) for row in rows]


def told(db: Connection, verification_id: int) -> None:
    """It is known there, or no news any more."""
    db.execute("DELETE FROM verifications WHERE id = ?", (verification_id,))

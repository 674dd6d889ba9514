"""Accounts: the configured ends of channels, their state and their connectors' places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from store import json_column
from store.driver import Connection
from store.errors import NotFound
from store.model import Account, AccountId, AccountState, EventId, Millis
from store.wording import _

_COLUMNS = (
    "id, name, channel, address, display_name, capabilities, state, state_reason, state_at,"
    " last_success_at, state_source, read_past, whole_past"
)


def _account(row: Sequence[Any]) -> Account:
    return Account(
        id=row[0],
        name=row[1],
        channel=row[2],
        address=row[3],
        display_name=row[4],
        capabilities=json_column.load(row[5]),
        state=row[6],
        state_reason=row[7],
        state_at=row[8],
        last_success_at=row[9],
        state_source=row[10],
        past=(row[11], row[12]),
    )


def ensure(
    db: Connection,
    name: str,
    channel: str,
    *,
    address: str = "",
    display_name: str = "",
    capabilities: Mapping[str, Any] | None = None,
) -> Account:
    """The account as configured now; made when new. Without capabilities the known ones stay."""
    row = db.execute(f"SELECT {_COLUMNS} FROM accounts WHERE name = ?", (name,)).fetchone()
    if row is None:
        db.execute(
            "INSERT INTO accounts (name, channel, address, display_name, capabilities)"
            " VALUES (?, ?, ?, ?, ?)",
            (name, channel, address, display_name, json_column.dump(dict(capabilities or {}))),
        )
        return get(db, name)
    kept = row[5] if capabilities is None else json_column.dump(dict(capabilities))
    if (channel, address, display_name, kept) != row[2:6]:
        db.execute(
            "UPDATE accounts SET channel = ?, address = ?, display_name = ?, capabilities = ?"
            " WHERE name = ?",
            (channel, address, display_name, kept, name),
        )
    return get(db, name)


def get(db: Connection, name_or_id: str | AccountId) -> Account:
    """Raises `NotFound`."""
    column = "name" if isinstance(name_or_id, str) else "id"
    row = db.execute(
        f"SELECT {_COLUMNS} FROM accounts WHERE {column} = ?", (name_or_id,)
    ).fetchone()
    if row is None:
        raise NotFound(_("There is no account {name}.").format(name=name_or_id))
    return _account(row)


def all(db: Connection) -> list[Account]:
    return [_account(row) for row in db.execute(f"SELECT {_COLUMNS} FROM accounts ORDER BY name")]


def addresses(db: Connection) -> list[tuple[AccountId, str, str, str]]:
    """Of each account its id, name, channel and address."""
    return db.execute("SELECT id, name, channel, address FROM accounts ORDER BY name").fetchall()


def set_state(
    db: Connection,
    account_id: AccountId,
    state: AccountState,
    reason: str,
    at: Millis,
    *,
    source: str = "",
    past: tuple[int, int] = (0, 0),
) -> None:
    """`state_at` stays while only the reason becomes another one. `source`: what that is made of;
    `past`: how much of its past is read, of how much."""
    db.execute(
        "UPDATE accounts SET state_at = iif(state = ?, state_at, ?), state = ?, state_reason = ?,"
        " state_source = ?, read_past = ?, whole_past = ? WHERE id = ?",
        (state, at, state, str(reason), source, *past, account_id),
    )


def succeeded(db: Connection, account_id: AccountId, at: Millis) -> None:
    """Its server did what was asked."""
    db.execute("UPDATE accounts SET last_success_at = ? WHERE id = ?", (at, account_id))


def tidied_event(db: Connection, account_id: AccountId) -> EventId | None:
    """Up to which event closed conversations are put away in the channel; None: it is off."""
    row = db.execute("SELECT tidied_event FROM accounts WHERE id = ?", (account_id,)).fetchone()
    return None if row is None else row[0]


def set_tidied_event(db: Connection, account_id: AccountId, event_id: EventId | None) -> None:
    db.execute("UPDATE accounts SET tidied_event = ? WHERE id = ?", (event_id, account_id))


def cursor(db: Connection, account_id: AccountId) -> dict[str, Any]:
    """The connector's own place in its channel; empty at first."""
    row = db.execute("SELECT cursor FROM accounts WHERE id = ?", (account_id,)).fetchone()
    if row is None:
        raise NotFound(_("There is no account {name}.").format(name=account_id))
    return dict(json_column.load(row[0]))


def set_cursor(db: Connection, account_id: AccountId, cursor: Mapping[str, Any]) -> None:
    db.execute(
        "UPDATE accounts SET cursor = ? WHERE id = ?",
        (json_column.dump(dict(cursor)), account_id),
    )

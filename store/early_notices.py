"""What a channel told of messages that are not here yet: kept until they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from store import json_column
from store.driver import Connection
from store.model import AccountId, Millis

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class EarlyNotice:
    awaited: str
    """What it waits for: a message's key, or what stands for a chat's next message."""
    external_id: str
    notice: Mapping[str, Any]


def keep(
    db: Connection,
    account_id: AccountId,
    early: EarlyNotice,
    *,
    now: Millis,
    until: Millis | None,
) -> None:
    """Keep a notice until what it waits for comes, or until then. Those whose time is over go."""
    db.execute("DELETE FROM early_notices WHERE account_id = ? AND until < ?", (account_id, now))
    db.execute(
        "INSERT OR IGNORE INTO early_notices (account_id, awaited, external_id, notice, until)"
        " VALUES (?, ?, ?, ?, ?)",
        (account_id, early.awaited, early.external_id, json_column.dump(dict(early.notice)), until),
    )


def waiting(
    db: Connection, account_id: AccountId, awaited: Iterable[str]
) -> dict[str, list[EarlyNotice]]:
    """What waits for these, by what it waits for."""
    found: dict[str, list[EarlyNotice]] = {}
    if not db.execute(
        "SELECT 1 FROM early_notices WHERE account_id = ? LIMIT 1", (account_id,)
    ).fetchone():
        return found
    wanted = sorted(set(awaited))
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        for key, external_id, notice in db.execute(
            "SELECT awaited, external_id, notice FROM early_notices WHERE account_id = ?"
            f" AND awaited IN ({','.join('?' * len(part))}) ORDER BY awaited, external_id",
            (account_id, *part),
        ):
            early = EarlyNotice(key, external_id, json_column.load(notice))
            found.setdefault(key, []).append(early)
    return found


def drop(db: Connection, account_id: AccountId, awaited: str) -> None:
    """What waited for this was applied."""
    db.execute(
        "DELETE FROM early_notices WHERE account_id = ? AND awaited = ?", (account_id, awaited)
    )

"""Cutting a customer off, the first step of erasing them: no address leads to them any more,
nothing of theirs goes out, and their card is empty."""

from __future__ import annotations

from collections.abc import Sequence

from store import audit, contents, customers, index
from store.driver import Connection
from store.model import AccountId, CustomerId, IdentityId, Millis

_EMPTY = (
    "name = '', company = '', company_key = '', language = '', language_set = 0, timezone = '',"
    " fields = '{}', channel = '', first_contact_at = NULL, last_contact_at = NULL"
)


def cut_off(db: Connection, customer_id: CustomerId, agent: str, at: Millis) -> None:
    """Cut a customer off, with everybody who became part of them. Inside a transaction."""
    ids = customers.everybody(db, customer_id)
    people = [
        (IdentityId(row[0]), row[1], row[2])
        for one in ids
        for row in db.execute(
            "SELECT id, channel, address FROM identities WHERE customer_id = ?", (one,)
        )
    ]
    _replies(db, ids)
    for _id, channel, address in people:
        _address(db, channel, address, customer_id)
    for one in ids:
        _pairs(db, one)
        _related(db, one)
        for table in ("identities", "customer_tags", "customer_notes", "claims", "hook_runs"):
            db.execute(f"DELETE FROM {table} WHERE customer_id = ?", (one,))
        db.execute("DELETE FROM relations WHERE customer_id = ?1 OR other_id = ?1", (one,))
        db.execute(f"UPDATE customers SET {_EMPTY}, erased_at = ? WHERE id = ?", (at, one))
        index.owe_customer(db, one)
    db.execute(
        "INSERT INTO erasures (customer_id, agent, at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET emptied_at = NULL, swept_at = NULL",
        (customer_id, agent, at),
    )


def _replies(db: Connection, ids: Sequence[CustomerId]) -> None:
    """What waits to be sent is not sent any more; nor are follow-ups, nor changes."""
    for one in ids:
        waiting = [
            row[0]
            for row in db.execute(
                "SELECT id FROM messages INDEXED BY messages_unsettled"
                " WHERE state IN ('queued', 'sending', 'failed', 'unknown')"
                " AND state IN ('queued', 'failed') AND customer_id = ?",
                (one,),
            )
        ]
        for message_id in waiting:
            db.execute("DELETE FROM outbox WHERE message_id = ?", (message_id,))
            db.execute("UPDATE messages SET state = 'cancelled' WHERE id = ?", (message_id,))
        db.execute(
            "DELETE FROM alterations WHERE state = 'queued'"
            " AND (SELECT customer_id FROM messages WHERE id = message_id) = ?",
            (one,),
        )


def _address(db: Connection, channel: str, address: str, because: CustomerId) -> None:
    """What is kept by an address, in every account of its channel."""
    accounts = [
        row[0] for row in db.execute("SELECT id FROM accounts WHERE channel = ?", (channel,))
    ]
    for account in accounts:
        chats = {address} | {
            row[0]
            for row in db.execute(
                "SELECT chat FROM visits WHERE account_id = ?1 AND address = ?2"
                " UNION SELECT chat FROM one_time_codes WHERE account_id = ?1 AND address = ?2",
                (account, address),
            )
        }
        here = (account, address)
        for table in ("visits", "barred", "one_time_codes"):
            db.execute(f"DELETE FROM {table} WHERE account_id = ? AND address = ?", here)
        db.execute("DELETE FROM follow_ups WHERE address = ?2 AND account_id = ?1", here)
        for chat in chats:
            _opened(db, AccountId(account), chat, address, because)
            chat_gone(db, AccountId(account), chat)
    if channel == "email":
        db.execute("DELETE FROM one_time_codes WHERE email = ?", (address,))
        db.execute("DELETE FROM verifications WHERE email = ?", (address,))


def _opened(
    db: Connection, account_id: AccountId, chat: str, address: str, because: CustomerId
) -> None:
    """Links that were sent to others and that they opened: who it was is forgotten."""
    for (room,) in db.execute(
        "SELECT conversation_id FROM one_time_links"
        " WHERE account_id = ? AND used_in = ? AND used_in <> ''",
        (account_id, chat),
    ).fetchall():
        _empty(
            db,
            because,
            "conversation_id = ? AND kind = 'link.opened' AND data ->> '$.address' = ?",
            (room, address),
        )
    db.execute(
        "UPDATE one_time_links SET used_by = '', used_in = ''"
        " WHERE account_id = ? AND used_in = ? AND used_in <> ''",
        (account_id, chat),
    )


def _empty(
    db: Connection, because: CustomerId, condition: str, values: Sequence[str | int]
) -> None:
    """Events of others that name the customer name nobody any more."""
    found = [row[0] for row in db.execute(f"SELECT id FROM events WHERE {condition}", values)]
    audit.let_go(db, found, because)
    db.executemany(
        "UPDATE events SET data = '{}', salt = x'' WHERE id = ?", [(one,) for one in found]
    )


def chat_gone(db: Connection, account_id: AccountId, chat: str) -> None:
    """What waits for messages of a chat, and what is to be told there."""
    db.execute(
        "DELETE FROM early_notices WHERE account_id = ?1 AND (awaited = 'next in ' || ?2"
        " OR (awaited > ?2 || ':' AND awaited < ?2 || ';'))",
        (account_id, chat),
    )
    db.execute("DELETE FROM verifications WHERE account_id = ? AND chat = ?", (account_id, chat))


def _pairs(db: Connection, customer_id: CustomerId) -> None:
    """Who may be the same, and who was: with what the log of the other one says of it."""
    for table, key, one, other, kinds in (
        ("suggestions", "suggestion", "customer_id", "other_id",
         ("customer.suggested", "suggestion.decided", "link.opened")),
        ("merges", "merge", "source_id", "target_id",
         ("customer.merged", "customer.unmerged", "link.opened", "chat.event",
          "identity.linked")),
    ):  # fmt: skip
        pairs = db.execute(
            f"SELECT id, {one}, {other} FROM {table} WHERE {one} = ?1 OR {other} = ?1",
            (customer_id,),
        ).fetchall()
        for id_, first, second in pairs:
            somebody = second if first == customer_id else first
            _empty(
                db,
                customer_id,
                f"customer_id = ? AND kind IN ({','.join('?' * len(kinds))}) AND data ->> ? = ?",
                (somebody, *kinds, f"$.{key}", id_),
            )
            db.execute(f"DELETE FROM {table} WHERE id = ?", (id_,))


def _related(db: Connection, customer_id: CustomerId) -> None:
    """What the log of others says of how they belong, or belonged, together."""
    told = "kind IN ('customer.related', 'customer.unrelated')"
    others = db.execute(
        "SELECT DISTINCT iif(data ->> '$.of' = ?1, data ->> '$.other', data ->> '$.of')"
        f" FROM events WHERE customer_id = ?1 AND {told} AND data <> '{{}}'",
        (customer_id,),
    ).fetchall()
    for (other,) in others:
        _empty(
            db,
            customer_id,
            f"customer_id = ? AND {told} AND ? IN (data ->> '$.of', data ->> '$.other')",
            (other, customer_id),
        )


def release_quarantined(db: Connection, found: Sequence[tuple[int, str, str]]) -> None:
    """Drop what `belongings.quarantined` gave; the ledger keeps that there was something."""
    for account_id, external_id, raw in found:
        db.execute(
            "UPDATE ledger SET outcome = 'ignored', reason = '', raw = ''"
            " WHERE account_id = ? AND external_id = ?",
            (account_id, external_id),
        )
        contents.give_up(db, {raw: ""})

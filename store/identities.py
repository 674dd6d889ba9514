"""Identities: the addresses of customers on their channels."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from store import index
from store.driver import Connection
from store.errors import NotFound
from store.model import CustomerId, Identity, IdentityId, Millis
from store.wording import _

_COLUMNS = "id, customer_id, channel, address, name, proof, flag, last_used_at"
_AT_ONCE = 500


def normalise(channel: str, address: str) -> str:
    """The form under which an address is kept and looked up.

    E-mail: lower case, the domain as U-labels (RFC 5890), without angle brackets.
    Phone: digits with a leading +. Others: as they are, trimmed.
    """
    address = unicodedata.normalize("NFC", address.replace("\0", "").strip())
    if channel == "email":
        local, at, domain = address.strip("<>").rpartition("@")
        return f"{local.lower()}{at}{_u_label(domain.strip().rstrip('.').lower())}"
    if channel == "phone":
        digits = "".join(digit for digit in address if digit.isdecimal())
        plus = "+" if address.startswith(("+", "00")) else ""
        return plus + (digits.removeprefix("00") if address.startswith("00") else digits)
    return address


def _u_label(domain: str) -> str:
    if "xn--" not in domain:
        return domain
    labels = []
    for label in domain.split("."):
        if label.startswith("xn--"):
            try:
                label = label[4:].encode("ascii").decode("punycode")
            except UnicodeError:  # not Punycode after all: keep what was written
                labels.append(label)
                continue
        labels.append(label)
    return ".".join(labels)


def find(db: Connection, channel: str, address: str) -> Identity | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM identities WHERE channel = ? AND address = ?",
        (channel, normalise(channel, address)),
    ).fetchone()
    return Identity(*row) if row else None


def flagged(db: Connection, channel: str, addresses: Sequence[str]) -> dict[str, str]:
    """Why messages to some of these addresses fail, by the address as it was given."""
    written = {normalise(channel, address): address for address in addresses}
    wanted, found = list(written), {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        rows = db.execute(
            "SELECT address, flag FROM identities WHERE channel = ? AND flag <> ''"
            f" AND address IN ({','.join('?' * len(part))})",
            (channel, *part),
        )
        found.update({written[address]: str(flag) for address, flag in rows})
    return found


def find_many(db: Connection, channel: str, addresses: Iterable[str]) -> dict[str, Identity]:
    """The identities that some normalised addresses already are, by address."""
    wanted = list(addresses)
    found: dict[str, Identity] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        for row in db.execute(
            # Of a bare parameter SQLite asks each time whether it is what an index is for.
            f"SELECT {_COLUMNS} FROM identities WHERE channel = +?"
            f" AND address IN ({','.join('?' * len(part))})",
            (channel, *part),
        ):
            found[row[3]] = Identity(*row)
    return found


def get(db: Connection, identity_id: IdentityId) -> Identity:
    """Raises `NotFound`."""
    row = db.execute(f"SELECT {_COLUMNS} FROM identities WHERE id = ?", (identity_id,)).fetchone()
    if row is None:
        raise NotFound(_("There is no identity {id}.").format(id=identity_id))
    return Identity(*row)


def add(
    db: Connection,
    customer_id: CustomerId,
    channel: str,
    address: str,
    *,
    name: str = "",
    proof: str = "",
    at: Millis,
    number: IdentityId | None = None,
) -> Identity:
    """A new address of a customer; one that exists already is returned as it is. `number`: the
    one that it had before it was removed, by which merges know whose it is."""
    address = normalise(channel, address)
    values: tuple[Any, ...] = (number, customer_id, channel, address, name, proof, at)
    cursor = db.execute(
        "INSERT INTO identities (id, customer_id, channel, address, name, proof, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        values,
    )
    if cursor.rowcount:
        index.owe_customer(db, customer_id)
    found = find(db, channel, address)
    assert found is not None
    return found


def of(db: Connection, customer_id: CustomerId) -> list[Identity]:
    """The last used first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM identities WHERE customer_id = ?"
        " ORDER BY ifnull(last_used_at, 0) DESC, id",
        (customer_id,),
    )
    return [Identity(*row) for row in rows]


def of_domain(db: Connection, domain: str, limit: int) -> list[tuple[CustomerId, Millis]]:
    """Customers with an e-mail address of a domain and when they used it last (0: never): of its
    newest addresses."""
    rows = db.execute(
        "SELECT customer_id, ifnull(last_used_at, 0) FROM identities"
        # Else a few large domains would have it read the whole table for a small one.
        " INDEXED BY identities_by_domain WHERE channel = 'email'"
        " AND substr(address, instr(address, '@') + 1) = ? ORDER BY id DESC LIMIT +?",
        (domain, limit),
    )
    return [(CustomerId(row[0]), row[1]) for row in rows]


def prove(db: Connection, identity_id: IdentityId, proof: str) -> None:
    """Note how the address was proven ("dmarc", "jwt", "agent", …); "" takes it back."""
    db.execute("UPDATE identities SET proof = ? WHERE id = ?", (proof, identity_id))


def flag(db: Connection, identity_id: IdentityId, why: str) -> None:
    """Note why messages to the address fail; "" when they don't any more."""
    db.execute("UPDATE identities SET flag = ? WHERE id = ?", (why, identity_id))


def touch(db: Connection, identity_id: IdentityId, at: Millis, name: str = "") -> None:
    """The customer wrote from it at `at`, under `name` when they gave one: they are called so
    while nobody knew a name."""
    row = db.execute(
        "SELECT customer_id, name FROM identities WHERE id = ?", (identity_id,)
    ).fetchone()
    if row is None:
        return
    renamed = bool(name) and name != row[1]
    db.execute(
        "UPDATE identities SET last_used_at = max(ifnull(last_used_at, ?), ?), name = ?"
        " WHERE id = ?",
        (at, at, name if renamed else row[1], identity_id),
    )
    if renamed:
        if not row[1]:
            _call(db, row[0], name)
        index.owe_customer(db, row[0])


def _call(db: Connection, customer_id: CustomerId, name: str) -> None:
    """An address that we wrote to first, or that came without a name, has one now."""
    db.execute("UPDATE customers SET name = ? WHERE id = ? AND name = ''", (name, customer_id))


def touch_many(db: Connection, touches: Iterable[tuple[Identity, Millis, str]]) -> None:
    """`touch` for several identities, as they were found in this transaction."""
    rows: list[tuple[Millis, str, IdentityId]] = []
    for identity, at, name in touches:
        rows.append((at, name, identity.id))
        if name and name != identity.name:
            if not identity.name:
                _call(db, identity.customer_id, name)
            index.owe_customer(db, identity.customer_id)
    db.executemany(
        "UPDATE identities SET last_used_at = max(ifnull(last_used_at, ?1), ?1),"
        " name = iif(?2 = '', name, ?2) WHERE id = ?3",
        rows,
    )


def give(db: Connection, identity_id: IdentityId, customer_id: CustomerId) -> None:
    """Move an address to another customer."""
    before = get(db, identity_id).customer_id
    db.execute("UPDATE identities SET customer_id = ? WHERE id = ?", (customer_id, identity_id))
    index.owe_customer(db, before)
    index.owe_customer(db, customer_id)


def rename(db: Connection, identity_id: IdentityId, address: str) -> None:
    """The same owner under another address of the channel, which nobody has."""
    before = get(db, identity_id)
    db.execute(
        "UPDATE identities SET address = ? WHERE id = ?",
        (normalise(before.channel, address), identity_id),
    )
    index.owe_customer(db, before.customer_id)


def remove(db: Connection, identity_id: IdentityId) -> None:
    """An address that is nobody's any more."""
    before = get(db, identity_id)
    db.execute("DELETE FROM identities WHERE id = ?", (identity_id,))
    index.owe_customer(db, before.customer_id)

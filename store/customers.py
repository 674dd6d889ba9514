"""Customers: people, their tags and notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store import index, json_column
from store.driver import Connection
from store.errors import NotFound
from store.index import fold
from store.model import Customer, CustomerId, CustomerNote, Millis
from store.wording import _

_COLUMNS = (
    "c.id, c.name, c.company, c.language, c.timezone, c.fields, c.created_at,"
    " c.first_contact_at, c.last_contact_at,"
    " (SELECT count(*) FROM conversations WHERE customer_id = c.id),"
    " (SELECT json_group_array(tag) FROM (SELECT tag FROM customer_tags"
    "   WHERE customer_id = c.id ORDER BY tag)), c.language_set, c.channel"
)
THEIRS = (
    "WITH RECURSIVE theirs (id) AS (SELECT ?1 UNION"
    " SELECT c.id FROM theirs CROSS JOIN customers c ON c.merged_into = theirs.id)"
)
"""A customer, the first parameter, and everybody who became part of them: the start of a query."""
_DIGITS = 5
"""Of a telephone number, that are looked for at least."""
_BY_PHONE = (
    " UNION SELECT * FROM (SELECT customer_id FROM identities WHERE channel = 'phone'"
    " AND instr(address, ?) LIMIT 100)"
)
_LOOKED = 1000
"""Customers with the words that a limited search looks at: the newest."""

_CHANGEABLE = frozenset(
    {"name", "company", "language", "language_set", "timezone", "fields", "channel"}
)


def _customer(row: Sequence[Any]) -> Customer:
    return Customer(
        id=row[0],
        name=row[1],
        company=row[2],
        language=row[3],
        timezone=row[4],
        fields=json_column.load(row[5]),
        created_at=row[6],
        first_contact_at=row[7],
        last_contact_at=row[8],
        conversations=row[9],
        tags=tuple(json_column.load(row[10])),
        language_set=bool(row[11]),
        channel=row[12],
    )


def create(
    db: Connection, *, name: str = "", language: str = "", company: str = "", at: Millis
) -> CustomerId:
    cursor = db.execute(
        "INSERT INTO customers (name, language, company, company_key, created_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (name, language, company, company_key(company), at),
    )
    customer_id = CustomerId(cursor.lastrowid or 0)
    index.owe_customer(db, customer_id)
    return customer_id


def company_key(company: str) -> str:
    """A company's name as it is compared: `ACME  Ltd.` and `Acme Ltd.` are one."""
    return " ".join(company.split()).casefold()


def get(db: Connection, customer_id: CustomerId) -> Customer:
    """Raises `NotFound`."""
    row = db.execute(f"SELECT {_COLUMNS} FROM customers c WHERE id = ?", (customer_id,)).fetchone()
    if row is None:
        raise NotFound(_("There is no customer {id}.").format(id=customer_id))
    return _customer(row)


def language(db: Connection, customer_id: CustomerId) -> tuple[str, bool]:
    """A customer's language, and whether an agent has said it. Raises `NotFound`."""
    row = db.execute(
        "SELECT language, language_set FROM customers WHERE id = ?", (customer_id,)
    ).fetchone()
    if row is None:
        raise NotFound(_("There is no customer {id}.").format(id=customer_id))
    return row[0], bool(row[1])


def of_company(db: Connection, company: str, limit: int) -> list[tuple[CustomerId, Millis]]:
    """Customers of a company and when they were last in contact (0: never), the last first."""
    rows = db.execute(
        "SELECT id, ifnull(last_contact_at, 0) FROM customers WHERE company_key = ?"
        " AND company_key <> '' AND merged_into IS NULL ORDER BY last_contact_at DESC LIMIT +?",
        (company_key(company), limit),
    )
    return [(CustomerId(row[0]), row[1]) for row in rows]


def current(db: Connection, customer_id: CustomerId) -> CustomerId:
    """The customer that this one was merged into, and that one was; itself when it was not.
    A number that nobody has is returned as it is."""
    seen = customer_id
    while row := db.execute(
        "SELECT merged_into FROM customers WHERE id = ? AND merged_into IS NOT NULL", (seen,)
    ).fetchone():
        seen = CustomerId(row[0])
    return seen


def everybody(db: Connection, customer_id: CustomerId) -> list[CustomerId]:
    """The customer, and everybody who became part of them."""
    rows = db.execute(f"{THEIRS} SELECT id FROM theirs ORDER BY id", (customer_id,))
    return [CustomerId(row[0]) for row in rows]


def update(db: Connection, customer_id: CustomerId, **changes: Any) -> None:
    """Set what the card says (`_CHANGEABLE`). Raises `NotFound`."""
    unknown = changes.keys() - _CHANGEABLE
    if unknown:
        raise TypeError(f"customers have no {', '.join(sorted(unknown))}")
    if "fields" in changes:
        changes["fields"] = json_column.dump(dict(changes["fields"]))
    if "company" in changes:
        changes["company_key"] = company_key(str(changes["company"]))
    if not changes:
        return
    assignments = ", ".join(f"{column} = ?" for column in changes)
    cursor = db.execute(
        f"UPDATE customers SET {assignments} WHERE id = ?", (*changes.values(), customer_id)
    )
    if cursor.rowcount == 0:
        raise NotFound(_("There is no customer {id}.").format(id=customer_id))
    if changes.keys() & {"name", "company"}:
        index.owe_customer(db, customer_id)


def find(db: Connection, query: str = "", limit: int | None = None) -> list[Customer]:
    """Customers whose names, company or addresses have every word, as prefixes, or whose
    telephone number has the digits, however they are spaced; the last in contact first. Without
    words: all of them."""
    words = _match(query)
    bound = -1 if limit is None else limit
    if not words and query.strip():
        return []
    if not words:
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM customers c WHERE merged_into IS NULL"
            " AND erased_at IS NULL"
            " ORDER BY last_contact_at DESC, id DESC LIMIT +?",
            (bound,),
        )
    else:
        index.flush_if_writing(db)
        number = _number(query)
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM customers c WHERE id IN"
            " (SELECT * FROM (SELECT rowid FROM customer_search WHERE customer_search MATCH ?"
            f"  ORDER BY rowid DESC LIMIT +?){_BY_PHONE if number else ''})"
            " ORDER BY last_contact_at DESC, id DESC LIMIT +?",
            (words, -1 if limit is None else _LOOKED, *([number] if number else []), bound),
        )
    return [_customer(row) for row in rows]


def _number(query: str) -> str:
    """The digits of what may be a telephone number, as they stand after a country's code; "" for
    anything else."""
    digits = "".join(sign for sign in query if sign not in " +()-./\u00a0")
    if len(digits) < _DIGITS or not (digits.isascii() and digits.isdecimal()):
        return ""
    return digits.lstrip("0")[:20]


def _match(query: str) -> str:
    """FTS5's own syntax for words that are only words."""
    words = fold(query.replace("\0", " ")).replace('"', " ").split()
    kept = [word for word in words if any(letter.isalnum() for letter in word)]
    # One letter alone begins half of all words; after others it narrows what they found.
    narrow = any(len(word) > 1 for word in kept)
    return " ".join(f'"{word}"' + ("*" if narrow else "") for word in kept)


def tags(db: Connection, customer_id: CustomerId) -> list[str]:
    return [
        row[0]
        for row in db.execute(
            "SELECT tag FROM customer_tags WHERE customer_id = ? ORDER BY tag", (customer_id,)
        )
    ]


def add_tag(db: Connection, customer_id: CustomerId, tag: str) -> bool:
    """Whether the customer didn't have it."""
    cursor = db.execute("INSERT OR IGNORE INTO customer_tags VALUES (?, ?)", (customer_id, tag))
    return cursor.rowcount > 0


def remove_tag(db: Connection, customer_id: CustomerId, tag: str) -> bool:
    """Whether the customer had it."""
    cursor = db.execute(
        "DELETE FROM customer_tags WHERE customer_id = ? AND tag = ?", (customer_id, tag)
    )
    return cursor.rowcount > 0


def notes(db: Connection, customer_id: CustomerId) -> list[CustomerNote]:
    """Oldest first."""
    rows = db.execute(
        "SELECT id, customer_id, author, text, at, edited_at, edited_by FROM customer_notes"
        " WHERE customer_id = ? AND deleted_at IS NULL ORDER BY at, id",
        (customer_id,),
    )
    return [CustomerNote(*row) for row in rows]


def add_note(db: Connection, customer_id: CustomerId, author: str, text: str, at: Millis) -> int:
    """The note's id."""
    cursor = db.execute(
        "INSERT INTO customer_notes (customer_id, author, text, at) VALUES (?, ?, ?, ?)",
        (customer_id, author, text, at),
    )
    return cursor.lastrowid or 0

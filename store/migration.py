"""Numbered migrations: `migrations/NNNN_name.sql`, each in one transaction with its number."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from store.driver import Connection, sqlite3
from store.errors import StoreTooNew, damaged
from store.shared import share
from store.wording import _

APPLICATION_ID = 0x6F6D6E69
"""`omni` in the file's header (sqlite.org/pragma.html#pragma_application_id)."""


@cache
def migrations() -> tuple[tuple[int, str], ...]:
    """Number and SQL of every migration, in order."""
    folder = Path(__file__).parent / "migrations"
    found = [
        (int(file.name[:4]), file.read_text(encoding="utf-8"))
        for file in folder.glob("[0-9][0-9][0-9][0-9]_*.sql")
    ]
    return tuple(sorted(found))


def statements(script: str) -> Iterator[str]:
    """The single statements of a script: `executescript` would commit before it."""
    statement = ""
    *parts, rest = script.split(";")
    for part in parts:
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement or not _only_comments(rest):
        raise ValueError(f"a migration ends inside a statement: {(statement + rest)[-80:]!r}")


def _only_comments(text: str) -> bool:
    return all(not line.strip() or line.strip().startswith("--") for line in text.splitlines())


def schema_version(db: Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def pending(db: Connection, path: Path) -> bool:
    """Whether migrations are due. Raises `StoreTooNew`, or `StoreDamaged` for a foreign file."""
    version = schema_version(db)
    foreign = db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID
    if foreign and db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        raise damaged(str(path), _("it is another program's database"))
    refuse_newer(version, str(path))
    return version < migrations()[-1][0]


def refuse_newer(version: int, path: str) -> None:
    """Raise `StoreTooNew` for the schema of a program that came after this one: also while it
    runs, when another program has brought the store up to date."""
    newest = migrations()[-1][0]
    if version > newest:
        raise StoreTooNew(
            _(
                "The store {store} was written by a newer omnitui (schema {theirs}, "
                "this one knows {ours}): update omnitui, or log in again."
            ).format(store=path, theirs=version, ours=newest)
        )


def migrate(db: Connection, path: Path) -> None:
    """Bring the store to the newest schema; call it inside BEGIN IMMEDIATE, which it ends.

    The first of several keeps a copy of a store that is not new as
    `NAME.before-NNNN` beside it.
    """
    backed_up = schema_version(db) == 0
    while True:
        version = schema_version(db)
        due = [(number, script) for number, script in migrations() if number > version]
        if not due:
            db.execute("COMMIT")
            return
        number, script = due[0]
        if not backed_up:
            _copy(path, path.with_name(f"{path.name}.before-{number:04}"))
            backed_up = True
        for statement in statements(script):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("COMMIT")
        db.execute("BEGIN IMMEDIATE")


def _copy(path: Path, target: Path) -> None:
    # Readers go on while the caller holds the write lock, hence a connection of its own.
    # Made under a name that nobody can have put a link to elsewhere at.
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(fresh)) as copy:
            source.backup(copy)
        share(fresh)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise

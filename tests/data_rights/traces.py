"""Looking for somebody's words wherever a desk could hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from omnitui.desk.context import Desk
from omnitui.desk.data_rights import erasing
from store import sweeping
from store.database import transaction
from store.driver import Connection
from store.model import CustomerId
from tests.desk.office import Office

Row = tuple[object, ...]


def erase(office: Office, customer: int) -> None:
    """From the preview to the last page."""
    with transaction(office.desk.db):
        begun = erasing.begin(office.desk, CustomerId(customer))
    finish(office, begun.customer)


def finish(office: Office, customer: int) -> None:
    _all(office, erasing.Steps(CustomerId(customer)).step)
    sweep(office)


def sweep(office: Office) -> None:
    begun = office.desk.now()
    _all(office, erasing.Sweep().step)
    assert sweeping.compact(office.desk.db)
    assert sweeping.empty_log(office.desk.db)
    with transaction(office.desk.db):
        erasing.swept(office.desk, begun)
    assert sweeping.empty_log(office.desk.db)


def _all(office: Office, step: Callable[[Desk], bool]) -> None:
    more = True
    while more:
        with transaction(office.desk.db):
            more = step(office.desk)


def tables(db: Connection) -> list[str]:
    """All but the index's own."""
    return [
        row[0]
        for row in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\\_search%'"
            " ESCAPE '\\' AND name <> 'sqlite_sequence' ORDER BY name"
        )
    ]


def rows(db: Connection) -> dict[str, Counter[Row]]:
    """Every row there is, by table."""
    return {table: Counter(db.execute(f"SELECT * FROM {table}").fetchall()) for table in tables(db)}


def in_rows(db: Connection, word: str) -> list[tuple[str, Row]]:
    """Rows with the word in any column."""
    found = []
    for table in tables(db):
        for row in db.execute(f"SELECT * FROM {table}"):
            for value in row:
                text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                if word in text:
                    found.append((table, row))
    return found


def in_files(directory: Path, word: str) -> list[str]:
    """Files with the word in their bytes, in either case."""
    wanted = word.lower().encode()
    return [
        str(path.relative_to(directory))
        for path in sorted(directory.rglob("*"))
        if path.is_file() and wanted in path.read_bytes().lower()
    ]

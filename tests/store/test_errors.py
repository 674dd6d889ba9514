"""What SQLite says, told to people."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.driver import sqlite3
from store.errors import DiskFailed, StoreError, StoreLocked, from_sqlite


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        (15, "SQLITE_PROTOCOL", StoreLocked),
        (10, "SQLITE_IOERR", DiskFailed),
        (4874, "SQLITE_IOERR_SHMSIZE", DiskFailed),
    ],
)
def test_what_passes_is_told_from_what_is_wrong(
    tmp_path: Path, code: int, name: str, kind: type[StoreError]
) -> None:
    error = sqlite3.OperationalError("words of SQLite")
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    told = from_sqlite(error, str(tmp_path / "desk.sqlite"))
    assert type(told) is kind
    assert "omnitui check" not in str(told)

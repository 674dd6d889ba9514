"""What SQLite says, told to people."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from store.driver import sqlite3
from store.errors import DiskFailed, StoreError, StoreLocked, from_sqlite, read_only


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


def test_a_disk_that_is_mounted_read_only_is_told_from_rights(tmp_path: Path) -> None:
    argv = ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "none", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(argv, check=False, capture_output=True).returncode:
        pytest.skip("needs root: a file system is mounted")
    try:
        assert "mounted read-only" in str(read_only(str(tmp_path / "desk.sqlite")))
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert "write access" in str(read_only(str(tmp_path / "desk.sqlite")))

from __future__ import annotations

import subprocess
import sys

import pytest

from store import driver
from store.errors import UnsafeSqlite


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.40.1", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.45.9", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.53.4", True),
        ("4.0.0", True),
        ("weird", False),
    ],
)
def test_which_versions_are_safe(version: str, safe: bool) -> None:
    assert driver.is_safe(version) is safe


def test_the_whole_program_uses_the_chosen_one() -> None:
    code = (
        "from store import driver, threaded\n"
        "import aiosqlite.core, sqlite3\n"
        "assert aiosqlite.core.sqlite3 is driver.sqlite3 is sqlite3\n"
        "assert driver.is_safe(sqlite3.sqlite_version)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_unsafe_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver.sqlite3, "sqlite_version", "3.40.1")
    with pytest.raises(UnsafeSqlite, match=r"3\.40\.1 .* pysqlite3"):
        driver.require_safe()


def test_opening_a_store_imports_no_event_loop() -> None:
    code = (
        "import sys, tempfile, pathlib\n"
        "from store.database import open_database\n"
        "open_database(pathlib.Path(tempfile.mkdtemp()) / 'desk.sqlite').close()\n"
        "assert 'asyncio' not in sys.modules and 'aiosqlite' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

"""A store as it is on its first day: made once, then copied, since making one takes a while."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from store.database import open_database
from store.driver import Connection


def fresh_store(path: Path) -> Connection:
    """Open a new one at `path`, or the one that is there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_made(), path)
    db = open_database(path)
    db.execute("PRAGMA synchronous = OFF")  # no test pulls the plug
    return db


@functools.cache
def _made() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="omnitui-fresh-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    path = directory / "desk.sqlite"
    open_database(path).close()
    return path

"""A directory for what is too big for memory, gone with the process that made it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import uuid
from pathlib import Path

_PREFIX = "omnitui-mail-"


class Spool:
    """Made when first needed; `close` removes it with all that is left in it."""

    def __init__(self) -> None:
        self._directory: Path | None = None

    @property
    def directory(self) -> Path:
        if self._directory is None:
            _sweep(Path(tempfile.gettempdir()))
            self._directory = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        return self._directory

    def new_file(self) -> Path:
        return self.directory / uuid.uuid4().hex

    def new_directory(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.directory))

    def close(self) -> None:
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None


def _sweep(parent: Path) -> None:
    """Remove what processes left here that were killed: each names itself in its directory."""
    for found in parent.glob(f"{_PREFIX}*-*"):
        owner = found.name.removeprefix(_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):
            if owner.isdigit() and found.stat().st_uid == os.geteuid() and not _alive(int(owner)):
                shutil.rmtree(found, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

"""The kernel's own no, which machine code hears, too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from omnitui.cli.locked import cage

INSIDE = """
import ctypes, os, socket, subprocess, sys
from pathlib import Path
from omnitui.cli.locked import cage, hardening
top = Path(sys.argv[1])
hardening.harden()
assert cage.enter([top / "mine"], [])
def no(number, way):
    try:
        way()
    except OSError as error:
        assert error.errno in (1, 13, 18), error  # EPERM, EACCES, EXDEV
        return
    sys.exit(f"went through: {number}")
libc = ctypes.CDLL(None, use_errno=True)
no(1, lambda: (top / "new").write_text("x"))
no(2, lambda: (top / "there").write_text("x"))
no(3, lambda: (top / "there").unlink())
no(4, lambda: os.link(top / "there", top / "mine" / "there"))
no(5, lambda: subprocess.run(["/bin/sh", "-c", "true"]))
no(6, lambda: socket.create_connection(("127.0.0.1", 9)))
no(7, lambda: os.kill(os.getppid(), 0))
if libc.system(b"true") == 0:  # not Python's way
    sys.exit("went through: system(3)")
(top / "mine" / "new").write_text("x")
from store.database import open_database
open_database(top / "mine" / "desk.sqlite").close()
sys.exit(subprocess.run([sys.executable, "-I", "-c", ""]).returncode)
"""


@pytest.mark.skipif(not cage.version(), reason="this kernel has no Landlock")
def test_a_caged_session_writes_runs_and_reaches_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "there").touch()
    argv = [sys.executable, "-I", "-c", INSIDE, str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

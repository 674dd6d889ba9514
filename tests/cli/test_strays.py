"""What nobody is there to catch is not seen on the terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("gone", [(), ("gone",)])
def test_a_screen_leaves_nothing_on_the_terminal_but_its_own_words(
    tmp_path: Path, gone: tuple[str, ...]
) -> None:
    argv = [sys.executable, "-m", "tests.cli.stray_errors", str(tmp_path), *gone]
    found = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert found.stderr == ("" if gone else "omnitui: Goodbye.\n")
    assert found.stdout.splitlines() == ["Too many open files"] * 3
    assert found.returncode == 0
    written = (tmp_path / "omnitui.log").read_text()
    assert written.count("builtins.") == written.count("builtins.LookupError") == 2
    assert "fail_later" in written
    assert "customer" not in written

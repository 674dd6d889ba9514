"""A day of a team, pressed into seconds: the count at its end, and that it is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.servers.forked import ROOT


def test_a_day_in_seconds_is_sound(tmp_path: Path) -> None:
    argv = ["--minutes", "0.1", "--day", "0.1", "--screens", "3", "--every", "2"]
    soak = subprocess.run(
        [sys.executable, "-m", "bench.soak", *argv, "--directory", str(tmp_path / "office")],
        capture_output=True, text=True, cwd=ROOT, timeout=100, check=False,
    )  # fmt: skip
    assert soak.returncode == 0, soak.stdout + soak.stderr
    *_minutes, verdict = soak.stdout.splitlines()
    assert verdict == "SOUND"
    assert "lost 0 / doubled 0 / stuck 0 / wrong 0" in soak.stdout
    assert "too short to tell whether memory grows" in soak.stdout

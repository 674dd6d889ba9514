"""How far an import or an export has come, on a terminal alone."""

from __future__ import annotations

import os
import pty
from argparse import Namespace
from pathlib import Path

import pytest

from omnitui.cli import output
from omnitui.cli.output import Progress

PLAIN = Namespace(json=False, jsonl=False)


def said(monkeypatch: pytest.MonkeyPatch, args: Namespace) -> str:
    """What two figures and the end write on a terminal."""
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", terminal)
        patch.setattr(output, "EVERY", 0.0)
        patch.setenv("COLUMNS", "60")
        bar = Progress(args)
        bar.tell(5, 20, "5 of 20")
        bar.tell(20, 20, "a" * 100)
        bar.close()
        print("end", file=terminal, flush=True)
        found = b""
        while not found.endswith(b"end\r\n"):
            found += os.read(leader, 4096)
    os.close(leader)
    return found.decode()


def test_a_terminal_shows_a_bar_and_percents(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, last = said(monkeypatch, PLAIN).split("\r\x1b[K")[1:]
    assert first == "█████···············  25 %  5 of 20"
    assert second.startswith("████████████████████ 100 %  aaa")
    assert len(second) < 60
    assert last.strip() == "end"


def test_programs_get_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert said(monkeypatch, Namespace(json=True, jsonl=False)).strip() == "end"
    with (tmp_path / "piped").open("w+") as file, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", file)
        Progress(PLAIN).tell(1, 2, "words")
        assert file.tell() == 0

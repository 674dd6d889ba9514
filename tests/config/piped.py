"""`omnitui` as scripts run it, its answers in a pipe, on a machine without a keyring."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from config.home import find_home
from config.model import Home
from tests.servers import command


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a server: what a test stores must not end in the tester's own keyring."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def bare_home(tmp_path: Path, no_keyring: None) -> Home:
    """Where `init` has not been yet."""
    (tmp_path / "desk").mkdir(mode=0o700)
    return find_home(tmp_path / "desk")


def omnitui(*arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
    return command.omnitui(*arguments, stdin=answers)


def omnitui_at(home: Home, *arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
    return omnitui("--home", str(home.config), *arguments, answers=answers)

"""A desk's home in a temporary directory, and its file written in one call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from config.model import Config, Home
from config.problems import ConfigError, Problem

Load = Callable[[str], Config]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "desk").mkdir(mode=0o700)
    return find_home(tmp_path / "desk")


@pytest.fixture
def read(home: Home) -> Load:
    """Write config.toml and load it."""

    def write_and_load(text: str) -> Config:
        home.config_file.write_text(text, encoding="utf-8")
        return load(home)

    return write_and_load


@pytest.fixture
def problems(read: Load) -> Callable[[str], tuple[Problem, ...]]:
    """The problems that a config.toml has; the test fails when it has none."""

    def refused(text: str) -> tuple[Problem, ...]:
        with pytest.raises(ConfigError) as caught:
            read(text)
        return caught.value.problems

    return refused


def email(**changes: str) -> str:
    """An [accounts.support] table; a setting given as "" is left out, values are TOML."""
    settings = {
        "channel": '"email"',
        "address": '"support@acme.example"',
        "imap": '"imaps://support@mail.acme.example"',
        "smtp": '"smtps://support@mail.acme.example"',
        "password": '"env:PW"',
        **changes,
    }
    lines = [f"{key} = {value}" for key, value in settings.items() if value]
    return "\n".join(["[accounts.support]", *lines, ""])

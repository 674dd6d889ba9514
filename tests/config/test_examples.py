"""The shipped commands do what they say, with the outside programs they call put in their place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from config.home import find_home
from config.load import load
from config.model import Config
from config.own_settings import PERSONAL
from omnitui.desk import own_checks
from omnitui.tui.commands import REGISTRY
from omnitui.tui.keys import menus
from tests.documents import blocks

EXAMPLES = Path(__file__).parents[2] / "config" / "examples"
DOCS = Path(__file__).parents[2] / "docs" / "scripting.md"
GIVEN: dict[str, Any] = {
    "message_id": 7,
    "messages": [{"id": 6, "text": "no"}, {"id": 7, "text": "--help 'me' $(id)"}],
    "draft": "Helo world",
    "customer_card": {"identities": [{"channel": "email", "address": "a&b=c@x.example"}]},
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An agent's directory with the examples, and stand-ins for the programs they call."""
    shutil.copytree(EXAMPLES, tmp_path / "desk")
    (tmp_path / "bin").mkdir()
    for name, body in {
        "trans": 'printf "%s|" "$@"; cat',
        "hunspell": "tr ' ' '\\n' | grep Helo",
        "browser": f'printf "%s" "$1" > {tmp_path}/opened',
        "notify-send": 'printf "%s|" "$@"',
    }.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        program.chmod(0o755)
    return tmp_path


def configured(place: Path) -> Config:
    (place / "desk" / "commands.toml").rename(place / "desk" / "agent.toml")
    return load(find_home(place / "desk"), personal=True)


def run(place: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    path = f"{place / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        argv, input=json.dumps(GIVEN), text=True, capture_output=True, timeout=60, check=False,
        env={**os.environ, "PATH": path, "BROWSER": f"{place / 'bin' / 'browser'} %s"},
    )  # fmt: skip


def test_they_are_read_without_a_complaint(place: Path) -> None:
    config = configured(place)
    assert config.warnings == ()
    found = own_checks.problems(config, REGISTRY, menus.names(config))
    assert [one for one in found if one.severity == "error"] == []
    for command in config.commands.values():
        assert command.help
        program = Path(command.run[0])
        assert not program.is_absolute() or os.access(program, os.X_OK)


def test_they_do_what_they_say(place: Path) -> None:
    here = place / "desk"
    done = run(place, str(here / "translate.py"), "uk")
    assert done.stdout == "-brief|-no-ansi|:uk|--help 'me' $(id)"
    assert run(place, str(here / "translate.py"), "", "--draft").stdout.endswith(":en|Helo world")
    assert run(place, str(here / "spell.py"), "en").stdout == "Helo\n"
    assert run(place, str(here / "order.py"), "--", "17").stderr.strip().endswith("orders.csv")
    (here / "orders.csv").write_text("number,state\n17,sent\n18,paid\n", encoding="utf-8")
    assert run(place, str(here / "order.py"), "--", "#17").stdout == (
        "      number  17\n       state  sent\n"
    )
    missing = run(place, str(here / "order.py"), "--", "99")
    assert (missing.returncode, missing.stderr) == (1, "there is no order 99\n")
    assert run(place, str(here / "shop.py")).returncode == 0
    opened = (place / "opened").read_text(encoding="utf-8")
    assert opened == "https://shop.example/admin/customers?email=a%26b%3Dc%40x.example"


def test_what_the_documentation_shows_is_read_without_a_complaint(tmp_path: Path) -> None:
    for key in PERSONAL:
        assert f"`{key}`" in DOCS.read_text(encoding="utf-8")
    shown = blocks(DOCS, "toml")
    assert len(shown) > 5
    for number, block in enumerate(shown):
        desk = tmp_path / str(number)
        desk.mkdir()
        own = "[[hooks]]" not in block
        (desk / ("agent.toml" if own else "config.toml")).write_text(block, encoding="utf-8")
        config = load(find_home(desk), personal=True)
        known = [*menus.names(config), "parcels"]  # which another block has
        found = [*config.warnings, *own_checks.problems(config, REGISTRY, known)]
        assert [one for one in found if one.severity == "error"] == [], block

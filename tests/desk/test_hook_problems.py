"""Hooks that cannot run are told before anything happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from omnitui.desk.hooks.checking import problems
from tests.documents import blocks

MACROS = """
[macros]
fine = ["tag add x", "macro deeper"]
deeper = ["priority high"]
mine = ["assign me"]
round = ["macro round"]
look = ["next"]
to = ["assign {1}"]

[commands.spell]
run = ["spell"]
"""


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("assign kate ; tag add x", ""),
        ("fine", ""),
        ("macro fine", ""),
        ("to kate", ""),
        ("asign kate", "Did you mean “assign"),
        ("assign", "missing"),
        ("priority hihg", "not one of"),
        ("snooze whenever", "no time"),
        ("next", "no command “next”"),
        ("macro look", "no command “next”"),
        ("assign me", "a hook is none"),
        ("mark read", "a hook is none"),
        ("mine", "a hook is none"),
        ("to me", "a hook is none"),
        ("to", "missing"),
        ("macro round", "calls itself"),
        ("macro nothing", "no macro “nothing”"),
        ("spell", "with “run”"),
        ('assign "kate', "quote"),
    ],
)
def test_command_lines(tmp_path: Path, line: str, why: str) -> None:
    text = f"{MACROS}\n[[hooks]]\nname = 'h'\non = 'message.sent'\ndo = ['''{line}''']\n"
    (tmp_path / "config.toml").write_text(text)
    found = [p.sentence for p in problems(load(find_home(tmp_path)))]
    if why:
        (sentence,) = found
        assert why in sentence
    else:
        assert found == []


@pytest.mark.parametrize(
    ("where", "good"),
    [("tag:vip is:open", True), ("", True), ("is:opne", False), ("tga:vip", False)],
)
def test_searches(tmp_path: Path, where: str, good: bool) -> None:
    text = f"[[hooks]]\nname = 'h'\non = 'message.sent'\nwhere = '{where}'\ndo = 'close'\n"
    (tmp_path / "config.toml").write_text(text)
    assert (problems(load(find_home(tmp_path))) == []) is good


def test_the_examples_of_the_manual_can_run(tmp_path: Path) -> None:
    for block in blocks("hooks.md", "toml"):
        (tmp_path / "config.toml").write_text(block)
        config = load(find_home(tmp_path))
        assert config.hooks
        assert problems(config) == []

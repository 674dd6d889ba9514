"""[[hooks]] is read, and what is wrong in it is said with its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from config.hook_settings import KINDS
from config.private_file import why_not_private
from config.problems import Problem
from config.reference import ROOT
from tests.config.conftest import Load


def test_hooks_are_read_in_their_order(read: Load) -> None:
    first, second = read("""
[[hooks]]
name = "vip"
on = ["message.received", "conversation.assigned"]
where = "tag:vip"
do = ["assign kate", "priority high"]

[[hooks]]
name = "crm"
on = "chat.*"
when = { event = ["form", "left"], n = 3, auto = false }
run = "tell --quiet 'a b'"
timeout = "2m"
chain = true
""").hooks
    assert first.on == ("message.received", "conversation.assigned")
    assert (first.do, first.run) == (("assign kate", "priority high"), ())
    assert set(second.on) == {"chat.started", "chat.event", "chat.pinned", "chat.moved"}
    assert second.when == {"event": ("form", "left"), "n": ("3",), "auto": ("false", "")}
    assert second.run == ("tell", "--quiet", "a b")
    assert (second.timeout, second.chain) == (120, True)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('name = "a"\non = ["message.recieved"]\ndo = "close"', 3, "message.received"),
        ('name = "a"\ndo = "close"', 1, "“on” is missing"),
        ('on = "message.sent"\ndo = "close"', 1, "“name” is missing"),
        ('name = "a b"\non = "message.sent"\ndo = "close"', 2, "no name"),
        ('name = "a"\non = "message.sent"', 1, "either"),
        ('name = "a"\non = "message.sent"\ndo = "close"\nrun = "x"', 1, "either"),
        ('name = "a"\non = "message.sent"\nwehn = {}\ndo = "close"', 4, "when"),
        ('name = "a"\non = "message.sent"\nwhen = { status = 1.5 }\ndo = "close"', 4, "status"),
        ('name = "a"\non = "message.sent"\ndo = "close"\ntimeout = "2s"', 5, "run"),
        ('name = "a"\non = "message.sent"\nrun = "x"\ntimeout = "2h"', 5, ""),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_line(
    problems: Callable[[str], tuple[Problem, ...]], text: str, line: int, words: str
) -> None:
    (found,) = problems(f"[[hooks]]\n{text}")
    assert found.line == line
    assert words in str(found)


@pytest.mark.parametrize("text", ["hooks = 3", "hooks = [3]", '[hooks]\nname = "x"'])
def test_what_is_no_list_of_tables(
    problems: Callable[[str], tuple[Problem, ...]], text: str
) -> None:
    assert "[[hooks]]" in str(problems(text)[0])


def test_names_are_each_ones_own(problems: Callable[[str], tuple[Problem, ...]]) -> None:
    one = '[[hooks]]\nname = "a"\non = "message.sent"\ndo = "close"\n'
    (found,) = problems(one + one)
    assert (found.line, "two hooks" in found.sentence) == (6, True)


def test_the_kinds_are_those_of_the_document() -> None:
    """When this fails: config/hook_settings.py has KINDS."""
    text = (ROOT / "docs" / "events.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    written = {kind for row in rows for kind in re.findall(r"`([^`]+)`", row)}
    assert set(KINDS) == written


def test_who_else_can_write_a_file(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    directory.mkdir(parents=True)
    file = directory / "config.toml"
    file.write_text("")
    file.chmod(0o600)
    assert why_not_private(file) == ""
    for place, mode in ((file, 0o620), (file, 0o602), (directory, 0o770), (tmp_path / "a", 0o757)):
        before = place.stat().st_mode
        place.chmod(mode)
        assert str(place) in why_not_private(file)
        place.chmod(before)
    # By a link, too: who can change the link's directory can change what is read.
    links = tmp_path / "links"
    links.mkdir()
    link = links / "config.toml"
    link.symlink_to(file)
    assert why_not_private(link) == ""
    links.chmod(0o777)
    assert str(links) in why_not_private(link)
    links.chmod(0o1777)
    assert why_not_private(link) == ""
    if os.geteuid() == 0:
        os.chown(file, 12345, -1)
        assert "another user" in why_not_private(file)

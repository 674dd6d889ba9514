"""The commands that docs/team.md tells an administrator to type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

TEAM = Path(__file__).parents[2] / "docs" / "team.md"


def commands(heading: str, number: int = 0, words: Mapping[str, str] | None = None) -> str:
    """The shell commands below a heading (the `number`th block of them), with `words` for those
    that stand for something: an address, a backup, a version."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", _section(heading), re.MULTILINE | re.DOTALL)
    assert len(blocks) > number, f"“{heading}” has {len(blocks)} blocks of commands"
    text: str = blocks[number]
    for word, meant in (words or {}).items():
        assert word in text, f"{word} does not stand in:\n{text}"
        text = text.replace(word, meant)
    return text


def _section(heading: str) -> str:
    text = TEAM.read_text(encoding="utf-8")
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"docs/team.md has no “{heading}”"
    rest = text[found.end() :]
    # Up to the next heading of any depth.
    end = re.search(r"^#+ ", re.sub(r"^```.*?^```$", _blank, rest, flags=re.M | re.S), re.M)
    return rest[: end.start()] if end else rest


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])

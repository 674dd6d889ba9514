"""Python 3.11.2, Debian 12's, never matches some repeated groups that give nothing back, and does
not say so: every encoded word of a mail would stay as it came (CPython issues 101955, 106052)."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
GROUP = re.compile(r"\)(?:[*+?]|\{+[\d, ]*\}+)\+[^+\s]|\(\?>")
"""Of one sign (`[^;]*+`) it is all right there, too."""


def test_no_group_is_repeated_possessively() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for top in ("config", "store", "connectors", "omnitui")
        for path in sorted((ROOT / top).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if GROUP.search(line)
    ]
    assert found == []


def test_the_rule_sees_what_it_is_for() -> None:
    for pattern in (r"(?:a|b)*+c", r"(?:a|b){0,40}+c", r"(?:a)++c", r"(?:a)?+c", r"(?>a)"):
        assert GROUP.search(pattern), pattern
    assert not GROUP.search(r"[^;]*+(?:a|b)*c")

"""The reference pages say what the program does; links between pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from omnitui.cli.command_reference import page
from omnitui.tui.commands import REGISTRY

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def test_every_command_is_documented() -> None:
    written = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert written == page(REGISTRY), (
        "run: python -m omnitui.cli.command_reference > docs/commands.md"
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (path.parent / target).exists(), target

"""docs/cli.md is what the program says of itself."""

from __future__ import annotations

from pathlib import Path

from omnitui.cli.main import VERBS
from omnitui.cli.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "make it anew: python -m omnitui.cli.reference > docs/cli.md"
    )


def test_every_verb_and_option_has_a_word_of_help() -> None:
    page = reference()
    assert all(f"\n## omnitui {verb}\n" in page for verb in VERBS)
    assert [
        line for line in page.splitlines() if line.startswith("- `") and line.endswith(": ")
    ] == []

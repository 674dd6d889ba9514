"""What the pages of docs/ tell people to copy: their blocks of code."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page: str | Path, language: str, below: str | None = None) -> list[str]:
    """Of `page` (`team.md`), in their order; with `below` those between that heading, which has to
    be there, and the next of any depth."""
    tokens = MarkdownIt().parse((DOCS / page).read_text(encoding="utf-8"))
    found, heading, headings = [], "", set()
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            heading = token.content
            headings.add(heading)
        elif token.type == "fence" and token.info == language and below in (None, heading):
            found.append(token.content)
    assert below is None or below in headings, f"{page} has no “{below}”"
    return found

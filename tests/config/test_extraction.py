"""Every text that the program asks a translation for is in the catalogs' template."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from config.catalogs import PACKAGES, ROOT, extract

CALLS = {"_": 0, "N_": 0, "ngettext": 0, "pgettext": 1}
"""Which argument is the text."""


def asked() -> Iterator[tuple[str, str]]:
    """(where, text): by the syntax tree, which also knows what stands inside an f-string."""
    for package in PACKAGES:
        for source in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(source.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    place = CALLS.get(node.func.id)
                    if place is not None and len(node.args) > place:
                        text = node.args[place]
                        if isinstance(text, ast.Constant) and isinstance(text.value, str):
                            yield f"{source.relative_to(ROOT)}:{node.lineno}", text.value


def test_every_text_that_is_asked_for_is_extracted() -> None:
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in extract() if m.id}
    lost = [where for where, text in asked() if text and text not in known]
    assert not lost, "not extracted: " + ", ".join(lost)

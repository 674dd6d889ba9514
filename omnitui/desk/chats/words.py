"""The words of a text, whatever marks stand around them."""

from __future__ import annotations

import re

_LINK = re.compile(r"\[([^\[\]\n]+)\]\([^()\s]+\)")
_FENCE = re.compile(r"^```[\w+-]*$", re.MULTILINE)
_MARKS = re.compile(r"[\W_]+")


def plain_words(text: str) -> str:
    """Light Markdown and what it is shown as have the same words."""
    return " ".join(_MARKS.split(_FENCE.sub("", _LINK.sub(r"\1", text)))).strip()

"""Tags as they are kept: what a setting names and what an agent types are one and the same."""

from __future__ import annotations

from typing import Any

from config import values
from config.i18n import _
from config.problems import BadValue

LONGEST = 60


def as_tag(text: str) -> str:
    """Lower case, without spaces or a leading #; "" when nothing is left."""
    return "-".join(text.strip().lstrip("#").lower().split()).replace(",", "-")[:LONGEST]


def tags(value: Any) -> tuple[str, ...]:
    """A list of tags, however they are written."""
    read = values.texts(value)
    found = tuple(as_tag(item) for item in read)
    for item, tag in zip(read, found, strict=True):
        if not tag:
            raise BadValue(_("“{value}” is no tag.").format(value=values.shown(item)))
    return found

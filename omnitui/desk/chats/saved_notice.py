"""A notice as JSON, and back: what is kept until its message comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from connectors.contract import Address, Notice


def dump(notice: Notice) -> dict[str, Any]:
    """Its JSON, without what is empty."""
    saved = {field.name: getattr(notice, field.name) for field in fields(notice)}
    if notice.who is not None:
        saved["who"] = [notice.who.address, notice.who.name]
    for name in ("keys", "proofs"):
        saved[name] = list(saved[name])
    saved["details"] = dict(notice.details)
    return {name: value for name, value in saved.items() if value}


def load(saved: Mapping[str, Any]) -> Notice:
    """The same notice again."""
    who = saved.get("who")
    return Notice(**{"at": 0, **saved, "who": Address(*who) if who else None})

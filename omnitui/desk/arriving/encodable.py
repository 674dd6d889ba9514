"""Lone surrogates, which a broken charset leaves behind and no database takes, become U+FFFD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from connectors.contract import Address, Inbound, Notice

T = TypeVar("T", Inbound, Notice)


def encodable(item: T) -> T:
    """The item itself in all but the rarest case; its files and raw are never touched."""
    return _notice(item) if isinstance(item, Notice) else _message(item)


def _notice(notice: Notice) -> Notice:
    # Rare enough to be cleaned without a look whether it has to be.
    changes = {f.name: clean(getattr(notice, f.name)) for f in fields(notice)}
    return replace(notice, **changes)


def _message(inbound: Inbound) -> Inbound:
    people = (inbound.sender, *inbound.to, *inbound.cc, *inbound.reply_to)
    written = [f"{person.name}{person.address}" for person in people]
    written += [inbound.text, inbound.subject, inbound.message_key, inbound.in_reply_to]
    written += [inbound.author, inbound.joins]
    try:
        "".join([*written, inbound.edit_of, inbound.chat, *inbound.references]).encode()
    except UnicodeEncodeError:
        changes = {f.name: clean(getattr(inbound, f.name)) for f in fields(inbound)}
        return replace(inbound, **changes)
    return inbound


def clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Address):
        return Address(clean(value.address), clean(value.name))
    if isinstance(value, Mapping):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return value

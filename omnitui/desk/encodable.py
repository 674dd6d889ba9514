"""Lone surrogates, which a broken charset leaves behind and no database takes, become U+FFFD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from connectors.contract import Address, Inbound


def encodable(inbound: Inbound) -> Inbound:
    """The message itself in all but the rarest case; its files and raw are never touched."""
    people = (inbound.sender, *inbound.to, *inbound.cc, *inbound.reply_to)
    written = [f"{person.name}{person.address}" for person in people]
    written += [inbound.text, inbound.subject, inbound.message_key, inbound.in_reply_to]
    try:
        "".join([*written, inbound.edit_of, inbound.chat, *inbound.references]).encode()
    except UnicodeEncodeError:
        changes = {f.name: _clean(getattr(inbound, f.name)) for f in fields(inbound)}
        return replace(inbound, **changes)
    return inbound


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Address):
        return Address(_clean(value.address), _clean(value.name))
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value

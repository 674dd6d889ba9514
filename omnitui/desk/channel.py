"""What an account's channel can do, as its connector published it."""

from __future__ import annotations

import dataclasses

from connectors.contract import Capabilities
from store.model import Account

_FIELDS = frozenset(field.name for field in dataclasses.fields(Capabilities))
_BEFORE_FIRST_START = {
    "email": Capabilities(formatting="markdown", subject=True, cc=True, write_first=True),
    "webchat": Capabilities(formatting="markdown", attends=True, presence=True, forgets=True),
}


def capabilities(account: Account) -> Capabilities:
    """Published with the account; a mailbox that no engine served yet is a mailbox all the same."""
    published = {name: value for name, value in account.capabilities.items() if name in _FIELDS}
    if not published:
        return _BEFORE_FIRST_START.get(account.channel, Capabilities())
    return Capabilities(**published)

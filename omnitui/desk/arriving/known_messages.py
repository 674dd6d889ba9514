"""The stored messages that a batch names by their keys, asked for at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.contract import Inbound, Notice, Received
from omnitui.desk.arriving import threading
from omnitui.desk.chats import albums
from omnitui.desk.context import Desk
from store import message_keys
from store.message_keys import KnownMessage
from store.model import Account, ConversationId


@dataclass(frozen=True, slots=True)
class KnownMessages:
    by_key: dict[str, list[KnownMessage]]
    awaiting: dict[str, ConversationId]
    """The conversations that quote keys of messages that are not stored."""


def named_in(desk: Desk, account: Account, batch: Sequence[Received]) -> KnownMessages:
    """What the store has under the keys of a batch, and those that it quotes."""
    if any(isinstance(item, Notice) or (isinstance(item, Inbound) and item.chat) for item in batch):
        return KnownMessages(_in_chats(desk, account, batch), {})
    quoted: set[str] = set()
    others: set[str] = set()
    for item in batch:
        if isinstance(item, Inbound):
            quoted.update((item.message_key, *threading.quoted_ids(item)))
            others.add(item.edit_of)
            if item.bounce:
                others.add(item.bounce.original_message_id)
    known = message_keys.find(desk.db, quoted | others)
    _known_here(desk, account, known)
    return KnownMessages(known, message_keys.awaiting(desk.db, account.id, list(quoted)))


def _in_chats(
    desk: Desk, account: Account, batch: Sequence[Received]
) -> dict[str, list[KnownMessage]]:
    """Chats count their messages account by account: two bots have the same keys."""
    keys: set[str] = set()
    for item in batch:
        if isinstance(item, Inbound):
            keys.update((item.message_key, item.edit_of, *threading.quoted_ids(item)))
            if item.joins:
                keys.add(albums.key_of(item))
        elif isinstance(item, Notice):
            keys.update(item.keys)
    return message_keys.find_in(desk.db, account.id, keys)


def _known_here(desk: Desk, account: Account, known: dict[str, list[KnownMessage]]) -> None:
    """A mail that went to several of our mailboxes is stored under the first that had it, and
    known in all of them."""
    elsewhere = [
        message.id
        for found in known.values()
        for message in found
        if message.account_id != account.id
    ]
    if not elsewhere:
        return
    here = message_keys.received_by(desk.db, account.id, elsewhere)
    for found in known.values():
        found += [replace(m, account_id=account.id) for m in found if m.id in here]

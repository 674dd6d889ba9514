"""Whether a message that arrives is one that is stored already."""

from __future__ import annotations

from connectors.contract import Inbound
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.context import Desk
from store import messages
from store.message_keys import KnownMessage
from store.model import Account


def same_message(
    desk: Desk, account: Account, own: OwnAddresses, inbound: Inbound, earlier: KnownMessage
) -> bool:
    """Same key and same content, in whatever folder or account.

    A chat's message numbers are its account's own: two bots count alike. What we sent
    ourselves has no hash of the mail as it went out: a copy in our Sent folder is known by its
    key alone, a copy that came back to us in our own name by its text too.
    """
    if inbound.chat and earlier.account_id != account.id:
        return False
    if earlier.content_hash:
        return earlier.content_hash == inbound.content_hash
    if earlier.direction != "out":
        return False
    if inbound.direction == "out":
        return True
    if (account.channel, inbound.sender.address) not in own:
        return False
    arrived = _words(f"{inbound.text} {inbound.signature} {inbound.quoted}")
    return _words(messages.get(desk.db, earlier.id).text) in arrived


def _words(text: str) -> str:
    return " ".join(text.split())

"""Mail that programs send: whether it is that after all, and which of it is work.

The connector tells by the headers alone. The desk knows its own addresses, and what it wrote
itself: a list's headers make no bulk mail of what a person says through the desk's own list,
or in answer to the desk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from config.model import EmailAccount
from connectors.contract import Inbound
from omnitui.desk.addresses import OwnAddresses, domain_of, normalised
from omnitui.desk.arriving import threading
from omnitui.desk.context import Desk
from store.message_keys import KnownMessage
from store.model import Account

_ANSWERS_US = frozenset({"reply-token", "quoted-our-text"})


def speaks(inbound: Inbound) -> bool:
    """A person wrote it: not us, no auto-reply, no bounce, no bulk mail."""
    return inbound.direction == "in" and not inbound.auto_reply and not inbound.bounce


def generated(inbound: Inbound) -> bool:
    """Sent by a program on its own account, in answer to nothing (RFC 3834 §5, RFC 5436)."""
    automatic = inbound.auto_reply
    if automatic is None or automatic.kind == "out-of-office" or automatic.report:
        return False
    return automatic.kind == "bulk" or automatic.evidence.lower().startswith(
        ("auto-submitted: auto-generated", "auto-submitted: auto-notified")
    )


class Automatic:
    """What one account's settings and addresses say about automatic mail."""

    def __init__(self, desk: Desk, account: Account, own: OwnAddresses) -> None:
        self._own = own
        self._channel = account.channel
        settings = desk.config.accounts.get(account.name)
        named = settings.open_automatic if isinstance(settings, EmailAccount) else ()
        self._open = {
            normalised("email", one) if "@" in one[1:] else one.lstrip("@") for one in named
        }

    def opens(self, inbound: Inbound) -> bool:
        """A notification or mailing from a sender whom the setting `open_automatic` names. Not
        their out-of-office notes and receipts, and no mail that repeats itself in a loop."""
        if inbound.direction == "out" or inbound.bounce or "loop" in inbound.details:
            return False
        address = inbound.sender.address
        return (
            bool(self._open)
            and generated(inbound)
            and (normalised("email", address) in self._open or domain_of(address) in self._open)
        )

    def through_own_list(self, inbound: Inbound) -> Inbound:
        """As a person's mail, when the list that it came through is an address of ours."""
        post = str(inbound.details.get("list_post", ""))
        if _by_list(inbound) and post and (self._channel, post) in self._own:
            return replace(inbound, auto_reply=None)
        return inbound


def answering(
    inbound: Inbound,
    placed: threading.Placement,
    known: Mapping[str, Sequence[KnownMessage]],
) -> Inbound:
    """As a person's mail, when only a list calls it bulk and it answers what we wrote."""
    if not _by_list(inbound) or placed.conversation_id is None:
        return inbound
    if placed.reason in _ANSWERS_US or any(
        quoted.direction == "out" and quoted.conversation_id == placed.conversation_id
        for key in threading.quoted_ids(inbound)
        for quoted in known.get(key, ())
    ):
        return replace(inbound, auto_reply=None)
    return inbound


def _by_list(inbound: Inbound) -> bool:
    """What makes it bulk begins with a mailing list's own header (RFC 2919)."""
    automatic = inbound.auto_reply
    return (
        automatic is not None
        and automatic.kind == "bulk"
        and automatic.evidence.startswith("List-Id:")
        and "loop" not in inbound.details
    )

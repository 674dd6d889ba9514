"""Customers who take no messages from us any more: seen on the card and before a reply."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.context import Desk
from store import chats, identities
from store.model import Account, Identity, Millis

BLOCKED = "blocked"
"""The flag of an identity whose owner blocked us, or left."""


def blocked(
    desk: Desk, channel: str, address: str, account: Account | str, *, at: Millis | None = None
) -> None:
    """The owner of an address takes no messages from an account any more; once more, nothing
    changes. `at` is when that happened, where the channel told."""
    known = identities.find(desk.db, channel, address)
    wrote_since = known is not None and at is not None and (known.last_used_at or 0) > at
    if known is not None and known.flag != BLOCKED and not wrote_since:
        identities.flag(desk.db, known.id, BLOCKED)
        _tell(desk, "customer.blocked", known, account, at)


def unblocked(
    desk: Desk, channel: str, address: str, account: Account | str, *, at: Millis | None = None
) -> None:
    """They take messages again: they said so, or wrote; unless that was before they blocked us."""
    known = identities.find(desk.db, channel, address)
    if known is not None and known.flag == BLOCKED:
        if at is not None and at < chats.blocked_at(desk.db, known):
            return
        identities.flag(desk.db, known.id, "")
        _tell(desk, "customer.unblocked", known, account, at)


def flag_words(flag: str) -> str:
    """A flag as people read it: why messages to an address fail."""
    return _("has blocked us") if flag == BLOCKED else flag


def _tell(
    desk: Desk, kind: str, identity: Identity, account: Account | str, at: Millis | None
) -> None:
    journal.record(
        desk,
        kind,
        actor=journal.CUSTOMER,
        customer=identity.customer_id,
        happened=at,
        channel=identity.channel,
        address=identity.address,
        account=account if isinstance(account, str) else account.name,
    )

"""Keeping somebody out of a channel: what they still send is put away, and the channel takes
no more of it as soon as it knows."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.channel import capabilities
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from store import accounts, barred, conversations, identities, visits
from store.model import Account, ConversationId, CustomerId


def bar(
    desk: Desk, customer_id: CustomerId, conversation_id: ConversationId | None = None
) -> list[str]:
    """Keep a customer out, wherever that can be done; the addresses that were let in until now.

    Raises `CommandError` when none of their channels can.
    """
    return _each(desk, customer_id, conversation_id, keep_out=True)


def unbar(
    desk: Desk, customer_id: CustomerId, conversation_id: ConversationId | None = None
) -> list[str]:
    """Let them in again; the addresses that were kept out until now. Raises `CommandError`."""
    return _each(desk, customer_id, conversation_id, keep_out=False)


def carry_over(desk: Desk, account: Account, customer_id: CustomerId, was: str, now: str) -> bool:
    """A customer who is kept out goes on under another address: so do they stay out. Whether
    they were."""
    before = barred.get(desk.db, account.id, was)
    if before is None or before.lifted_at is not None:
        return False
    if barred.bar(desk.db, account.id, now, before.agent, desk.now()):
        conversations.put_aside(desk.db, customer_id, account.id, now)
        visits.gone(desk.db, account.id, now, desk.now())
        journal.record(
            desk,
            "customer.barred",
            actor=before.agent,
            customer=customer_id,
            account=account.name,
            channel=account.channel,
            address=now,
            before=was,
        )
    return True


def _each(
    desk: Desk, customer_id: CustomerId, conversation_id: ConversationId | None, *, keep_out: bool
) -> list[str]:
    places = _places(desk, customer_id)
    if not places:
        raise CommandError(_("None of this customer's channels can keep them out."))
    change = barred.bar if keep_out else barred.lift
    changed = [
        (account, address)
        for account, address in places
        if change(desk.db, account.id, address, desk.agent, desk.now())
    ]
    for account, address in changed:
        if keep_out:
            # Nobody is to answer them, and they hold up nobody.
            conversations.put_aside(desk.db, customer_id, account.id, address)
            visits.gone(desk.db, account.id, address, desk.now())
        else:
            conversations.take_up(desk.db, customer_id, account.id, address)
        journal.record(
            desk,
            "customer.barred" if keep_out else "customer.unbarred",
            customer=customer_id,
            conversation=conversation_id,
            account=account.name,
            channel=account.channel,
            address=address,
        )
    return [address for _account, address in changed]


def _places(desk: Desk, customer_id: CustomerId) -> list[tuple[Account, str]]:
    able = [one for one in accounts.all(desk.db) if capabilities(one).bars]
    return [
        (account, identity.address)
        for identity in identities.of(desk.db, customer_id)
        for account in able
        if account.channel == identity.channel
    ]

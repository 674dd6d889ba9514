"""Links by which a customer goes on in another channel: whoever opens one read what was sent to
the customer's address, and so is the customer.

A link is worth that much only if it went to one address and nowhere else. It is made for a
draft, means nothing until a reply takes it along (`carried`, `bind`), and proves then the
address that this reply goes to. It is good once, for a day. The store has its digest alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.channel import capabilities
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.links.facts import (
    GOOD_FOR,
    digest_of,
    has_left,
    in_text,
    is_group,
    is_ours,
    is_over,
    new_payload,
)
from omnitui.desk.links.opening import Opened, opened
from omnitui.desk.links.stops import LinkForSomebodyElse, LinkSpent, LinkToSeveral
from omnitui.desk.replying.preflight import Preflight
from store import accounts, conversations, customers, identities, messages, one_time_links
from store.model import Account, Conversation, ConversationId, MessageId, Millis
from store.one_time_links import OneTimeLink

__all__ = [
    "GOOD_FOR",
    "Link",
    "Opened",
    "bind",
    "carried",
    "create",
    "in_text",
    "is_ours",
    "linking",
    "opened",
]

_KEPT_UNSENT = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands in a draft: only here its payload is known."""

    url: str
    account: Account
    """Where it leads."""
    expires_at: Millis
    """When it ends if the reply goes out now."""


def linking(desk: Desk) -> list[Account]:
    """The accounts that such links can lead to."""
    return [one for one in accounts.all(desk.db) if "{payload}" in capabilities(one).link]


def create(desk: Desk, conversation_id: ConversationId, account: str | None = None) -> Link:
    """A link to go on with a conversation over `account`, an account's or a channel's name;
    without one, over the only account that has such links.

    Raises `CommandError` where there is none, or the customer is there already; `NotFound`.
    """
    conversation = conversations.get(desk.db, conversation_id)
    chosen = _choose(desk, account)
    _check_absent(desk, conversation, chosen)
    now = desk.now()
    one_time_links.forget_drafted(desk.db, now - _KEPT_UNSENT)
    payload = new_payload()
    one_time_links.add(
        desk.db,
        digest_of(payload),
        conversation_id,
        conversation.customer_id,
        chosen.id,
        agent=desk.agent,
        at=now,
        expires_at=now + GOOD_FOR,
    )
    url = capabilities(chosen).link.replace("{payload}", payload)
    return Link(url, chosen, now + GOOD_FOR)


def _choose(desk: Desk, wanted: str | None) -> Account:
    known = linking(desk)
    if not known:
        raise CommandError(
            _(
                "No account has links to go on in: connect a Telegram bot first"
                " (docs/telegram.md), or name the page with your web chat (docs/webchat.md), and"
                " let it come online once."
            )
        )
    fitting = known
    if wanted:
        fitting = [one for one in known if wanted == one.name] or [
            one for one in known if wanted == one.channel
        ]
        if not fitting:
            raise CommandError(
                _("“{name}” has no links to go on in; there is {names}.").format(
                    name=wanted, names=", ".join(one.name for one in known)
                )
            )
    if len(fitting) > 1:
        raise CommandError(
            _("Where to? {lines}").format(
                lines=_(" or ").join(f"“link {one.name}”" for one in fitting)
            )
        )
    return fitting[0]


def _check_absent(desk: Desk, conversation: Conversation, account: Account) -> None:
    """Whoever writes over the account already needs no link to it."""
    theirs = {
        one.address: one
        for one in identities.of(desk.db, conversation.customer_id)
        if one.channel == account.channel
    }
    for one in one_time_links.writers(desk.db, conversation.customer_id, account.id):
        found = theirs.get(identities.normalise(account.channel, one))
        if found is not None and not found.flag:
            raise CommandError(
                _(
                    "{name} writes over {account} already: “reply via {account}” answers there."
                ).format(name=conversation.customer_name or _("The customer"), account=account.name)
            )


def carried(
    desk: Desk, conversation: Conversation, text: str, flight: Preflight
) -> list[OneTimeLink]:
    """The links that a reply is about to take along.

    Raises `LinkToSeveral`, `LinkForSomebodyElse` and `LinkSpent`, which are `ReplyStopped`.
    """
    found = in_text(desk, text)
    quoted = in_text(desk, flight.quote.text) if flight.quote is not None else []
    alive = [one for one in quoted if one.used_at is None and one not in found]
    if not found and not alive:
        return []
    if any(one.used_at is not None or is_over(desk, one) for one in found):
        raise LinkSpent
    everybody = flight.recipients
    if len(everybody) != 1:
        raise LinkToSeveral(len(everybody))
    address = identities.normalise(flight.channel, everybody[0].address)
    for one in (*found, *alive):
        _check_recipient(desk, one, conversation, flight.channel, address)
    return found


def _check_recipient(
    desk: Desk, link: OneTimeLink, conversation: Conversation, channel: str, address: str
) -> None:
    """A link goes to the customer that it was made for, and to one address of theirs."""
    known = identities.find(desk.db, channel, address)
    made_for = customers.current(desk.db, link.customer_id)
    if (
        known is None
        or known.customer_id != conversation.customer_id
        or made_for != conversation.customer_id
        or is_group(channel, address)
        or (has_left(desk, link) and (link.channel, link.address) != (channel, address))
    ):
        raise LinkForSomebodyElse


def bind(
    desk: Desk,
    links: Sequence[OneTimeLink],
    message_id: MessageId,
    channel: str,
    address: str,
    due_at: Millis,
) -> None:
    """A reply that `carried` them is queued: from when it is due they prove its address."""
    address = identities.normalise(channel, address)
    for link in links:
        if has_left(desk, link):
            continue
        one_time_links.carry(
            desk.db, link.digest, message_id, channel, address, expires_at=due_at + GOOD_FOR
        )
        journal.record(
            desk,
            "link.created",
            conversation=messages.get(desk.db, message_id).conversation_id,
            message=message_id,
            account=accounts.get(desk.db, link.account_id).name,
            channel=channel,
            address=address,
            expires_at=due_at + GOOD_FOR,
        )

"""By which ways a customer can be written to before they have written anything.

What a channel allows its connector says: with `write_first` whoever has an address there; else
only who has written, or opened a chat, before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.i18n import _
from omnitui.desk.channel import capabilities
from omnitui.desk.chats import health
from omnitui.desk.context import Desk
from omnitui.desk.replying.proposal import latest_first
from omnitui.desk.replying.recipients import no_address
from store import accounts, barred, chats, identities, messages, visits
from store.model import Account, AccountId, CustomerId, Identity

RECENT = 50
"""How many of a customer's last messages tell over which account one writes with them."""


@dataclass(frozen=True, slots=True)
class Way:
    """One address of a customer's, and the account to write to it over."""

    account: Account
    identity: Identity
    why_not: str = ""
    """Why nobody can write to them there, a sentence; empty: one can."""
    problem: str = ""
    """What is wrong with the address, though one can; empty: nothing is known."""


def ways(desk: Desk, customer_id: CustomerId) -> list[Way]:
    """Every address of a customer's that an account of ours could write to: those that take a
    message first, of these the last used first."""
    known = configured(desk)
    usual = messages.accounts_used(desk.db, customer_id, RECENT)
    found = []
    for identity in latest_first(identities.of(desk.db, customer_id)):
        able = [a for a in known if takes(a, identity.channel)]
        able.sort(key=lambda a: (a.state == "failed", _place(usual, a)))
        tried = [Way(a, identity, _why_not(desk, a, identity), _problem(identity)) for a in able]
        found += [way for way in tried if not way.why_not][:1] or tried[:1]
    return sorted(found, key=lambda way: (bool(way.why_not), bool(way.problem)))


def to(desk: Desk, account: Account, customer_id: CustomerId) -> list[Way]:
    """The ways from one account to a customer, the address used last first."""
    known = latest_first(identities.of(desk.db, customer_id))
    return [over(desk, account, one) for one in known if takes(account, one.channel)]


def over(desk: Desk, account: Account, identity: Identity) -> Way:
    """The way to an address over this account."""
    return Way(account, identity, _why_not(desk, account, identity), _problem(identity))


def configured(desk: Desk) -> list[Account]:
    """The accounts that are in the settings, in their order; without settings all."""
    order = {name: place for place, name in enumerate(desk.config.accounts)}
    known = accounts.all(desk.db)
    return sorted(
        [a for a in known if not order or a.name in order], key=lambda a: order.get(a.name, 0)
    )


def takes(account: Account, channel: str) -> bool:
    """Whether an account writes to addresses of that kind."""
    return account.channel == channel or (
        capabilities(account).addresses == channel and capabilities(account).write_first
    )


def _place(usual: Sequence[AccountId], account: Account) -> int:
    return usual.index(account.id) if account.id in usual else len(usual)


def _why_not(desk: Desk, account: Account, identity: Identity) -> str:
    if barred.among(desk.db, account.id, [identity.address]):
        return _("{address} is kept out of {account}: let them in first.").format(
            address=identity.address, account=account.name
        )
    if capabilities(account).write_first:
        return ""
    customer, address = identity.customer_id, identity.address
    if (
        chats.last_with(desk.db, customer, account.id, address) is not None
        or chats.started(desk.db, customer, account.name, address) is not None
        or visits.get(desk.db, account.id, address) is not None
    ):
        return ""
    return no_chat(account, identity.name or address)


def no_chat(account: Account, who: str) -> str:
    """Why nobody can write to a person over an account that lets nobody write first."""
    if capabilities(account).link:
        return _(
            "{name} has never written to {account}, and nobody can write first there: send"
            " them a link to it on another channel."
        ).format(name=who, account=account.name)
    return _("{name} has never written to {account}, and nobody can write first there.").format(
        name=who, account=account.name
    )


def nobody(desk: Desk, customer_id: CustomerId) -> str:
    """Why a customer cannot be written to at all, a sentence."""
    found = ways(desk, customer_id)
    if found:
        return found[0].why_not
    known = configured(desk)
    if not known:
        return _("There is no account to write from: add one to config.toml.")
    first = next((a for a in known if capabilities(a).write_first), known[0])
    return no_address(first)


def _problem(identity: Identity) -> str:
    if identity.flag == health.BLOCKED:
        return _("has blocked us")
    return _("mail fails: {why}").format(why=identity.flag) if identity.flag else ""

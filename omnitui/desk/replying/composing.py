"""Writing first: a new matter with a customer, or with an address that nobody has yet.

What is begun has a conversation at once, so that the draft, the templates and the preflight are
those of any reply. It is the agent's and waits for the customer's answer. As long as nothing was
sent it can be discarded, and goes by itself when nobody wrote anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.channel import capabilities
from omnitui.desk.channel_names import channel_name
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.customers import addresses, making
from omnitui.desk.replying import ways
from omnitui.desk.replying.recipients import check_addresses
from omnitui.desk.replying.reply_stops import NoAddress
from omnitui.desk.replying.ways import Way
from omnitui.desk.statuses import change_status
from store import (
    begun,
    conversations,
    customers,
    drafts,
    erasing,
    events,
    identities,
    messages,
    presence,
)
from store.errors import NotFound
from store.model import (
    AS_USUAL,
    Account,
    Conversation,
    ConversationId,
    CustomerId,
    Delivery,
    Identity,
)

LEFT = 60 * 60_000
"""Milliseconds after which what was begun and holds nothing is gone."""
MATTERS = 5
"""Unfinished matters that are told of."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A matter of ours that has no message yet."""

    conversation_id: ConversationId
    customer_id: CustomerId
    account: Account
    identity: Identity
    delivery: Delivery
    """What the draft has to say so that it goes to that address."""
    new: bool
    """The customer was made for it."""


def begin(
    desk: Desk,
    who: str,
    *,
    account: str = "",
    subject: str = "",
    name: str = "",
    assignee: str | None = None,
) -> Begun:
    """Begin a matter with somebody.

    Args:
        who: an address, `#12` for customer 12, or a name that only one customer has.
        account: an account's or a channel's name; "": what reaches them, as they used it last.
        name: what a new customer is called.
        assignee: whose the matter is; None: the agent's.

    Raises:
        NoAddress: nobody can write to them there; the sentence says why.
        CommandError: nobody is called so, or several are.
    """
    sweep(desk)
    customer_id, address = find(desk, who)
    if customer_id is None:
        way, new = _to_new(desk, who, account, name), True
    else:
        way, new = _to_known(desk, customer_id, address, account), False
    if way.why_not:
        raise NoAddress(way.why_not)
    identity = _own_identity(desk, way)
    now = desk.now()
    owner = desk.agent if assignee is None else assignee
    able = capabilities(way.account)
    made = conversations.create(
        desk.db,
        identity.customer_id,
        subject=" ".join(subject.split())[:500] if able.subject or subject else "",
        status="pending",
        assignee=owner,
        account_id=way.account.id,
        at=now,
    )
    journal.record(
        desk,
        "conversation.created",
        customer=identity.customer_id,
        conversation=made,
        channel=way.account.channel,
        by="agent",
        customer_made=new,
    )
    delivery = _delivery(desk, identity, way.account)
    return Begun(made, identity.customer_id, way.account, identity, delivery, new)


def matters(desk: Desk, customer_id: CustomerId) -> list[Conversation]:
    """What is unfinished with a customer, the last touched first: a new matter may be one of
    these."""
    found, _more = conversations.unfinished(desk.db, customer_id, MATTERS)
    return [one for one in found if one.messages]


def is_begun(desk: Desk, conversation_id: ConversationId) -> bool:
    """Whether nothing was written in it yet, or only what was taken back before it left."""
    return begun.is_begun(desk.db, conversation_id) or _taken_back(desk, conversation_id)


def discard(desk: Desk, conversation_id: ConversationId) -> None:
    """Take back that a matter was begun, with its draft, and a customer who was made for it.

    Where a message was sent and taken back in time, that stays to be seen, and the matter is
    closed. Raises `NotFound`, and `CommandError` where something was written.
    """
    found = conversations.get(desk.db, conversation_id)
    drafts.delete(desk.db, conversation_id, desk.agent)
    if _taken_back(desk, conversation_id):
        change_status(desk, conversation_id, found.status, "closed", why="command")
        return
    if begun.drafted(desk.db, conversation_id):
        raise CommandError(_("A colleague has a draft here: it is not thrown away."))
    if not begun.discard(desk.db, conversation_id):
        raise CommandError(_("Something was written in this conversation: close it instead."))
    made_for_it = any(
        event.kind == "conversation.created" and event.data.get("customer_made")
        for event in events.of_conversation(desk.db, conversation_id)
    )
    journal.record(
        desk, "conversation.discarded", customer=found.customer_id, conversation=conversation_id
    )
    if made_for_it:
        try:
            making.discard(desk, found.customer_id)
        except (CommandError, NotFound):
            return  # they have more than this by now


def left(desk: Desk) -> list[ConversationId]:
    """What was begun an hour ago and holds nothing, not even a draft. What stands on a screen is
    none of it: somebody may be about to write there."""
    screens = presence.screens(desk.db, desk.now() - presence.FRESH)
    watched = {screen.conversation_id for screen in screens}
    return [one for one in begun.left(desk.db, desk.now() - LEFT) if one not in watched]


def sweep(desk: Desk) -> int:
    """Take away what was begun and `left`; how many."""
    found = left(desk)
    for conversation_id in found:
        discard(desk, conversation_id)
    return len(found)


def find(desk: Desk, who: str) -> tuple[CustomerId | None, Identity | None]:
    """Whose address or number that is, or whose name; nobody's, where it is an address that
    nobody has. Raises `CommandError`."""
    wanted = who.strip()
    number = wanted.removeprefix("#")
    if wanted.startswith("#") and number.isdecimal():
        found = customers.current(desk.db, CustomerId(int(number)))
        if erasing.is_erased(desk.db, found) is not None:
            raise CommandError(_("Customer {n} was erased.").format(n=found))
        return customers.get(desk.db, found).id, None
    channel, _colon, rest = wanted.partition(":")
    if rest and channel in {*addresses.ALWAYS, *(a.channel for a in ways.configured(desk))}:
        identity = identities.find(desk.db, channel, rest)
        return (identity.customer_id, identity) if identity else (None, None)
    kind = addresses.channel_of(wanted)
    for one in dict.fromkeys((kind, *(a.channel for a in ways.configured(desk)))):
        identity = identities.find(desk.db, one, _plain(desk, one, wanted)) if one else None
        if identity is not None:
            return identity.customer_id, identity
    if kind:
        return None, None
    return _named(desk, wanted), None


def _plain(desk: Desk, channel: str, typed: str) -> str:
    """A telephone number without its blanks, by the desk's country; others as they are."""
    if channel not in ("phone", "email"):
        return typed
    try:
        return addresses.written(desk, channel, typed).address
    except CommandError:
        return typed


def _named(desk: Desk, wanted: str) -> CustomerId:
    """Raises `CommandError` where not exactly one customer is called so."""
    if not wanted:
        raise CommandError(_("To whom? Name an address, or a customer."))
    found = customers.find(desk.db, wanted, limit=20)
    same = [one for one in found if one.name.casefold() == wanted.casefold()]
    if len(same or found) == 1:
        return (same or found)[0].id
    if not found:
        raise CommandError(
            _("Nobody is called “{name}”, and it is no address like ann@example.org.").format(
                name=wanted[:60]
            )
        )
    raise CommandError(
        _("Several customers are called “{name}”: name an address, or a number like #{n}.").format(
            name=wanted[:60], n=found[0].id
        )
    )


def _to_known(desk: Desk, customer_id: CustomerId, identity: Identity | None, account: str) -> Way:
    found = ways.ways(desk, customer_id)
    if account:
        chosen = [a for a in ways.configured(desk) if account in (a.name, a.channel)]
        if not chosen:
            raise _no_account(desk, account)
        found = [
            ways.over(desk, one, way.identity)
            for way in found
            for one in chosen
            if ways.takes(one, way.identity.channel)
        ]
        found.sort(key=lambda way: bool(way.why_not))
    if identity is not None:
        found = [way for way in found if way.identity.id == identity.id]
    if found:
        return found[0]
    if identity is not None:
        raise NoAddress(
            _("No account of this desk writes to {address} ({channel}).").format(
                address=identity.address, channel=channel_name(identity.channel)
            )
        )
    if account:
        raise NoAddress(
            _("This customer has no address that {account} could write to.").format(account=account)
        )
    raise NoAddress(ways.nobody(desk, customer_id))


def _to_new(desk: Desk, who: str, account: str, name: str) -> Way:
    """Make a customer of an address that nobody has. Raises `NoAddress`, `CommandError`."""
    channel, _colon, rest = who.strip().partition(":")
    known = ways.configured(desk)
    kind, typed = (
        (channel, rest)
        if rest and channel in {*addresses.ALWAYS, *(a.channel for a in known)}
        else (addresses.channel_of(who), who.strip())
    )
    able = [a for a in known if ways.takes(a, kind)]
    if account:
        chosen = [a for a in known if account in (a.name, a.channel)]
        if not chosen:
            raise _no_account(desk, account)
        able = [a for a in chosen if ways.takes(a, kind)]
        if not able:
            raise NoAddress(
                _("{address} is no address for {account}.").format(address=typed, account=account)
            )
    if not able:
        raise NoAddress(
            _("This desk has no account that writes to {address}.").format(address=typed)
        )
    able.sort(key=lambda a: (not capabilities(a).write_first, a.state == "failed"))
    chosen_one = able[0]
    check_addresses(OwnAddresses(desk), kind, [typed])
    if not capabilities(chosen_one).write_first:
        raise NoAddress(ways.no_chat(chosen_one, typed))
    written = addresses.written(desk, kind, typed)
    made = making.make(desk, name, reached=[written])
    identity = identities.find(desk.db, written.channel, written.address)
    if identity is None or identity.customer_id != made:
        raise NotFound(_("There is no customer {id}.").format(id=made))
    return Way(chosen_one, identity)


def _no_account(desk: Desk, account: str) -> NoAddress:
    return NoAddress(
        _("There is no account or channel “{name}”; there is {names}.").format(
            name=account,
            names=", ".join(a.name for a in ways.configured(desk)) or _("none yet"),
        )
    )


def _own_identity(desk: Desk, way: Way) -> Identity:
    """The address as the account's channel has it: a telephone number is one of theirs there."""
    identity = way.identity
    if identity.channel == way.account.channel:
        return identity
    there = identities.find(desk.db, way.account.channel, identity.address)
    if there is not None:
        return there
    return identities.add(
        desk.db,
        identity.customer_id,
        way.account.channel,
        identity.address,
        name=identity.name,
        proof=identity.proof,
        at=desk.now(),
    )


def _delivery(desk: Desk, identity: Identity, account: Account) -> Delivery:
    """Where the customer has several addresses there, the reply names the one that is meant."""
    of_customer = identities.of(desk.db, identity.customer_id)
    several = sum(one.channel == account.channel for one in of_customer) > 1
    return Delivery(to=(identity.address,)) if several else AS_USUAL


def _taken_back(desk: Desk, conversation_id: ConversationId) -> bool:
    """Whether all that there is are messages of ours that were taken back before they left."""
    found = messages.of_conversation(desk.db, conversation_id, last=MATTERS)
    return bool(found) and all(m.direction == "out" and m.state == "cancelled" for m in found)

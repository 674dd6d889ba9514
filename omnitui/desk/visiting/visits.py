"""Visitors: who is there, where they are, who types. What channels signal ends here.

It is true for the moment, so it goes into no history. Told in the timeline is that somebody
left in the middle of a conversation, or came back to it, once between two messages each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from connectors.contract import Signal
from omnitui.desk import journal
from omnitui.desk.arriving.encodable import clean
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from store import (
    accounts,
    barred,
    conversations,
    customers,
    events,
    identities,
    message_keys,
    typing,
    visits,
)
from store.model import Account, CustomerId, Identity, Millis
from store.visits import Seen, Visit

FACTS = ("page", "title", "referrer", "browser", "language", "timezone")
_LATER = 5_000
"""Milliseconds."""
_LONGEST = 2_000
"""Characters of one fact: browsers send what they are told to."""


def take(desk: Desk, account: Account, signals: Sequence[Signal]) -> None:
    """Write down what a channel signals, several at once: the last word on each counts."""
    now = desk.now()
    signals = _let_in(desk, account, signals)
    known = identities.find_many(
        desk.db, account.channel, {_address(account, one) for one in signals}
    )
    seen: dict[str, Seen] = {}
    types: dict[str, Signal] = {}
    for signal in signals:
        address = _address(account, signal)
        if not address:
            continue
        if signal.kind == "typing":
            types[address] = signal
            continue
        before = seen.get(address)
        told = {"online": True, "offline": False}.get(signal.kind)
        seen[address] = Seen(
            address,
            signal.chat or (before.chat if before else ""),
            min(signal.at, now),
            told if told is not None else (before.online if before else None),
            {**(before.details if before else {}), **facts(signal.details)},
        )
    for address, visit in seen.items():
        if visit.online and address in known:
            _returned(desk, account, known[address], visit)
    visits.note(desk.db, account.id, seen.values(), now)
    for address, signal in types.items():
        if address in known:
            _types(desk, account, known[address], signal)


def present(desk: Desk, account: Account, chats: Sequence[Signal]) -> None:
    """These are there, and nobody else of the account."""
    now = desk.now()
    chats = _let_in(desk, account, chats)
    visits.nobody(desk.db, account.id, now, but={_address(account, one) for one in chats})
    take(desk, account, chats)
    visits.forget_strangers(desk.db, now)


def nobody(desk: Desk, account: Account) -> None:
    """Nothing is known of who is there: the account has no connection."""
    visits.nobody(desk.db, account.id, desk.now())


def wrote(
    desk: Desk, account: Account, address: str, chat: str, at: Millis, details: Mapping[str, Any]
) -> None:
    """Somebody wrote from where their message says that they are. Other channels than those that
    tell who is there know of no visits."""
    told = facts(details)
    if told and capabilities(account).presence:
        now, known_as = desk.now(), identities.normalise(account.channel, address)
        visits.note(desk.db, account.id, [Seen(known_as, chat, min(at, now), None, told)], now)


def learn(desk: Desk, customer_id: CustomerId, details: Mapping[str, Any]) -> None:
    """A customer's language and time zone, while nobody said what they are."""
    told = facts(details)
    language = str(told.get("language") or "").replace("_", "-").partition("-")[0].lower()[:8]
    zone = str(told.get("timezone") or "")
    if not language and not zone:
        return
    customer = customers.get(desk.db, customer_id)
    news: dict[str, str] = {}
    if language.isascii() and language.isalpha() and not customer.language:
        news["language"] = language
    if zone and not customer.timezone and _is_zone(zone):
        news["timezone"] = zone
    if news:
        customers.update(desk.db, customer_id, **news)


def tell_who_left(desk: Desk, account: Account) -> Millis | None:
    """Write into the timelines who has left in the middle of a conversation; when to look
    again."""
    following = visits.next_left(desk.db, account.id)
    if following is None or following > desk.now():
        return following
    if accounts.get(desk.db, account.id).state != "online":
        return desk.now() + _LATER  # whether they left, the channel will tell
    for visit in visits.left(desk.db, account.id, desk.now()):
        found = identities.find(desk.db, account.channel, visit.address)
        if found is not None and not visit.online:
            _tell(desk, account, found, visit.chat, "left", visit.at)
        visits.decided(desk.db, account.id, [visit.address])
    following = visits.next_left(desk.db, account.id)
    # Many may leave one by one: each write wakes every screen.
    return None if following is None else max(following, desk.now() + _LATER)


def visit_of(desk: Desk, customer_id: CustomerId) -> Visit | None:
    """Where a customer is, or was last; who is there counts before who is not."""
    found = visits.of_customer(desk.db, customer_id)
    return found[0] if found else None


def facts(details: Mapping[str, Any]) -> dict[str, str]:
    """What details say of a visit."""
    return {
        name: str(clean(details[name]))[:_LONGEST]
        for name in FACTS
        if isinstance(details.get(name), str) and details[name]
    }


def _let_in(desk: Desk, account: Account, signals: Sequence[Signal]) -> list[Signal]:
    """Without those of whom agents keep out: until the channel knows, they are there, and nobody
    is to count them."""
    addresses = sorted({_address(account, one) for one in signals})
    out = barred.among(desk.db, account.id, addresses)
    return [one for one in signals if _address(account, one) not in out]


def _address(account: Account, signal: Signal) -> str:
    return identities.normalise(account.channel, clean(signal.who.address))


def _returned(desk: Desk, account: Account, found: Identity, seen: Seen) -> None:
    before = visits.get(desk.db, account.id, seen.address)
    if before is not None and not before.online:
        _tell(desk, account, found, seen.chat, "returned", seen.at)


def _tell(
    desk: Desk,
    account: Account,
    found: Identity,
    chat: str,
    event: Literal["left", "returned"],
    at: Millis,
) -> None:
    """Once between two messages of a conversation that goes on."""
    room = message_keys.last_in_chat(desk.db, found.customer_id, account.id, chat)
    if room is None:
        return
    conversation = conversations.get(desk.db, room)
    if conversation.status == "closed":
        return
    told = set(events.noted_since_talk(desk.db, room))
    if event in told or (event == "returned" and "left" not in told):
        return
    journal.in_chat(
        desk,
        event,
        account=account.name,
        customer=found.customer_id,
        conversation=room,
        at=max(at, conversation.last_message_at),
    )


def _types(desk: Desk, account: Account, found: Identity, signal: Signal) -> None:
    room = message_keys.last_in_chat(desk.db, found.customer_id, account.id, signal.chat)
    if room is None:
        return
    if signal.details.get("stopped"):
        typing.clear(desk.db, room, "")
    else:
        typing.note(desk.db, room, "", account.id, min(signal.at, desk.now()))


def _is_zone(name: str) -> bool:
    from omnitui.desk.when import zone_of

    return zone_of(name) is not None

"""Where a reply to a chat goes, and what may be in its way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from config.i18n import _, ngettext
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from omnitui.desk.replying.reply_stops import NoAddress
from store import chats, identities, visits
from store.model import Account, Address, Conversation, Message

_SOON = 2 * 3_600_000
"""Milliseconds before its end from which on the time for an answer is spoken of."""


def chat_of(account: Account, history: Sequence[Message], address: str = "") -> str:
    """The chat that a conversation goes on in, on this account: where the customer wrote last,
    else where one of us did; "" where there is none. `address`: only with this person."""
    wanted = identities.normalise(account.channel, address)
    ours = ""
    for message in reversed(history):
        chat = message.details.get("chat")
        if message.account_id != account.id or not chat:
            continue
        if message.direction == "in" and wanted in ("", message.author_address):
            return str(chat)
        went_to = [identities.normalise(account.channel, one.address) for one in message.recipients]
        if not ours and message.direction == "out" and (not wanted or wanted in went_to):
            ours = str(chat)
    return ours


def chat_with(
    desk: Desk,
    conversation: Conversation,
    account: Account,
    person: Address,
    history: Sequence[Message],
) -> str:
    """The chat in which a person is reached, here or wherever they wrote over this account; ""
    for channels that have none.

    Raises `NoAddress` when they wrote over another account alone, and the channel lets nobody
    write first.
    """
    if chat := chat_of(account, history, person.address):
        return chat
    if capabilities(account).write_first:
        return ""
    address = identities.normalise(account.channel, person.address)
    if any(m.account_id == account.id and m.author_address == address for m in history):
        return ""
    customer = conversation.customer_id
    found = chats.last_with(desk.db, customer, account.id, address)
    if found is None:
        found = chats.started(desk.db, customer, account.name, address)
    if found is None and chats.wrote(desk.db, customer, account.channel, address):
        raise NoAddress(
            _(
                "{name} has never written to {account}, and nobody can write first there: send"
                " them a link to it on another channel."
            ).format(name=person.name or person.address, account=account.name)
        )
    if found is None and (visit := visits.get(desk.db, account.id, address)) is not None:
        found = visit.chat  # they are there, or were, and wrote nothing yet
    # Nobody knows how the address came to the card: the channel will tell.
    return found or ""


def problems(desk: Desk, account: Account, chat: str, history: Sequence[Message]) -> list[str]:
    """What an agent should know before answering in a chat: it may take no answers any more."""
    for message in reversed(history):
        if (
            message.direction == "in"
            and message.account_id == account.id
            and message.details.get("chat") == chat
        ):
            return [*_time(desk, message), *_rights(message)] if chat else []
    return []


def _time(desk: Desk, message: Message) -> list[str]:
    until: Any = message.details.get("answer_until")
    if not isinstance(until, int) or until - desk.now() > _SOON:
        return []
    minutes = (until - desk.now()) // 60_000
    if minutes < 0:
        return [
            _(
                "This chat takes answers only for a while after the customer wrote, and that is"
                " over: they have to write again first."
            )
        ]
    return [
        ngettext(
            "This chat takes answers for {n} more minute.",
            "This chat takes answers for {n} more minutes.",
            minutes,
        ).format(n=minutes)
    ]


def _rights(message: Message) -> list[str]:
    business = message.details.get("business")
    if isinstance(business, dict) and business.get("can_reply") is False:
        return [
            _(
                "The owner of this Business account does not let the bot answer: answer with"
                " their own program, or have them allow it."
            )
        ]
    return []

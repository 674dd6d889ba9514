"""What `Glance` reads, in the store's thread: a few short queries, however long lists are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from config.i18n import _
from config.model import WebchatAccount
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from omnitui.desk.together import drafts
from omnitui.desk.visiting import attendance, presence
from omnitui.desk.visiting.typing import FRESH
from omnitui.tui.link.drafts import Kind, Text, kept
from omnitui.tui.link.moment import ChatMoment, Colleague, Counter, DeskMoment, Moment
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.words.moments import soon, zone
from omnitui.tui.words.visit_words import claimed_email
from store import accounts, barred, conversations, identities, typing, watches
from store.model import Account, Conversation, ConversationId, CustomerId
from store.visits import of_customer, of_customers

MOST = 400
"""Rows that are asked about."""

Rows = Sequence[tuple[ConversationId, CustomerId]]


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The answer to one look."""

    rows: Moment
    chat: ChatMoment | None
    desk: DeskMoment | None
    """None: it was not asked for."""
    own: Mapping[Kind, Text]
    """What the agent has begun in the conversation in view: at whatever screen."""


def glimpse(
    desk: Desk, rows: Rows, in_view: Conversation | None, *, engine: bool, whole: bool
) -> Glimpse:
    """Of the conversations `rows`, of the one in view, and with `whole` of the desk.

    `engine`: it runs; without it nobody knows who is there.
    """
    typed = typing.fresh(desk.db, desk.now() - FRESH)
    colleagues = _colleagues(desk, typed)
    typists = frozenset(one.conversation_id for one in typed if not one.who and engine)
    here: frozenset[CustomerId] = frozenset()
    customers = list(dict.fromkeys(customer for _id, customer in rows))[:MOST]
    if customers and engine:
        found = of_customers(desk.db, customers)
        here = frozenset(customer for customer, visit in found.items() if visit.online)
    ids = {conversation_id for conversation_id, _customer in rows}
    return Glimpse(
        Moment(typists & ids, here, {k: one for k, one in colleagues.items() if k in ids}),
        _chat(desk, in_view, typists, colleagues, engine) if in_view is not None else None,
        _desk(desk) if whole else None,
        _own(desk, in_view.id) if in_view is not None else {},
    )


def _own(desk: Desk, conversation_id: ConversationId) -> Mapping[Kind, Text]:
    found = kept(desk.db, conversation_id, desk.agent)
    if any(found.values()):
        return found
    # What is begun goes along when a colleague joins the conversation to another: whoever writes
    # here this moment keeps their words before their eyes.
    there = conversations.many(desk.db, [conversation_id])
    return found if there and there[0].messages else {}


def _colleagues(
    desk: Desk, typed: Sequence[typing.Typing]
) -> Mapping[ConversationId, tuple[Colleague, ...]]:
    """Other agents whose screens show a conversation, or who write there."""
    found: dict[ConversationId, dict[str, Colleague]] = {}
    for conversation_id, names in presence.looking_at(desk).items():
        found[conversation_id] = {name: Colleague(name) for name in names}
    for one in typed:
        if one.who and one.who != desk.agent:
            writer = Colleague(one.who, types=True)
            found.setdefault(one.conversation_id, {})[one.who] = writer
    return {key: tuple(names.values()) for key, names in found.items()}


def _chat(
    desk: Desk,
    conversation: Conversation,
    typists: frozenset[ConversationId],
    colleagues: Mapping[ConversationId, tuple[Colleague, ...]],
    engine: bool,
) -> ChatMoment:
    others = colleagues.get(conversation.id, ())
    watchers = watches.of_conversation(desk.db, conversation.id)
    if others:  # two would answer, though one of them rests
        writers = drafts.begun_by(desk, conversation.id)
        others = tuple(replace(one, begun=one.name in writers) for one in others)
    begun = tuple(
        (one.agent, one.text) for one in drafts.visible(desk, conversation.id) if one.text.strip()
    )
    chats = {one.id: one for one in accounts.all(desk.db) if capabilities(one).presence}
    been = of_customer(desk.db, conversation.customer_id) if chats else []
    visit = next((one for one in been if one.account_id in chats), None)
    if visit is None:
        return ChatMoment(conversation.id, colleagues=others, watchers=watchers, drafts=begun)
    account = chats[visit.account_id]
    # Without a connection to the chat nobody knows who is there.
    known = engine and account.state == "online"
    online = visit.online and known
    address, why = ("", "") if online else _follow_up(desk, account, conversation.customer_id)
    return ChatMoment(
        conversation.id,
        chat=True,
        known=known,
        online=online,
        at=visit.at,
        seen=visit.seen_at,
        typing=conversation.id in typists,
        page=one_line(str(visit.details.get("title") or "")),
        claimed=claimed_email(visit.form),
        barred=bool(barred.of_customer(desk.db, conversation.customer_id)),
        follow_up=address,
        follow_up_at=_mail_at(desk, account, conversation.id) if address else "",
        why_not=why,
        colleagues=others,
        watchers=watchers,
        drafts=begun,
    )


def _mail_at(desk: Desk, account: Account, conversation_id: ConversationId) -> str:
    from omnitui.desk.follow_ups import next_mail

    at, now = next_mail(desk, account, conversation_id), desk.now()
    return soon(max(at, now), now, zone(desk.config.desk.timezone)) if at is not None else ""


def _follow_up(desk: Desk, account: Account, customer_id: CustomerId) -> tuple[str, str]:
    """Where what is written now goes after them, else why it does not, in a few words: the long
    ones stand at the replies that they have not seen."""
    from omnitui.desk.follow_ups import reached_by
    from omnitui.desk.mail.mailbox import mailbox_for

    settings = desk.config.accounts.get(account.name)
    if not isinstance(settings, WebchatAccount):
        return "", ""
    if not settings.follow_up:
        return "", _("no mail goes after them: “follow_up” is off")
    if mailbox_for(desk, account) is None:
        return "", _("no mail goes after them: there is no mailbox for it")
    reached = reached_by(desk, customer_id)
    if reached is not None:
        return reached.address, ""
    mails = [one for one in identities.of(desk.db, customer_id) if one.channel == "email"]
    if any(one.flag and one.proof for one in mails):
        return "", _("no mail goes after them: it fails")
    return "", _("no mail goes after them: no proven address")


def _desk(desk: Desk) -> DeskMoment:
    counters, waiting = [], 0
    for account in attendance.attended(desk):
        by_hand = attendance.stated(desk, account) is not None
        counters.append(Counter(account.name, attendance.state(desk, account), by_hand))
        waiting += len(attendance.queue(desk, account))
    return DeskMoment(tuple(counters), waiting, presence.is_away(desk))

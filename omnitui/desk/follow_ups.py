"""What customers did not see in a chat goes after them by mail (docs/follow-up.md).

A reply in a chat whose channel tells whether its customer is there is watched from when it is
out. If they have been gone for a while and have not seen it, one mail takes along what they
missed: from a mailbox of ours, to a proven address of that very customer, once. It is stored in
the outbox together with the note that it went, so no crash makes two of it; and it is taken back
while it waits there, should they return.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config.i18n import _
from config.model import WebchatAccount
from omnitui.desk import journal, on_its_way
from omnitui.desk.addresses import OwnAddresses, domain_of
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from omnitui.desk.letters import missed
from omnitui.desk.letters.tongue import tongue_of
from omnitui.desk.mail import quoting, thread_headers
from omnitui.desk.mail.letterhead import sender_of, signature_of
from omnitui.desk.mail.mailbox import company_of, mailbox_for
from omnitui.desk.replying import reply_token
from omnitui.desk.replying.preflight import HISTORY, parent_of
from store import (
    accounts,
    alterations,
    customers,
    follow_ups,
    identities,
    messages,
    outbox,
    visits,
)
from store.follow_ups import Unseen
from store.model import (
    Account,
    Address,
    ConversationId,
    CustomerId,
    Identity,
    Message,
    MessageId,
    Millis,
    NewAttachment,
    OutboxEntry,
)

GIVE_UP: Millis = 3 * 86_400_000
"""After so long nothing goes after a reply any more: where there is no proven address, one that
is proven next month must not bring up what was said today."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What one customer missed in one conversation of a chat."""

    account: Account
    address: str
    conversation_id: ConversationId
    customer_id: CustomerId
    ids: tuple[MessageId, ...]
    due_at: Millis | None
    """When a mail may take it along; None: not before something else has happened."""


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to do."""

    now: bool
    due_at: Millis | None
    """When there is, unless something happens before."""


def watch(desk: Desk, entry: OutboxEntry) -> None:
    """A reply is out: if its customer may leave without having seen it, it is watched."""
    account = accounts.get(desk.db, entry.account_id)
    if not capabilities(account).presence:
        return
    message = messages.get(desk.db, entry.message_id)
    details = message.details
    if not details.get("chat") or details.get("automatic") or not message.recipients:
        return
    address = identities.normalise(account.channel, message.recipients[0].address)
    follow_ups.watch(desk.db, message.id, account.id, address, desk.now())


def look(desk: Desk, names: Collection[str]) -> Look:
    """Whether `go_after` would do anything, and when it would; changes nothing."""
    now = desk.now()
    if follow_ups.old(desk.db, now - GIVE_UP) or any(_stale(desk, one) for one in _queued(desk)):
        return Look(True, None)
    due: list[Millis] = []
    for account in _accounts(desk, names):
        if _seen(desk, account):
            return Look(True, None)
        due += [one.due_at for one in _missed(desk, account) if one.due_at is not None]
    earliest = min(due, default=None)
    return Look(earliest is not None and earliest <= now, earliest)


def go_after(desk: Desk, names: Collection[str]) -> list[MessageId]:
    """Queue the mails that are due, and take back those whose customer has come back.

    `names`: the accounts of which it is known this moment who is there; nothing goes after the
    customers of others.
    """
    take_back(desk)
    follow_ups.give_up(desk.db, desk.now() - GIVE_UP)
    queued: list[MessageId] = []
    for account in _accounts(desk, names):
        follow_ups.drop(desk.db, _seen(desk, account))
        done: set[CustomerId] = set()
        for one in _missed(desk, account):
            if one.due_at is None or one.due_at > desk.now() or one.customer_id in done:
                continue
            mail_id = _queue(desk, one)
            if mail_id is not None:
                queued.append(mail_id)
                done.add(one.customer_id)
    return queued


def take_back(desk: Desk) -> None:
    """Take mails back that are not to leave as they are: asked before any leaves, too."""
    for mail in _queued(desk):
        if why := _stale(desk, mail):
            _take_back(desk, mail, why)


def changed(desk: Desk, message_id: MessageId) -> None:
    """A reply was edited, deleted or seen: the mail that would say otherwise does not go."""
    found = follow_ups.get(desk.db, message_id)
    if found is None or found.mail_id is None:
        return
    if messages.state(desk.db, found.mail_id) == "queued":
        _take_back(desk, messages.get(desk.db, found.mail_id), "changed")


def withdrawn(desk: Desk, mail: Message) -> None:
    """An agent has taken such a mail back: what it would have taken along does not go at all."""
    for message_id in mail.details.get("follows", ()):
        messages.add_details(desk.db, message_id, {}, without=("followed_up",))


def why_not(desk: Desk, message: Message) -> str:
    """Why no mail goes after the customer with a reply that they have not seen, a sentence that
    says what to do; "" where one does, or nothing has to."""
    found = follow_ups.get(desk.db, message.id)
    if found is None or message.state != "sent":
        return ""
    account = accounts.get(desk.db, found.account_id)
    if found.mail_id is not None:
        if messages.state(desk.db, found.mail_id) == "cancelled":
            return _("The mail with it was taken back.")
        return ""
    if message.details.get("read_at") or message.details.get("deleted_at"):
        return ""
    if found.due_at is None:
        return _("It is too old to go after the customer by mail.")
    if _rule(desk, account) is None:
        return _("Nothing goes after the customers of {account}: “follow_up” is off.").format(
            account=account.name
        )
    if mailbox_for(desk, account) is None:
        return _(
            "There is no mailbox that a mail could go out from: see “follow_up_account” of"
            " {account}."
        ).format(account=account.name)
    return _unreachable(desk, account, found.address, message.customer_id)


def next_mail(desk: Desk, account: Account, conversation_id: ConversationId) -> Millis | None:
    """When a mail goes after who has not seen what stands in a conversation; None: nothing is to,
    or not before something else has happened."""
    if not _accounts(desk, [account.name]):
        return None
    times = [one.due_at for one in _missed(desk, account, conversation_id)]
    return min((at for at in times if at is not None), default=None)


def reached_by(desk: Desk, customer_id: CustomerId) -> Identity | None:
    """The e-mail address at which a customer may be told what was said in a chat: proven, working
    and not ours; of several the one they used last. None: there is none.

    Here a channel besides mail would be chosen (a Telegram chat that a one-time link has proven).
    """
    own = OwnAddresses(desk)
    for identity in identities.of(desk.db, customer_id):
        if identity.channel != "email" or not identity.proof or identity.flag:
            continue
        if ("email", identity.address) not in own:
            return identity
    return None


def _rule(desk: Desk, account: Account) -> WebchatAccount | None:
    """The account's settings; None where nothing goes after its customers."""
    settings = desk.config.accounts.get(account.name)
    if not isinstance(settings, WebchatAccount) or not settings.follow_up:
        return None
    return settings if capabilities(account).presence else None


def _accounts(desk: Desk, names: Collection[str]) -> list[Account]:
    return [
        one
        for one in accounts.all(desk.db)
        if one.name in names and _rule(desk, one) and mailbox_for(desk, one)
    ]


def _seen(desk: Desk, account: Account) -> list[MessageId]:
    marks = capabilities(account).read_marks
    return follow_ups.seen(desk.db, account.id, read_marks=marks)


def _missed(desk: Desk, account: Account, only: ConversationId | None = None) -> list[Missed]:
    """What customers of an account who are away have not seen, each one's oldest first; in all
    conversations or `only` one."""
    rule = _rule(desk, account)
    seen = set(_seen(desk, account))
    groups: dict[tuple[str, ConversationId], list[Unseen]] = {}
    for one in follow_ups.unseen(desk.db, account.id):
        if one.message_id not in seen and only in (None, one.conversation_id):
            groups.setdefault((one.address, one.conversation_id), []).append(one)
    found: list[Missed] = []
    for (address, conversation_id), group in groups.items():
        assert rule is not None
        customer_id = group[0].customer_id
        if reached_by(desk, customer_id) is None:
            continue
        ids = tuple(one.message_id for one in group[: rule.follow_up_most])
        due_at = _due(desk, rule, group[0])
        if any(_is_changing(desk, one) for one in ids):
            due_at = None
        found.append(Missed(account, address, conversation_id, customer_id, ids, due_at))
    return found


def _due(desk: Desk, rule: WebchatAccount, first: Unseen) -> Millis | None:
    # A relay whose clock is ahead must not put it off.
    gone_at = min(first.gone_at, desk.now())
    due_at = max(first.sent_at, gone_at) + rule.follow_up_after * 1000
    theirs = [one.address for one in identities.of(desk.db, first.customer_id)]
    last = follow_ups.last_mail(desk.db, first.customer_id, theirs)
    if last is None:
        return due_at
    at, on_its_way = last
    return None if on_its_way else max(due_at, at + rule.follow_up_every * 1000)


def _is_changing(desk: Desk, message_id: MessageId) -> bool:
    return any(one.state == "queued" for one in alterations.of_message(desk.db, message_id))


def _queued(desk: Desk) -> list[Message]:
    return messages.many(desk.db, follow_ups.queued(desk.db))


def _stale(desk: Desk, mail: Message) -> str:
    """Why a mail that has not left is not to leave as it is; "" while it may."""
    for message in messages.many(desk.db, follow_ups.carried(desk.db, mail.id)):
        followed = follow_ups.get(desk.db, message.id)
        assert followed is not None
        account = accounts.get(desk.db, followed.account_id)
        visit = visits.get(desk.db, account.id, followed.address)
        edits = message.details.get("edits") or ({"until": 0},)
        told = "read_at" if capabilities(account).read_marks else "delivered_at"
        if message.details.get("read_at") or message.details.get(told):
            return "seen"
        if visit is not None and visit.online:
            return "came-back"
        if (
            message.details.get("deleted_at")
            or int(edits[-1].get("until", 0)) > mail.sent_at
            or _is_changing(desk, message.id)
        ):
            return "changed"
        if (
            message.conversation_id != mail.conversation_id
            or _rule(desk, account) is None
            or not _is_for(desk, mail, account, followed.address)
        ):
            return "other-customer"
    return ""


def _is_for(desk: Desk, mail: Message, account: Account, address: str) -> bool:
    """Whether who gets the mail is still known to be who is in the chat."""
    there = identities.find(desk.db, account.channel, address)
    to = identities.find(desk.db, "email", mail.recipients[0].address)
    if there is None or to is None or not to.proof or to.flag:
        return False
    return there.customer_id == to.customer_id == mail.customer_id


def _take_back(desk: Desk, mail: Message, why: str) -> None:
    if not outbox.cancel(desk.db, mail.id):
        return
    for message_id in follow_ups.carried(desk.db, mail.id):
        messages.add_details(desk.db, message_id, {}, without=("followed_up",))
    follow_ups.give_back(desk.db, mail.id)
    journal.record(
        desk,
        "message.cancelled",
        customer=mail.customer_id,
        conversation=mail.conversation_id,
        message=mail.id,
        why=why,
    )


def _queue(desk: Desk, one: Missed) -> MessageId | None:
    """Put the mail into the outbox, its key with it; None where there is nobody to send it to."""
    to, mailbox = reached_by(desk, one.customer_id), mailbox_for(desk, one.account)
    replies = messages.many(desk.db, one.ids)
    if to is None or mailbox is None or not replies:
        return None
    last = replies[-1]
    # It is the agents' answer, the last one's name stands above it.
    agent = replace(desk, agent=str(last.details.get("agent") or desk.agent))
    tongue = tongue_of(desk, one.customer_id, one.account, one.address)
    history = messages.of_conversation(desk.db, one.conversation_id, last=HISTORY)
    parent = parent_of(history, mailbox)
    files, left_out = _files(mailbox, replies)
    rule = _rule(desk, one.account)
    sender, now = sender_of(agent, mailbox), desk.now()
    person = Address(to.address, to.name or customers.get(desk.db, one.customer_id).name)
    key = reply_token.message_id(desk, one.conversation_id, domain_of(mailbox.address))
    quote = quoting.quote_of(
        desk,
        customers.get(desk.db, one.customer_id),
        _asked(history, replies[0], one.account),
        {one.address},
    )
    threaded: dict[str, Any] = thread_headers.of_answer(parent) if parent is not None else {}
    mail_id = on_its_way.put(
        agent,
        one.conversation_id,
        one.customer_id,
        missed.text(tongue, replies, left_out, rule.page if rule else ""),
        channel=mailbox.channel,
        account_id=mailbox.id,
        key=key,
        author=last.author,
        author_address=mailbox.address,
        recipients=(person,),
        subject=_subject(parent) or missed.subject(tongue, company_of(desk, one.account)),
        signature=signature_of(agent, mailbox),
        quoted=quoting.as_text(quote) if quote else "",
        details={
            "sender": sender.name,
            "to": [{"address": person.address, "name": person.name}],
            "follows": list(one.ids),
            **threaded,
        },
        attachments=files,
        at=now,
        due_at=now,
    )
    follow_ups.take(desk.db, one.ids, mail_id)
    for message_id in one.ids:
        messages.add_details(desk.db, message_id, {"followed_up": mail_id})
    journal.record(
        desk,
        "message.queued",
        customer=one.customer_id,
        conversation=one.conversation_id,
        message=mail_id,
        account=mailbox.name,
        follows=list(one.ids),
    )
    return mail_id


def _asked(history: Sequence[Message], first: Message, account: Account) -> Message | None:
    """The customer's last words in the chat before what they missed."""
    return next(
        (
            m
            for m in reversed(history)
            if m.direction == "in" and m.account_id == account.id and m.position < first.position
        ),
        None,
    )


def _subject(parent: Message | None) -> str:
    if parent is None or not parent.subject:
        return ""
    return parent.subject if parent.subject.lower().startswith("re:") else f"Re: {parent.subject}"


def _files(mailbox: Account, replies: Sequence[Message]) -> tuple[list[NewAttachment], list[str]]:
    """What goes along, and the names of what is too large for a mail."""
    able, room = capabilities(mailbox), capabilities(mailbox).file_limit
    files: list[NewAttachment] = []
    left_out: list[str] = []
    for file in (file for message in replies for file in message.attachments):
        large = able.each_file_limit is not None and file.size > able.each_file_limit
        if not file.blob or large or (room is not None and file.size > room):
            left_out.append(file.name)
            continue
        room = None if room is None else room - file.size
        files.append(NewAttachment(file.name, file.type, file.size, file.blob))
    return files, left_out


def _unreachable(desk: Desk, account: Account, address: str, customer_id: CustomerId) -> str:
    """Why there is no address to send it to; "" where there is one."""
    there = identities.find(desk.db, account.channel, address)
    if there is None or there.customer_id != customer_id:
        return _("Who is in that chat is not this conversation's customer any more.")
    if reached_by(desk, customer_id) is not None:
        return ""
    mails = [one for one in identities.of(desk.db, customer_id) if one.channel == "email"]
    if not mails:
        return _(
            "No e-mail address of theirs is proven: “customer code ADDRESS” sends a code to one,"
            " which they type into the chat."
        )
    unproven = [one for one in mails if not one.proof]
    if unproven:
        return _(
            "{address} is not proven to be theirs: “customer code {address}” sends a code there,"
            " which they type into the chat."
        ).format(address=unproven[0].address)
    return _("Mail to {address} fails: {why}").format(
        address=mails[0].address, why=mails[0].flag or _("it is an address of our own")
    )

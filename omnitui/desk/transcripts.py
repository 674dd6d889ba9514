"""The text of a chat by mail, for a customer who asks for it: their own chat alone, as it is now
on both sides, to an address that they have proven."""

from __future__ import annotations

from functools import partial
from typing import Any

from config.i18n import _
from connectors.contract import Notice, Quote
from omnitui.desk import journal
from omnitui.desk.addresses import domain_of
from omnitui.desk.chats.talk import Ended, Talk
from omnitui.desk.context import Desk
from omnitui.desk.follow_ups import reached_by
from omnitui.desk.letters import transcript as letter
from omnitui.desk.letters.tongue import tongue_of
from omnitui.desk.mail import company_mail
from omnitui.desk.mail.company_mail import CompanyMail
from omnitui.desk.mail.mailbox import company_of, mailbox_for
from omnitui.desk.replying import reply_token
from store import accounts, message_keys, one_time_codes, transcripts
from store.model import (
    Account,
    Address,
    ConversationId,
    Identity,
    Message,
    MessageId,
    Millis,
)

A_DAY = 3
"""Transcripts for one customer."""
MOST = 2_000
"""Messages; of a longer chat the last ones."""
AUTOMATIC = "transcript"
"""`details["automatic"]` of the mail."""
_DAY: Millis = 86_400_000


def take(talk: Talk, notice: Notice) -> Ended:
    """A visitor wants the text of their chat. Where no address of theirs is proven, the chat is
    told `refused`: they may prove one and ask again."""
    desk, account = talk.desk, talk.account
    known = talk.people.find(notice.who) if notice.who is not None else None
    conversation_id = None
    if known is not None:
        conversation_id = message_keys.last_in_chat(
            desk.db, known.customer_id, account.id, notice.chat
        )
    if known is None or conversation_id is None:
        return Ended("ignored", _("nobody wrote in this chat yet"))
    note = partial(
        journal.in_chat,
        desk,
        account=account.name,
        customer=known.customer_id,
        conversation=conversation_id,
        at=notice.at,
    )
    note("transcript-asked")
    to, mailbox = reached_by(desk, known.customer_id), mailbox_for(desk, account)
    if to is None or mailbox is None:
        return _refused(talk, notice, _("no e-mail address of theirs is proven"))
    if transcripts.asked_since(desk.db, known.customer_id, desk.now() - _DAY) >= A_DAY:
        return _refused(talk, notice, _("they had enough transcripts today"))
    mail_id = _mail(desk, account, mailbox, known, conversation_id, to, notice.chat)
    if mail_id is None:
        return _refused(talk, notice, _("nobody wrote in this chat yet"))
    note("transcript-sent", email=to.address)
    return Ended("accepted", _("the text of the chat goes out by mail"))


def chat_in(desk: Desk, message: Message) -> Quote | None:
    """The chat as it stands under the mail when that leaves: what was edited or deleted since is
    so there, too. The store does not have it twice."""
    told: Any = message.details["transcript"]
    account = accounts.get(desk.db, told["account"])
    found = transcripts.of_chat(
        desk.db,
        message.customer_id,
        account.id,
        str(told["chat"]),
        upto=int(told["upto"]),
        limit=MOST,
    )
    tongue = tongue_of(desk, message.customer_id, account, str(told["address"]))
    if not found:
        return None
    return Quote(letter.title(tongue, found), letter.body(tongue, found))


def _refused(talk: Talk, notice: Notice, why: str) -> Ended:
    now = talk.desk.now()
    if now - notice.at < _DAY // 96:
        one_time_codes.tell(talk.desk.db, talk.account.id, notice.chat, "refused", "", now)
    return Ended("ignored", why)


def _mail(
    desk: Desk,
    account: Account,
    mailbox: Account,
    known: Identity,
    conversation_id: ConversationId,
    to: Identity,
    chat: str,
) -> MessageId | None:
    limits: Any = {"upto": 2**62, "limit": 1}
    last = transcripts.of_chat(desk.db, known.customer_id, account.id, chat, **limits)
    if not last:
        return None
    tongue = tongue_of(desk, known.customer_id, account, known.address)
    company = company_of(desk, account)
    mail = CompanyMail(
        automatic=AUTOMATIC,
        customer_id=known.customer_id,
        conversation_id=conversation_id,
        to=Address(to.address, to.name),
        key=reply_token.message_id(desk, conversation_id, domain_of(mailbox.address)),
        subject=letter.subject(tongue, company),
        text=letter.text(tongue, company),
        details={
            "transcript": {
                "account": account.name,
                "address": known.address,
                "chat": chat,
                "upto": last[0].position,
            }
        },
    )
    return company_mail.queue(desk, mailbox, mail, company=company, due_at=desk.now())

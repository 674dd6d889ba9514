"""One-time codes by mail: how somebody in a chat proves that an e-mail address is theirs.

A code goes to the address, whoever it may belong to, and is typed into the chat that asked for
it. Whoever asks hears the same whether the address is known here or not. The store has no code,
not even until the mail is out: it is made of the row and the desk's key when the mail leaves.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata

from config.i18n import _
from connectors.contract import Address, Notice
from omnitui.desk import journal
from omnitui.desk.addresses import domain_of
from omnitui.desk.channel import capabilities
from omnitui.desk.chats.newcomer import customer_of
from omnitui.desk.chats.talk import Ended, Talk
from omnitui.desk.code_proof import prove
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.letters import code as letter
from omnitui.desk.letters.tongue import tongue_of
from omnitui.desk.mail import company_mail
from omnitui.desk.mail.company_mail import CompanyMail
from omnitui.desk.mail.mailbox import company_of, mailbox_for
from omnitui.desk.mail.typed_address import checked
from omnitui.desk.replying import reply_token
from store import (
    accounts,
    conversations,
    identities,
    message_keys,
    messages,
    one_time_codes,
)
from store import outbox as store_outbox
from store.errors import NotFound
from store.model import (
    Account,
    ConversationId,
    CustomerId,
    Identity,
    Message,
    MessageId,
    Millis,
)
from store.model import Address as Person
from store.one_time_codes import OneTimeCode, State

GOOD_FOR: Millis = 15 * 60_000
TRIES = 5
AN_HOUR = 3
"""Codes for one visitor."""
A_DAY = 5
"""Codes to one address, whoever asks."""
ALL_AN_HOUR = 60
"""Codes that all visitors of a site may ask for: each is a mail to whomever they name, and a
mailbox that sends a thousand of them is soon taken for a spammer's. Agents may go on."""
AUTOMATIC = "code"
"""`details["automatic"]` of the mail."""
_HOUR, _DAY = 3_600_000, 86_400_000
_FIRST: Millis = _HOUR
"""By so much a code's mail is due before it was made: nothing else in the outbox goes first."""
_CODE = re.compile(r"\d{6}", re.ASCII)


class CodeRefused(CommandError):
    """No code was sent; the sentence says why, to agents."""


def take(talk: Talk, notice: Notice) -> Ended:
    """A visitor asks for a code, or types one."""
    if notice.who is None or not notice.who.address.strip() or not notice.chat:
        return Ended("ignored", _("it does not say who wants to prove an address"))
    if code := str(notice.details.get("code") or ""):
        return _typed(talk, notice, notice.who, code)
    if email := str(notice.details.get("email") or ""):
        return _asked(talk, notice, notice.who, email)
    return Ended("ignored", _("it names neither an address nor a code"))


def send(
    desk: Desk,
    account: Account,
    chat: str,
    address: str,
    customer_id: CustomerId,
    typed: str,
    *,
    language: str = "",
    asked_by: str = "",
) -> MessageId:
    """Send a code to an address that somebody in a chat (`address`) says is theirs, and have the
    chat ask for it. `asked_by` is the agent who wants it so: they take who is there for the
    customer.

    Raises `CodeRefused`, `OddAddress`, `NoAddress`: all `CommandError`, nothing was sent then.
    """
    email = checked(desk, typed)
    now = desk.now()
    mailbox = mailbox_for(desk, account)
    if mailbox is None:
        raise CodeRefused(
            _(
                "There is no mailbox that a code could go out from: see “follow_up_account” of"
                " {account}."
            ).format(account=account.name)
        )
    if one_time_codes.asked_by(desk.db, account.id, address, now - _HOUR) >= AN_HOUR:
        raise CodeRefused(_("They had {n} codes within the hour: try later.").format(n=AN_HOUR))
    if one_time_codes.asked_at(desk.db, email, now - _DAY) >= A_DAY:
        raise CodeRefused(
            _("{address} had {n} codes today: try tomorrow.").format(address=email, n=A_DAY)
        )
    one_time_codes.forget(desk.db, now - 2 * _DAY)
    salt = secrets.token_hex(16)
    row = one_time_codes.add(
        desk.db, account.id, chat, address, email, salt, at=now, expires_at=now + GOOD_FOR
    )
    conversation_id = _conversation(desk, account, chat, customer_id)
    message_id = _mail(
        desk, account, mailbox, row, conversation_id, customer_id, language, asked_by
    )
    one_time_codes.mailed(desk.db, row.id, message_id)
    one_time_codes.tell(desk.db, account.id, chat, "sent", email, now)
    return message_id


def filled(desk: Desk, message: Message) -> str:
    """The text of a mail with a code as it leaves, by the engine alone: the store has a mask.

    Raises `NotFound` when the code is good no more.
    """
    row = one_time_codes.get(desk.db, int(message.details["code"]))
    code = _code(desk, row)
    if not code or row.used_at is not None or desk.now() > row.expires_at:
        raise NotFound(_("The code in this mail is good no more: another one has to be sent."))
    return message.text.replace(letter.MASK, code)


def withdraw_overdue(desk: Desk) -> int:
    """Take back mails that did not leave before their code had ended; how many."""
    found = one_time_codes.overdue(desk.db, desk.now())
    for message_id in found:
        store_outbox.cancel(desk.db, message_id)
        mail = messages.get(desk.db, message_id)
        journal.record(
            desk,
            "message.cancelled",
            customer=mail.customer_id,
            conversation=mail.conversation_id,
            message=message_id,
            why="too-late",
        )
    return len(found)


def not_delivered(desk: Desk, message: Message) -> None:
    """A mail was refused or came back: who waits for the code in it is told that none comes."""
    if not message.details.get("code"):
        return
    try:
        row = one_time_codes.get(desk.db, int(message.details["code"]))
    except NotFound:
        return
    newest = one_time_codes.newest(desk.db, row.account_id, row.chat)
    if row.used_at is None and newest == row and is_news(desk, row.created_at):
        one_time_codes.tell(desk.db, row.account_id, row.chat, "refused", row.email, desk.now())


def is_news(desk: Desk, at: Millis) -> bool:
    """Whether what became of a code at that time is still to be told."""
    return desk.now() - at < GOOD_FOR


def _asked(talk: Talk, notice: Notice, who: Address, typed: str) -> Ended:
    desk, account = talk.desk, talk.account
    if not is_news(desk, notice.at):
        return Ended("ignored", _("a code was asked for too long ago"))
    known = _known(talk, notice, who)
    try:
        if one_time_codes.asked_of(desk.db, account.id, desk.now() - _HOUR) >= ALL_AN_HOUR:
            raise CodeRefused(_("Too many codes were asked for within the hour."))
        message_id = send(
            desk,
            account,
            notice.chat,
            known.address,
            known.customer_id,
            typed,
            language=str(notice.details.get("language") or ""),
        )
    except CommandError as refused:
        one_time_codes.tell(desk.db, account.id, notice.chat, "refused", "", desk.now())
        return Ended("ignored", str(refused))
    email = one_time_codes.newest(desk.db, account.id, notice.chat)
    assert email is not None
    journal.in_chat(
        desk,
        "verification-sent",
        account=account.name,
        customer=known.customer_id,
        conversation=messages.get(desk.db, message_id).conversation_id,
        at=notice.at,
        email=email.email,
    )
    return Ended("accepted", _("a code was sent"))


def _typed(talk: Talk, notice: Notice, who: Address, typed: str) -> Ended:
    """A code is good once, in the chat that asked for it, for who asked there."""
    desk, account = talk.desk, talk.account
    row = one_time_codes.newest(desk.db, account.id, notice.chat)
    at = min(notice.at, desk.now())
    if (
        row is None
        or row.used_at is not None
        or row.tries >= TRIES
        or at > row.expires_at
        or row.address != identities.normalise(account.channel, who.address)
    ):
        _answer(desk, account, notice, "expired", row.email if row else "")
        return Ended("ignored", _("there is no code that is still good"))
    tries = one_time_codes.tried(desk.db, row.id)
    code = _code(desk, row)
    if not code or not hmac.compare_digest(code.encode(), _digits(typed).encode()):
        _answer(desk, account, notice, "wrong" if tries < TRIES else "expired", row.email)
        return Ended("ignored", _("it is another code"))
    one_time_codes.use(desk.db, row.id, at)
    known = _known(talk, notice, who)
    if not known.proof and not notice.proofs:
        _answer(desk, account, notice, "refused", row.email)
        return Ended("ignored", _("nothing says who is in this chat"))
    prove(talk, notice, known, row, at)
    _answer(desk, account, notice, "proven", row.email)
    return Ended("accepted", _("an e-mail address was proven"))


def _known(talk: Talk, notice: Notice, who: Address) -> Identity:
    """Who is in the chat; somebody who never wrote is a customer from now on."""
    found = talk.people.find(who)
    if found is not None:
        return found
    customer_of(talk, notice)
    found = talk.people.find(who)
    assert found is not None
    return found


def _conversation(
    desk: Desk, account: Account, chat: str, customer_id: CustomerId
) -> ConversationId:
    """Where the mail stands: with the chat, else in a closed conversation that calls nobody."""
    found = message_keys.last_in_chat(desk.db, customer_id, account.id, chat)
    if found is None:
        theirs = conversations.of_customer(desk.db, customer_id)
        found = theirs[0].id if theirs else None
    if found is None:
        found = conversations.create(
            desk.db,
            customer_id,
            subject="",
            status="closed",
            account_id=account.id,
            at=desk.now(),
        )
        journal.record(desk, "conversation.created", customer=customer_id, conversation=found)
    return found


def _mail(
    desk: Desk,
    account: Account,
    mailbox: Account,
    row: OneTimeCode,
    conversation_id: ConversationId,
    customer_id: CustomerId,
    language: str,
    asked_by: str,
) -> MessageId:
    tongue = tongue_of(desk, customer_id, account, row.address, language)
    company = company_of(desk, account)
    # It goes to whoever has that address: their answer must not join this conversation.
    key = reply_token.message_id(desk, None, domain_of(mailbox.address))
    mail = CompanyMail(
        automatic=AUTOMATIC,
        customer_id=customer_id,
        conversation_id=conversation_id,
        to=Person(row.email),
        key=key,
        subject=letter.subject(tongue, company),
        text=letter.text(tongue, company, GOOD_FOR // 60_000),
        details={"code": row.id, **({"asked_by": asked_by} if asked_by else {})},
    )
    return company_mail.queue(desk, mailbox, mail, company=company, due_at=desk.now() - _FIRST)


def _code(desk: Desk, row: OneTimeCode) -> str:
    """The six digits of a row; "" where this user may not read the desk's key."""
    key = reply_token.derived_key(desk, "one-time codes")
    if not key:
        return ""
    told = f"{row.id} {row.salt} {row.email}".encode()
    digest = hmac.new(key, told, hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def _digits(typed: str) -> str:
    """What was typed, as far as it may be a code: `12 34-56`, full-width digits."""
    bare = re.sub(r"[\s\-–—.]", "", unicodedata.normalize("NFKC", typed[:40]))
    return bare if _CODE.fullmatch(bare) else ""


def _answer(desk: Desk, account: Account, notice: Notice, state: State, email: str) -> None:
    if is_news(desk, notice.at):
        one_time_codes.tell(desk.db, account.id, notice.chat, state, email, desk.now())


def asked_by_agent(desk: Desk, conversation_id: ConversationId, typed: str) -> MessageId:
    """An agent has the chat of a conversation ask for a code that goes to an address.

    Raises `CodeRefused`, `OddAddress`, `NoAddress`, `NotFound`.
    """
    conversation = conversations.get(desk.db, conversation_id)
    account, chat, address = _chat_of(desk, conversation_id)
    known = identities.find(desk.db, account.channel, address)
    if known is None or known.customer_id != conversation.customer_id:
        raise CodeRefused(_("Who is in that chat is not this conversation's customer any more."))
    message_id = send(
        desk, account, chat, known.address, known.customer_id, typed, asked_by=desk.agent
    )
    journal.record(
        desk,
        "chat.event",
        customer=known.customer_id,
        conversation=conversation_id,
        account=account.name,
        event="verification-sent",
        author="",
        text="",
        email=messages.get(desk.db, message_id).recipients[0].address,
    )
    return message_id


def _chat_of(desk: Desk, conversation_id: ConversationId) -> tuple[Account, str, str]:
    """The chat that a conversation's customer last wrote in, where codes can be typed."""
    for message in reversed(messages.of_conversation(desk.db, conversation_id, last=300)):
        chat = message.details.get("chat")
        if message.direction != "in" or not chat or message.account_id is None:
            continue
        account = accounts.get(desk.db, message.account_id)
        if capabilities(account).presence:
            address = identities.normalise(account.channel, message.author_address)
            return account, str(chat), address
    raise CodeRefused(
        _("There is no chat in this conversation that a code could be typed into: a link proves"
          " an address as well (“link”).")
    )  # fmt: skip

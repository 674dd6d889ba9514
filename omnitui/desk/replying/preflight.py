"""What is shown before a reply goes out: over which account, in whose name, to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from config.i18n import _
from config.model import EmailAccount
from connectors.contract import Quote
from omnitui.desk.channel import capabilities
from omnitui.desk.channel_names import channel_first
from omnitui.desk.chats import reach
from omnitui.desk.context import Desk
from omnitui.desk.mail import quoting
from omnitui.desk.mail.letterhead import sender_of, signature_of
from omnitui.desk.mail.subjects import as_asked
from omnitui.desk.replying import answering, recipients
from omnitui.desk.replying.proposal import propose
from store import conversations, customers, identities, messages
from store.model import AS_USUAL, Account, Address, Conversation, ConversationId, Delivery, Message

_NO_PART_OF_THE_TALK = ("bounce", "code", "transcript")
HISTORY = 300
"""How many of a conversation's messages decide on its recipients: chats run to thousands."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What is shown before a send: over which account, in whose name, to whom."""

    account: Account
    channel: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    new_recipients: tuple[str, ...]
    subject: str
    text_limit: int | None
    problems: tuple[str, ...] = ()
    """Sentences to show: an address that bounced, an account that is down."""
    chat: str = ""
    signature: str = ""
    quote: Quote | None = None
    answers: Message | None = None
    """The one message that it visibly answers."""
    silent: bool = False
    """It comes without a sound."""
    why: str = ""
    """Why it goes there, where it is not what one expects: without a full stop."""

    @property
    def recipients(self) -> tuple[Address, ...]:
        return (*self.to, *self.cc, *self.bcc)


def preflight(
    desk: Desk,
    conversation_id: ConversationId,
    *,
    account: str | None = None,
    to: Sequence[str] = (),
    delivery: Delivery = AS_USUAL,
) -> Preflight:
    """Where a reply would go. `account` is an account's or a channel's name; `to` names every
    recipient instead of the usual ones, as `delivery.to` does. Raises `NoAddress`, `NotFound`."""
    conversation = conversations.get(desk.db, conversation_id)
    history = messages.of_conversation(desk.db, conversation_id, last=HISTORY)
    if to:
        delivery = replace(delivery, to=tuple(to))
    return plan(desk, conversation, history, account, delivery)


def plan(
    desk: Desk,
    conversation: Conversation,
    history: Sequence[Message],
    account: str | None,
    delivery: Delivery,
) -> Preflight:
    proposed = None if account else propose(desk, conversation, history)
    chosen = (
        proposed.account if proposed else recipients.choose_account(desk, conversation, account)
    )
    found = recipients.find(desk, conversation, chosen, history, delivery)
    able = capabilities(chosen)
    answered, unanswerable = answering.chosen(desk, chosen, delivery)
    loud = delivery.silent and not able.silent
    said = (
        *((unanswerable,) if unanswerable else ()),
        *((no_silence(chosen),) if loud else ()),
    )
    everybody = (*found.to, *found.cc, *found.bcc)
    subject = _subject(conversation, history, chosen) if able.subject else ""
    if able.subject and not subject:
        said = (*said, _("The mail has no subject yet: “subject TEXT” gives it one."))
    # What is answered names the chat: a customer may write in several.
    chat = str(answered.details.get("chat") or found.chat) if answered else found.chat
    return Preflight(
        account=chosen,
        channel=chosen.channel,
        sender=sender_of(desk, chosen),
        to=found.to,
        cc=found.cc,
        bcc=found.bcc,
        new_recipients=found.new,
        subject=subject,
        text_limit=able.text_limit,
        problems=(
            *found.problems,
            *said,
            *recipients.problems(desk, chosen, everybody, history),
            *reach.problems(desk, chosen, chat, history),
        ),
        chat=chat,
        signature="" if delivery.signature == "off" else signature_of(desk, chosen),
        quote=_quote(desk, conversation, history, chosen, delivery, everybody),
        answers=answered,
        silent=delivery.silent and able.silent,
        why=proposed.said if proposed else "",
    )


def no_silence(account: Account) -> str:
    return _("{channel} has no silent messages: it comes with a sound.").format(
        channel=channel_first(account.channel)
    )


def _quote(
    desk: Desk,
    conversation: Conversation,
    history: Sequence[Message],
    account: Account,
    delivery: Delivery,
    to: Sequence[Address],
) -> Quote | None:
    settings = desk.config.accounts.get(account.name)
    usual = settings.quote if isinstance(settings, EmailAccount) else "none"
    if (delivery.quote or usual) == "none" or not capabilities(account).subject:
        return None
    customer = customers.get(desk.db, conversation.customer_id)
    known = {i.address for i in identities.of(desk.db, customer.id)}
    known.update(identities.normalise(account.channel, person.address) for person in to)
    return quoting.quote_of(desk, customer, parent_of(history, account), known)


def parent_of(history: Sequence[Message], account: Account) -> Message | None:
    """The message that a reply answers: the customer's last on this account, else the last."""
    here = [
        m
        for m in history
        if m.account_id == account.id
        and m.direction != "note"
        and m.external_id
        and not any(m.details.get(name) for name in _NO_PART_OF_THE_TALK)
        and m.state not in ("cancelled", "failed")
    ]
    theirs = [m for m in here if m.direction == "in" and not m.details.get("auto_reply")]
    found = theirs or here
    return found[-1] if found else None


def _subject(conversation: Conversation, history: Sequence[Message], account: Account) -> str:
    parent = parent_of(history, account)
    subject = (parent.subject if parent else "") or conversation.subject
    bare = as_asked(subject)
    if not parent and not bare and not history:
        return ""  # a mail of ours that begins a matter answers nothing
    return f"Re: {bare}" if parent and bare else bare or "Re:"

"""What is shown before a reply goes out: over which account, in whose name, to whom."""

from __future__ import annotations

import pwd
import re
from collections.abc import Sequence
from dataclasses import dataclass

from config.i18n import _
from omnitui.desk import recipients
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from store import conversations, messages
from store.model import Account, Address, Conversation, ConversationId, Message

_PREFIX = re.compile(r"\s*(re|aw|sv|odp|vs|ha|antw|відп)\s*(\[\d+\])?\s*:\s*", re.IGNORECASE)
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
    new_recipients: tuple[str, ...]
    subject: str
    text_limit: int | None
    problems: tuple[str, ...] = ()
    """Sentences to show: an address that bounced, an account that is down."""
    chat: str = ""

    @property
    def recipients(self) -> tuple[Address, ...]:
        return (*self.to, *self.cc)


def preflight(
    desk: Desk,
    conversation_id: ConversationId,
    *,
    account: str | None = None,
    to: Sequence[str] = (),
) -> Preflight:
    """Where a reply would go. `account` is an account's or a channel's name; `to` names every
    recipient instead of the usual ones. Raises `NoAddress`, `NotFound`."""
    conversation = conversations.get(desk.db, conversation_id)
    history = messages.of_conversation(desk.db, conversation_id, last=HISTORY)
    return plan(desk, conversation, history, account, to)


def plan(
    desk: Desk,
    conversation: Conversation,
    history: Sequence[Message],
    account: str | None,
    to: Sequence[str],
) -> Preflight:
    chosen = recipients.choose_account(desk, conversation, account)
    found = recipients.find(desk, conversation, chosen, history, to)
    able = capabilities(chosen)
    return Preflight(
        account=chosen,
        channel=chosen.channel,
        sender=sender_of(desk, chosen),
        to=found.to,
        cc=found.cc,
        new_recipients=found.new,
        subject=_subject(conversation, history, chosen) if able.subject else "",
        text_limit=able.text_limit,
        problems=recipients.problems(desk, chosen, (*found.to, *found.cc)),
        chat=found.chat,
    )


def agent_name(agent: str) -> str:
    """The person behind a Unix user: the full name in passwd, else the user's name."""
    try:
        entry = pwd.getpwnam(agent)
    except (KeyError, ValueError):
        return agent
    return entry.pw_gecos.partition(",")[0].strip().replace("&", agent.capitalize()) or agent


def sender_of(desk: Desk, account: Account) -> Address:
    """“Agent via Company”."""
    company = account.display_name or desk.config.desk.name
    name = _("{agent} via {company}").format(agent=agent_name(desk.agent), company=company)
    return Address(account.address, name)


def parent_of(history: Sequence[Message], account: Account) -> Message | None:
    """The message that a reply answers: the customer's last on this account, else the last."""
    here = [
        m
        for m in history
        if m.account_id == account.id
        and m.direction != "note"
        and m.external_id
        and not m.details.get("bounce")
        and m.state not in ("cancelled", "failed")
    ]
    theirs = [m for m in here if m.direction == "in" and not m.details.get("auto_reply")]
    found = theirs or here
    return found[-1] if found else None


def _subject(conversation: Conversation, history: Sequence[Message], account: Account) -> str:
    parent = parent_of(history, account)
    subject = (parent.subject if parent else "") or conversation.subject
    bare = subject
    while match := _PREFIX.match(bare):
        bare = bare[match.end() :]
    bare = " ".join(bare.split())
    return f"Re: {bare}" if parent and bare else bare or "Re:"

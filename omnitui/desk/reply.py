"""An agent's reply on its way into the outbox, and notes that stay inside.

The outgoing Message-ID is made and stored here, before the first byte leaves, so that a
crash at any moment can be settled by proof and nothing goes twice.
"""

from __future__ import annotations

import mimetypes
import pwd
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.i18n import _
from omnitui.desk import journal, recipients, reply_token
from omnitui.desk.addresses import domain_of
from omnitui.desk.arrival import change_status
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from omnitui.desk.recipients import people
from omnitui.desk.reply_stops import (
    BadFile,
    EmptyReply,
    NewMessageArrived,
    NewRecipient,
    NoAddress,
    ReplyStopped,
    TooLong,
    UnfilledVariable,
)
from store import conversations, messages, outbox
from store.blobs import for_database
from store.model import (
    Account,
    Address,
    Conversation,
    ConversationId,
    Message,
    MessageId,
    Millis,
    NewAttachment,
    NewMessage,
)

__all__ = [
    "BadFile",
    "EmptyReply",
    "NewMessageArrived",
    "NewRecipient",
    "NoAddress",
    "Preflight",
    "ReplyStopped",
    "TooLong",
    "UnfilledVariable",
    "add_note",
    "preflight",
    "queue",
    "unfilled",
]

_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_RE = re.compile(r"\s*(re|aw|sv|odp|vs|ha|antw|на|відп)\s*(\[\d+\])?\s*:\s*", re.IGNORECASE)
REFERENCES = 40
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
    return _preflight(desk, conversation, history, account, to)


def _preflight(
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


def queue(
    desk: Desk,
    conversation_id: ConversationId,
    text: str,
    *,
    account: str | None = None,
    to: Sequence[str] = (),
    files: Sequence[Path | str] = (),
    send_at: Millis | None = None,
    if_last: MessageId | None = None,
    confirm_new: bool = False,
    undo_delay: float | None = None,
    cancel_on_inbound: bool = False,
) -> MessageId:
    """Put a reply into the outbox; the conversation is the customer's turn then.

    Args:
        if_last: the last message that the agent saw; a later one stops the send.
        confirm_new: recipients that the customer never wrote from are meant.
        undo_delay: seconds in which it can be taken back; None: the desk's setting.
        cancel_on_inbound: back to the draft if the customer writes before `send_at`.

    Raises:
        ReplyStopped: nothing was queued; the sentence says what to do.
    """
    conversation = conversations.get(desk.db, conversation_id)
    history = messages.of_conversation(desk.db, conversation_id, last=HISTORY)
    if not text.strip() and not files:
        raise EmptyReply
    if names := unfilled(text):
        raise UnfilledVariable(names)
    flight = _preflight(desk, conversation, history, account, to)
    if flight.text_limit is not None and len(text) > flight.text_limit:
        raise TooLong(len(text), flight.text_limit)
    if if_last is not None:
        _stop_if_unseen(desk, history, if_last)
    if flight.new_recipients and not confirm_new:
        raise NewRecipient(flight.new_recipients)
    attachments = _attach(desk, flight.account, files)

    now = desk.now()
    wait = desk.config.desk.undo_send if undo_delay is None else undo_delay
    key = reply_token.message_id(desk, conversation_id, domain_of(flight.account.address))
    parent = _parent(history, flight.account)
    message = messages.insert(
        desk.db,
        NewMessage(
            conversation_id=conversation_id,
            customer_id=conversation.customer_id,
            channel=flight.channel,
            direction="out",
            state="queued",
            text=text,
            sent_at=now,
            arrived_at=now,
            account_id=flight.account.id,
            external_id=key,
            author=agent_name(desk.agent),
            author_address=flight.account.address,
            recipients=flight.recipients,
            subject=flight.subject,
            details={
                **_details(desk, conversation, flight, parent),
                **({"files": [str(file) for file in files]} if files else {}),
            },
            attachments=attachments,
        ),
    )
    outbox.enqueue(
        desk.db,
        message.id,
        flight.account.id,
        key,
        tuple(a.address for a in flight.recipients),
        agent=desk.agent,
        due_at=max(send_at or 0, now + round(wait * 1000)),
        cancel_on_inbound=cancel_on_inbound,
    )
    later: dict[str, Any] = {"send_at": send_at} if send_at else {}
    journal.record(
        desk,
        "message.queued",
        customer=conversation.customer_id,
        conversation=conversation_id,
        message=message.id,
        account=flight.account.name,
        **later,
    )
    change_status(desk, conversation_id, conversation.status, "pending", why="replied")
    return message.id


def add_note(desk: Desk, conversation_id: ConversationId, text: str) -> MessageId:
    """Keep an internal note in the conversation. Raises `EmptyReply`, `NotFound`."""
    if not text.strip():
        raise EmptyReply
    conversation = conversations.get(desk.db, conversation_id)
    now = desk.now()
    note = messages.insert(
        desk.db,
        NewMessage(
            conversation_id=conversation_id,
            customer_id=conversation.customer_id,
            channel="note",
            direction="note",
            state="received",
            text=text,
            sent_at=now,
            arrived_at=now,
            author=agent_name(desk.agent),
            author_address=desk.agent,
        ),
    )
    journal.record(
        desk,
        "message.noted",
        customer=conversation.customer_id,
        conversation=conversation_id,
        message=note.id,
    )
    return note.id


def unfilled(text: str) -> tuple[str, ...]:
    """Names of the variables still standing in a text as `{{ name }}`."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


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


def _stop_if_unseen(desk: Desk, history: Sequence[Message], seen: MessageId) -> None:
    """A customer's message, or another agent's reply, that came after the last one seen."""
    for message in reversed(history):
        if message.id <= seen:
            continue
        by_other = message.direction == "out" and message.details.get("agent") != desk.agent
        if message.direction == "in" or (by_other and message.state != "cancelled"):
            raise NewMessageArrived(message.id, message.author or message.author_address)


def _attach(desk: Desk, account: Account, files: Sequence[Path | str]) -> list[NewAttachment]:
    able = capabilities(account)
    if files and not able.files:
        raise BadFile(_("{channel} takes no files.").format(channel=account.channel))
    paths = [Path(file).expanduser() for file in files]
    total = 0
    for path in paths:
        if not path.is_file():
            raise BadFile(_("There is no file {path}.").format(path=path))
        total += path.stat().st_size
    if able.file_limit is not None and total > able.file_limit:
        raise BadFile(
            _("The files have {size:.1f} MB together, this channel takes {limit:.1f} MB.").format(
                size=total / 1e6, limit=able.file_limit / 1e6
            )
        )
    blobs = for_database(desk.db)
    found: list[NewAttachment] = []
    for path in paths:
        try:
            digest = blobs.put(desk.db, path)
        except OSError as error:
            raise BadFile(
                _("{path} cannot be read: {why}.").format(path=path, why=error.strerror)
            ) from error
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        found.append(NewAttachment(path.name, kind, path.stat().st_size, digest))
    return found


def _parent(history: Sequence[Message], account: Account) -> Message | None:
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


def _details(
    desk: Desk, conversation: Conversation, flight: Preflight, parent: Message | None
) -> dict[str, object]:
    details: dict[str, object] = {
        "agent": desk.agent,
        "sender": flight.sender.name,
        "to": [{"address": a.address, "name": a.name} for a in flight.to],
        "status_before": conversation.status,
    }
    if conversation.snoozed_until:
        details["snoozed_before"] = conversation.snoozed_until
    if flight.cc:
        details["cc"] = [{"address": a.address, "name": a.name} for a in flight.cc]
    if flight.chat:
        details["chat"] = flight.chat
    if parent is not None:
        details["in_reply_to"] = parent.external_id
        chain = [*parent.details.get("references", ()), parent.external_id]
        if parent.details.get("in_reply_to") and len(chain) == 1:
            chain.insert(0, parent.details["in_reply_to"])
        chain = list(dict.fromkeys(chain))
        # The first keeps the thread together, the last ones order it.
        details["references"] = chain if len(chain) <= REFERENCES else [
            chain[0], *chain[-REFERENCES + 1 :]
        ]  # fmt: skip
    return details


def _subject(conversation: Conversation, history: Sequence[Message], account: Account) -> str:
    parent = _parent(history, account)
    subject = (parent.subject if parent else "") or conversation.subject
    bare = subject
    while match := _RE.match(bare):
        bare = bare[match.end() :]
    bare = " ".join(bare.split())
    return f"Re: {bare}" if parent and bare else bare or "Re:"


def copies(message: Message) -> tuple[list[Address], list[Address]]:
    """To and CC of an outgoing message."""
    to, cc = people(message.details, "to"), people(message.details, "cc")
    return (to, cc) if to or cc else (list(message.recipients), [])

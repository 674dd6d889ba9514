"""An agent's reply on its way into the outbox, and notes that stay inside.

The outgoing Message-ID is made and stored here, before the first byte leaves, so that a
crash at any moment can be settled by proof and nothing goes twice.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.i18n import _
from config.numbers import Number
from omnitui.desk import journal, mentions, on_its_way, places
from omnitui.desk.addresses import domain_of
from omnitui.desk.channel import capabilities
from omnitui.desk.channel_names import channel_first
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.links import one_time_link
from omnitui.desk.mail import quoting, thread_headers
from omnitui.desk.mail.letterhead import agent_name
from omnitui.desk.replying import answering, colleagues, reply_token
from omnitui.desk.replying.forgotten_file import announced
from omnitui.desk.replying.preflight import HISTORY, Preflight, parent_of, plan, preflight
from omnitui.desk.replying.reply_stops import (
    BadFile,
    EmptyReply,
    ForgottenFile,
    NewMessageArrived,
    NewRecipient,
    NoAddress,
    OtherRecipients,
    ReplyStopped,
    TooLong,
    UnfilledVariable,
)
from omnitui.desk.rights import require_allowed
from omnitui.desk.statuses import change_status
from omnitui.desk.visiting import typing
from store import conversations, identities, messages, visits
from store.blobs import for_database
from store.drafts import as_json
from store.model import (
    AS_USUAL,
    Account,
    Conversation,
    ConversationId,
    Delivery,
    Message,
    MessageId,
    Millis,
    NewAttachment,
    NewMessage,
)

__all__ = [
    "BadFile",
    "EmptyReply",
    "ForgottenFile",
    "NewMessageArrived",
    "NewRecipient",
    "NoAddress",
    "OtherRecipients",
    "Preflight",
    "ReplyStopped",
    "TooLong",
    "UnfilledVariable",
    "add_note",
    "check_files",
    "preflight",
    "queue",
    "unfilled",
]

_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def queue(
    desk: Desk,
    conversation_id: ConversationId,
    text: str,
    *,
    account: str | None = None,
    to: Sequence[str] = (),
    delivery: Delivery = AS_USUAL,
    files: Sequence[Path | str] = (),
    send_at: Millis | None = None,
    if_last: MessageId | None = None,
    confirm_new: bool | Collection[str] = False,
    ask_files: bool = False,
    shown: Collection[str] | None = None,
    undo_delay: float | None = None,
    cancel_on_inbound: bool = False,
    automatic: str = "",
) -> MessageId:
    """Put a reply into the outbox; the conversation is the customer's turn then.

    Args:
        to: every recipient instead of the usual ones, as `delivery.to`.
        delivery: what the agent wants otherwise than usual.
        if_last: the last message that the agent saw; a later one stops the send.
        confirm_new: recipients that the customer never wrote from are meant: all, or these.
        ask_files: a text that speaks of an attachment without one stops the send.
        shown: the recipients that the agent saw; anybody else stops the send.
        undo_delay: seconds in which it can be taken back; None: the desk's setting.
        cancel_on_inbound: back to the draft if the customer writes before `send_at`.
        automatic: the kind of automatic answer that this is; the customer still waits for a
            person. Ask `auto_answers.may_answer` first.

    Raises:
        ReplyStopped: nothing was queued; the sentence says what to do.
    """
    if desk.hook and not automatic:
        automatic = _by_itself(desk, conversation_id)
    require_allowed(desk, "reply send")  # whatever command or verb it is that sends
    conversation = conversations.get(desk.db, conversation_id)
    history = messages.of_conversation(desk.db, conversation_id, last=HISTORY)
    if not text.strip() and not files:
        raise EmptyReply
    if names := unfilled(text):
        raise UnfilledVariable(names)
    if to:
        delivery = replace(delivery, to=tuple(to))
    flight = plan(desk, conversation, history, account, delivery)
    if flight.text_limit is not None and len(text) > flight.text_limit:
        raise TooLong(len(text), flight.text_limit)
    if if_last is not None:
        _stop_if_unseen(desk, history, if_last)
    if shown is not None and (others := _not_among(flight, shown)):
        raise OtherRecipients(others)
    if unconfirmed := _unconfirmed(flight, confirm_new):
        raise NewRecipient(unconfirmed)
    if ask_files and not files and (words := announced(text)):
        raise ForgottenFile(words)
    links = one_time_link.carried(desk, conversation, text, flight)
    attachments = _attach(desk, flight.account, files)

    now = desk.now()
    wait = _undo_delay(desk, flight) if undo_delay is None else undo_delay
    due_at = max(send_at or 0, now + round(wait * 1000))
    key = reply_token.message_id(desk, conversation_id, domain_of(flight.account.address))
    parent = parent_of(history, flight.account)
    message_id = on_its_way.put(
        desk,
        conversation_id,
        conversation.customer_id,
        text,
        channel=flight.channel,
        account_id=flight.account.id,
        key=key,
        author=agent_name(desk),
        author_address=flight.account.address,
        recipients=flight.recipients,
        subject=flight.subject,
        signature=flight.signature,
        quoted=quoting.as_text(flight.quote) if flight.quote else "",
        details={
            **_details(desk, conversation, flight, parent),
            **({"files": [str(file) for file in files]} if files else {}),
            **({"delivery": chosen} if (chosen := as_json(delivery)) else {}),
            **({"automatic": automatic} if automatic else {}),
            **({"unless_answered": True} if cancel_on_inbound else {}),
        },
        attachments=attachments,
        at=now,
        due_at=due_at,
        cancel_on_inbound=cancel_on_inbound,
    )
    if links:
        one_time_link.bind(
            desk, links, message_id, flight.channel, flight.recipients[0].address, due_at
        )
    later: dict[str, Any] = {"send_at": send_at} if send_at else {}
    journal.record(
        desk,
        "message.queued",
        customer=conversation.customer_id,
        conversation=conversation_id,
        message=message_id,
        account=flight.account.name,
        **later,
    )
    if not conversation.messages and conversation.account_id != flight.account.id:
        conversations.set_account(desk.db, conversation_id, flight.account.id)
    if not automatic:
        typing.stop(desk, conversation_id)
        change_status(desk, conversation_id, conversation.status, "pending", why="replied")
    return message_id


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
            author=agent_name(desk),
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
    mentions.note(desk, conversation_id, note.id, text)
    return note.id


def _by_itself(desk: Desk, conversation_id: ConversationId) -> str:
    """The kind of automatic answer that a hook's is. Raises `CommandError` where a program may
    not answer."""
    from omnitui.desk.mail.auto_answers import Refused, may_answer

    kind = f"hook:{desk.hook.split()[-1]}"
    allowed = may_answer(desk, conversation_id, kind=kind)
    if isinstance(allowed, Refused):
        raise CommandError(_("No automatic answer is sent: {why}").format(why=allowed.why))
    return kind


def unfilled(text: str) -> tuple[str, ...]:
    """Names of the variables still standing in a text as `{{ name }}`."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def _not_among(flight: Preflight, shown: Collection[str]) -> list[str]:
    seen = {identities.normalise(flight.channel, address) for address in shown}
    return [
        person.address
        for person in flight.recipients
        if identities.normalise(flight.channel, person.address) not in seen
    ]


def _unconfirmed(flight: Preflight, confirmed: bool | Collection[str]) -> list[str]:
    if isinstance(confirmed, bool):
        return [] if confirmed else list(flight.new_recipients)
    meant = {identities.normalise(flight.channel, address) for address in confirmed}
    return [
        address
        for address in flight.new_recipients
        if identities.normalise(flight.channel, address) not in meant
    ]


def _stop_if_unseen(desk: Desk, history: Sequence[Message], seen: MessageId) -> None:
    """A customer's message, or another agent's reply or note, that came after the last one seen.

    Raises `NotFound` for a number that no message has: nobody can have seen it.
    """
    if seen and all(message.id < seen for message in history):
        messages.get(desk.db, seen)
    for message in reversed(history):
        if message.id <= seen:
            continue
        if message.direction == "note":
            if message.author_address != desk.agent and message.state != "cancelled":
                raise colleagues.wrote(desk, message)
            continue
        mine = message.details.get("agent") == desk.agent  # a call that they noted themselves, too
        if mine or (message.direction == "out" and message.state == "cancelled"):
            continue
        if message.direction == "out":
            raise colleagues.wrote(desk, message)
        raise NewMessageArrived(message.id, message.author or message.author_address)


def check_files(account: Account, files: Sequence[Path | str]) -> int:
    """Bytes of all files together. Raises `BadFile` where one is not there, or the account's
    channel would not take them."""
    able = capabilities(account)
    if files and not able.files:
        raise BadFile(_("{channel} takes no files.").format(channel=channel_first(account.channel)))
    total = 0
    for path in (Path(file).expanduser() for file in files):
        if not path.is_file():
            raise BadFile(_("There is no file {path}.").format(path=path))
        size = path.stat().st_size
        if able.each_file_limit is not None and size > able.each_file_limit:
            raise BadFile(
                _("{name} has {size:.1f} MB, this channel takes {limit:.1f} MB a file.").format(
                    name=path.name,
                    size=Number(size / 1e6),
                    limit=Number(able.each_file_limit / 1e6),
                )
            )
        total += size
    if able.file_limit is not None and total > able.file_limit:
        raise BadFile(
            _("The files have {size:.1f} MB together, this channel takes {limit:.1f} MB.").format(
                size=Number(total / 1e6), limit=Number(able.file_limit / 1e6)
            )
        )
    return total


def _attach(desk: Desk, account: Account, files: Sequence[Path | str]) -> list[NewAttachment]:
    paths = [places.whole(desk.config.access, file) for file in files]
    if paths:
        require_allowed(desk, "attach")
    for path in paths:
        places.check(desk.config.access, path)
    check_files(account, paths)
    blobs = for_database(desk.db)
    found: list[NewAttachment] = []
    for path in paths:
        try:
            with places.to_read(desk.config.access, path) as opened:
                digest = blobs.put(desk.db, opened)
                size = opened.stat().st_size
        except OSError as error:
            raise BadFile(
                _("{path} cannot be read: {why}.").format(path=path, why=error.strerror)
            ) from error
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        found.append(NewAttachment(path.name, kind, size, digest))
    return found


def _undo_delay(desk: Desk, flight: Preflight) -> int:
    """Seconds. Who sits in the chat waits for every one of them."""
    settings = desk.config.desk
    for person in flight.recipients[:1]:
        visit = visits.get(desk.db, flight.account.id, person.address)
        if visit is not None and visit.online:
            return min(settings.undo_send, settings.undo_send_there)
    return settings.undo_send


def _details(
    desk: Desk, conversation: Conversation, flight: Preflight, parent: Message | None
) -> dict[str, object]:
    details: dict[str, object] = {
        "sender": flight.sender.name,
        "to": [{"address": a.address, "name": a.name} for a in flight.to],
        "status_before": conversation.status,
    }
    if desk.hook:
        details["hook"] = desk.hook
    if conversation.snoozed_until:
        details["snoozed_before"] = conversation.snoozed_until
    if flight.cc:
        details["cc"] = [{"address": a.address, "name": a.name} for a in flight.cc]
    if flight.bcc:
        details["bcc"] = [{"address": a.address, "name": a.name} for a in flight.bcc]
    if flight.chat:
        details["chat"] = flight.chat
    if flight.answers is not None:
        details |= answering.details_of(flight.answers)
    if flight.silent:
        details["silent"] = True
    # A chat goes on; what its replies refer to, a reader sees only where one was chosen.
    if parent is not None and not flight.chat:
        details |= thread_headers.of_answer(parent)
    return details

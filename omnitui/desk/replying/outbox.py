"""What becomes of messages on their way out: the engine's side, and the agent's.

Whatever happens, a message goes out at most once without somebody deciding so: surely not
taken is tried again, surely refused is `failed`, anything in between is `unknown`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from config.i18n import _, ngettext
from connectors.contract import Address as ChannelAddress
from connectors.contract import (
    AuthFailed,
    Blocked,
    CertificateInvalid,
    ChannelError,
    Deferred,
    File,
    Misconfigured,
    Outgoing,
    Quote,
    Sent,
)
from omnitui.desk import follow_ups, journal, one_time_codes, transcripts
from omnitui.desk.chats import health, marks
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.mail import quoting
from omnitui.desk.replying import answering, reply_token
from omnitui.desk.replying.recipients import people
from omnitui.desk.replying.resending import to_the_refused
from omnitui.desk.replying.taken_back import put_back, restore_status
from omnitui.desk.state_names import state_name
from omnitui.desk.statuses import change_status
from store import conversations, message_keys, messages
from store import outbox as store_outbox
from store.blobs import for_database
from store.model import (
    Address,
    ConversationId,
    Message,
    MessageId,
    Millis,
    OutboxEntry,
)

DELAYS = (30, 60, 120, 300, 600, 1800)
"""Seconds between tries; the last one repeats."""
SLOW_DELAYS = (120, 300, 900, 1800)
"""The same while the account itself does not work: hammering a login gets it locked."""
_REFUSED_BEFORE = "refused_before_unknown"
"""In the details of a message of unknown fate: whom the server refused before it fell silent."""
LONGEST_WAIT = 4 * 3600.0
"""Seconds that a server may put a message off at a time."""
TRIES = 5
"""At least so many, whatever the clock says: the machine may have slept, or been set."""
GIVE_UP = 24 * 3600
"""Seconds after the first try."""


class NotCancellable(CommandError):
    """It has left already, or is leaving."""


def outgoing(desk: Desk, entry: OutboxEntry) -> Outgoing:
    """The message of an outbox entry as its connector takes it."""
    message = messages.get(desk.db, entry.message_id)
    details = message.details
    answered = details.get("answers")
    text, quote = _as_it_leaves(desk, message)
    to, cc, bcc = people(details, "to"), people(details, "cc"), people(details, "bcc")
    return Outgoing(
        key=entry.key,
        account=entry.account,
        to=_people(to or ([] if cc or bcc else message.recipients)),
        text=text,
        cc=_people(cc),
        bcc=_people(bcc),
        sender=ChannelAddress(message.author_address, str(details.get("sender", message.author))),
        author=message.author,
        subject=message.subject,
        in_reply_to=str(details.get("in_reply_to", "")),
        references=tuple(str(r) for r in details.get("references", ())),
        reply_token=reply_token.token_of(entry.key),
        signature=message.signature,
        quote=quote,
        envelope=entry.recipients,
        chat=str(details.get("chat", "")),
        files=_files(desk, message),
        answers=answering.key_of(desk, answered, entry.account_id) if answered else "",
        silent=bool(details.get("silent")),
        parts=tuple(details.get("parts", ())),
        automatic=bool(details.get("automatic")),
        created_at=message.sent_at,
        first_attempt_at=entry.first_attempt_at,
    )


def _as_it_leaves(desk: Desk, message: Message) -> tuple[str, Quote | None]:
    """The text, and what stands under it. Of some mails the store has neither. Raises
    `NotFound` when one is not to leave any more."""
    if message.details.get("code"):
        return one_time_codes.filled(desk, message), None
    if message.details.get("transcript"):
        return message.text, transcripts.chat_in(desk, message)
    return message.text, quoting.from_text(message.quoted)


def settle(desk: Desk, entry: OutboxEntry, result: Sent | ChannelError) -> None:
    """Write down how a send ended. `entry` is as it was claimed, or newer."""
    if isinstance(result, Sent):
        _sent(desk, entry, result)
    elif result.maybe_sent:
        _unknown(desk, entry, str(result), getattr(result, "refused", {}))
    elif isinstance(result, (AuthFailed, CertificateInvalid, Misconfigured)):
        # The account's trouble, not the message's: it waits, visibly, until that is mended.
        _retry(desk, entry, result, _delay(SLOW_DELAYS, entry.attempts))
    elif not result.retry:
        _failed(desk, entry, str(result))
        if isinstance(result, Blocked):
            for address in entry.recipients[:1]:
                health.blocked(desk, entry.channel, address, entry.account)
    elif _tried_for(desk, entry) >= GIVE_UP * 1000 and entry.attempts >= TRIES:
        _failed(
            desk,
            entry,
            _("Not sent within 24 hours, given up. {reason}").format(reason=str(result)),
        )
    else:
        told = result.retry_after if isinstance(result, Deferred) else None
        usual = _delay(DELAYS, entry.attempts)
        _retry(desk, entry, result, usual if told is None else min(max(told, 1.0), LONGEST_WAIT))


def part_out(desk: Desk, message_id: MessageId, part: str) -> None:
    """A part of a message is out, others are not yet: a later try goes on after it, and what
    customers say to it is about this message."""
    entry = store_outbox.get(desk.db, message_id)
    parts = list(messages.get(desk.db, message_id).details.get("parts", ()))
    if part not in parts:
        messages.add_details(desk.db, message_id, {"parts": [*parts, part]})
    message_keys.alias(desk.db, entry.account_id, [(part, message_id)])


def recover(desk: Desk) -> list[OutboxEntry]:
    """At the start of an engine: what was being sent when the last one died is `unknown`."""
    found = store_outbox.sending(desk.db)
    for entry in found:
        _unknown(desk, entry, _("The engine stopped while this message was being sent."))
    one_time_codes.withdraw_overdue(desk)
    return found


def doubt(desk: Desk) -> list[OutboxEntry]:
    """A backup was put back: what was queued in it and is due by now may have gone out since, so it
    is `unknown`. What is to go later keeps its time. Inside a transaction."""
    found = store_outbox.due(desk.db, desk.now(), limit=-1)
    for entry in found:
        # Claimed as for its sending: it is looked for under the key under which it would have gone.
        store_outbox.claim(desk.db, entry.message_id, desk.now())
        claimed = reply_token.signed(desk, entry)
        _unknown(desk, claimed, _("It was queued in the backup and may have gone out since."))
    return found


def proven(desk: Desk, message_id: MessageId, external_id: str) -> None:
    """A message of unknown fate was found to have gone out."""
    parts = messages.get(desk.db, message_id).details.get("parts", ())
    first = parts[0] if parts else external_id
    _sent(desk, store_outbox.get(desk.db, message_id), Sent(first))


def cancel(desk: Desk, message_id: MessageId, *, why: str = "cancelled") -> ConversationId:
    """Take a queued message back: its text becomes the draft of the agent who wrote it, and
    the conversation's status is what it was. Raises `NotCancellable`, `NotFound`."""
    entry = store_outbox.get(desk.db, message_id)
    if entry.state == "queued" and (said := _parts_out(desk, message_id)):
        raise NotCancellable(
            _("Too late: {said} Stop the rest with “outbox failed {id}”.").format(
                said=said, id=message_id
            )
        )
    if not store_outbox.cancel(desk.db, message_id):
        raise NotCancellable(_too_late(entry.state))
    message = messages.get(desk.db, message_id)
    put_back(desk, entry, message)
    follow_ups.withdrawn(desk, message)
    journal.record(
        desk,
        "message.cancelled",
        customer=message.customer_id,
        conversation=message.conversation_id,
        message=message_id,
        why=why,
    )
    restore_status(desk, message)
    return message.conversation_id


def cancel_on_inbound(desk: Desk, conversation_id: ConversationId) -> None:
    """The customer wrote first: replies that were to wait for this go back to the draft."""
    for message_id in store_outbox.cancel_on_inbound(desk.db, conversation_id):
        cancel(desk, message_id, why="customer-wrote")
        messages.add_details(desk.db, message_id, {"held_back": True})


def retry(desk: Desk, message_id: MessageId) -> MessageId:
    """An agent decides to send a failed or unknown message once more, a waiting one now, or
    one that some recipients were refused to those alone. The message that goes out now.

    Raises `NotFound`, `StateError`, `CommandError`.
    """
    entry = store_outbox.get(desk.db, message_id)
    if entry.state == "sent" and messages.get(desk.db, message_id).details.get("refused"):
        again = to_the_refused(desk, message_id)
        _tell(desk, "message.requeued", store_outbox.get(desk.db, again), before="refused")
        return again
    if entry.state == "queued":
        store_outbox.set_due(desk.db, message_id, desk.now())
    else:
        store_outbox.requeue(desk.db, message_id, desk.now())
    _tell(desk, "message.requeued", entry, before=entry.state)
    return message_id


def reject(desk: Desk, message_id: MessageId) -> None:
    """An agent decides that a message of unknown fate did not go out, or that what is left of
    one that is partly out shall not.

    Raises `NotFound`, `StateError`, `CommandError`.
    """
    entry = store_outbox.get(desk.db, message_id)
    if entry.state == "queued":
        if not _parts_out(desk, message_id):
            raise CommandError(
                _("It has not left yet: take it back with “outbox cancel {id}”.").format(
                    id=message_id
                )
            )
        _failed(desk, entry, _("{agent} stopped it.").format(agent=desk.agent))
        return
    if entry.state != "unknown":
        raise CommandError(_too_late(entry.state))
    _failed(desk, entry, _("{agent} found that it was not sent.").format(agent=desk.agent))


def stop(desk: Desk, message_id: MessageId, why: str) -> None:
    """What waits is not sent, for a reason that agents have to know: a sentence."""
    _failed(desk, store_outbox.get(desk.db, message_id), why)


def _sent(desk: Desk, entry: OutboxEntry, sent: Sent) -> None:
    now = desk.now()
    if entry.state == "unknown" and not sent.refused:
        # A proof that it went out does not tell who was refused before.
        before = messages.get(desk.db, entry.message_id).details.get(_REFUSED_BEFORE)
        sent = replace(sent, refused=dict(before or {}))
    _keep_parts(desk, entry, sent)
    store_outbox.settle_sent(desk.db, entry.message_id, sent.external_id, now, dict(sent.refused))
    _tell(desk, "message.sent", entry)
    marks.sent(desk, entry)
    follow_ups.watch(desk, entry)
    if not sent.refused:
        return
    _tell(desk, "message.refused", entry, refused=dict(sent.refused))
    meant = {a.address for a in people(messages.get(desk.db, entry.message_id).details, "to")}
    if meant & set(sent.refused):
        # Those in copy have it, the one it was written to has not.
        _ours_again(desk, entry.conversation_id)


def _failed(desk: Desk, entry: OutboxEntry, sentence: str) -> None:
    """Said loudly: the conversation is ours again."""
    sentence = _with_parts(desk, entry, sentence)
    store_outbox.settle_failed(desk.db, entry.message_id, sentence)
    _tell(desk, "message.failed", entry, reason=sentence)
    one_time_codes.not_delivered(desk, messages.get(desk.db, entry.message_id))
    _ours_again(desk, entry.conversation_id)


def _ours_again(desk: Desk, conversation_id: ConversationId) -> None:
    conversation = conversations.get(desk.db, conversation_id)
    if conversation.status in ("pending", "closed"):
        change_status(desk, conversation.id, conversation.status, "open", why="not-sent")


def _unknown(
    desk: Desk, entry: OutboxEntry, why: str, refused: Mapping[str, str] = MappingProxyType({})
) -> None:
    why = _with_parts(desk, entry, why)
    store_outbox.settle_unknown(desk.db, entry.message_id, why)
    messages.add_details(desk.db, entry.message_id, {"unknown_at": desk.now()})
    if refused or _REFUSED_BEFORE in messages.get(desk.db, entry.message_id).details:
        messages.add_details(desk.db, entry.message_id, {_REFUSED_BEFORE: dict(refused)})
    _tell(desk, "message.unknown", entry, reason=why)


def _retry(desk: Desk, entry: OutboxEntry, error: ChannelError, seconds: float) -> None:
    when = desk.now() + round(max(seconds, 0) * 1000)
    reason = _with_parts(desk, entry, str(error))
    store_outbox.retry_at(desk.db, entry.message_id, when, reason)
    _tell(desk, "message.retrying", entry, reason=reason, until=when)


def _keep_parts(desk: Desk, entry: OutboxEntry, sent: Sent) -> None:
    """The ids of all parts of what is out, where it is several."""
    told = messages.get(desk.db, entry.message_id).details.get("parts", ())
    parts = list(sent.parts or told)
    if len(parts) > 1:
        messages.add_details(desk.db, entry.message_id, {"parts": parts})
        named = [(part, entry.message_id) for part in parts]
        message_keys.alias(desk.db, entry.account_id, named)
    elif told:
        messages.add_details(desk.db, entry.message_id, {}, without=("parts",))


def _with_parts(desk: Desk, entry: OutboxEntry, sentence: str) -> str:
    """Said with what became of a message: the customer has some of it."""
    return " ".join(filter(None, (sentence, _parts_out(desk, entry.message_id))))


def _parts_out(desk: Desk, message_id: MessageId) -> str:
    out = len(messages.get(desk.db, message_id).details.get("parts", ()))
    if not out:
        return ""
    return ngettext(
        "Its first part is out already.", "Its first {n} parts are out already.", out
    ).format(n=out)


def _delay(delays: Sequence[int], attempts: int) -> float:
    """Growing, with jitter, so that many messages do not come back at once."""
    return delays[min(max(attempts, 1), len(delays)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311


def _tried_for(desk: Desk, entry: OutboxEntry) -> Millis:
    return desk.now() - (entry.first_attempt_at or desk.now())


def _tell(desk: Desk, kind: str, entry: OutboxEntry, **data: Any) -> None:
    journal.record(
        desk,
        kind,
        conversation=entry.conversation_id,
        message=entry.message_id,
        account=entry.account,
        **data,
    )


def _too_late(state: str) -> str:
    if state == "sending":
        return _("Too late: it is being sent this moment.")
    if state == "sent":
        return _("Too late: it has been sent.")
    return _("It is not waiting to be sent any more ({state}).").format(state=state_name(state))


def _people(found: Sequence[Address]) -> tuple[ChannelAddress, ...]:
    return tuple(ChannelAddress(a.address, a.name) for a in found)


def _files(desk: Desk, message: Message) -> tuple[File, ...]:
    """Large files stay on disk. Raises `NotFound`, `StoreDamaged`."""
    blobs = for_database(desk.db)
    return tuple(
        File(
            file.name,
            file.type,
            blobs.held(desk.db, file.blob),
            file.inline,
            file.content_id,
        )
        for file in message.attachments
    )

"""Changing and taking back what was sent, where a channel can do that.

The message shows what the customer sees: its new text is there when the channel has it, not
before. Until then `details["alteration"]` tells what is on its way, or why it failed.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from config.i18n import _
from connectors.contract import (
    AuthFailed,
    CertificateInvalid,
    ChannelError,
    Deferred,
    Misconfigured,
    Outgoing,
)
from omnitui.desk import follow_ups, journal
from omnitui.desk.channel import capabilities
from omnitui.desk.channel_names import channel_first
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.replying import outbox
from omnitui.desk.replying.reply import unfilled
from omnitui.desk.replying.reply_stops import EmptyReply, TooLong, UnfilledVariable
from omnitui.desk.together.taking_back import TakenSince
from store import accounts, alterations, messages
from store import outbox as store_outbox
from store.alterations import Alteration, AlterationId, Kind
from store.errors import NotFound
from store.model import Account, Message, MessageId

DELAYS = (5, 30, 60, 300, 900, 1800)
"""Seconds between tries; the last one repeats."""
GIVE_UP = 24 * 3600
"""Seconds after which a change that was never taken is given up."""
_MARK = "alteration"


class NotAlterable(CommandError):
    """This message cannot be changed, or not any more; nothing was done."""


def queue(desk: Desk, message_id: MessageId, kind: Kind, text: str = "") -> Alteration:
    """Have a sent message edited (to `text`) or deleted at the channel. A deletion waits as
    long as a reply does before it leaves, so that it can be taken back.

    Raises `NotAlterable`, `ReplyStopped`, `NotFound`.
    """
    message = messages.get(desk.db, message_id)
    if why := why_not(desk, message, kind):
        raise NotAlterable(why)
    account = _account(desk, message)
    if kind == "edit":
        _check_text(message, _text_to_be(desk, message), text, account)
    else:
        for earlier in alterations.of_message(desk.db, message_id):
            if earlier.state == "queued":
                alterations.settle(desk.db, earlier.id, "cancelled")
    now = desk.now()
    wait = round(desk.config.desk.undo_send * 1000) if kind == "delete" else 0
    queued = alterations.queue(
        desk.db,
        message_id,
        account.id,
        kind,
        text if kind == "edit" else "",
        agent=desk.agent,
        at=now,
        due_at=now + wait,
    )
    _show(desk, message_id)
    _tell(desk, "message.changing", queued)
    return queued


def why_not(desk: Desk, message: Message, kind: Kind) -> str:
    """Why a message cannot be edited or deleted now, one sentence; empty when it can."""
    if message.direction == "note":
        return _("Notes are not changed: write another one.")
    try:
        store_outbox.get(desk.db, message.id)
    except NotFound:
        if message.direction == "in":
            return _("Only what was sent from here can be changed, not what the customer wrote.")
        return _("It was not sent from here: change it where it was written.")
    if early := _not_out(message):
        return early
    if message.details.get("deleted_at"):
        return _("It has been deleted already.")
    try:
        account = _account(desk, message)
    except NotFound:
        return _("Its account is not there any more.")
    able, called = capabilities(account), channel_first(account.channel)
    if not (able.edit if kind == "edit" else able.delete):
        if kind == "edit":
            return _("{channel} cannot change what was sent.").format(channel=called)
        return _("{channel} cannot take back what was sent.").format(channel=called)
    if desk.config.accounts and account.name not in desk.config.accounts:
        return _("The account “{name}” is not in config.toml any more.").format(name=account.name)
    pending = [a for a in alterations.of_message(desk.db, message.id) if a.state == "queued"]
    if any(a.kind == "delete" for a in pending):
        return _("It is being deleted already.")
    sent_at = int(message.details.get("sent_at") or message.sent_at)
    window = able.delete_window if kind == "delete" else None
    if window is not None and desk.now() > sent_at + window * 1000:
        return _("{channel} lets a message be deleted for {n} hours only.").format(
            channel=called, n=window // 3600
        )
    return ""


def cancel(desk: Desk, message_id: MessageId) -> int:
    """Take back changes of a message that have not left, and forget what failed; how many.

    One that is at the channel this moment may still be made. Raises `CommandError`.
    """
    open_ones = [
        a for a in alterations.of_message(desk.db, message_id) if a.state in ("queued", "failed")
    ]
    if not open_ones:
        raise CommandError(_("No change of message {id} waits.").format(id=message_id))
    for one in open_ones:
        alterations.settle(desk.db, one.id, "cancelled")
        _tell(desk, "message.kept", one, why="cancelled")
    _show(desk, message_id)
    return len(open_ones)


def undo(desk: Desk, alteration_id: AlterationId) -> bool:
    """Take one change back: one that has not left is cancelled; an edit that was made is edited
    back (False then). Raises `CommandError`, `NotFound`, `TakenSince` where a colleague has
    changed the text once more."""
    change = alterations.get(desk.db, alteration_id)
    if change.state in ("queued", "failed"):
        alterations.settle(desk.db, change.id, "cancelled")
        _tell(desk, "message.kept", change, why="cancelled")
        _show(desk, change.message_id)
        return True
    if change.state == "cancelled":
        raise CommandError(_("That change was taken back already."))
    if change.kind == "delete":
        raise CommandError(_("It has been deleted already: send it again."))
    for later in _edits(desk, change.message_id):
        if later.id > change.id and later.agent != desk.agent:
            raise TakenSince.by(later.agent)
    message = messages.get(desk.db, change.message_id)
    for edit in message.details.get("edits", ()):
        if edit.get("alteration") == change.id:
            queue(desk, message.id, "edit", str(edit["text"]))
            return False
    raise CommandError(_("The text before that change is not known."))


def stands(desk: Desk, message: Message) -> tuple[str, str]:
    """Who has changed a sent message last, and what it says when everything queued is done."""
    made = _edits(desk, message.id)
    return made[-1].agent if made else message.author, _text_to_be(desk, message)


def _edits(desk: Desk, message_id: MessageId) -> list[Alteration]:
    """Those that a message's text has, or will have, come from, in their order."""
    of_message = alterations.of_message(desk.db, message_id)
    return [one for one in of_message if one.kind == "edit" and one.state in ("queued", "done")]


def retry(desk: Desk, message_id: MessageId) -> None:
    """Try a message's last change again, or now. Raises `CommandError`."""
    found = alterations.of_message(desk.db, message_id)
    if not found or found[-1].state not in ("queued", "failed"):
        raise CommandError(_("No change of message {id} waits.").format(id=message_id))
    for one in found:
        if one.state == "queued" or one is found[-1]:
            alterations.requeue(desk.db, one.id, desk.now())
    _show(desk, message_id)
    _tell(desk, "message.changing", found[-1])


def outgoing(desk: Desk, change: Alteration) -> tuple[Outgoing, tuple[str, ...]]:
    """What a connector needs for a change: the message with its new text, and its parts' ids."""
    message = messages.get(desk.db, change.message_id)
    composed = outbox.outgoing(desk, store_outbox.get(desk.db, change.message_id))
    parts = tuple(message.details.get("parts", ())) or (message.external_id,)
    if change.kind == "edit":
        composed = replace(composed, text=change.text)
    return composed, parts


def settle(desk: Desk, alteration_id: AlterationId, error: ChannelError | None) -> None:
    """Write down how a change ended. One that was taken back meanwhile and was made all the
    same is told as made: that is what the customer sees."""
    change = alterations.get(desk.db, alteration_id)
    if error is None:
        alterations.settle(desk.db, change.id, "done")
        _made(desk, change)
    elif change.state != "queued":
        return
    elif _is_final(error) or _is_too_old(desk, change):
        alterations.settle(desk.db, change.id, "failed", str(error))
        _tell(desk, "message.kept", change, why="refused", reason=str(error))
    else:
        when = desk.now() + round(_wait(error, change.attempts) * 1000)
        alterations.later(desk.db, change.id, when, str(error))
        _tell(desk, "message.changing", change, reason=str(error), until=when)
    _show(desk, change.message_id)


def _made(desk: Desk, change: Alteration) -> None:
    now = desk.now()
    follow_ups.changed(desk, change.message_id)
    if change.kind == "edit":
        messages.edit(
            desk.db, change.message_id, change.text, now, agent=change.agent, alteration=change.id
        )
        _tell(desk, "message.edited", change)
        return
    messages.add_details(
        desk.db, change.message_id, {"deleted_at": now, "deleted_by": change.agent}
    )
    _tell(desk, "message.deleted", change)


def _show(desk: Desk, message_id: MessageId) -> None:
    """What is on its way, or failed last, where screens see it with the message."""
    open_ones = [
        a for a in alterations.of_message(desk.db, message_id) if a.state in ("queued", "failed")
    ]
    last = alterations.of_message(desk.db, message_id)[-1:]
    waiting = [a for a in open_ones if a.state == "queued"]
    shown = (waiting or [a for a in open_ones if a in last])[-1:]
    if not shown:
        messages.add_details(desk.db, message_id, {}, without=(_MARK,))
        return
    mark = {
        "id": shown[0].id,
        "kind": shown[0].kind,
        "state": shown[0].state,
        "error": shown[0].error,
        "text": shown[0].text,
        "agent": shown[0].agent,
    }
    messages.add_details(desk.db, message_id, {_MARK: mark})


def _account(desk: Desk, message: Message) -> Account:
    if message.account_id is None:
        raise NotFound(_("Its account is not there any more."))
    return accounts.get(desk.db, message.account_id)


def _not_out(message: Message) -> str:
    """Why a message that is not `sent` cannot be changed."""
    if message.state == "queued" and not message.details.get("parts"):
        return _(
            "It has not left yet: take it back (outbox cancel {id}), change it and send it."
        ).format(id=message.id)
    if message.state in ("queued", "sending"):
        return _("It is being sent this moment: try again when it is out.")
    if message.state == "unknown":
        return _(
            "Nobody knows whether it went out: say so first"
            " (outbox sent {id} or outbox failed {id})."
        ).format(id=message.id)
    if message.state in ("failed", "cancelled"):
        return _("The customer never got it.")
    return ""


def _text_to_be(desk: Desk, message: Message) -> str:
    """The text when everything queued is done."""
    text = message.text
    for earlier in alterations.of_message(desk.db, message.id):
        if earlier.state == "queued" and earlier.kind == "edit":
            text = earlier.text
    return text


def _check_text(message: Message, before: str, text: str, account: Account) -> None:
    if not text.strip() and not message.attachments:
        raise EmptyReply
    if text.strip() == before.strip():
        raise NotAlterable(_("That is what it says already."))
    if names := unfilled(text):
        raise UnfilledVariable(names)
    limit = capabilities(account).text_limit
    if limit is not None and len(text) > limit:
        raise TooLong(len(text), limit)


def _is_final(error: ChannelError) -> bool:
    """Doing a change once more does no harm, so an unknown outcome is no reason to stop; nor is
    the account's own trouble."""
    trouble = isinstance(error, (AuthFailed, CertificateInvalid, Misconfigured))
    return not (error.retry or error.maybe_sent or trouble)


def _is_too_old(desk: Desk, change: Alteration) -> bool:
    return change.attempts > 0 and desk.now() - change.created_at >= GIVE_UP * 1000


def _wait(error: ChannelError, attempts: int) -> float:
    if isinstance(error, Deferred) and error.retry_after is not None:
        return min(max(error.retry_after, 0.05), outbox.LONGEST_WAIT)
    return DELAYS[min(attempts, len(DELAYS) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311


def _tell(desk: Desk, kind: str, change: Alteration, **data: Any) -> None:
    message = messages.get(desk.db, change.message_id)
    journal.record(
        desk,
        kind,
        actor=change.agent,
        customer=message.customer_id,
        conversation=message.conversation_id,
        message=message.id,
        account=change.account,
        change=change.kind,
        **data,
    )

"""A message that some of its recipients were refused, once more for those alone."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk import on_its_way
from omnitui.desk.addresses import domain_of
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.replying import reply_token
from store import messages, outbox
from store.model import Message, MessageId, NewAttachment


def refused_still(desk: Desk, message: Message) -> tuple[str, ...]:
    """Whom a sent message did not reach at the server, unless it was sent to them again."""
    refused = tuple(message.details.get("refused", ()))
    again = message.details.get("resent")
    if again is not None and messages.get(desk.db, MessageId(again)).state != "cancelled":
        return ()
    return refused


def to_the_refused(desk: Desk, message_id: MessageId) -> MessageId:
    """The same mail as a message of its own, to those who did not get it: whatever becomes of
    it, the others cannot get theirs twice. Its number.

    Raises `CommandError` when that was done before, `NotFound`."""
    first = messages.get(desk.db, message_id)
    refused = refused_still(desk, first)
    if not refused:
        raise CommandError(
            _("It was sent to them again, as message {id}.").format(id=first.details["resent"])
        )
    entry = outbox.get(desk.db, message_id)
    key = reply_token.message_id(desk, first.conversation_id, domain_of(first.author_address))
    now = desk.now()
    kept = ("sender", "to", "cc", "bcc", "in_reply_to", "references", "chat")
    again = on_its_way.put(
        desk,
        first.conversation_id,
        first.customer_id,
        first.text,
        channel=first.channel,
        account_id=entry.account_id,
        key=key,
        author=first.author,
        author_address=first.author_address,
        recipients=[a for a in first.recipients if a.address in refused],
        subject=first.subject,
        quoted=first.quoted,
        signature=first.signature,
        details={
            "resent_from": message_id,
            **{name: first.details[name] for name in kept if name in first.details},
        },
        attachments=[
            NewAttachment(f.name, f.type, f.size, f.blob, f.inline, f.content_id)
            for f in first.attachments
        ],
        at=now,
        due_at=now,
        to=refused,
    )
    messages.add_details(desk.db, message_id, {"resent": again})
    return again

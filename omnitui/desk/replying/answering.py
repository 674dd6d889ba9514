"""The one message that a reply visibly answers, in chats that show it."""

from __future__ import annotations

from typing import Any

from config.i18n import _
from omnitui.desk.channel import capabilities
from omnitui.desk.channel_names import channel_first, channel_name
from omnitui.desk.context import Desk
from store import messages
from store.errors import NotFound
from store.model import Account, AccountId, Delivery, Message, MessageId

SHOWN = 200
"""Characters of the answered message that are kept with the answer."""


def why_not(account: Account, message: Message) -> str:
    """Why a reply over `account` cannot visibly answer a message, a sentence; empty: it can."""
    if not capabilities(account).answers:
        return _("{channel} does not show which message a reply answers.").format(
            channel=channel_first(account.channel)
        )
    if message.direction == "note" or not message.external_id:
        return _("Message {id} is known to nobody but us: answer another one.").format(
            id=message.id
        )
    if message.account_id != account.id:
        return _(
            "Message {id} came over {other}, the reply goes over {account}: answer another one."
        ).format(
            id=message.id,
            other=message.account or channel_name(message.channel),
            account=account.name,
        )
    if message.state not in ("received", "sent"):
        return _("Message {id} is not at the customer's: answer another one.").format(id=message.id)
    if message.details.get("deleted_at"):
        return _("Message {id} has been deleted: answer another one.").format(id=message.id)
    return ""


def chosen(desk: Desk, account: Account, delivery: Delivery) -> tuple[Message | None, str]:
    """The message that the agent chose to answer; or None, and why not when one was chosen."""
    if delivery.answers is None:
        return None, ""
    try:
        message = messages.get(desk.db, delivery.answers)
    except NotFound as error:
        return None, str(error)
    why = why_not(account, message)
    return (None, why) if why else (message, "")


def details_of(message: Message) -> dict[str, Any]:
    """What an answer keeps of the message it answers, as inbound messages do."""
    return {
        "answers": message.id,
        "reply_to": {
            "key": message.external_id,
            "author": message.author or message.author_address,
            "text": message.text[:SHOWN],
            "ours": message.direction == "out",
        },
    }


def key_of(desk: Desk, message_id: MessageId, account_id: AccountId) -> str:
    """What an account's channel knows the answered message by; "" when it cannot be answered
    any more: the answer goes out all the same."""
    try:
        message = messages.get(desk.db, message_id)
    except NotFound:
        return ""
    gone = message.account_id != account_id or message.details.get("deleted_at")
    return "" if gone else message.external_id

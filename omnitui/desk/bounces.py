"""Mail that could not be delivered: tied to the message it is about, and said loudly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.i18n import _
from connectors.contract import Bounce, Inbound
from omnitui.desk import journal
from omnitui.desk.context import Desk
from store import identities, messages
from store.message_keys import KnownMessage
from store.model import Account, Message


def original(
    account: Account, inbound: Inbound, known: Mapping[str, Sequence[KnownMessage]]
) -> KnownMessage | None:
    """The message of ours that a bounce is about, if this account sent it."""
    if inbound.bounce is None:
        return None
    for message in known.get(inbound.bounce.original_message_id, ()):
        if message.direction == "out" and message.account_id == account.id:
            return message
    return None


def mark(desk: Desk, account: Account, bounce: Bounce, failed: KnownMessage) -> None:
    """Note the failure on the message and on the address.

    Anybody who got our mail can write a bounce about it, so only an address that the message
    was sent to is believed to be dead.
    """
    message = messages.get(desk.db, failed.id)
    recipient = identities.normalise(account.channel, bounce.recipient)
    sent_to = [identities.normalise(account.channel, a.address) for a in message.recipients]
    if recipient and recipient not in sent_to:
        return
    reason = _short(bounce.reason) or bounce.status
    who = bounce.recipient or ", ".join(a.address for a in message.recipients)
    # What the screen says at the message: by address, the last word on it.
    told = {"action": bounce.action, "reason": reason, "status": bounce.status}
    returned = {**message.details.get("returned", {}), who: told}
    messages.add_details(desk.db, message.id, {"returned": returned})
    if bounce.action != "failed":
        _tell(desk, "message.delayed", message, who, reason, bounce)
        return
    sentence = _("Not delivered to {who}: {reason}").format(who=who, reason=reason or "?")
    first = not recipient or not sent_to or recipient == sent_to[0]
    if first and message.state in ("sent", "unknown"):
        messages.set_state(desk.db, message.id, "failed", error=sentence)
    elif message.state == "sent":
        messages.set_state(desk.db, message.id, "sent", error=sentence)
    dead = identities.find(desk.db, account.channel, bounce.recipient) if recipient else None
    if dead is not None:
        identities.flag(desk.db, dead.id, _("bounced: {reason}").format(reason=reason or "?"))
        journal.record(
            desk,
            "identity.flagged",
            customer=dead.customer_id,
            channel=dead.channel,
            address=dead.address,
            reason=reason,
            hard=bounce.hard,
        )
    _tell(desk, "message.bounced", message, who, reason, bounce)


def _tell(desk: Desk, kind: str, message: Message, who: str, reason: str, bounce: Bounce) -> None:
    journal.record(
        desk,
        kind,
        customer=message.customer_id,
        conversation=message.conversation_id,
        message=message.id,
        recipient=who,
        reason=reason,
        status=bounce.status,
        hard=bounce.hard,
    )


def _short(reason: str) -> str:
    return " ".join(reason.split())[:300]

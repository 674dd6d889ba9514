"""Mail that a colleague forwarded: its first sender is the one to answer, an agent willing.

What a forwarded mail says of its sender is typed text: it is offered, never believed.
"""

from __future__ import annotations

from typing import Any

from config.i18n import _
from connectors.contract import Inbound
from omnitui.desk import journal
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.persons.colleagues import is_colleague
from omnitui.desk.persons.identity import display_name
from store import conversations, customers, identities, messages
from store.model import ConversationId, CustomerId, Message, MessageId


def forwarded_facts(desk: Desk, own: OwnAddresses, inbound: Inbound) -> dict[str, Any] | None:
    """What is kept with a message that forwards another one; `offered` when a colleague did,
    so that the first sender is likely to be the customer."""
    found = inbound.forwarded
    if found is None or inbound.direction == "out" or not found.sender.address.strip():
        return None
    if ("email", found.sender.address) in own:
        return None
    return {
        "address": found.sender.address,
        "name": found.sender.name,
        "sent_at": found.sent_at,
        "subject": found.subject,
        "offered": is_colleague(desk, own, inbound.sender.address),
    }


def give(desk: Desk, conversation_id: ConversationId, customer_id: CustomerId) -> CustomerId:
    """Make a conversation another customer's; whose it was. Raises `NotFound`."""
    customer_id = customers.get(desk.db, customers.current(desk.db, customer_id)).id
    before = conversations.get(desk.db, conversation_id).customer_id
    conversations.give(desk.db, conversation_id, customer_id)
    for customer in (before, customer_id):
        journal.record(
            desk,
            "conversation.given",
            customer=customer,
            conversation=conversation_id,
            before=before,
            now=customer_id,
        )
    return before


def first_sender(
    desk: Desk, conversation_id: ConversationId, message_id: MessageId | None = None
) -> CustomerId:
    """The customer who wrote what was forwarded in a conversation, made when they are new.

    Of several the newest, unless `message_id` says which. Raises `CommandError`.
    """
    message = _forward(desk, conversation_id, message_id)
    told = message.details["forwarded"]
    address, name = str(told["address"]), display_name(str(told.get("name", "")))
    known = identities.find(desk.db, "email", address)
    if known is not None:
        return known.customer_id
    customer_id = customers.create(desk.db, name=name, at=desk.now())
    journal.record(desk, "customer.created", customer=customer_id, name=name)
    identities.add(desk.db, customer_id, "email", address, name=name, at=desk.now())
    return customer_id


def _forward(desk: Desk, conversation_id: ConversationId, message_id: MessageId | None) -> Message:
    for message in reversed(messages.of_conversation(desk.db, conversation_id)):
        if message_id in (None, message.id) and message.details.get("forwarded"):
            return message
    if message_id is None:
        raise CommandError(_("No message of this conversation forwards a mail."))
    raise CommandError(_("Message {id} forwards no mail here.").format(id=message_id))

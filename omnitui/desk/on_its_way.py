"""A new message on its way out: kept in its conversation, and in the outbox with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omnitui.desk.context import Desk
from store import messages, outbox
from store.model import (
    AccountId,
    Address,
    ConversationId,
    CustomerId,
    MessageId,
    Millis,
    NewAttachment,
    NewMessage,
)


def put(
    desk: Desk,
    conversation_id: ConversationId,
    customer_id: CustomerId,
    text: str,
    *,
    channel: str,
    account_id: AccountId,
    key: str,
    author: str,
    author_address: str,
    recipients: Sequence[Address],
    subject: str,
    details: Mapping[str, Any],
    quoted: str = "",
    signature: str = "",
    attachments: Sequence[NewAttachment] = (),
    at: Millis,
    due_at: Millis,
    to: Sequence[str] | None = None,
    cancel_on_inbound: bool = False,
) -> MessageId:
    """Its number. What becomes of it is told in `omnitui.desk.replying.outbox`.

    Args:
        key: what proves later that it went: a mail's Message-ID.
        details: beside the agent.
        at: when it was written; `due_at`: before when it does not go.
        to: addresses that it goes to, where those are not its recipients'.
    """
    made = messages.insert(
        desk.db,
        NewMessage(
            conversation_id=conversation_id,
            customer_id=customer_id,
            channel=channel,
            direction="out",
            state="queued",
            text=text,
            sent_at=at,
            arrived_at=at,
            account_id=account_id,
            external_id=key,
            author=author,
            author_address=author_address,
            recipients=recipients,
            subject=subject,
            quoted=quoted,
            signature=signature,
            details={"agent": desk.agent, **details},
            attachments=attachments,
        ),
    )
    outbox.enqueue(
        desk.db,
        made.id,
        account_id,
        key,
        tuple(person.address for person in recipients) if to is None else to,
        agent=desk.agent,
        due_at=due_at,
        cancel_on_inbound=cancel_on_inbound,
    )
    return made.id

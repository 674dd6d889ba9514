"""Mail that the desk writes by itself in the company's name, such as a one-time code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omnitui.desk import journal, on_its_way
from omnitui.desk.context import Desk
from store.model import (
    Account,
    Address,
    ConversationId,
    CustomerId,
    MessageId,
    Millis,
)


@dataclass(frozen=True, slots=True)
class CompanyMail:
    """`automatic` is the kind of it, as `details["automatic"]` has it; `key` its Message-ID."""

    automatic: str
    customer_id: CustomerId
    conversation_id: ConversationId
    to: Address
    key: str
    subject: str
    text: str
    details: dict[str, Any]


def queue(
    desk: Desk, mailbox: Account, mail: CompanyMail, *, company: str, due_at: Millis
) -> MessageId:
    """Put it into the outbox of `mailbox`; `company` is who writes where that has no name."""
    sender, now = mailbox.display_name or company, desk.now()
    made = on_its_way.put(
        desk,
        mail.conversation_id,
        mail.customer_id,
        mail.text,
        channel=mailbox.channel,
        account_id=mailbox.id,
        key=mail.key,
        author=sender,
        author_address=mailbox.address,
        recipients=(mail.to,),
        subject=mail.subject,
        details={
            "sender": sender,
            "to": [{"address": mail.to.address, "name": mail.to.name}],
            "automatic": mail.automatic,
            **mail.details,
        },
        at=now,
        due_at=due_at,
    )
    journal.record(
        desk,
        "message.queued",
        customer=mail.customer_id,
        conversation=mail.conversation_id,
        message=made,
        account=mailbox.name,
        automatic=mail.automatic,
    )
    return made

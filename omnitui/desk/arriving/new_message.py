"""An arrived message as the store keeps it: texts, people, files, and the channel's own facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from connectors.contract import Address as ChannelAddress
from connectors.contract import File, Inbound, Remote
from store.blobs import FILE_SIZE, Blobs, Packed
from store.driver import Connection
from store.model import (
    Account,
    Address,
    ConversationId,
    CustomerId,
    Millis,
    NewAttachment,
    NewMessage,
)


@dataclass(frozen=True, slots=True)
class Filing:
    """Where raw mails and attachments go, inside the caller's transaction."""

    db: Connection
    blobs: Blobs

    def raw(self, inbound: Inbound) -> str:
        if (ready := inbound.deflated) is not None and ready.size < FILE_SIZE:
            packed = Packed(ready.sha256, ready.size, "zlib", ready.data)
            return self.blobs.put(self.db, packed)
        return self.blobs.put(self.db, inbound.raw) if inbound.raw is not None else ""

    def attach(self, file: File) -> NewAttachment:
        content = file.content
        if isinstance(content, Remote):
            return NewAttachment(
                name=file.name,
                type=file.type,
                size=content.size or 0,
                blob="",
                inline=file.inline,
                content_id=file.content_id,
                reference=content.reference,
                problem=content.refusal,
            )
        return NewAttachment(
            name=file.name,
            type=file.type,
            size=content.stat().st_size if isinstance(content, Path) else len(content),
            blob=self.blobs.put(self.db, content),
            inline=file.inline,
            content_id=file.content_id,
        )


def new_message(
    account: Account,
    inbound: Inbound,
    filing: Filing,
    *,
    conversation_id: ConversationId,
    customer_id: CustomerId,
    author: ChannelAddress,
    arrived_at: Millis,
    defects: Sequence[str] = (),
    placed: str = "",
    forwarded: Mapping[str, Any] | None = None,
) -> NewMessage:
    """What to insert. Keeps the files' and the raw mail's contents on the way."""
    outward = inbound.direction == "out"
    return NewMessage(
        conversation_id=conversation_id,
        customer_id=customer_id,
        channel=account.channel,
        direction=inbound.direction,
        state="sent" if outward else "received",
        text=inbound.text,
        sent_at=arrived_at if inbound.sent_at is None else inbound.sent_at,
        arrived_at=arrived_at,
        account_id=account.id,
        external_id=inbound.message_key,
        content_hash=inbound.content_hash,
        thread_index=inbound.thread_index,
        author=inbound.author or _shown(author),
        author_address=author.address,
        recipients=[Address(a.address, a.name) for a in (*inbound.to, *inbound.cc)],
        subject=inbound.subject,
        quoted=inbound.quoted,
        signature=inbound.signature,
        raw=filing.raw(inbound),
        details=_details(inbound, defects, placed, forwarded),
        attachments=[filing.attach(file) for file in inbound.files],
    )


def _shown(author: ChannelAddress) -> str:
    """A name that is an address would be taken for the one the mail is from."""
    return author.name if author.name and "@" not in author.name else author.address


def subject_of(inbound: Inbound) -> str:
    """One line; chats have none."""
    return " ".join(inbound.subject.split())[:500]


def _details(
    inbound: Inbound, defects: Sequence[str], placed: str, forwarded: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The channel's own facts, as JSON; empty ones left out."""
    details: dict[str, Any] = dict(inbound.details)
    people = {"to": inbound.to, "cc": inbound.cc, "reply_to": inbound.reply_to}
    for name, addresses in people.items():
        if addresses:
            details[name] = [{"address": a.address, "name": a.name} for a in addresses]
    if inbound.direction == "in":
        details["from"] = {"address": inbound.sender.address, "name": inbound.sender.name}
    facts = {
        "in_reply_to": inbound.in_reply_to,
        "references": list(inbound.references),
        "chat": inbound.chat,
        "answer_until": inbound.answer_until,
        "proofs": list(inbound.proofs),
        "auto_reply": asdict(inbound.auto_reply) if inbound.auto_reply else None,
        "bounce": asdict(inbound.bounce) if inbound.bounce else None,
        "further_bounces": [asdict(each) for each in inbound.further_bounces],
        "defects": list(dict.fromkeys(defects)),
        "placed": placed,
        "forwarded": dict(forwarded) if forwarded else None,
    }
    details.update({name: value for name, value in facts.items() if value})
    return details

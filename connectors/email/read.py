"""One raw mail understood: bytes in, `Inbound` out, whatever the bytes are."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from email import message_from_bytes
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from connectors.contract import Address, Inbound


def read_mail(
    raw: bytes | Path,
    *,
    external_id: str = "",
    arrived_at: int | None = None,
    history: bool = False,
    own_addresses: Collection[str] = frozenset(),
    trusted_authserv: str = "",
) -> Inbound:
    """What a mail says. Never raises for any bytes; what was odd is in `defects`."""
    data = raw if isinstance(raw, bytes) else raw.read_bytes()
    message = message_from_bytes(data)

    def people(name: str) -> list[Address]:
        return [
            Address(address, shown)
            for shown, address in getaddresses([str(v) for v in message.get_all(name, [])])
            if address
        ]

    sent_at: int | None
    try:
        sent_at = int(parsedate_to_datetime(str(message["date"])).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        sent_at = None
    text = ""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                text = payload.decode("utf-8", "replace").replace("\r\n", "\n").strip("\n")
            break
    key = str(message["message-id"] or "").strip().strip("<>")
    digest = hashlib.sha256(data.partition(b"\r\n\r\n")[2]).hexdigest()
    senders = people("from")
    return Inbound(
        external_id=external_id,
        message_key=key or f"{digest}@synthesised",
        content_hash=digest,
        sender=senders[0] if senders else Address(""),
        text=text,
        arrived_at=arrived_at if arrived_at is not None else sent_at or int(time.time() * 1000),
        sent_at=sent_at,
        subject=str(message["subject"] or ""),
        to=people("to"),
        cc=people("cc"),
        reply_to=people("reply-to"),
        in_reply_to=str(message["in-reply-to"] or "").strip().strip("<>"),
        references=[i.strip("<>") for i in str(message["references"] or "").split()],
        history=history,
        raw=raw,
    )

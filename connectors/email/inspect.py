"""What omnitui makes of a raw mail, as the JSON of `omnitui inspect`."""

from __future__ import annotations

from typing import Any

from connectors.email.read import read_mail


def inspect(raw: bytes) -> dict[str, Any]:
    """Never fails; unknown is None."""
    mail = read_mail(raw)
    return {"message_id": mail.message_key, "subject": mail.subject, "text": mail.text}

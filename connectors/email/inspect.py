"""What omnitui makes of a raw mail, as the JSON object of `omnitui inspect`.

The keys are a contract with scripts. What the mail does not say is None, never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.contract import Address, Bounce, Inbound
from connectors.email.mime.dates import rfc3339
from connectors.email.mime.files import sizes
from connectors.email.read import read_mail


def inspect(raw: bytes) -> dict[str, Any]:
    """Read a mail and describe it; touches nothing and fails on no bytes.

    Should reading fail all the same, everything is unknown and the defect says why: a
    script that walks an archive must get its line for every file."""
    try:
        return _described(read_mail(raw))
    except Exception as error:
        empty = _described(read_mail(b""))
        return {**empty, "defects": [f"could not be understood: {type(error).__name__}: {error}"]}


def _described(mail: Inbound) -> dict[str, Any]:
    unnamed = set(mail.details.get("unnamed_files", ()))
    return {
        "message_id": None if "message_id_missing" in mail.details else mail.message_key,
        "in_reply_to": mail.in_reply_to or None,
        "references": list(mail.references),
        "date": rfc3339(mail.sent_at),
        "subject": mail.subject or None,
        "from": _person(mail.sender),
        "reply_to": _people(mail.reply_to),
        "to": _people(mail.to),
        "cc": _people(mail.cc),
        "text": mail.text,
        "quoted": mail.quoted,
        "signature": mail.signature or None,
        "attachments": [
            {
                "name": None if index in unnamed else file.name,
                "type": file.type,
                "size": size,
                "inline": file.inline,
                "content_id": file.content_id or None,
            }
            for index, (file, size) in enumerate(zip(mail.files, sizes(mail.files), strict=True))
        ],
        "auto_reply": mail.auto_reply
        and {
            "kind": mail.auto_reply.kind,
            "evidence": mail.auto_reply.evidence,
            "report": mail.auto_reply.report or None,
        },
        "bounce": mail.bounce and _failure(mail.bounce),
        "further_bounces": [_failure(each) for each in mail.further_bounces],
        "forwarded": mail.forwarded
        and {
            "from": _person(mail.forwarded.sender),
            "date": rfc3339(mail.forwarded.sent_at),
            "subject": mail.forwarded.subject or None,
        },
        "defects": list(mail.defects),
    }


def _failure(bounce: Bounce) -> dict[str, Any]:
    return {
        "recipient": bounce.recipient or None,
        "action": bounce.action or None,
        "status": bounce.status or None,
        "reason": bounce.reason or None,
        "original_message_id": bounce.original_message_id or None,
        "hard": bounce.hard,
        "cause": bounce.cause or None,
    }


def _person(person: Address) -> dict[str, str | None] | None:
    if not person.address and not person.name:
        return None
    return {"name": person.name or None, "address": person.address or None}


def _people(people: Sequence[Address]) -> list[dict[str, str | None]]:
    return [each for person in people if (each := _person(person)) is not None]

"""The parts of a delivery report that are meant for programs (RFC 3464, RFC 6533).

Also the same facts as JSON, the way Amazon SES tells them (directly or inside an SNS notice).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from connectors.email.mime import charset, words
from connectors.email.mime.headers import Headers, read_headers
from connectors.email.mime.parts import Part

MAX_REPORT = 256 << 10
MAX_RECIPIENTS = 200

ADDRESS = (
    r"[^\s\x00-\x1f<>()\[\]\\,;:@\"\x7f\u3000-\u30ff\u4e00-\u9fff]{1,64}@"
    r"[A-Za-z0-9\u00c0-\u04ff.-]{1,250}[A-Za-z0-9\u00c0-\u04ff]"
)
"""Written in any script; what may stand in front of it is up to who looks for it."""
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
FIELDS = re.compile(r"^(?:Final|Original)-Recipient\s*:", re.I | re.M)

_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED = frozenset({
    "message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers",
    "message/global-headers", "text/rfc822-header", "text/rfc822",
})  # fmt: skip
_XTEXT = re.compile(r"\+([0-9A-F]{2})")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a report says of one recipient."""

    address: str
    alias: str = ""
    """The address as the sender gave it, where another one was meant in the end."""
    action: str = ""
    status: str = ""
    diagnostic: str = ""
    reporter: str = ""
    """The Reporting-MTA."""


def report_parts(root: Part) -> tuple[Part | None, Part | None]:
    """The delivery-status part and the returned message, wherever they stand."""
    report = returned = None
    if root.children:
        for part in root.walk():
            if part.type in _REPORTS:
                report = report or part
            elif part.type in _RETURNED:
                returned = returned or part
    return report, returned


def failures(content: bytes) -> list[Failure]:
    """Per-recipient fields of RFC 3464 §2.3; groups are parted by empty lines."""
    found: list[Failure] = []
    lines = content[:MAX_REPORT].replace(b"\r\n", b"\n").strip()
    reporter = ""
    for block in re.split(rb"\n(?:[ \t]*\n)+", lines)[:MAX_RECIPIENTS]:
        headers, _, _ = read_headers(block + b"\n\n", 0, len(block) + 2)
        reporter = reporter or _typed(headers, "reporting-mta")[:200]
        if not any(name in headers for name in ("final-recipient", "original-recipient", "action")):
            continue
        final, actual = (
            _address(headers, "final-recipient"),
            _address(headers, "x-actual-recipient"),
        )
        original = _address(headers, "original-recipient")
        address = final or original or actual
        action = headers.token("action").strip("., ")
        status = STATUS.search(headers.text("status"))
        if not address and found and not found[-1].action:
            # An empty line in the middle of a group.
            address, original = found[-1].address, found[-1].alias
            found.pop()
        found.append(
            Failure(
                address=address,
                alias=original if original.lower() != address.lower() else "",
                action="failed" if action in ("fail", "failure", "error") else action,
                status=status.group(1) if status else "",
                diagnostic=_typed(headers, "diagnostic-code"),
                reporter=reporter,
            )
        )
    return found


def envelope_id(content: bytes) -> str:
    """Original-Envelope-Id (RFC 3464 §2.2.1): the id that was given with the mail when it was
    handed over. Ours is the Message-ID (see smtp_reports); anything else is not believed."""
    block = content[:MAX_REPORT].replace(b"\r\n", b"\n").strip().partition(b"\n\n")[0] + b"\n\n"
    headers, _, _ = read_headers(block, 0, len(block))
    given = _XTEXT.sub(
        lambda each: chr(int(each.group(1), 16)), headers.text("original-envelope-id").strip()
    )
    return given if re.fullmatch(r"omnitui\.[^\s<>@]+@[^\s<>@]+", given) else ""


def _address(headers: Headers, name: str) -> str:
    """The address of a field; RFC 3461 §4 writes odd characters as `+2B`."""
    value = _typed(headers, name)
    if not value:
        return ""
    match = re.search(ADDRESS, value)
    if match is None:
        return ""
    found = match.group()
    if name == "original-recipient" and _XTEXT.search(found):
        found = _XTEXT.sub(lambda each: chr(int(each.group(1), 16)), found)
    return found


def _typed(headers: Headers, name: str) -> str:
    """The value after `rfc822;`, `smtp;` and the like."""
    value = headers.raw(name)
    if not value:
        return ""
    text = charset.decode(value, "iso-2022-jp")[0] if b"\x1b" in value else words.text(value)
    kind, semicolon, rest = text.partition(";")
    return rest.strip() if semicolon and re.fullmatch(r"[\w.-]{1,30}", kind.strip()) else text


def ses_notice(text: str) -> tuple[list[Failure], str] | None:
    """Recipients and the Message-ID of an Amazon SES bounce notice; None for anything else.

    https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html"""
    if '"Bounce' not in text and "Bounce\\" not in text:
        return None
    notice = _object(text)
    if isinstance(notice.get("Message"), str):
        notice = _object(notice["Message"].replace("!\n ", ""))
    bounce = notice.get("bounce")
    if "Bounce" not in (notice.get("notificationType"), notice.get("eventType")):
        return None
    if not isinstance(bounce, dict):
        return None
    recipients = bounce.get("bouncedRecipients")
    found = [
        Failure(
            address=str(each.get("emailAddress", "")).strip("<> "),
            action=str(each.get("action", "") or "failed"),
            status=str(each.get("status", "")),
            diagnostic=str(each.get("diagnosticCode", "")).removeprefix("smtp; "),
        )
        for each in (recipients if isinstance(recipients, list) else [])[:MAX_RECIPIENTS]
        if isinstance(each, dict)
    ]
    if not found:
        return None
    return found, _noticed_id(notice)


def _object(text: str) -> dict[str, Any]:
    start = text.find("{")
    if start < 0 or start > 2_000:
        return {}
    # Relays fold long lines; a break inside a string is no JSON.
    lines = re.sub(r"!?\r?\n ?", "", text[start : start + MAX_REPORT])
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(lines)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _noticed_id(notice: dict[str, Any]) -> str:
    mail = notice.get("mail")
    if not isinstance(mail, dict):
        return ""
    headers = mail.get("headers")
    for each in headers if isinstance(headers, list) else []:
        if isinstance(each, dict) and str(each.get("name", "")).lower() == "message-id":
            return str(each.get("value", "")).strip().strip("<>")[:1_000]
    return ""

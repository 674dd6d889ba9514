"""Reports that are no bounces: somebody read our mail, or called it spam.

RFC 8098 (read receipts), RFC 5965 and 6591 (abuse and authentication reports), and the ones
that have lost their form on the way.
"""

from __future__ import annotations

import re
from typing import Any

from connectors.contract import AutoReply
from connectors.email.ids import read_id
from connectors.email.mime.headers import read_headers
from connectors.email.mime.parts import Part
from connectors.email.reports.automatic_words import ABUSE_TEXT, RECEIPT_SUBJECT
from connectors.email.reports.delivery_report import ADDRESS, failures, report_parts

_READ = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_ABUSE = frozenset({"message/feedback-report", "message/abuse-report"})
_RECEIPT_BODY = re.compile(
    r"was (?:read|displayed|opened|deleted)|has been (?:read|opened|displayed)|read on|was viewed"
    r"|прочита|открыт|відкрит|przeczytan|odczytan|gelesen|angezeigt|lu le|été (?:lu|affiché"
    r"|ouvert)|leído|letto|lida"
    r"|gelezen|läst|læst|lest|luettu|přečten|prečítan|elolvas|citit|okun|διαβάστηκε|開封|已读"
    r"|已讀|읽",
    re.I,
)


def report(root: Part, subject: str, text: str) -> tuple[AutoReply, dict[str, Any]] | None:
    """A read receipt, an abuse report or a report of a delivery that went well; with what it
    says of our mail: `{"message_id": …, "recipient": …}`, for the details."""
    kind = root.parameters.get("report-type", "").lower()
    for part in root.walk() if root.children else ():
        if part.type in _READ:
            fields = _fields(part)
            return AutoReply("auto", "disposition-notification", "read-receipt"), fields
        if part.type in _ABUSE:
            return AutoReply("auto", "feedback-report", "abuse"), {
                **_returned(root),
                **_fields(part),
            }
    if kind in ("disposition-notification", "feedback-report"):
        name: Any = "read-receipt" if kind[0] == "d" else "abuse"
        return AutoReply("auto", f"report-type={kind}", name), _returned(root)
    if ABUSE_TEXT.match(text) or (
        # Hotmail's junk mail reporting: the mail, attached, and a subject.
        subject.lower().startswith("complaint about message from") and _returned(root)
    ):
        return AutoReply("auto", "abuse report", "abuse"), _returned(root)
    if RECEIPT_SUBJECT.match(subject) and len(text) < 1_500 and _RECEIPT_BODY.search(text):
        headers = root.headers
        answers = "in-reply-to" in headers or "references" in headers
        marked = "auto-submitted" in headers or "x-ms-exchange-inbox-rules-loop" in headers
        if marked or answers:
            return (
                AutoReply("auto", f"Subject: {subject[:60]}", "read-receipt"),
                {"message_id": read_id(headers.raw("in-reply-to"))},
            )
    if root.type == "multipart/report" and (sent := report_parts(root)[0]) is not None:
        done = [each for each in failures(sent.content()[0]) if each.action]
        if done:
            return AutoReply("auto", f"Action: {done[0].action}"), {
                **_returned(root),
                "recipient": done[0].address,
            }
    return None


def _fields(part: Part) -> dict[str, Any]:
    content, _ = part.content()
    headers, _, _ = read_headers(content.strip() + b"\n\n", 0, len(content) + 2)
    found: dict[str, Any] = {}
    message_id = read_id(headers.raw("original-message-id"))
    if message_id:
        found["message_id"] = message_id
    for name in ("original-rcpt-to", "final-recipient", "removal-recipient", "original-recipient"):
        address = re.search(ADDRESS, headers.text(name))
        if address:
            found["recipient"] = address.group()
            break
    for name in ("disposition", "feedback-type"):
        if name in headers:
            found[name.replace("-", "_")] = headers.text(name)[:100]
    return found


def _returned(root: Part) -> dict[str, Any]:
    """What the mail that the report encloses says of itself."""
    returned = report_parts(root)[1]
    if returned is None:
        return {}
    content, _ = returned.content()
    headers, _, _ = read_headers(content, 0, len(content))
    found: dict[str, Any] = {}
    if message_id := read_id(headers.raw("message-id")):
        found["message_id"] = message_id
    if address := re.search(ADDRESS, headers.text("to")):
        found["recipient"] = address.group()
    return found

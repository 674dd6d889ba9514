"""Delivery failures: RFC 3464 reports, and the free texts of servers that write none.

The report's own fields win; the words fill what it leaves open. `hard` is true only when
the address itself is dead, false when the words or the code say that it is not, and None
when nobody says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.contract import Address, Bounce
from connectors.email import charset, words
from connectors.email.dead_address import is_dead
from connectors.email.headers import Headers, read_headers
from connectors.email.ids import read_id
from connectors.email.parts import Part

MAX_TEXT = 64 << 10
MAX_REASON = 500

_DAEMON = re.compile(
    r"(?:mailer[-_.]?daemon|post-?master|mail\.?delivery|maildelivery|bounces?|mdaemon|mailadmin"
    r"|mmdf|uucp|root|no-?reply|mailsystem|mail-daemon|system)(?:[-_.+=][^@]*)?(?:@|\Z)",
    re.I,
)
_DAEMON_NAME = re.compile(
    r"mail delivery (?:sub)?system|mail system|postmaster|system administrator|mailer.daemon"
    r"|delivery (?:status|subsystem)|mail administrator|internet mail delivery",
    re.I,
)
_SUBJECT = re.compile(
    r"undeliver|failure delivery|delivery (?:status notification|failure|failed|has failed"
    r"|problem|report|delayed)"
    r"|mail delivery (?:failed|failure|problem|system|subsystem)|returned mail|failure notice"
    r"|(?:mail|message|email) (?:could )?(?:not )?(?:be )?(?:delivery|delivered|undeliver)"
    r"|delivery (?:error|notification|incomplete|warning)|returned to sender|non ?delivery"
    r"|mail (?:system )?error|mail failure|nondeliver|unable to deliver|couldn't be delivered"
    r"|user unknown|warning: could not send|warning: message .{1,40} delayed|could not send message"
    r"|не (?:доставлено|может быть доставлено|удалось доставить)|недоставлен|ошибка доставки"
    r"|не доставлено|помилка доставки|сообщение не доставлено|не вдалося доставити"
    r"|niedostarczon|nie można dostarczyć|nie dostarczono|zwrot (?:wiadomości|poczty)"
    r"|unzustellbar|zustellung (?:fehlgeschlagen|nicht)|nicht zugestellt|non remis"
    r"|échec de (?:la )?remise"
    r"|no se (?:puede|pudo) entregar|no entregado|impossibile recapitare|mancato recapito"
    r"|não entregue"
    r"|onbestelbaar|kan inte levereras|kunne ikke leveres",
    re.I,
)
_BODY = re.compile(
    r"this (?:message|report) was (?:automatically )?(?:created|generated)"
    r"|qmail-send program|mail delivery (?:software|system)|could not be delivered"
    r"|(?:was|were|been) (?:un)?(?:able to )?(?:not )?deliver|did not reach the following recipient"
    r"|following address(?:es)? (?:had|failed|could)|following recipients?"
    r"|delivery to the following"
    r"|permanent (?:fatal )?(?:error|failure|delivery)|(?:unable|attempting|failed) to deliver"
    r"|delivery errors?|undeliver|not delivered to"
    r"|returned to sender"
    r"|не может быть доставлено|не було доставлено|не удалось доставить|user unknown|unknown user"
    r"|address(?:es)? (?:was |were )?not found|mailbox (?:is )?(?:full|unavailable)",
    re.I,
)
_ADDRESS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,250}[A-Za-z0-9-]"
_RECIPIENT = [
    re.compile(pattern, re.I | re.M)
    for pattern in (
        rf"^(?:final-recipient|original-recipient)\s*:\s*(?:rfc822\s*;)?\s*<?({_ADDRESS})>?",
        rf"^\s*<({_ADDRESS})>\s*(?:\(.*\))?\s*:",
        rf"^[\s>]*[-*•]?\s*<?({_ADDRESS})>?\s*(?:$|\.\.\.|[:;,(\[<]|\s-|\s+on )",
        rf"RCPT TO:\s*<({_ADDRESS})>",
        rf"(?:delivered? to|deliver to|not delivered to|not reach|recipients?(?: address)?|address"
        rf"(?:es)?|failed(?: permanently)?|to)\s*(?:\(s\))?\s*[:=]\s*<?({_ADDRESS})>?",
        rf"(?:delivered? to|send to|for|user|mailbox|account|recipient|получателя?м?|адрес[ау]?)\s+"
        rf"[<\"'(]?({_ADDRESS})[>\"')]?",
        rf"^\d{{3}} [\d.]* ?<?({_ADDRESS})>?\.\.\.",
        rf"<({_ADDRESS})>",
        rf"({_ADDRESS})",
    )
]
_COPY = re.compile(
    r"^[ \t>*]*(?:-{2,}[ \t]*[^\n]{0,30}?(?:original|returned|unsent|undelivered|copy of"
    r"|header)[^\n]*"
    r"|(?:below|this|here|the following|included|attached)[^\n]{0,20}? (?:is|are) (?:a|the)"
    r" (?:copy|headers?|original|first)[^\n]*"
    r"|(?:the )?(?:unsent|returned|undelivered|original) (?:message|mail)(?: headers?)?"
    r"(?: reads?| follows?)*\s*:?|message header[^\n]{0,30}:?|received message follows[^\n]*"
    r"|копия[^\n]{0,60}|transcript of the original[^\n]*)[ \t]*$",
    re.I | re.M,
)
_FIELDS = re.compile(r"^Final-Recipient\s*:", re.I | re.M)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?:[ -]|$)(?!\d)")
_SAID = re.compile(
    r"said:|error from|because|reason|diagnostic|refused|rejected|failed|unknown|not (?:found"
    r"|exist)"
    r"|quota|full|denied|blocked|timed? ?out|unrouteable|unable|no such|disabled|invalid|expired"
    r"|sorry|<<<|\b[45]\d\d[ -]",
    re.I,
)
_NOTHING_FAILED = ("delivered", "relayed", "expanded")


@dataclass(frozen=True, slots=True)
class _Recipient:
    address: str
    action: str
    status: str
    diagnostic: str


def bounce(root: Part, text: str, subject: str, sender: Address) -> Bounce | None:
    """What failed, when this mail reports a failed or delayed delivery; else None.

    A report that all went well (action `delivered`, `relayed`) is no bounce."""
    report, original = _report_parts(root)
    if report is None and not _may_be_one(root, sender):
        return None
    copied = _COPY.search(text)
    words_said = text[: copied.start()] if copied else text
    words_said = words_said[:MAX_TEXT]
    if report is None and not _looks_like_one(root, words_said, subject, sender):
        return None
    recipients: list[_Recipient] = []
    if report is not None:
        recipients = _recipients(report.content()[0])
    elif _FIELDS.search(text):
        # A report whose parts came as one text.
        start = _FIELDS.search(text)
        recipients = _recipients(text[start.start() if start else 0 :][:MAX_TEXT].encode())
    if recipients and all(each.action in _NOTHING_FAILED for each in recipients):
        return None
    if report is not None and not recipients and root.parameters.get("report-type", "") not in (
        "", "delivery-status",
    ):  # fmt: skip
        return None
    chosen = min(
        recipients,
        key=lambda each: (each.action != "failed", each.action != "delayed", not each.status),
        default=_Recipient("", "", "", ""),
    )
    own = _own_addresses(root.headers)
    address = chosen.address or _failed_header(root.headers) or _named(words_said, own)
    explained = chosen.diagnostic or _explanation(words_said, address)
    status = _better_status(chosen.status, explained, words_said)
    action = chosen.action or ("delayed" if _is_delay(status, subject, words_said) else "failed")
    hard = is_dead(status, explained, action)
    if hard is None:
        hard = is_dead(status, words_said, action)
    return Bounce(
        recipient=address,
        action=action,
        status=status,
        reason=_one_line(explained)[:MAX_REASON],
        original_message_id=_original_id(original, text, copied.end() if copied else -1),
        hard=hard,
    )


def _report_parts(root: Part) -> tuple[Part | None, Part | None]:
    """The delivery-status part and the returned message, wherever they stand."""
    report = original = None
    if not root.children:
        return None, None
    for part in root.walk():
        if part.type in ("message/delivery-status", "message/global-delivery-status"):
            report = report or part
        elif part.type in (
            "message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers",
            "message/global-headers", "text/rfc822-header",
        ):  # fmt: skip
            original = original or part
    return report, original


def _may_be_one(root: Part, sender: Address) -> bool:
    """Cheap: no customer's mail gets past this, so none pays for what follows."""
    return (
        "x-failed-recipients" in root.headers
        or root.type == "multipart/report"
        or root.headers.raw("return-path").strip() == b"<>"
        or not sender.address
        or _DAEMON.match(sender.address) is not None
        or _DAEMON_NAME.search(sender.name) is not None
    )


def _looks_like_one(root: Part, text: str, subject: str, sender: Address) -> bool:
    headers = root.headers
    if "x-failed-recipients" in headers:
        return True
    if root.type == "multipart/report" and root.parameters.get("report-type") == "delivery-status":
        return True
    if subject[:3].lower() == "re:":
        return False
    by_subject = _SUBJECT.search(subject) is not None
    by_body = _BODY.search(text[:6000]) is not None
    # Only a server writes as the mailer daemon, or with an empty return path.
    server = (
        headers.raw("return-path").strip() == b"<>"
        or re.match(r"mailer-daemon|po+stmaster", sender.address or sender.name, re.I) is not None
    )
    return (by_subject and by_body) or (server and (by_subject or by_body))


def _recipients(content: bytes) -> list[_Recipient]:
    """Per-recipient fields of RFC 3464 §2.3; groups are parted by empty lines."""
    found: list[_Recipient] = []
    blocks = re.split(rb"\n[ \t]*\n", content[:MAX_TEXT].replace(b"\r\n", b"\n").strip())
    for block in blocks[:200]:
        headers, _, _ = read_headers(block + b"\n\n", 0, len(block) + 2)
        if not any(name in headers for name in ("final-recipient", "original-recipient", "action")):
            continue
        address = ""
        for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
            address = _typed(headers, name).strip("<> ")
            if "@" in address:
                break
        status = _STATUS.search(headers.text("status"))
        found.append(
            _Recipient(
                address=address,
                action=headers.token("action").strip("., "),
                status=status.group(1) if status else "",
                diagnostic=_typed(headers, "diagnostic-code"),
            )
        )
    return found


def _typed(headers: Headers, name: str) -> str:
    """The value after `rfc822;`, `smtp;` and the like."""
    value = headers.raw(name)
    if not value:
        return ""
    text = charset.decode(value, "iso-2022-jp")[0] if b"\x1b" in value else words.text(value)
    kind, semicolon, rest = text.partition(";")
    return rest.strip() if semicolon and re.fullmatch(r"[\w.-]{1,30}", kind.strip()) else text


def _failed_header(headers: Headers) -> str:
    found = re.search(_ADDRESS, headers.text("x-failed-recipients"))
    return found.group() if found else ""


def _own_addresses(headers: Headers) -> set[str]:
    """Who the report is about is neither who wrote it nor who gets it."""
    found: set[str] = set()
    for name in ("from", "to", "delivered-to", "x-original-to"):
        found |= {each.lower() for each in re.findall(_ADDRESS, headers.text(name))}
    return found


def _named(text: str, own: set[str]) -> str:
    for pattern in _RECIPIENT:
        for match in pattern.finditer(text):
            address = match.group(1).rstrip(".")
            low = address.lower()
            if low in own or re.match(r"mailer-daemon|postmaster|abuse", low):
                continue
            if re.search(r"<?\S*@\S*>?", text[max(0, match.start(1) - 12) : match.start(1)]):
                continue
            if re.search(r"(?:MAIL FROM|message-id):?\s*<?\Z", text[: match.start(1)][-20:], re.I):
                continue
            return address
    return ""


def _explanation(text: str, address: str) -> str:
    """The lines that say why, near the failed address."""
    lines = [line.strip() for line in text.splitlines()]
    start = next((i for i, line in enumerate(lines) if address and address in line), 0)
    near = lines[start : start + 12]
    told = [line for line in near if line and _SAID.search(line)]
    if not told:
        told = [line for line in lines if line and _SAID.search(line)][:2]
    if not told:
        told = [line for line in near if line and line.strip("<>: ") != address][:2]
    return " ".join(told[:3])


def _better_status(declared: str, *texts: str) -> str:
    """Servers put 5.0.0 or another class into the report and the real code into the words."""
    if declared and not declared.endswith((".0.0", ".0")):
        return declared
    for text in texts:
        for match in _STATUS.finditer(text):
            code = match.group(1)
            if not code.endswith(".0.0") and (not declared or code[0] == declared[0]):
                return code
    if declared:
        return declared
    for text in texts:
        found = _STATUS.search(text)
        if found:
            return found.group(1)
    return ""


def _is_delay(status: str, subject: str, text: str) -> bool:
    if status:
        return status[0] == "4" and not re.search(r"giv(?:en|ing) up|expired|too long", text, re.I)
    return (
        re.search(
            r"\bdelayed\b|warning: could not send|will (?:continue|keep) (?:to )?(?:try|retry)",
            f"{subject}\n{text[:3000]}",
            re.I,
        )
        is not None
    )


def _original_id(original: Part | None, text: str, copied: int) -> str:
    if original is not None:
        content, _ = original.content()
        headers, _, _ = read_headers(content, 0, len(content))
        found = read_id(headers.raw("message-id"))
        if found:
            return found
    match = re.search(r"^[>\s]*message-id:\s*<([^<>\s]+)>", text[max(copied, 0) :], re.I | re.M)
    return match.group(1) if match else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())

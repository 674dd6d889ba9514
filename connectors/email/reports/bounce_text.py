"""Reports written for people: who was not reached, and what the server said about it.

There is no form, only habits: an address opens a paragraph of its own (Postfix, qmail, Exim,
Sendmail, OpenSMTPD, Courier), or a sentence names it (Exchange, Gmail, webmail). The reasons
stand behind it or in a transcript below.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from connectors.email.reports.delivery_report import ADDRESS, STATUS, Failure

MAX_TEXT = 64 << 10
MAX_REASON = 500
_MAX_ADDRESSES = 100

_COPY = re.compile(
    r"^[ \t>*]*(?:-{2,}[ \t]*[^\n]{0,30}?(?:original|returned|unsent|undelivered|copy of"
    r"|header|message follows|received message|enclosed is)[^\n]*"
    r"|(?:below|this|here|the following|included|attached|enclosed)[^\n]{0,20}? (?:is|are) (?:a"
    r"|the)"
    r" (?:copy|headers?|original|first|message|returned)[^\n]*"
    r"|(?:the )?(?:unsent|returned|undelivered|original) (?:message|mail)(?: headers?)?"
    r"(?: reads?| follows?)*\s*:?|message headers?[^\n]{0,30}:?|received message follows[^\n]*"
    r"|копи[яю][^\n]{0,60}|оригинал[^\n]{0,40}|kopia (?:wiad|orygin)[^\n]{0,40}"
    r"|transcript of the original[^\n]*"
    r"|(?:исходн|початков)\w+ (?:сообщен|повідом|письм)[^\n]{0,30}"
    r"|-{3,}[ \t]*original mail info[^\n]*|オリジナル[^\n]{0,30})[ \t]*$",
    re.I | re.M,
)
_RETURNED_HEADER = re.compile(
    r"(?:^[ \t>]*(?:return-path|received|from|to|subject|date|message-id|mime-version|x-[\w-]+)"
    r"[ \t]*:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*){4,}",
    re.I | re.M,
)
_TRANSPORT = re.compile(r"^[ \t>]*(?:received|return-path|mime-version)[ \t]*:", re.I | re.M)
_OPENS = re.compile(
    rf"^[ \t>*•-]*(?:(?:recipient|address"
    rf"|user)[ \t]*:[ \t]*)?[<\"'(\[]?(?P<to>{ADDRESS})[>\"')\]]*"
    rf"(?:[ \t]*\(expanded from:? [<\"]?(?P<alias>{ADDRESS})[>\"]?\))?"
    r"(?P<rest>[ \t]*(?:$|:|;|,?[ \t]*\(|\[|\.\.\.|[ \t]-|[ \t]+on[ \t]|[ \t]+\S)[^\n]*)",
    re.I | re.M,
)
_EXPANDED = re.compile(rf"expanded from:?\s*<?({ADDRESS})>?", re.I)
_SENTENCES = [
    re.compile(pattern, re.I | re.M)
    for pattern in (
        rf"RCPT TO:\s*<({ADDRESS})>",
        rf"(?:delivered? to|deliver to|deliver[a-z]* to|not delivered to|not reach"
        rf"|recipients?(?: address)?"
        rf"|address(?:es|ed to)?|failed(?: permanently)?|получател\w*|адресат\w*|odbiorc\w*"
        rf"|empfänger\w*"
        rf"|destinatari\w*|destinataire\w*|宛先)\s*(?:\(s\))?\s*[:=]\s*[<\"'(]?({ADDRESS})",
        rf"(?:delivered? to|delivering (?:your )?(?:mail|message) to|send to|sent to|for|user"
        rf"|mailbox|account"
        rf"|recipient|address|to|получател\w*|адрес\w*|an|à|para|do|a|для"
        rf"|на)\s+[<\"'(]?({ADDRESS})[>\"')]?",
        rf"^\d{{3}}[ -][\d.]*\s*<?({ADDRESS})>?(?:\.\.\.|:)",
        rf"<({ADDRESS})>",
        rf"({ADDRESS})",
    )
]
_WROTE = re.compile(
    r"(?:MAIL FROM|message-id|from|sender|contact|postmaster|by|reply-to|return-path|envelope-from"
    r"|отправител\w*|absender)\s*:?\s*[<\"'(]?\Z",
    re.I,
)
_STAFF = re.compile(
    r"(?:mailer-daemon|post-?master|abuse|support|help|webmaster|hostmaster)@", re.I
)
_SAID = re.compile(
    r"said:|error|because|reason|diagnostic|refused|rejected|failed|unknown|not (?:found|exist"
    r"|valid)"
    r"|quota|full|denied|blocked|timed? ?out|unrouteable|unable|no such|disabled|invalid|expired"
    r"|sorry|<<<|\b[45]\d\d[ -]|giving up|not accept|not recogn|does not|cannot|couldn|見つかり"
    r"|存在し"
    r"|не (?:найден|существ|доступ)|переполнен|не існує|nie istnieje|existiert nicht|could not",
    re.I,
)
_FORMULA = re.compile(
    # What the programs always say around the reason.
    r"i'?m (?:afraid|sorry)|this is a (?:permanent|fatal) error|sorry it didn't work|could not\s*$"
    r"|could not be delivered to (?:one|some|all)|be delivered to one or more"
    r"|at (?:the )?following address"
    r"|the following address|following recipient|was automatically|created automatically"
    r"|see attached"
    r"|this is the |there was an error delivering|for further assistance|if you do so"
    r"|the mail system"
    r"|your message (?:did not|could not|was not|cannot)\b.{0,40}$|the original message|-{4,}"
    r"|we (?:were|are) (?:unable|sorry)|technical details|^(?:action|status|remote-mta"
    r"|reporting-mta"
    r"|last-attempt-date|final-recipient|original-recipient|arrival-date|received-from-mta)\s*:",
    re.I,
)


def told_part(text: str) -> tuple[str, str]:
    """The report without the copy of the returned mail, and that copy."""
    ends = [found.start() for found in [_COPY.search(text)] if found]
    # A list of the mail's main fields is an introduction; the transport's own are the copy.
    ends += [
        block.start()
        for block in _RETURNED_HEADER.finditer(text)
        if _TRANSPORT.search(block.group())
    ][:1]
    if not ends:
        return text[:MAX_TEXT], ""
    end = min(ends)
    return text[: min(end, MAX_TEXT)], text[end : end + MAX_TEXT]


def told_failures(text: str, own: Collection[str]) -> list[Failure]:
    """Each recipient that opens a paragraph, with the words of that paragraph.

    `own` are addresses of who wrote and who gets the report: hardly what it is about."""
    opened = [
        each
        for each in list(_OPENS.finditer(text))[:_MAX_ADDRESSES]
        if _may_fail(each.group("to"), own) and not _WROTE.search(text[: each.start("to")][-20:])
    ]
    found: dict[str, Failure] = {}
    for index, each in enumerate(opened):
        address = each.group("to").rstrip(".")
        end = opened[index + 1].start() if index + 1 < len(opened) else len(text)
        segment = text[each.end("to") : end].lstrip(">\"')] ")
        alias = each.group("alias") or ""
        if not alias and (expanded := _EXPANDED.search(segment[:300])):
            alias = expanded.group(1)
        words = _paragraph(segment)
        earlier = found.get(address.lower())
        if earlier and (earlier.diagnostic or not words):
            continue
        found[address.lower()] = Failure(address, alias, diagnostic=words)
    return list(found.values())


def named(text: str, own: Collection[str]) -> str:
    """The one address that some sentence names; empty when none does."""
    for excluded in (own, ()):
        for pattern in _SENTENCES:
            for match in pattern.finditer(text):
                address = match.group(1).strip("'*").rstrip(".")
                before = text[: match.start(1)][-20:]
                if _may_fail(address, excluded) and not _WROTE.search(before):
                    return address
    return ""


def addressed(headers: str) -> str:
    """The To of a returned header block: who else should it be."""
    found = re.search(
        rf"^[ \t>]*(?:x-)?(?:original-)?to[ \t]*:[^\n]*?({ADDRESS})", headers, re.I | re.M
    )
    return found.group(1) if found else ""


def explanation(text: str, address: str) -> str:
    """The lines that say why, near the failed address."""
    lines = [line.strip() for line in text.splitlines()]
    start = next((i for i, line in enumerate(lines) if address and address in line), 0)
    near = [line for line in lines[start : start + 12] if line and not _FORMULA.search(line)]
    told = [line for line in near if _SAID.search(line)]
    if not told:
        told = [line for line in lines if line and _SAID.search(line) and not _FORMULA.search(line)]
    if not told:
        told = [line for line in near if line.strip("<>:* ") != address]
    return " ".join(told[:3])


def shortened(words: str) -> str:
    """The server's words for a person: one line, without the reporting program's frame."""
    words = " ".join(words.split())
    words = re.sub(r"(?<=\s)[45]\d\d-(?=[\d\w])(?:[245]\.\d+\.\d+ )?", "", words)
    words = re.sub(r"\s*\(in reply to [^)]{0,40} command\)", "", words)
    words = re.sub(r"^(?:host|server) \S+ said:\s*", "", words)
    words = re.sub(
        r"^.{0,120}?SMTP error from remote (?:mail )?server after .{0,200}?:\s*(?=host \S+"
        r"|[45]\d\d)",
        "", words,
    )  # fmt: skip
    words = re.sub(r"^host \S+ (?:\[[^\]]{1,60}\])?:?\s*(?=[45]\d\d)", "", words)
    return words.strip()[:MAX_REASON]


def better_status(declared: str, diagnostic: str, *texts: str) -> str:
    """Servers put 5.0.0 or another class into the report and the real code into the words."""
    leading = re.match(r"\s*[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", diagnostic)
    if leading and not leading.group(1).endswith(".0.0"):
        return leading.group(1)
    if declared and not declared.endswith(".0"):
        return declared
    for code in _codes(diagnostic, *texts):
        if not code.endswith(".0.0") and (not declared or code[0] == declared[0]):
            return code
    return declared or next(_codes(diagnostic, *texts), "")


def is_delay(status: str, subject: str, text: str) -> bool:
    """Whether the server goes on trying, for reports that declare no action."""
    if re.search(r"giv(?:en|ing) up|expired|too long|permanent (?:error|failure)", text, re.I):
        return False
    if status:
        return status[0] == "4"
    return (
        re.search(
            r"\bdelayed\b|warning: could not send|will (?:continue|keep|be)[\w ]{0,20}(?:try|retr)"
            r"|delivery incomplete|has not yet been delivered|do not need to resend"
            r"|задержан|попытки (?:доставки )?(?:будут )?продолж|opóźnion|verzögert|retard[ée]",
            f"{subject}\n{text[:3000]}",
            re.I,
        )
        is not None
    )


def _may_fail(address: str, own: Collection[str]) -> bool:
    low = address.lower().rstrip(".")
    return low not in own and not _STAFF.match(low) and "." in low.rpartition("@")[2] + "."


def _paragraph(segment: str) -> str:
    """Up to the first empty line after something was said."""
    lines: list[str] = []
    for line in segment.split("\n")[:30]:
        if not line.strip():
            if any(re.search(r"\w", each) and not each.rstrip().endswith(":") for each in lines):
                break
            if len(lines) > 5:
                break
        lines.append(line)
    words = "\n".join(lines).strip(" \t\n:;,")
    return words if re.search(r"\w{3}", words) else ""


def _codes(*texts: str) -> Iterator[str]:
    for text in texts:
        for match in STATUS.finditer(text):
            yield match.group(1)

"""Whose mail it is that somebody forwards: read from the header block in the text, or from
the attached mail. Hearsay: anybody can type it, so it is only offered to the agent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from connectors.contract import Address, Forwarded
from connectors.email.mime.addresses import read_addresses
from connectors.email.mime.dates import read_date
from connectors.email.mime.headers import read_headers
from connectors.email.mime.parts import Part
from connectors.email.replies.attribution import attribution
from connectors.email.replies.header_block import any_block, header_block, label_of
from connectors.email.replies.markers import announces_forward, separator
from connectors.email.replies.quote import Split

MAX_ABOVE = 12
"""Lines of the quoted part that may stand above its header block."""

# Outlook's and others' prefixes of a forward. "VS" is a forward in Danish and Norwegian and
# a reply in Finnish, "I" and "TR" could be anything in front of a colon.
_FORWARD = re.compile(
    r"\s*\[?(?:fwd?|fw|пересл\w*|переслано|пересилання|переадресация|wg|tr|rv|enc|i|pd|vb|vl|vs"
    r"|doorst|továbbítás|tov|i̇?lt|ilt|πρθ|προωθ|препр|fwd?\[\d+\]|转发|轉寄|转寄|전달|転送)\s?[:：]",
    re.I,
)
_DOUBTFUL = re.compile(r"\s*(?:vs|i|tr)\s?:", re.I)
_REPLY = re.compile(
    r"\s*(?:re|aw|antw|antwort|odp|sv|res|rif|r|ynt|απ|ответ|відп|odg|回复|回覆|答复|답장|vá)"
    r"(?:\s?\[\d+\])?\s?[:：]",
    re.I,
)
_MAIL = re.compile(r"[\w.+'%&=~-]+@[\w-]+(?:\.[\w-]+)+")
_MAILTO = re.compile(r"mailto:|\[mailto:|<mailto:", re.I)
_BARE_LABEL = re.compile(r"\s*([^\W\d_]+)\s+(\S.*@.*)$")
_UNQUOTED = re.compile(r"^(?:\s{0,3}>)+ ?")


def forwarded(
    root: Part,
    split: Split,
    subject: str,
    *,
    is_reply: bool,
    ours: Collection[str],
) -> Forwarded | None:
    """The original of a forwarded mail; None when the mail is no forward or names nobody.

    Args:
        root: The mail.
        split: Its text; the header block is looked for in what is quoted.
        subject: Its subject, decoded.
        is_reply: It has an In-Reply-To.
        ours: Lower-case addresses that are no stranger's: the account's own, and whom the
            mail was written to. What they wrote is quoted in replies, not forwarded.
    """
    prefixed = _FORWARD.match(subject) is not None and not (
        is_reply and _DOUBTFUL.match(subject) is not None
    )
    lines = split.quoted[:8000].split("\n")[:60]
    top = _unquoted(lines[:5])
    at = next((index for index, line in enumerate(top[:4]) if line.strip()), len(top))
    announced = any(announces_forward(line) for line in top[at : at + 2])
    found: Forwarded | None = None
    if prefixed or (announced and not (is_reply and _REPLY.match(subject))):
        found = _from_text(_unquoted(lines)) if split.quoted else None
    if found is None and (prefixed or not (split.text or split.quoted)):
        found = _from_attached(root)
    if found is None or found.sender.address.lower() in ours:
        return None
    return found


def answers(subject: str, *, is_reply: bool) -> bool:
    """Does a mail answer another one, and is no forward?"""
    if _FORWARD.match(subject) and not (is_reply and _DOUBTFUL.match(subject)):
        return False
    return is_reply or _REPLY.match(subject) is not None


def _unquoted(lines: Sequence[str]) -> list[str]:
    return [_UNQUOTED.sub("", line) for line in lines]


def _from_text(lines: Sequence[str]) -> Forwarded | None:
    for at, line in enumerate(lines[:MAX_ABOVE]):
        if not line.strip():
            continue
        length = separator(lines, at)
        if length:
            inside = _block(lines[at + 1 : at + max(length, 10)])
            if inside is not None:
                return inside
            continue
        length = header_block(lines, at, announced=at > 0) or any_block(lines, at)
        if length:
            return _block(lines[at : at + length])
        if line.rstrip().endswith((":", "：")) and attribution(lines, at, 0, quoted=True) >= 0:
            # Yandex and others write one line above what they pass on.
            sender = _person(line.rstrip(":： "))
            return Forwarded(sender) if sender.address else None
    return None


def _block(lines: Sequence[str]) -> Forwarded | None:
    """The original's sender, date and subject as labelled."""
    values: dict[str, str] = {}
    last = ""
    for line in lines:
        kind, value = label_of(line)
        if not kind:
            bare = _BARE_LABEL.match(line)
            if bare and not values:
                kind, value = label_of(f"{bare.group(1)}: {bare.group(2)}")
        if kind:
            last = kind if kind not in values else ""
            values.setdefault(kind, value)
        elif line.strip() and last in ("from", "subject") and len(values[last]) < 500:
            values[last] = f"{values[last]} {line.strip()}".strip()
        elif not line.strip() and len(values) > 2:
            break
    origin = values.get("from") or next((line for line in lines if "@" in line), "")
    sender = _person(origin if "from" in values else origin.partition(":")[2])
    if not sender.address and not (sender.name and len(values) > 2):
        return None
    return Forwarded(sender, read_date(values.get("date", "")), values.get("subject", "")[:500])


def _person(text: str) -> Address:
    """Ann <ann@example.org>, Ann [mailto:ann@example.org], "Ann" (ann@example.org), …"""
    text = _MAILTO.sub(" <", text)
    found = _MAIL.search(text)
    if found is None:
        return Address("", text.strip(" \t\"'«»*<>;:")[:200])
    name = text[: found.start()]
    if name.count(",") > 1 or (name.rstrip(' <"').count('"') == 1 and "," in name):
        name = name.rpartition(",")[2]
    name = name.replace("<", " ").replace("[", " ").replace("(", " ")
    name = " ".join(name.split()).strip(" \t\"'«»*<>;:,")
    return Address(found.group().rstrip(".").lower(), "" if "@" in name else name[:200])


def _from_attached(root: Part) -> Forwarded | None:
    """Of the one attached mail; of several nobody knows whose is meant."""
    if root.type == "multipart/report":
        return None
    attached = [part for part in root.walk() if part.type == "message/rfc822"]
    if len(attached) != 1 or attached[0].encoding not in ("", "7bit", "8bit", "binary"):
        return None
    part = attached[0]
    headers, _, _ = read_headers(part.data, part.start, part.end)
    for value in headers.all("from")[:1]:
        for sender in read_addresses(value[:4096])[0]:
            if sender.address:
                sent_at = read_date(headers.text("date"))
                return Forwarded(sender, sent_at, headers.text("subject")[:500])
    return None

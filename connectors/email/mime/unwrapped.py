"""Containers in a mail opened: winmail.dat, opaque S/MIME, pieces kept elsewhere.

What is inside becomes parts like all others, so that texts and files are treated alike.
"""

from __future__ import annotations

import binascii
import mimetypes
import re

from connectors.email.mime.event import Event
from connectors.email.mime.file_names import file_name
from connectors.email.mime.headers import Headers
from connectors.email.mime.invite import meeting
from connectors.email.mime.parts import Part
from connectors.email.mime.rtf import Allowance, read_rtf
from connectors.email.mime.security import Unwrapped, unwrap_cms
from connectors.email.mime.tnef import Tnef, TnefFile, read_tnef

TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
CMS_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF_NAMES = ("winmail.dat", "win.dat")
_CMS_NAMES = (".p7m", ".p7z")


def made_part(
    content: bytes,
    kind: str,
    name: str = "",
    content_id: str = "",
    *,
    start: int = 0,
    end: int | None = None,
) -> Part:
    """A part that no bytes of the mail itself are, from `start` to `end` of `content`;
    without a `kind` its name tells it."""
    kind = kind or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Part(
        content,
        Headers([]),
        start,
        len(content) if end is None else end,
        kind,
        {"charset": "utf-8"} if kind.startswith("text/") else {},
        disposition="attachment" if name and not content_id else "",
        filename=file_name(name),
        content_id=content_id,
    )


def is_tnef(part: Part) -> bool:
    return part.type in TNEF_TYPES or part.filename.lower() in _TNEF_NAMES


def is_cms(part: Part) -> bool:
    return part.type in CMS_TYPES or part.filename.lower().endswith(_CMS_NAMES)


def open_tnef(part: Part) -> tuple[Tnef, bytes] | None:
    """What winmail.dat holds, and its bytes; None when it is none."""
    content, _ = part.content()
    found = read_tnef(content)
    return None if found is None else (found, content)


def tnef_text(tnef: Tnef, allowance: Allowance) -> Part | None:
    """The body in the best form that is there."""
    if tnef.text.strip():
        return made_part(_utf8(tnef.text.replace("\r\n", "\n")), "text/plain")
    if tnef.html.strip():
        return made_part(_utf8(tnef.html), "text/html")
    if tnef.rtf:
        rtf = read_rtf(tnef.rtf, allowance)
        if rtf.defect:
            tnef.defects.append(rtf.defect)
        if rtf.text.strip():
            return made_part(_utf8(rtf.text), "text/html" if rtf.html else "text/plain")
    return None


def tnef_files(tnef: Tnef, content: bytes, allowance: Allowance) -> list[Part]:
    """Its files; an attached mail is its text, followed by the files of that one."""
    parts: list[Part] = []
    for file in tnef.files:
        if file.message is not None:
            parts += _attached_mail(file, file.message, content, allowance)
        else:
            name = file_name(file.name)
            kind = file.type if re.match(r"[\w.+-]+/[\w.+-]+\Z", file.type) else ""
            parts.append(
                made_part(content, kind, name, file.content_id, start=file.start, end=file.end)
            )
    return parts


def _attached_mail(file: TnefFile, mail: Tnef, content: bytes, allowance: Allowance) -> list[Part]:
    text = tnef_text(mail, allowance)
    title = (mail.subject or file.name or "mail").replace("/", "-")[:120]
    head = f"From: {mail.sender}\n" if mail.sender else ""
    head += f"Subject: {mail.subject}\n\n" if mail.subject or head else ""
    event = meeting(mail)
    if event is not None:
        head += f"{event.line()}\n\n"
    if text is not None and text.type == "text/html":
        first = made_part(text.body(), "text/html", f"{title}.html")
    else:
        body = text.body() if text is not None else b""
        first = made_part(_utf8(head) + body, "text/plain", f"{title}.txt")
    return [first, *tnef_files(mail, content, allowance)]


def open_cms(part: Part, most: int) -> Unwrapped:
    """What an S/MIME file holds, as far as it can be read without a key."""
    content, _ = part.content()
    if content[:1] != b"\x30":
        # Written as base64, but not declared.
        digits = b"".join(line for line in content.split() if not line.startswith(b"-----"))
        try:
            content = binascii.a2b_base64(digits)
        except binascii.Error:
            return Unwrapped("unknown")
    return unwrap_cms(content, most)


def kept_elsewhere(part: Part) -> str:
    """message/external-body (RFC 2046 §5.2.3) as a mark in the text."""
    given = part.parameters
    place = given.get("url", "")
    if place:
        place = "".join(place.split())
    else:
        place = "/".join(filter(None, [given.get("site"), given.get("directory")]))
        place = place or given.get("server", "")
        if given.get("name"):
            place = f"{place}/{given['name']}" if place else given["name"]
    how = given.get("access-type", "").lower()
    shown = ", ".join(filter(None, [place[:500], f"by {how}" if how and how != "url" else ""]))
    return f"[file kept elsewhere: {shown}]" if shown else "[file kept elsewhere]"


def piece_of(part: Part) -> str:
    """message/partial (RFC 2046 §5.2.2) as a defect in words."""
    number, total = part.parameters.get("number", "?")[:6], part.parameters.get("total", "")[:6]
    of = f" of {total}" if total else ""
    return f"piece {number}{of} of a mail that was sent in pieces (message/partial)"


def meetings(tnef: Tnef) -> list[Event]:
    event = meeting(tnef)
    return [event] if event is not None else []


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")

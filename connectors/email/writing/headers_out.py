"""Header fields as they are written: folded, encoded (RFC 2047, RFC 2231), one line of meaning."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from urllib.parse import quote

from connectors.contract import Address

WIDTH = 76
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+\Z")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,80}/[A-Za-z0-9!#$&^_.+-]{1,120}\Z")
_UNSENDABLE = ("message/", "multipart/")


def one_line(text: str) -> str:
    """Line breaks and other control characters become single spaces."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _SPACE.sub(" ", text).strip()


def one_id(value: str) -> str:
    """A Message-ID without brackets, white space and control characters."""
    return "".join(char for char in value if char.isprintable() and char not in " <>\u00a0")


def text_header(name: str, text: str) -> str:
    """An unstructured header such as Subject."""
    text = one_line(text)
    words = text.split(" ")
    if text.isascii() and "=?" not in text and all(len(word) <= WIDTH - 2 for word in words):
        return _folded(name, words)
    return _folded(name, _encoded_words(text, WIDTH - len(name) - 2))


def address_list(name: str, people: Sequence[Address]) -> str:
    """A header of mailboxes; a domain of any script is written in its ASCII form."""
    written = [_mailbox(each) for each in people]
    pieces = [
        piece
        for index, mailbox in enumerate(written)
        for piece in f"{mailbox}{',' if index < len(written) - 1 else ''}".split(" ")
    ]
    return _folded(name, pieces)


def ids_header(name: str, ids: Sequence[str]) -> str:
    """References: one id a line when they do not fit."""
    return _folded(name, [f"<{each}>" for each in ids])


def ascii_domain(address: str) -> str:
    """`ann@bücher.example` with the domain as DNS has it; unchanged when it has no such form."""
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii():
        return address
    try:
        import idna  # 10 ms, needed for few

        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except (ImportError, UnicodeError):
        pass
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


def content_type(kind: str, name: str) -> str:
    """Content-Type of an attachment. A mail or multipart cannot travel in base64
    (RFC 2046 §5.2.1): it goes as plain bytes, and its name says what it is."""
    if not _TYPE.match(kind) or kind.lower().startswith(_UNSENDABLE):
        kind = "application/octet-stream"
    shown = one_line(name)
    if not shown:
        return f"Content-Type: {kind}"
    if shown.isascii() and len(shown) <= 50 and '"' not in shown and "\\" not in shown:
        return f'Content-Type: {kind};\r\n name="{shown}"'
    # Old Outlook reads only this one, which RFC 2047 forbids.
    words = "\r\n ".join(_encoded_words(shown, WIDTH - 8))
    return f'Content-Type: {kind};\r\n name="{words}"'


def content_disposition(name: str, *, inline: bool) -> str:
    """Content-Disposition with the file's name by RFC 2231."""
    kind = "inline" if inline else "attachment"
    shown = one_line(name)
    if not shown:
        return f"Content-Disposition: {kind}"
    if shown.isascii() and len(shown) <= 50 and '"' not in shown and "\\" not in shown:
        return f'Content-Disposition: {kind};\r\n filename="{shown}"'
    encoded = quote(shown, safe="!#$&+-.^_`|~", encoding="utf-8")
    if len(encoded) <= 50:
        return f"Content-Disposition: {kind};\r\n filename*=utf-8''{encoded}"
    sections: list[str] = []
    at = 0
    while at < len(encoded):
        end = min(at + 50, len(encoded))
        # A section must not end inside %XX.
        end -= next((n for n in (1, 2) if encoded[end - n] == "%" and end < len(encoded)), 0)
        start = "utf-8''" if not sections else ""
        sections.append(f" filename*{len(sections)}*={start}{encoded[at:end]}")
        at = end
    return f"Content-Disposition: {kind};\r\n" + ";\r\n".join(sections)


def _mailbox(person: Address) -> str:
    address = ascii_domain(
        one_id(person.address) if '"' not in person.address else one_line(person.address)
    )
    name = one_line(person.name)
    if not name:
        return f"<{address}>" if "," in address else address
    if not name.isascii() or "=?" in name:
        return f"{' '.join(_encoded_words(name, 60))} <{address}>"
    if not _ATOMS.match(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address}>"


def _encoded_words(text: str, first: int) -> list[str]:
    """RFC 2047 words of at most 75 characters, no character split across two."""
    words: list[str] = []
    room = max(first, 30)
    chunk = b""
    for char in text:
        data = char.encode("utf-8")
        # `=?utf-8?B?` and `?=` are 12 characters; 3 bytes make 4 digits.
        if (len(chunk) + len(data) + 2) // 3 * 4 + 12 > min(room, 75):
            words.append(_word(chunk))
            chunk = b""
            room = 75
        chunk += data
    words.append(_word(chunk))
    return words


def _word(data: bytes) -> str:
    return f"=?utf-8?B?{binascii.b2a_base64(data, newline=False).decode('ascii')}?="


def _folded(name: str, words: Sequence[str]) -> str:
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > WIDTH and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)

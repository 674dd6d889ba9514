"""Mailbox names as IMAP4rev1 writes them: modified UTF-7 (RFC 3501 §5.1.3), quoted (§9)."""

from __future__ import annotations

import base64
import binascii
import re

_SHIFTED = re.compile(r"[^\x20-\x7e]+")
_UNSHIFT = re.compile(rb"&([A-Za-z0-9+,]*)-")


def encode_mailbox(name: str) -> str:
    """`Вхідні & Co` → `&BBIERQRWBDQEPQRW- &- Co`: ASCII only."""

    def shift(found: re.Match[str]) -> str:
        packed = base64.b64encode(found[0].encode("utf-16-be", "surrogatepass"))
        return "&" + packed.rstrip(b"=").replace(b"/", b",").decode() + "-"

    return _SHIFTED.sub(shift, name.replace("&", "&-"))


def decode_mailbox(name: bytes) -> str:
    """The reverse. What is not modified UTF-7 is kept as it stands: raw UTF-8 is seen too."""

    def unshift(found: re.Match[bytes]) -> bytes:
        packed = found[1]
        if not packed:
            return b"&"
        try:
            raw = base64.b64decode(packed.replace(b",", b"/") + b"=" * (-len(packed) % 4))
            return raw.decode("utf-16-be").encode()
        except (binascii.Error, UnicodeError):
            return found[0]

    return _UNSHIFT.sub(unshift, name).decode("utf-8", "replace")


def quote(text: str) -> str:
    """A quoted string (RFC 3501 §9). The caller keeps CR, LF and NUL out of it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quote_mailbox(name: str) -> str:
    return quote(encode_mailbox(name))

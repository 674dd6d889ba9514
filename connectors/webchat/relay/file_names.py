"""Names of uploaded files: shown, put into URLs and headers, never used on our disk."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

LONGEST = 120
"""Characters."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.I)


def clean_name(name: str, ending: str = "") -> str:
    """A name that is harmless on any system; with `ending` when it has none of its own.

    Directories go, and so do control characters, marks that turn the writing direction, and what
    Windows takes for something else.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c for c in name if not unicodedata.category(c).startswith("C"))
    name = re.sub(r'[<>:"|?*\s]+', " ", name).strip(" .") or "file"
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, own = name.rpartition(".")
    if not dot or not stem:
        stem, own = name, ending
    own = own[:10]
    room = LONGEST - len(own) - 1
    return f"{stem[:room].rstrip(' .')}.{own}" if own else stem[:room]


def disposition(kind: str, name: str) -> str:
    """Content-Disposition (RFC 6266) with the name in ASCII and in full (RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%]', "_", plain).strip() or "file"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"

"""Names of attachments that can be written to any disk and say no more than they are."""

from __future__ import annotations

import re

from connectors.email.mime import words

MAX_BYTES = 200
"""Of UTF-8; disks allow 255, and a number may have to be added."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|\Z)", re.I)


def file_name(name: str) -> str:
    """A name that cannot leave its directory: no path, no control or bidi characters, none
    that Windows reserves for devices, at most MAX_BYTES. "" when nothing is left."""
    if "=?" in name:
        name = words.decode(name)
    if "/" in name or "\\" in name:
        name = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    if not name.isprintable():
        name = "".join(char for char in name if char.isprintable())
    name = name.strip()
    if not name.strip("."):
        return ""
    if _RESERVED.match(name):
        name = f"_{name}"
    return name if len(name) * 4 <= MAX_BYTES else _shortened(name)


def _shortened(name: str, limit: int = MAX_BYTES) -> str:
    """Cut in the middle of no character; a suffix that is one stays."""
    encoded = name.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return name
    stem, dot, suffix = name.rpartition(".")
    tail = f".{suffix}" if dot and stem and len(suffix.encode("utf-8", "replace")) < 20 else ""
    room = limit - len(tail.encode("utf-8", "replace"))
    return encoded[:room].decode("utf-8", "ignore").rstrip(" .") + tail


class FileNames:
    """The names given in one mail: a second `scan.pdf` becomes `scan (2).pdf`."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def take(self, name: str) -> str:
        key = name.casefold()
        if key not in self._given:
            self._given[key] = 1
            return name
        stem, dot, suffix = name.rpartition(".")
        if not dot or not stem or len(suffix) > 10:
            stem, dot, suffix = name, "", ""
        while True:
            self._given[key] += 1
            numbered = f"{stem} ({self._given[key]}){dot}{suffix}"
            if numbered.casefold() not in self._given:
                self._given[numbered.casefold()] = 1
                return numbered

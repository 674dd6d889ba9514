"""What a message shows beside its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.contract import File

MAX_WORDS = 4096
"""Characters of a text that comes with media."""


@dataclass(slots=True)
class Medium:
    details: dict[str, Any]
    """`kind`, and what is known of it, as docs/telegram.md lists."""
    text: str = ""
    """What it says to those who only read."""
    files: list[File] = field(default_factory=list)
    fingerprint: str = ""
    """What is the same as long as the sender changes nothing."""

    def add(self, file: File | None, unique: str) -> Medium:
        """Itself, with a file more, if there is one to fetch; `unique`: the id that it keeps."""
        if file is not None:
            self.files.append(file)
        self.fingerprint += f"\0{unique}"
        return self


def of_words(details: dict[str, Any], lines: list[str]) -> Medium:
    """A medium that a text says all of."""
    text = "\n".join(line for line in lines if line)[:MAX_WORDS]
    return Medium(details, text=text, fingerprint=text)

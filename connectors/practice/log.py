"""What reached an account's practice customers, as a file that outlives a crash.

One JSON object a line, appended and fsynced: what the agent sent and altered, and who comes
back from another account or follows a link to this one. A message is in the file once however
often it is sent.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from connectors.contract import Millis


@dataclass(frozen=True, slots=True)
class Entry:
    kind: Literal["sent", "returns", "opens", "edited", "deleted"]
    at: Millis
    key: str
    who: str = ""
    """The address or chat it went to."""
    text: str = ""
    person: int = -1
    about: str = ""
    """The key of the mail that it answers."""


class Log:
    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, entry: Entry) -> bool:
        """Write durably; False when an entry with this key is there already."""
        if any(known.key == entry.key for known in self):
            return False
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # A new line before it too: a crash may have left half a line without its end.
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(asdict(entry), ensure_ascii=False)}\n")
            file.flush()
            os.fsync(file.fileno())
        return True

    def __iter__(self) -> Iterator[Entry]:
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return
        for line in lines:
            try:
                yield Entry(**json.loads(line))
            except ValueError:
                continue  # empty, or cut short by a crash in the middle of a write

"""How far each folder of an account is stored: the account's cursor, shared by its folders."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract import Intake, Millis, Received


@dataclass(frozen=True, slots=True)
class Place:
    """One folder's place."""

    uidvalidity: int
    complete: int
    """Every message up to this UID is in the ledger (or was gone before it could be read)."""
    since: Millis
    """When this folder was first met: mail much older than that is history, for good. Mail
    that waited while the desk was down is not, however long that was."""


class Places:
    """Batches go through here, one at a time: a folder's place is only ever stored together
    with its own batch, and never one that another folder has not stored yet."""

    def __init__(self, intake: Intake, cursor: dict[str, Any]) -> None:
        self.intake = intake
        self._lock = asyncio.Lock()
        self._places: dict[str, Place] = {}
        folders = cursor.get("folders")
        for name, stored in (folders if isinstance(folders, dict) else {}).items():
            self._places[name] = Place(
                int(stored["uidvalidity"]), int(stored["complete"]), int(stored["since"])
            )

    def stored(self, folder: str) -> Place | None:
        return self._places.get(folder)

    def of(self, folder: str, uidvalidity: int) -> Place:
        """A folder that was made anew (other UIDVALIDITY, RFC 3501 §2.3.1.1) starts over."""
        known = self._places.get(folder)
        if known is None:
            return Place(uidvalidity, 0, int(time.time() * 1000))
        if known.uidvalidity != uidvalidity:
            return Place(uidvalidity, 0, known.since)
        return known

    async def accept(self, folder: str, batch: Sequence[Received], place: Place) -> None:
        """Store the batch and the place in one transaction. Raises what the intake raises."""
        async with self._lock:
            places = self._places | {folder: place}
            cursor = {
                "folders": {
                    name: {
                        "uidvalidity": each.uidvalidity,
                        "complete": each.complete,
                        "since": each.since,
                    }
                    for name, each in places.items()
                }
            }
            await self.intake.accept(batch, cursor)
            self._places = places

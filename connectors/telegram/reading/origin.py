"""The update that something is read from."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract import Millis
from connectors.telegram.reading.context import ReadingContext
from connectors.telegram.reading.values import moment


@dataclass(slots=True)
class Origin:
    kind: str
    """`message`, `edited_message`, …"""
    external_id: str
    raw: bytes
    context: ReadingContext
    now: Millis
    """For what Telegram tells no date of."""

    def at(self, seconds: object) -> Millis:
        """When it happened there."""
        found = moment(seconds, self.now)
        return self.now if found is None else found

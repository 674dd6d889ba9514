"""How far an account has read the relay's events, kept by the store as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.contract import Millis


@dataclass(frozen=True, slots=True)
class Place:
    """`epoch` names the relay's database, `event` the last of its events that the store has.

    A database that was restored from a backup counts on from where it was then: its numbers mean
    other events. That is noticed where it has counted less far than we have read, or has an event
    that we should have and that is younger than all we have read.
    """

    epoch: str = ""
    event: int = 0
    again: int = 0
    """How often the database has been one that had counted less far already."""
    newest_at: Millis = 0
    """When the youngest event that was read happened, by the relay's clock."""

    @property
    def label(self) -> str:
        """What stands before the numbers in the ledger."""
        return f"{self.epoch}.{self.again}" if self.again else self.epoch

    def at(self, epoch: str, newest: int | None) -> Place:
        """Where to read on, as the stream's hello tells of the database."""
        if epoch != self.epoch:
            return Place(epoch)
        if newest is not None and newest < self.event:
            return self.anew(0)
        return self

    def has(self, event: int, at: Millis) -> bool:
        """Whether the store has this event; an older one may be another with its number."""
        return event <= self.event and at <= self.newest_at

    def anew(self, event: int) -> Place:
        """The numbers after `event` mean other events from now on."""
        return Place(self.epoch, event, self.again + 1, self.newest_at)

    def read_up_to(self, event: int, at: Millis) -> Place:
        return Place(self.epoch, max(event, self.event), self.again, max(at, self.newest_at))

    def to_json(self) -> dict[str, Any]:
        kept: dict[str, Any] = {"epoch": self.epoch, "event": self.event, "at": self.newest_at}
        return kept | {"again": self.again} if self.again else kept


def place_of(kept: Mapping[str, Any]) -> Place:
    """As it was kept; from the start for anything else."""
    epoch = kept.get("epoch")
    numbers = [kept.get(key, 0) for key in ("event", "again", "at")]
    if not isinstance(epoch, str) or any(type(number) is not int for number in numbers):
        return Place()
    return Place(epoch, *numbers)

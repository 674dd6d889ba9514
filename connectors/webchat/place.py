"""How far an account has read the relay's events, kept by the store as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """`epoch` names the relay's database, `event` the last of its events that the store has."""

    epoch: str = ""
    event: int = 0
    again: int = 0
    """How often the database has been one that had counted less far already: restored from a
    backup. Its numbers mean other events from then on."""

    @property
    def label(self) -> str:
        """What stands before the numbers in the ledger."""
        return f"{self.epoch}.{self.again}" if self.again else self.epoch

    def at(self, epoch: str, newest: int | None) -> Place:
        """Where to read on, as the stream's hello tells of the database."""
        if epoch != self.epoch:
            return Place(epoch)
        if newest is not None and newest < self.event:
            return Place(epoch, again=self.again + 1)
        return self

    def read_up_to(self, event: int) -> Place:
        return Place(self.epoch, max(event, self.event), self.again)

    def to_json(self) -> dict[str, Any]:
        kept: dict[str, Any] = {"epoch": self.epoch, "event": self.event}
        return kept | {"again": self.again} if self.again else kept


def place_of(kept: Mapping[str, Any]) -> Place:
    """As it was kept; from the start for anything else."""
    epoch, event, again = kept.get("epoch"), kept.get("event"), kept.get("again", 0)
    if not isinstance(epoch, str) or type(event) is not int or type(again) is not int:
        return Place()
    return Place(epoch, event, again)

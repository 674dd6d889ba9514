"""In which channel a customer is best reached: as an agent has said, else as they use them."""

from __future__ import annotations

from dataclasses import dataclass

from store import accounts, messages
from store.driver import Connection
from store.model import Customer, Identity

LOOKED = 200
"""Messages of a customer's life that are looked at: the newest."""

_DAY = 86_400_000
_HALF = 30
"""Days after which a day counts half as much as the last one."""


@dataclass(frozen=True, slots=True)
class Preferred:
    """The channel in which a customer is best reached."""

    channel: str
    by_hand: bool
    """An agent has set it; else it is what they use."""
    share: float
    """Its part in the days on which they wrote lately, 0 to 1, where the last ones count most.
    Days, since a matter is one mail and twenty lines of chat."""


def preferred(db: Connection, customer: Customer, addresses: list[Identity]) -> Preferred | None:
    """None: they never wrote, or cannot be written to where they did."""
    reached = _reached(db, addresses)
    days: dict[tuple[str, int], None] = {}
    for channel, at in messages.spoken(db, customer.id, LOOKED):
        days.setdefault((channel, at // _DAY), None)
    weights: dict[str, float] = {}
    newest = max((day for _channel, day in days), default=0)
    for channel, day in days:
        weights[channel] = weights.get(channel, 0.0) + 0.5 ** ((newest - day) / _HALF)
    total = sum(weights.values())
    if customer.channel:
        return Preferred(customer.channel, True, weights.get(customer.channel, 0.0) / (total or 1))
    # Equal weights: where they wrote last, which comes first here.
    best = max((one for one in weights if one in reached), key=weights.__getitem__, default="")
    return Preferred(best, False, weights[best] / total) if best else None


def _reached(db: Connection, addresses: list[Identity]) -> set[str]:
    """Channels in which we have an account and they an address that works."""
    ours = {one.channel for one in accounts.all(db)}
    return {one.channel for one in addresses if not one.flag and one.channel in ours}

"""Measured side by side: A B A B …, and the ratio pair by pair, so that drift cancels out."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """`ours` against `peer`, one ratio a round."""

    name: str
    unit: str
    ours: Sequence[float]
    peer_name: str
    peer: Sequence[float]
    reach: str = ""
    """The target, in words."""

    @property
    def ratios(self) -> list[float]:
        return [a / b for a, b in zip(self.ours, self.peer, strict=True) if b]

    def __str__(self) -> str:
        ratios = self.ratios
        line = (
            f"{self.name}: {statistics.median(ratios):.2f} × {self.peer_name}"
            f" ({min(ratios):.2f}–{max(ratios):.2f}, {len(ratios)} pair{'s'[: len(ratios) > 1]};"
            f" {_median(self.ours)} against {_median(self.peer)} {self.unit})"
        )
        return f"{line}; to reach: {self.reach}" if self.reach else line


def interleave(
    rounds: int, ours: Callable[[], float], *peers: Callable[[], float], warm: int = 1
) -> list[list[float]]:
    """Run every callable once a round, in turn; the first `warm` rounds are not counted."""
    figures: list[list[float]] = [[] for _ in range(1 + len(peers))]
    for turn in range(warm + rounds):
        for kept, measure in zip(figures, (ours, *peers), strict=True):
            value = measure()
            if turn >= warm:
                kept.append(value)
    return figures


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0–1) of all are at or under."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _median(values: Sequence[float]) -> str:
    middle = statistics.median(values)
    return f"{middle:,.0f}" if middle >= 100 else f"{middle:.3g}"

"""What is printed, and how much is measured."""

from __future__ import annotations

from dataclasses import dataclass

from bench.pairs import Pair


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much to measure; `--quick` shows that everything runs, its figures mean nothing."""

    messages: int = 1_000_000
    """In the big desk."""
    small: int = 20_000
    """In the small desk, the peers' mailbox, and the sync that keys are pressed during."""
    mails: int = 2_000
    """In the mailbox that is synced against mbsync."""
    rounds: int = 7
    keys: int = 56
    """Of each kind: alone, and during a sync."""


QUICK = Sizes(messages=20_000, small=2_000, mails=300, rounds=2, keys=12)


class Report:
    """Prints each figure as soon as it is known."""

    def title(self, text: str) -> None:
        print(f"\n== {text}", flush=True)

    def pair(self, pair: Pair) -> None:
        print(pair, flush=True)

    def say(self, text: str) -> None:
        print(text, flush=True)

    def missing(self, peer: str, package: str) -> None:
        print(f"missing peer: {peer} (apt install {package}); not measured", flush=True)

"""What an audit after a run of faults has found, whatever the channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Findings:
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Out of order, in another chat, other words, …"""
    states: Counter[str] = field(default_factory=Counter)
    """Of replies."""

    @property
    def all(self) -> list[str]:
        return [
            f"{name}: {each}"
            for name in ("lost", "doubled", "stuck", "wrong")
            for each in getattr(self, name)
        ]

    @property
    def shown_states(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in sorted(self.states.items()))

    @property
    def counted(self) -> str:
        return (
            f"lost {len(self.lost)} / doubled {len(self.doubled)} / stuck {len(self.stuck)} / wrong"
            f" {len(self.wrong)}"
        )


def on_its_way(read: Callable[[str], list[tuple[Any, ...]]]) -> list[str]:
    """What the desk has still to send, to change or to fetch; `read` asks its store."""
    return [
        *(
            f"reply {number} is {state}: {error}"
            for number, state, error in read(
                "SELECT id, state, error FROM messages WHERE state IN ('queued', 'sending')"
            )
        ),
        *(
            f"change {row}"
            for row in read("SELECT id, message_id, error FROM alterations WHERE state = 'queued'")
        ),
        *(
            f"file {row}"
            for row in read(
                "SELECT id, problem FROM attachments WHERE blob = '' AND due_at NOT NULL"
            )
        ),
    ]

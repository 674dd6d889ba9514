"""How a practice run went: numbers first, then each matter with what was expected of it."""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omnitui.demo.practice.judging import Finding
from store.model import Millis


@dataclass(frozen=True, slots=True)
class Keys:
    pressed: int = 0
    typed: int = 0
    """Those that wrote text."""

    def __add__(self, other: Keys) -> Keys:
        return Keys(self.pressed + other.pressed, self.typed + other.typed)


@dataclass(frozen=True, slots=True)
class MatterDebrief:
    id: str
    customer: str
    subject: str
    channels: tuple[str, ...]
    conversation: int | None
    outcome: str
    """`to come`, `waits`, `reads`, `content`, `left`."""
    first_reply: float | None
    """Seconds of the scenario's time, as all of them."""
    within: float | None
    longest_wait: float
    answers: int
    templates: tuple[str, ...]
    findings: tuple[Finding, ...]
    keys: Keys
    fastest: tuple[str, ...]
    """The keys of each step, from the inbox."""
    fastest_presses: int
    hint: str

    @property
    def met(self) -> int:
        return sum(finding.met for finding in self.findings)


@dataclass(frozen=True, slots=True)
class EarlierRun:
    at: Millis
    pace: float
    met: int
    of: int
    first_reply: float | None
    longest_wait: float
    keys_per_answer: float | None


@dataclass(frozen=True, slots=True)
class Debrief:
    scenario: str
    title: str
    pace: float
    began_at: Millis
    ended_at: Millis
    over: bool
    """All customers were served or gone."""
    keys: Keys
    """All of them, those outside any conversation, too."""
    matters: tuple[MatterDebrief, ...]
    earlier: tuple[EarlierRun, ...] = ()
    """Runs of the same scenario, oldest first."""

    @property
    def come(self) -> list[MatterDebrief]:
        """What had begun by the end."""
        return [matter for matter in self.matters if matter.outcome != "to come"]

    @property
    def met(self) -> int:
        return sum(matter.met for matter in self.come)

    @property
    def of(self) -> int:
        return sum(len(matter.findings) for matter in self.come)

    @property
    def answers(self) -> int:
        return sum(matter.answers for matter in self.matters)

    @property
    def first_reply(self) -> float | None:
        """The median, in seconds."""
        times = [m.first_reply for m in self.matters if m.first_reply is not None]
        return statistics.median(times) if times else None

    @property
    def longest_wait(self) -> float:
        return max((matter.longest_wait for matter in self.matters), default=0.0)

    @property
    def templates(self) -> Mapping[str, int]:
        return dict(Counter(n for matter in self.matters for n in matter.templates).most_common())

    @property
    def keys_per_answer(self) -> float | None:
        return round(self.keys.pressed / self.answers, 1) if self.answers else None

    @property
    def fastest_presses(self) -> int:
        return sum(matter.fastest_presses for matter in self.come)

    def as_run(self) -> EarlierRun:
        return EarlierRun(
            self.began_at, self.pace, self.met, self.of,
            self.first_reply, self.longest_wait, self.keys_per_answer,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """Times are UTC milliseconds, spans seconds of the scenario's time."""
        plain = dataclasses.asdict(self)
        for key in ("matters", "earlier"):
            plain.pop(key)
        return {
            **plain,
            "points": {"met": self.met, "of": self.of},
            "answers": self.answers,
            "first_reply": self.first_reply,
            "longest_wait": self.longest_wait,
            "templates": dict(self.templates),
            "keys_per_answer": self.keys_per_answer,
            "fastest_presses": self.fastest_presses,
            "matters": [dataclasses.asdict(matter) for matter in self.matters],
            "earlier": [dataclasses.asdict(run) for run in self.earlier],
        }

"""A scenario's customers of one account, as `Street` is for those of the practice desk.

Every account plays the whole scenario, from what all of them have sent (their logs, in one
folder), and says what is said on its own channel: so a customer who is answered by mail does not
ask again in a chat. They are quiet until `begin` has written down when it began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.contract import Millis
from connectors.practice.log import Log
from connectors.practice.play import Answer, Played, play
from connectors.practice.scenario import CHANNELS, Scenario
from connectors.practice.story import Person
from connectors.practice.street import Utterance

FOREVER = 2**62


def begin(directory: Path, at: Millis) -> None:
    """The customers may write from now on; once more changes nothing."""
    _write(directory / "begun", at)


def began(directory: Path) -> Millis | None:
    """When; None: not yet."""
    return _read(directory / "begun")


def end(directory: Path, at: Millis) -> None:
    """Nobody writes any more; once more changes nothing."""
    _write(directory / "ended", at)


def ended(directory: Path) -> Millis | None:
    """When; None: not yet."""
    return _read(directory / "ended")


def _write(file: Path, at: Millis) -> None:
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".new")
    beside.write_text(str(at), encoding="ascii")
    beside.replace(file)


def _read(file: Path) -> Millis | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None


def answered(directory: Path) -> list[Answer]:
    """What was sent on all accounts."""
    return [
        Answer(entry.at, entry.who, entry.text, entry.key, channel, entry.about)
        for channel in CHANNELS
        for entry in Log(directory / f"{channel}.jsonl")
        if entry.kind == "sent"
    ]


@dataclass
class Playing:
    scenario: Scenario
    channel: str
    directory: Path
    pace: float

    def __post_init__(self) -> None:
        self.heard = 0
        """Lines of the account's log that were seen."""
        self._told: set[int] = set()
        self._played: Played | None = None

    def to_json(self) -> dict[str, Any]:
        return {"told": sorted(self._told), "heard": self.heard}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._told = set(state.get("told", ()))
        self.heard = int(state.get("heard", 0))

    def advance(self, now: Millis) -> list[Utterance]:
        """What is said here up to `now` and was not told yet."""
        begun = began(self.directory)
        if begun is None:
            return []
        until = min(now, ended(self.directory) or now)
        self._played = play(self.scenario, begun, self.pace, answered(self.directory), until)
        fresh = [
            said.utterance
            for said in self._played.said
            if said.channel == self.channel and said.utterance.number not in self._told
        ]
        self._told |= {utterance.number for utterance in fresh}
        return fresh

    def next_due(self) -> Millis:
        """When to look again; another account's log is looked at every second anyway."""
        if self._played is None or ended(self.directory) is not None:
            return FOREVER
        return self._played.next_due or FOREVER

    def about_to_say(self) -> list[tuple[Person, Millis]]:
        """Who writes here next, and when; who is not heard of yet is left out."""
        if self._played is None:
            return []
        return [
            (said.utterance.person, said.utterance.at)
            for said in self._played.ahead
            if said.channel == self.channel and self._played.courses[said.matter].turns
        ]

    def hear(self, who: str, text: str, key: str, at: Millis) -> Person | None:
        """Read from the logs by `advance`."""
        self.heard += 1
        return None

    def come_back(self, number: int, at: Millis) -> None:
        self.heard += 1

    def open_link(self, number: int, payload: str, at: Millis) -> None:
        self.heard += 1

    def number_of(self, who: str) -> int | None:
        return None

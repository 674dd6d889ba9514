"""The town: customers who write, agents at screens and agents who run commands. Each does one
thing after the other in a thread of its own, and remembers what it was promised."""

from __future__ import annotations

import hashlib
import json
import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from store.driver import sqlite3
from tests.team_faults.channel import content_of
from tests.team_faults.desk import ACCOUNTS, Ran, Running, TownDesk
from tests.team_faults.fair import Fair
from tests.team_faults.seat import Left, Seat

LOUD, QUIET = 10, 4
"""Customers who write all the time, and who write once."""
SENTENCE = re.compile(r"omnitui: .{10,}[.?!”]$", re.S)
WORDS = ("Привіт", "hello", "e\u0301", "你好")
LOOK = "Look what was done before you try again."
"""In the sentence of a command that does not know how far it came."""
BAD_WORDS = ("Traceback", "database is locked", "failed unexpectedly", "sqlite3.", "Errno")


@dataclass
class Promise:
    """What an agent wanted stored, known by a word that stands nowhere else."""

    word: str
    kind: str
    """`reply`, `note`, `tag`, `draft`, or `undone`: a reply that was taken back."""
    agent: str
    stood: tuple[float, float] | None = None
    """From when to when a draft stood whole in the box of a screen."""
    kept: bool | None = None
    """True: acknowledged. False: refused, nothing was stored. None: nobody knows."""
    digest: str = ""
    """Of its file."""
    said: str = ""
    """What was answered when it was not taken."""


@dataclass
class Town:
    desk: TownDesk
    seed: int
    screens: tuple[str, ...]
    commanders: tuple[str, ...]
    pace: float = 0.05
    promises: list[Promise] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What an agent should not have had to see."""
    said: dict[str, int] = field(default_factory=dict)
    """Sentences that commands and screens ended with, digits left out."""
    written: int = 0
    explained: set[str] = field(default_factory=lambda: {"newer omnitui"})
    """Words of errors in the engine's log that are no wonder."""
    stormy: threading.Event = field(default_factory=threading.Event)
    """The store cannot be used by everybody just now: sentences say so."""
    storms: int = 0
    fair: Fair = field(default_factory=Fair)
    unsaved: list[Promise] = field(default_factory=list)
    """Drafts that were not in the store at the end of the day."""
    ending: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    """The screens may go, too."""
    kills_to_come: int = 0
    conversations: list[int] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """How many commands each agent has run."""
    quiet: list[int] = field(default_factory=list)
    """Those of customers who write once: what is snoozed there is left alone."""
    seats: dict[str, Seat] = field(default_factory=dict)
    backed_up: list[tuple[Path, list[Promise]]] = field(default_factory=list)
    """Backups, and what was promised before each began."""
    trapped: dict[str, int] = field(default_factory=dict)
    _count: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begins(self) -> None:
        """The first customers write, and everybody takes their seat."""
        chance = random.Random(f"{self.seed} post")
        for number in range(LOUD + QUIET):
            self.writes(number, chance)
        self.desk.eventually(self.all_here, "the first messages")
        self._start("post", self._post)
        for name in self.commanders:
            self._start(f"command {name}", partial(self._commands, name))
        for name in self.screens:
            self.seats[name] = Seat(self.desk, self, name, random.Random(f"{self.seed} {name}"))
            self._start(f"screen {name}", self.seats[name].works)

    def ends(self, meanwhile: Callable[[], None], seconds: float = 90) -> None:
        """Nobody begins anything any more."""
        self.ending.set()
        for thread in self._threads:
            if thread.name.startswith("screen"):
                continue  # they stay open, to be looked at
            end = time.monotonic() + seconds
            while thread.is_alive() and time.monotonic() < end:
                thread.join(0.1)
                meanwhile()
            if thread.is_alive():
                self.complaints.append(f"{thread.name} never came to an end")

    def closes(self) -> None:
        """The screens are left, too."""
        self.closing.set()
        for thread in self._threads:
            thread.join(30)

    @property
    def counted(self) -> int:
        """The number of the newest word."""
        return self._count

    def word(self, kind: str) -> str:
        with self._lock:
            self._count += 1
            return f"{kind}{self._count}."

    def promised(self, kind: str, agent: str, word: str = "") -> Promise:
        made = Promise(word or self.word(kind[0]), kind, agent)
        self.promises.append(made)
        return made

    def heard(self, sentence: str) -> None:
        plain = re.sub(r"\d+", "N", sentence.strip())[:200]
        plain = re.sub(r"/\S*omf-[^/\s]*", "TOP", plain)
        with self._lock:
            self.said[plain] = self.said.get(plain, 0) + 1

    def complains(self, words: str) -> None:
        self.complaints.append(words)

    def _start(self, name: str, work: Callable[[], None]) -> None:
        def told() -> None:
            try:
                work()
            except BaseException as error:
                self.complaints.append(f"the harness: {name}: {error!r}")
                raise

        thread = threading.Thread(target=told, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def all_here(self) -> bool:
        try:
            rows = self.desk.rows(
                "SELECT DISTINCT conversation_id, author_address FROM messages"
                " WHERE direction = 'in' ORDER BY 1"
            )
        except sqlite3.Error:
            return False
        quiet = {f"c{number}@example.test" for number in range(LOUD, LOUD + QUIET)}
        self.conversations = [number for number, who in rows if who not in quiet]
        self.quiet = [number for number, who in rows if who in quiet]
        return len(self.conversations) >= LOUD and len(rows) >= min(self.written, LOUD + QUIET)

    def settled(self, deeds: int) -> bool:
        """Everybody has done so much."""
        return all(self.done[name] >= deeds for name in self.commanders)

    # Customers

    def _post(self) -> None:
        chance = random.Random(f"{self.seed} customers")
        while not self.ending.wait(chance.expovariate(1 / (self.pace * 2))):
            self.writes(chance.randrange(LOUD), chance)

    def writes(self, number: int, chance: random.Random) -> None:
        account = list(ACCOUNTS)[number % len(ACCOUNTS)]
        self.written += 1
        line: dict[str, Any] = {
            "sender": f"c{number}@example.test",
            "text": f"{self.word('c')} {chance.choice(WORDS)}",
            "sizes": [chance.choice((10, 3000, 90_000))] if chance.random() < 0.15 else [],
        }
        with (self.desk.places[account].directory / "inbox.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    # Agents with a shell

    def _commands(self, name: str) -> None:
        chance = random.Random(f"{self.seed} {name}")
        deeds: dict[Callable[[str, random.Random], None], float] = {
            self._takes_back: 1, self._schedules: 2, self._replies: 4, self._snoozes: 2,
            self._composes: 2, self._tags: 2, self._notes: 3, self._looks: 1,
        }  # fmt: skip
        # However short the day is, each is done once.
        first = list(deeds)[self.commanders.index(name) :: len(self.commanders)][::-1]
        while not self.ending.wait(chance.expovariate(1 / self.pace)):
            deed = first.pop() if first else chance.choices(list(deeds), list(deeds.values()))[0]
            deed(name, chance)
            self.done[name] += 1

    def _trap(self, chance: random.Random) -> tuple[str, int] | None:
        with self._lock:
            if self.kills_to_come <= 0:
                return None
            self.kills_to_come -= 1
        kind = chance.choice(("kill", "kill", "kill", "told", "stop"))
        self.trapped[kind] = self.trapped.get(kind, 0) + 1
        return kind, chance.randrange(1, 25)

    def _run(
        self, name: str, chance: random.Random, promise: Promise | None, *argv: str, given: str = ""
    ) -> Ran | None:
        began, trap = time.monotonic(), self._trap(chance) if promise else None
        storms = self.storms
        try:
            ran = self.desk.command(name, *argv, given=given, trap=trap, seconds=60)
        except subprocess.TimeoutExpired:
            self.complains(f"{argv} did not end within a minute")
            return None
        if ran.code == -signal.SIGKILL:
            return None
        if ran.cut_short:
            self.heard(f"a command that had too little ended with {ran.code}")
            return None
        if promise is not None:
            promise.kept = True if ran.code == 0 else None if LOOK in ran.said else False
            promise.said = ran.said
        for words in (ran.out, ran.said):
            if any(bad in words for bad in BAD_WORDS):
                self.complains(f"{argv}: {words}")
        if ran.code == 0:
            return ran
        self.heard(ran.said)
        if ran.code != 1 or not SENTENCE.match(ran.said.strip()):
            self.complains(f"{argv} ended with {ran.code}: {ran.said!r}")
        elif "already passed" in ran.said:
            pass  # the clock was wrong, or this has taken long
        elif not self.stormy.is_set() and storms == self.storms and "locked" not in ran.said:
            self.complains(f"{argv} in fine weather, {time.monotonic() - began:.1f} s: {ran.said}")
        return None

    def _replies(self, name: str, chance: random.Random) -> None:
        promise = self.promised("reply", name)
        argv = ["reply", str(chance.choice(self.conversations))]
        if chance.random() < 0.3:
            content = content_of(promise.word, chance.choice((20, 5000, 100_000)))
            path = self.desk.top / "home" / name / f"{promise.word}bin"
            path.write_bytes(content)
            promise.digest = hashlib.sha256(content).hexdigest()
            argv += ["--attach", str(path)]
        self._run(name, chance, promise, *argv, given=f"{promise.word} an answer")

    def _notes(self, name: str, chance: random.Random) -> None:
        promise = self.promised("note", name)
        number = str(chance.choice(self.conversations))
        self._run(name, chance, promise, "do", number, f"note '{promise.word} is so'")

    def _tags(self, name: str, chance: random.Random) -> None:
        promise = self.promised("tag", name, self.word("t").replace(".", "-end"))
        number = str(chance.choice(self.conversations))
        self._run(name, chance, promise, "do", number, f"tag add {promise.word}")

    def _composes(self, name: str, chance: random.Random) -> None:
        """Several commands, each a promise of its own; the last one sends."""
        promise = self.promised("reply", name)
        number = str(chance.choice(self.conversations))
        self._run(
            name, chance, promise, "do", number, f"reply set '{promise.word} in two'",
            chance.choice(("assign me", "priority high", "priority normal", "unassign")),
            "reply send",
        )  # fmt: skip

    def _schedules(self, name: str, chance: random.Random) -> None:
        """At a time that comes soon, or one that does not come."""
        promise = self.promised("reply", name)
        number = str(chance.choice(self.conversations + self.quiet))
        when = chance.choice((soon(chance), soon(chance), "2h", "2d"))
        self._run(
            name, chance, promise, "do", number, f"reply set '{promise.word} in time'",
            f"reply send {when}",
        )  # fmt: skip

    def _snoozes(self, name: str, chance: random.Random) -> None:
        if not self.quiet:
            return
        number = str(chance.choice(self.quiet))
        when = chance.choice((soon(chance), soon(chance), "2h", "2d"))
        promise = self.promised("tag", name, self.word("t").replace(".", "-end"))
        self._run(name, chance, promise, "do", number, f"snooze {when}", f"tag add {promise.word}")

    def _takes_back(self, name: str, chance: random.Random) -> None:
        promise = self.promised("undone", name, self.word("r"))
        number = str(chance.choice(self.conversations))
        self._run(
            name, chance, promise, "do", number, f"reply set '{promise.word} never'",
            "reply send", "outbox cancel",
        )  # fmt: skip

    def _looks(self, name: str, chance: random.Random) -> None:
        number = str(chance.choice(self.conversations))
        ran = self._run(name, chance, None, "show", number, "--json")
        if ran is not None:
            json.loads(ran.out)


def soon(chance: random.Random) -> str:
    """A moment in a few seconds, by the clock as it is when nothing is wrong with it."""
    moment = datetime.now(UTC) + timedelta(seconds=chance.uniform(1.5, 8))
    return moment.isoformat(timespec="milliseconds")


__all__ = ["Left", "Promise", "Running", "Town"]

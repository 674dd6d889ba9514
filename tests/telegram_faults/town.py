"""Customers who write, edit, react and send files, and an agent who answers them: everything by
chance, every line and every file unlike any other."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omnitui.desk.replying.alterations import NotAlterable
from omnitui.desk.replying.reply_stops import ReplyStopped
from tests.servers.bot_api.control import RemoteBotApi, RemoteThing
from tests.telegram_faults.desk import FaultyDesk

MOODS = ("😀", "👍", "Привіт", "你好", "e\u0301", "")


@dataclass
class Answer:
    """What the agent has sent, or tried to."""

    number: int
    message: int
    chat: str
    lines: list[str]
    files: list[bytes] = field(default_factory=list)
    edited: str = ""
    tries: int = 1

    @property
    def name(self) -> str:
        return f"r{self.number}."


class Town:
    def __init__(
        self, api: RemoteBotApi, desk: FaultyDesk, files: Path, chance: random.Random, people: int
    ) -> None:
        self.api = api
        self.desk = desk
        self.files = files
        self.chance = chance
        self.customers = [api.user(f"Customer {n}", id=1000 + n) for n in range(people)]
        self.written: dict[int, list[RemoteThing]] = {n: [] for n in range(people)}
        self.answers: list[Answer] = []
        self._lines = 0

    def happens(self) -> None:
        """One thing that somebody does."""
        deed = self.chance.choices(
            (self._says, self._edits, self._reacts, self._sends_file, self._sends_album,
             self._answered, self._corrected),
            (6, 2, 2, 2, 1, 6, 1),
        )[0]  # fmt: skip
        deed()

    # Customers

    def _somebody(self) -> tuple[int, RemoteThing]:
        number = self.chance.randrange(len(self.customers))
        return number, self.customers[number]

    def _line(self) -> str:
        self._lines += 1
        return f"c{self._lines}. {self.chance.choice(MOODS)}".strip()

    def _bytes(self) -> bytes:
        self._lines += 1
        return f"file {self._lines} ".encode() + self.chance.randbytes(
            self.chance.choice((1, 3000, 200_000))
        )

    def _says(self) -> None:
        number, who = self._somebody()
        self.written[number].append(who.says(self._line()))

    def _edits(self) -> None:
        number, who = self._somebody()
        if self.written[number]:
            who.edits(self.chance.choice(self.written[number][-4:]), self._line())

    def _reacts(self) -> None:
        number, who = self._somebody()
        if self.written[number]:
            which = self.chance.choice(self.written[number][-4:])
            who.reacts(which, *self.chance.choice((("👍",), ("🔥",), ())))

    def _sends_file(self) -> None:
        _number, who = self._somebody()
        kind = self.chance.choice(("sends_document", "sends_voice", "sends_photo"))
        getattr(who, kind)(self._bytes())

    def _sends_album(self) -> None:
        _number, who = self._somebody()
        items = [
            ("document", self._bytes(), f"{n}.bin") for n in range(self.chance.randrange(2, 6))
        ]
        who.sends_album(*items, caption=self._line())

    # The agent

    def _answered(self) -> None:
        rows = self.desk.read(
            "SELECT max(id), details ->> '$.chat' FROM messages WHERE direction = 'in' GROUP BY 2"
        )
        if not rows:
            return
        message, chat = self.chance.choice(rows)
        (conversation,) = self.desk.read(
            "SELECT conversation_id FROM messages WHERE id = ?", message
        )[0]
        number = len(self.answers) + 1
        lines = [f"r{number}.0"]
        if self.chance.random() < 0.25:
            filler = "words that fill a line, as an agent's do " * 3
            lines += [f"r{number}.{n} {filler}".strip() for n in range(1, 110)]
        contents = [self._bytes() for _ in range(self.chance.choice((0, 0, 0, 1, 1, 3)))]
        paths = []
        for index, content in enumerate(contents):
            paths.append(self.files / f"{number}-{index}.bin")
            paths[-1].write_bytes(content)
        try:
            made = self.desk.answers(
                conversation, "\n\n".join(lines), paths, silent=self.chance.random() < 0.2
            )
        except ReplyStopped as stopped:
            raise AssertionError(f"the reply was stopped: {stopped}") from stopped
        self.answers.append(Answer(number, made, chat, lines, contents))

    def _corrected(self) -> None:
        short = [a for a in self.answers if len(a.lines) == 1 and not a.files]
        if not short:
            return
        answer = self.chance.choice(short[-5:])
        text = f"r{answer.number}.0 corrected {self.chance.randrange(10**6)}"
        try:
            self.desk.edits(answer.message, text)
        except NotAlterable:
            return  # not out yet
        answer.edited = text

    def decides(self) -> int:
        """The agent sends what is of unknown fate once more; how many."""
        unknown = {
            row[0] for row in self.desk.read("SELECT id FROM messages WHERE state = 'unknown'")
        }
        for answer in self.answers:
            if answer.message in unknown:
                answer.tries += 1
                self.desk.retries(answer.message)
        return len(unknown)

    def state(self, answer: Answer) -> tuple[str, str, dict[str, Any]]:
        state, text, details = self.desk.read(
            "SELECT state, text, details FROM messages WHERE id = ?", answer.message
        )[0]
        return state, text, json.loads(details)

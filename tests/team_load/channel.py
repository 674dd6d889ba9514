"""A channel from which messages come as fast as the test says, by the number of them.

What it brings is told by its number alone: message 17 of an account has the same words and the
same sender whenever it is asked for, so that everything can be counted afterwards. How many are
due by now is in a file of eight bytes that the test writes; what was sent is in `sent.jsonl`.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import struct
import time
from pathlib import Path

from config.model import OtherAccount
from connectors.contract import Address, Capabilities, Check, Inbound, Intake, Outgoing, Sent

LOOK = 0.01
"""Seconds between looks at what is due."""
BATCH = 50
_DUE = struct.Struct("<q")
_TEXTS = (
    "Good morning, where is my order? It should have come on Tuesday and nobody at the shop can"
    " tell me anything. The number is {n}.",
    "Добрий день! Замовлення {n} прийшло без однієї коробки, що мені тепер робити? Дякую.",
    "Здравствуйте, заказ {n} пришёл разбитым. Как вернуть деньги? Фото пришлю вечером.",
    "Dzień dobry, paczka {n} jeszcze nie dotarła, a miała być wczoraj. Proszę o informację.",
    "Thanks!",
    "I wrote about {n} twice already. Please call me back, or write when somebody has looked at"
    " it: I am at home until six, and tomorrow the whole day.\n\nThe size is wrong, too.",
)


class Due:
    """How many messages of an account are due; written by the test, read by the engine."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_DUE.pack(0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _DUE.size)

    @property
    def number(self) -> int:
        return int(_DUE.unpack(self._map[:])[0])

    @number.setter
    def number(self, value: int) -> None:
        self._map[:] = _DUE.pack(value)


def sender(account: str, number: int, customers: int) -> str:
    """Who writes message `number`: a few of them much more often than the others."""
    mixed = number * 2654435761 % 2**32
    who = mixed % (customers // 20 or 1) if mixed % 5 == 0 else mixed % customers
    return f"{account}{who}@storm.test"


def words(account: str, number: int) -> str:
    return f"{_TEXTS[number % len(_TEXTS)].format(n=number)} {account}-{number}."


class StormConnector:
    """Options: `directory`; `customers`; `chat`: each customer has one conversation, else each
    message begins one, as mail does."""

    channel = "storm"
    capabilities = Capabilities(write_first=True)

    def __init__(self, name: str, settings: OtherAccount) -> None:
        self.name = name
        self._directory = Path(str(settings.options["directory"]))
        self._customers = int(settings.options.get("customers", 1000))
        self._chat = bool(settings.options.get("chat"))
        self._due = Due(self._directory / "due")

    async def run(self, intake: Intake) -> None:
        await intake.online("storm")
        done = int((await intake.cursor()).get("done", 0))
        while True:
            if (end := min(self._due.number, done + BATCH)) > done:
                await intake.accept([self._message(n) for n in range(done, end)], {"done": end})
                done = end
            else:
                await asyncio.sleep(LOOK)

    def _message(self, number: int) -> Inbound:
        text, who = words(self.name, number), sender(self.name, number, self._customers)
        return Inbound(
            external_id=f"{self.name}/{number:09d}",
            message_key=f"{number}@{self.name}",
            content_hash=f"{number:064d}",
            sender=Address(who, f"{self.name.title()} {who.partition('@')[0]}"),
            text=text,
            subject="" if self._chat else f"Order {number}",
            arrived_at=int(time.time() * 1000),
            raw=text.encode(),
            chat=who if self._chat else "",
        )

    async def send(self, message: Outgoing) -> Sent:
        line = json.dumps({"key": message.key, "text": message.text}) + "\n"
        file = os.open(self._directory / "sent.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
        return Sent(message.key)

    async def find_sent(self, message: Outgoing) -> Sent | None:
        path = self._directory / "sent.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        there = any(json.loads(line)["key"] == message.key for line in lines)
        return Sent(message.key) if there else None

    async def check(self) -> list[Check]:
        return [Check("storm", True, "")]

    async def close(self) -> None:
        """Nothing is open."""

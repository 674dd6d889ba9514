"""A scripted channel with visitors: signals in from `signals.jsonl`, and what it was told of
attendance, read marks and barring in files of these names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from config.model import OtherAccount
from connectors.contract import Address, Attendance, Capabilities, Intake, Signal
from tests.engine.scripted import Place, ScriptedConnector


class Lobby(Place):
    """The test's side."""

    def tell(self, kind: str, who: str = "", **details: Any) -> None:
        """A signal; `present` tells who is there, all of them (`who` is a list then)."""
        self.append("signals.jsonl", {"kind": kind, "who": who, "details": details})

    def here(self, *visitors: str) -> None:
        self.append("signals.jsonl", {"kind": "present", "who": list(visitors), "details": {}})


class LobbyConnector(ScriptedConnector):
    channel = "lobby"

    def __init__(self, name: str, settings: OtherAccount) -> None:
        super().__init__(name, settings)
        self.capabilities = Capabilities(
            typing=True, read_marks=True, attends=True, presence=True, bars=True, forgets=True,
            parallel=4,
        )  # fmt: skip
        self._done = len(self.place.lines("signals"))

    async def run(self, intake: Intake) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(super().run(intake), name="messages")
            group.create_task(self._listen(intake), name="signals")

    async def _listen(self, intake: Intake) -> None:
        greeting = self.place.lines("here")
        await intake.present([_signal("online", who) for line in greeting for who in line["who"]])
        while True:
            lines = self.place.lines("signals")
            new, self._done = lines[self._done :], len(lines)
            for line in new:
                if line["kind"] == "present":
                    await intake.present([_signal("online", who) for who in line["who"]])
            signals = [
                _signal(line["kind"], line["who"], line["details"])
                for line in new
                if line["kind"] != "present"
            ]
            if signals:
                await intake.signal(signals)
            await asyncio.sleep(0.01)

    async def attend(self, attendance: Attendance) -> None:
        self._trouble("attend")
        self.place.append(
            "attended.jsonl", {"state": attendance.state, "queue": dict(attendance.queue)}
        )

    async def seen(self, chat: str, key: str) -> None:
        self._trouble("seen", chat)
        self.place.append("seen.jsonl", {"chat": chat, "key": key})

    async def bar(self, address: str, barred: bool) -> None:
        self._trouble("bar")
        self.place.append("barred.jsonl", {"address": address, "barred": barred})

    async def forget(self, address: str) -> None:
        self._trouble("forget")
        self.place.append("forgotten.jsonl", {"address": address})


def _signal(kind: Any, who: str, details: Mapping[str, Any] | None = None) -> Signal:
    return Signal(kind, int(time.time() * 1000), who, Address(who), details or {})

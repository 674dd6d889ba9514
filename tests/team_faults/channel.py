"""The town's channel: what customers write are lines of a file, and what reaches them is, too.

`inbox.jsonl` is what the channel hands over, `acked.jsonl` how far it was acknowledged.
`sent.jsonl` is what it took. At each start the one that can be asked what it took goes back a few
lines and hands them over once more; the other one hands nothing over twice, so that what the
desk's cursor has passed and the desk has not is lost for good.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.model import EmailAccount, OtherAccount, TelegramAccount, WebchatAccount
from connectors.contract import (
    Address,
    Capabilities,
    Check,
    Deferred,
    File,
    Inbound,
    Intake,
    MaybeSent,
    Outgoing,
    Rejected,
    Remote,
    Sent,
    Unreachable,
)
from tests.engine.scripted import Place

BATCH = 20
AGAIN = 5
"""Lines that are handed over once more at each start, where the channel is that careful."""
LOOK = 0.05


class TownConnector:
    channel = "scripted"
    capabilities = Capabilities(write_first=True, files=True)
    left = 0
    """After so many messages the engine dies: it has handed the last one over and does not know."""

    def __init__(
        self, name: str, settings: EmailAccount | TelegramAccount | WebchatAccount | OtherAccount
    ) -> None:
        assert isinstance(settings, OtherAccount)
        self.name = name
        self.place = Place(Path(str(settings.options["directory"])))
        self.proves = bool(settings.options.get("proves"))
        self._lines: list[dict[str, Any]] = []
        self._read_to = 0
        self._tried: set[str] = set()

    async def run(self, intake: Intake) -> None:
        await intake.online("the town's")
        back = AGAIN if self.proves else 0
        while True:
            done = int((await intake.cursor()).get("lines", 0))
            first, back = max(0, done - back), 0
            self._read()
            if len(self._lines) <= first:
                await asyncio.sleep(LOOK)
                continue
            end = min(len(self._lines), first + BATCH)
            batch = [self._inbound(n) for n in range(first, end)]
            await intake.accept(batch, {"lines": max(end, done)})
            with contextlib.suppress(OSError):  # no more files: it has no receipt then
                self.place.append("acked.jsonl", {"upto": max(end, done)})

    def _read(self) -> None:
        try:
            with (self.place.directory / "inbox.jsonl").open("rb") as file:
                file.seek(self._read_to)
                new = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unreachable(f"The town's line: {error.strerror}.") from error
        whole = new[: new.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._lines += map(json.loads, whole.splitlines())

    def _inbound(self, number: int) -> Inbound:
        line: Mapping[str, Any] = self._lines[number]
        text = str(line["text"])
        return Inbound(
            external_id=f"line/{number:09d}",
            message_key=f"{number}@{self.name}",
            content_hash=f"{number:064d}",
            sender=Address(str(line["sender"])),
            text=text,
            arrived_at=int(time.time() * 1000),
            raw=text.encode(),
            chat=str(line["sender"]),
            files=[
                File(f"{text.split()[0]}bin", "application/octet-stream", content_of(text, size))
                for size in line.get("sizes", ())
            ],
        )

    async def send(self, message: Outgoing) -> Sent:
        """Now and then something is in the way; what, hangs on the message's key alone."""
        luck = hashlib.sha256(message.key.encode()).digest()[0]
        first = message.key not in self._tried
        self._tried.add(message.key)
        if first and luck < 10:
            raise Unreachable("The town's line is cut.")
        if first and luck < 20:
            raise Deferred("The town says later.", 0.05)
        if luck < 24:
            raise Rejected("The town does not want it.")
        if luck > 250:
            await asyncio.sleep(0.2)
        try:
            self.place.append(
                "sent.jsonl",
                {
                    "key": message.key,
                    "text": message.text,
                    "to": [to.address for to in message.to],
                    "files": [_digest(file) for file in message.files],
                },
            )
        except OSError as error:
            raise Unreachable(f"The town's line: {error.strerror}.") from error
        TownConnector.left -= 1
        if TownConnector.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if luck < 30:
            raise MaybeSent("The town fell silent.")
        await asyncio.sleep(0.03)
        return Sent(message.key)

    async def find_sent(self, message: Outgoing) -> Sent | None:
        if not self.proves:
            return None
        try:
            known = {line["key"] for line in self.place.sent()}
        except OSError as error:
            raise Unreachable(f"The town's line: {error.strerror}.") from error
        return Sent(message.key) if message.key in known else None

    async def check(self) -> list[Check]:
        return []

    async def close(self) -> None: ...


def content_of(text: str, size: int) -> bytes:
    """The bytes of a file, like no other's."""
    seed = hashlib.sha256(text.encode()).digest()
    return (seed * (size // len(seed) + 1))[:size]


def _digest(file: File) -> str:
    assert not isinstance(file.content, Remote)
    return hashlib.sha256(file.read()).hexdigest()

"""A channel in a directory: what it brings and what it was sent are files, so that tests see
them whatever becomes of the engine's process.

`inbox.jsonl`: one message a line, appended by the test. `sent.jsonl`: one line for each
message taken over, synced before `send` goes on. `fault`: one line that says how the
channel misbehaves; read anew at each step.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from config.model import OtherAccount
from connectors.contract import (
    Address,
    AuthFailed,
    Capabilities,
    Check,
    Deferred,
    Inbound,
    Intake,
    MaybeSent,
    Misconfigured,
    Outgoing,
    Rejected,
    Sent,
    Unreachable,
)


class Place:
    """The test's side of the channel."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def deliver(self, *texts: str, sender: str = "ann@example.test") -> None:
        with (self.directory / "inbox.jsonl").open("a", encoding="utf-8") as file:
            for text in texts:
                file.write(json.dumps({"sender": sender, "text": text}) + "\n")

    def fault(self, words: str = "") -> None:
        """`run unreachable`, `send maybe`, `send hang-after`, … ; "" for none."""
        path = self.directory / "fault.new"
        path.write_text(words)
        path.replace(self.directory / "fault")

    def sent(self) -> list[dict[str, Any]]:
        return _lines(self.directory / "sent.jsonl")

    def inbox(self) -> list[dict[str, Any]]:
        return _lines(self.directory / "inbox.jsonl")

    def tidied(self) -> list[str]:
        return [each for line in _lines(self.directory / "tidied.jsonl") for each in line["ids"]]

    def starts(self) -> int:
        """How often a connector began to run."""
        return len(_lines(self.directory / "runs.jsonl"))

    def _fault(self, step: str) -> str:
        try:
            words = (self.directory / "fault").read_text().split()
        except FileNotFoundError:
            return ""
        return words[1] if words[:1] == [step] else ""

    def append(self, name: str, line: Mapping[str, Any]) -> None:
        with (self.directory / name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


class ScriptedConnector:
    channel = "scripted"
    capabilities = Capabilities(write_first=True)

    def __init__(self, name: str, settings: OtherAccount) -> None:
        self.name = name
        self.tidies = bool(settings.options.get("tidies"))
        self.place = Place(Path(str(settings.options["directory"])))
        if self.place._fault("build") == "misconfigured":
            raise Misconfigured("The script says that these settings cannot work.")

    async def run(self, intake: Intake) -> None:
        self.place.append("runs.jsonl", {"at": time.time()})
        self._trouble("run")
        await intake.online("scripted")
        while True:
            self._trouble("run")
            done = int((await intake.cursor()).get("lines", 0))
            lines = self.place.inbox()
            if len(lines) > done:
                end = min(len(lines), done + 50)
                await intake.accept(
                    [self._inbound(n, lines[n]) for n in range(done, end)], {"lines": end}
                )
                continue
            await asyncio.sleep(0.01)

    def _inbound(self, number: int, line: Mapping[str, Any]) -> Inbound:
        text = str(line["text"])
        return Inbound(
            external_id=f"line/{number:09d}",
            message_key=f"{number}@{self.name}",
            content_hash=f"{number:064d}",
            sender=Address(str(line["sender"])),
            text=text,
            # What no clock says: an item that the desk cannot take.
            arrived_at="poison" if "poison" in text else int(time.time() * 1000),  # type: ignore[arg-type]
            subject=str(line.get("subject", "")),
            raw=text.encode("utf-8", "surrogatepass"),
        )

    def _trouble(self, step: str) -> None:
        match self.place._fault(step):
            case "unreachable":
                raise Unreachable("The script cut the line.")
            case "auth":
                raise AuthFailed("The script knows no such password.")
            case "crash":
                raise ZeroDivisionError("customer secret words")
            case "cancelled":
                raise asyncio.CancelledError
            case "group":
                raise ExceptionGroup("two", [ValueError("x"), Unreachable("Cut in a group.")])
            case "rejected":
                raise Rejected("The script does not want it.")
            case "deferred":
                raise Deferred("The script says later.", 0.05)
            case "maybe":
                raise MaybeSent("The script fell silent.")

    async def send(self, message: Outgoing) -> Sent:
        self.place.append("attempts.jsonl", {"key": message.key})
        self._trouble("send")
        if self.place._fault("send") == "hang-before":
            await asyncio.Event().wait()
        if self.place._fault("send") == "slow":
            await asyncio.sleep(0.5)
        self.place.append(
            "sent.jsonl",
            {
                "key": message.key,
                "text": message.text,
                "to": [to.address for to in message.to],
                "in_reply_to": message.in_reply_to,
            },
        )
        if self.place._fault("send") == "hang-after":
            await asyncio.Event().wait()
        if self.place._fault("send") == "learn":
            self.capabilities = dataclasses.replace(self.capabilities, file_limit=1_234)
        if self.place._fault("send") == "crash-after":
            raise ZeroDivisionError("after the hand-over")
        return Sent(message.key)

    async def find_sent(self, message: Outgoing) -> Sent | None:
        if self.place._fault("send") == "no-proof":
            return None
        known = {line["key"] for line in self.place.sent()}
        return Sent(message.key) if message.key in known else None

    async def tidy(self, external_ids: Sequence[str]) -> None:
        self._trouble("tidy")
        self.place.append("tidied.jsonl", {"ids": list(external_ids)})

    async def check(self) -> list[Check]:
        return [Check("scripted", True, "")]

    async def close(self) -> None:
        self.place.append("closed.jsonl", {})


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    # A line that is just being written has no end yet.
    return [json.loads(line) for line in text.split("\n")[:-1]]

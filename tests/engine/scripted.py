"""A channel in a directory: what it brings and what it was sent are files, so that tests see
them whatever becomes of the engine's process.

`inbox.jsonl`: one message a line, appended by the test. `sent.jsonl`: one line for each
message taken over, synced before `send` goes on. `fault`: one line that says how the
channel misbehaves; read anew at each step.

Of an account with `chat = true` it is a chat: with edits, deletions, typing, long texts in parts
(divided by PART), and files that stay in `files/` until they are fetched.
"""

from __future__ import annotations

import asyncio
import dataclasses
import errno
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
    Blocked,
    Capabilities,
    Check,
    Deferred,
    File,
    Inbound,
    Intake,
    MaybeSent,
    Misconfigured,
    Outgoing,
    Rejected,
    Remote,
    Sent,
    Unreachable,
)

PART = "\n---\n"
CHAT = Capabilities(
    edit=True, delete=True, delete_window=172_800, answers=True, silent=True, typing=True
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

    def say(self, text: str, chat: str, *files: str, promised: int | None = None) -> None:
        """Somebody writes in a chat, with files of these references; their contents are what
        `hold` put there."""
        line = {"sender": chat, "text": text, "chat": chat, "files": files, "size": promised}
        with (self.directory / "inbox.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def hold(self, reference: str, content: bytes) -> None:
        """A file that the channel keeps until it is fetched."""
        (self.directory / "files").mkdir(exist_ok=True)
        (self.directory / "files" / reference).write_bytes(content)

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What was written to `attempts`, `fetches`, `altered`, `typing`."""
        return _lines(self.directory / f"{name}.jsonl")

    def fault(self, words: str = "") -> None:
        """`run unreachable`, `send maybe`, `send hang-after`, … ; "" for none. A third word
        limits it to one chat, or file."""
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

    def _fault(self, step: str, about: str = "") -> str:
        try:
            words = (self.directory / "fault").read_text().split()
        except FileNotFoundError:
            return ""
        here = words[:1] == [step] and words[2:] in ([], [about])
        return words[1] if here else ""

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
        self.chat = bool(settings.options.get("chat"))
        if self.chat:
            parallel = int(settings.options.get("parallel", 1))
            self.capabilities = dataclasses.replace(CHAT, parallel=parallel)
        if self.place._fault("build") == "misconfigured":
            raise Misconfigured("The script says that these settings cannot work.")

    async def run(self, intake: Intake) -> None:
        try:
            await self._run(intake)
        except asyncio.CancelledError as ending:
            if self.place._fault("end") == "unreachable":
                # So a TaskGroup of Python 3.11 does when a task of it fails at that moment.
                raise Unreachable("The script cut the line.") from ending
            raise

    async def _run(self, intake: Intake) -> None:
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
            chat=str(line.get("chat", "")),
            files=[
                File(f"{name}.bin", "application/octet-stream", Remote(name, line.get("size")))
                for name in line.get("files", ())
            ],
        )

    def _trouble(self, step: str, about: str = "") -> None:
        match self.place._fault(step, about):
            case "short":
                raise OSError(errno.EMFILE, "Too many open files")
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
            case "blocked":
                raise Blocked("The script blocks you.")
            case "deferred":
                raise Deferred("The script says later.", 0.05)
            case "maybe":
                raise MaybeSent("The script fell silent.")

    async def send(self, message: Outgoing) -> Sent:
        fault = self.place._fault("send", message.chat)
        self.place.append(
            "attempts.jsonl", {"key": message.key, "chat": message.chat, "text": message.text}
        )
        self._trouble("send", message.chat)
        if fault == "hang-before":
            await asyncio.Event().wait()
        if fault == "slow":
            await asyncio.sleep(0.5)
        texts = message.text.split(PART)
        parts = list(message.parts)
        for number, text in enumerate(texts):
            if number < len(message.parts):
                continue
            self._trouble(f"part{number + 1}", message.chat)
            self.place.append(
                "sent.jsonl",
                {
                    "key": message.key,
                    "text": text,
                    "to": [to.address for to in message.to],
                    "in_reply_to": message.in_reply_to,
                    "chat": message.chat,
                    "answers": message.answers,
                    "silent": message.silent,
                },
            )
            if len(texts) > 1:
                parts.append(f"{message.key}/{number + 1}")
                assert message.progress is not None
                await message.progress(parts[-1])
        if fault == "hang-after":
            await asyncio.Event().wait()
        if fault == "learn":
            self.capabilities = dataclasses.replace(self.capabilities, file_limit=1_234)
        if fault == "crash-after":
            raise ZeroDivisionError("after the hand-over")
        return Sent(parts[0] if parts else message.key, parts=parts)

    async def find_sent(self, message: Outgoing) -> Sent | None:
        self._trouble("proof")
        if self.chat or self.place._fault("send") == "no-proof":
            return None
        known = {line["key"] for line in self.place.sent()}
        return Sent(message.key) if message.key in known else None

    async def edit(self, message: Outgoing, parts: Sequence[str]) -> None:
        self._trouble("alter")
        self.place.append("altered.jsonl", {"parts": list(parts), "text": message.text})
        if self.place._fault("alter") == "hang-after":
            await asyncio.Event().wait()

    async def delete(self, message: Outgoing, parts: Sequence[str]) -> None:
        self._trouble("alter")
        self.place.append("altered.jsonl", {"parts": list(parts), "text": None})

    async def typing(self, chat: str) -> None:
        self.place.append("typing.jsonl", {"chat": chat, "at": time.time()})

    async def fetch(self, reference: str, into: Path) -> None:
        self.place.append("fetches.jsonl", {"reference": reference, "into": str(into)})
        self._trouble("fetch", reference)
        content = (self.place.directory / "files" / reference).read_bytes()
        fault = self.place._fault("fetch", reference)
        given = content[: len(content) // 2] if fault == "hang" else content
        await asyncio.to_thread(into.write_bytes, given)
        if fault == "hang":
            await asyncio.Event().wait()
        if fault == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        while fault == "endless":
            with into.open("ab") as file:
                file.write(bytes(1 << 16))
            await asyncio.sleep(0.01)

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

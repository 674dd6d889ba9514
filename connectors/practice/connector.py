"""A channel of practice customers: they write, wait for the agent's answer and react to it.

It keeps the contract of a real channel (idempotent sends, proof of a send, a cursor that is
stored with the batch), so that practising exercises the real intake, engine and outbox.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from config.i18n import _
from config.model import OtherAccount
from config.problems import ConfigError
from connectors.contract import (
    Attendance,
    Capabilities,
    Check,
    Intake,
    Misconfigured,
    Notice,
    Outgoing,
    Received,
    Rejected,
    Sent,
    Signal,
)
from connectors.practice import media
from connectors.practice.arrivals import arrival
from connectors.practice.log import Entry, Log
from connectors.practice.playing import Playing
from connectors.practice.street import Street
from connectors.practice.visiting import Visiting

POSES: Mapping[str, Capabilities] = {
    "email": Capabilities(
        formatting="markdown", file_limit=25_000_000, subject=True, cc=True, write_first=True
    ),
    "telegram": Capabilities(
        part_limit=4096,
        formatting="markdown",
        each_file_limit=50_000_000,
        edit=True,
        delete=True,
        delete_window=48 * 3600,
        answers=True,
        silent=True,
        typing=True,
        link="https://t.me/{bot}?start={payload}",
    ),
    "webchat": Capabilities(
        formatting="markdown",
        each_file_limit=20_971_520,
        edit=True,
        delete=True,
        typing=True,
        read_marks=True,
        presence=True,
        attends=True,
    ),
}
# Who comes back from one channel goes on here.
RETURNS = {"email": "telegram", "telegram": "webchat", "webchat": "email"}
_LINK = re.compile(r"https://t\.me/\w+\?start=([\w-]{1,64})")


class PracticeConnector:
    """Options: `as` (email, telegram or webchat), `directory` (shared by the practice
    accounts of a desk), `speed` (1.0: a day's pace), `seed`; `scenario`, a file whose customers
    write instead of those of a day."""

    def __init__(self, name: str, settings: OtherAccount) -> None:
        options = settings.options
        self.channel = str(options.get("as", "webchat"))
        if self.channel not in POSES:
            raise Misconfigured(
                _("Account {name}: `as` is “{channel}”; it can be {known}.").format(
                    name=name, channel=self.channel, known=", ".join(POSES)
                )
            )
        if "directory" not in options:
            raise Misconfigured(
                _(
                    "Account {name}: `directory` is missing: a folder for the practice customers."
                ).format(name=name)
            )
        self.name = name
        able = POSES[self.channel]
        bot = settings.address.removeprefix("@") or "practice_bot"
        self.capabilities = replace(able, link=able.link.replace("{bot}", bot))
        self._address = settings.address
        self._directory = Path(str(options["directory"]))
        self._speed = max(float(options.get("speed", 1.0)), 0.01)
        self._seed = int(options.get("seed", 0))
        self._scenario = str(options.get("scenario", ""))
        self._log = Log(self._directory / f"{self.channel}.jsonl")
        self._woken = asyncio.Event()

    def _customers(self) -> Street | Playing:
        if self._scenario:
            from connectors.practice.scenario_file import read_scenario

            try:
                scenario = read_scenario(Path(self._scenario))
            except ConfigError as error:
                raise Misconfigured(str(error.first)) from error
            return Playing(scenario, self.channel, self._directory, self._speed)
        poses = list(POSES)
        return Street(
            self.channel,
            seed=self._seed,
            share=poses.index(self.channel),
            shares=len(poses),
            speed=self._speed,
            start=_now(),
        )

    async def run(self, intake: Intake) -> None:
        street = self._customers()
        street.restore(await intake.cursor())
        await intake.online()
        visiting = None
        if self.capabilities.presence:
            visiting = Visiting(self._address, self._speed)
            await intake.present([])
        while True:
            self._woken.clear()
            arrived: list[Received] = list(self._listen(street, visiting))
            spoken = street.advance(_now())
            arrived += [arrival(self.channel, self._address, each) for each in spoken]
            signals: list[Signal] = []
            if visiting is not None:
                signals = [visiting.writes(each.person, each.at) for each in spoken]
                seen, marks = visiting.advance(_now(), street.about_to_say())
                signals += seen
                arrived += marks
            if arrived:
                await intake.accept(arrived, street.to_json())
            if signals:
                await intake.signal(signals)
            wait = (street.next_due() - _now()) / 1000
            try:
                # Another account's log entries are noticed at the next look.
                async with asyncio.timeout(min(max(wait, 0.02), 1.0)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _listen(self, street: Street | Playing, visiting: Visiting | None) -> Iterator[Notice]:
        """React to what was sent, and to who comes back, since the last look."""
        for entry in list(self._log)[street.heard :]:
            if entry.kind == "returns":
                street.come_back(entry.person, entry.at)
                continue
            if entry.kind == "opens":
                street.open_link(entry.person, entry.text, entry.at)
                continue
            if entry.kind != "sent":
                street.heard += 1
                continue
            self._follow_link(street, entry)
            if visiting is not None:
                mark = visiting.gets(entry.who, self._id(entry), entry.at)
                if mark is not None:
                    yield mark
            leaving = street.hear(entry.who, entry.text, entry.key, entry.at)
            if leaving is not None:
                other = Log(self._directory / f"{RETURNS[self.channel]}.jsonl")
                key = f"returns/{self.channel}/{leaving.number}"
                other.append(Entry("returns", entry.at, key, person=leaving.number))

    def _follow_link(self, street: Street | Playing, entry: Entry) -> None:
        """Who is sent a link to the practice bot opens it."""
        link = _LINK.search(entry.text)
        number = street.number_of(entry.who)
        if link is not None and number is not None:
            key = f"opens/{link[1]}"
            opened = Entry("opens", entry.at, key, text=link[1], person=number)
            Log(self._directory / "telegram.jsonl").append(opened)

    async def send(self, message: Outgoing) -> Sent:
        who = message.chat or (message.to[0].address if message.to else "")
        if not who:
            raise Rejected(_("The message has no recipient."))
        about = message.in_reply_to
        entry = Entry("sent", _now(), message.key, who, message.text, about=about)
        if not await asyncio.to_thread(self._log.append, entry):
            return await self.find_sent(message) or Sent(self._id(entry))
        self._woken.set()
        return Sent(self._id(entry))

    async def find_sent(self, message: Outgoing) -> Sent | None:
        entries = await asyncio.to_thread(list, self._log)
        found = next((entry for entry in entries if entry.key == message.key), None)
        return Sent(self._id(found)) if found is not None else None

    def _id(self, entry: Entry) -> str:
        """What a message that was sent is called here; in a chat with marks, in their order."""
        return f"{entry.who}:{entry.at}" if self.capabilities.read_marks else entry.key

    async def fetch(self, reference: str, into: Path) -> None:
        what, _slash, number = reference.partition("/")
        made = media.voice if what == "voice" else media.photo
        content = await asyncio.to_thread(made, int(number))
        await asyncio.to_thread(into.write_bytes, content)

    async def edit(self, message: Outgoing, parts: Sequence[str]) -> None:
        await self._alter(Entry("edited", _now(), "", text=message.text), parts)

    async def delete(self, message: Outgoing, parts: Sequence[str]) -> None:
        await self._alter(Entry("deleted", _now(), ""), parts)

    async def _alter(self, entry: Entry, parts: Sequence[str]) -> None:
        for part in parts:
            digest = hashlib.sha256(entry.text.encode()).hexdigest()[:16]
            named = replace(entry, key=f"{entry.kind}/{part}/{digest}")
            await asyncio.to_thread(self._log.append, named)

    async def typing(self, chat: str) -> None:
        return None

    async def attend(self, attendance: Attendance) -> None:
        """Practice customers write whether somebody is there or not."""

    async def check(self) -> list[Check]:
        return [
            Check(
                _("practice customers"),
                True,
                _("write as {channel}").format(channel=self.channel),
            )
        ]

    async def close(self) -> None:
        self._woken.set()


def _now() -> int:
    return time.time_ns() // 1_000_000

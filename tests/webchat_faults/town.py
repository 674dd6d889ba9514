"""Visitors who come, write, send files, sign in and go away, and an agent who answers them:
everything by chance, every line and every file unlike any other."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omnitui.desk.replying.alterations import NotAlterable
from omnitui.desk.replying.reply_stops import ReplyStopped
from store.errors import StoreError
from tests.webchat_faults.browser import Browser, Written, all_tabs
from tests.webchat_faults.shop import FaultyShop
from tests.webchat_faults.sink import Sink

MOODS = ("😀", "Привіт", "你好", "e\u0301", "<b>&amp;", "\u202eabc", "")


@dataclass(eq=False)
class Answer:
    """What the agent has sent, or tried to."""

    number: int
    message: int
    chat: str
    """The visitor, as they were called then."""
    files: list[bytes] = field(default_factory=list)
    edited: str = ""
    deleted: bool = False
    at_risk: bool = False

    @property
    def name(self) -> str:
        return f"r{self.number}."


class Town:
    def __init__(
        self, shop: FaultyShop, sink: Sink, files: Path, chance: random.Random, people: int
    ) -> None:
        self.shop = shop
        self.sink = sink
        self.files = files
        self.chance = chance
        ports = (shop.visitors.port, shop.port)
        self.browsers = [
            Browser(f"b{n}", ports, random.Random(chance.random()), jwt=self._jwt)
            for n in range(people)
        ]
        self.answers: list[Answer] = []
        self.restored = 0
        self._lines = 0
        self._deeds: set[asyncio.Task[None]] = set()

    def _jwt(self, sub: str) -> str:
        return self.shop.identity(sub, email=self.email(sub), name=sub.title())

    @staticmethod
    def email(sub: str) -> str:
        return f"{sub}@home.test"

    async def happens(self) -> None:
        """One thing that somebody does."""
        deed = self.chance.choices(
            (self._says, self._sends_file, self._comes, self._goes, self._signs_in,
             self._answered, self._changed, self._agent_reads),
            (8, 2, 2, 1.5, 0.7, 8, 2, 1),
        )[0]  # fmt: skip
        await deed()

    # Visitors

    async def _somebody(self) -> Browser:
        who = self.chance.choice(self.browsers)
        if not who.tabs:
            who.opens(poll=self.chance.random() < 0.3)
        return who

    def _line(self) -> str:
        self._lines += 1
        return f"c{self._lines}. {self.chance.choice(MOODS)}".strip()

    async def _says(self) -> None:
        self.says(await self._somebody())

    def says(self, who: Browser) -> None:
        """In one of their tabs."""
        text = self._line()
        one = Written(f"m{self._lines}", text, who, {})
        one.frame = {"type": "message", "id": one.id, "text": text}
        self.chance.choice(who.tabs).writes(one)

    async def _sends_file(self) -> None:
        who = await self._somebody()
        tab = self.chance.choice(who.tabs)
        text = self._line()
        name, more = f"m{self._lines}", self.chance.choice((1, 3_000, 150_000))
        content = f"file {text} {self.chance.randbytes(more).hex()}\n".encode()

        async def work() -> None:
            file = await tab.uploads(f"{name}.txt", content)
            if file and tab in who.tabs:
                one = Written(name, text, who, {}, content)
                one.frame = {"type": "message", "id": name, "text": text, "files": [file]}
                tab.writes(one)

        self._begin(work())

    async def _comes(self) -> None:
        who = self.chance.choice(self.browsers)
        if len(who.tabs) < 3:
            tab = who.opens(poll=self.chance.random() < 0.3)
            tab.attentive = self.chance.random() < 0.7

    async def _goes(self) -> None:
        who = self.chance.choice(self.browsers)
        if who.tabs and self.chance.random() < 0.5:
            await who.leaves()
        elif who.tabs:
            await self.chance.choice(who.tabs).close()

    async def _signs_in(self) -> None:
        """Two browsers may be one customer's; who is signed in stays so."""
        who = self.chance.choice(self.browsers)
        if who.sub:
            return
        who.sub = f"sub{self.chance.randrange(max(2, len(self.browsers) // 2))}"
        for tab in who.tabs:
            tab.signs_in()

    # The agent

    async def _answered(self) -> None:
        await self.answers_in()

    async def answers_in(self, only: str = "") -> None:
        rows = self.shop.rows(
            "SELECT max(id), details ->> '$.chat' FROM messages WHERE direction = 'in'"
            " AND ?1 IN ('', details ->> '$.chat') GROUP BY 2",
            only,
        )
        if not rows:
            return
        message, chat = self.chance.choice(rows)
        number = len(self.answers) + 1
        contents = [
            f"{number} {n} ".encode() + self.chance.randbytes(self.chance.choice((1, 3000, 90_000)))
            for n in range(self.chance.choice((0, 0, 0, 0, 1, 2)))
        ]
        paths = []
        for index, content in enumerate(contents):
            paths.append(self.files / f"{number}-{index}.bin")
            paths[-1].write_bytes(content)
        (room,) = self.shop.rows("SELECT conversation_id FROM messages WHERE id = ?", message)
        try:
            made = await asyncio.to_thread(
                self.shop.answers, room[0], f"r{number}. {self.chance.choice(MOODS)}", paths
            )
        except ReplyStopped as stopped:
            raise AssertionError(f"the reply was stopped: {stopped}") from stopped
        except StoreError:
            return  # somebody else writes for too long: the agent is told
        ((raw, channel),) = self.shop.rows(
            "SELECT details, channel FROM messages WHERE id = ?", made
        )
        details = json.loads(raw)
        if channel == "webchat":
            self.answers.append(Answer(number, made, details.get("chat") or chat, contents))
        else:
            self.answers.append(Answer(number, made, "", contents))

    async def _changed(self) -> None:
        chosen = [one for one in self.answers[-6:] if not one.files and not one.deleted]
        if not chosen:
            return
        one = self.chance.choice(chosen)
        try:
            if self.chance.random() < 0.3:
                await asyncio.to_thread(self.shop.deletes, one.message)
                one.deleted = True
                return
            text = f"{one.name} corrected {self.chance.randrange(10**6)}"
            await asyncio.to_thread(self.shop.edits, one.message, text)
            one.edited = text
        except (NotAlterable, StoreError):
            return  # not out yet

    async def _agent_reads(self) -> None:
        rows = self.shop.rows("SELECT DISTINCT conversation_id FROM messages")
        if rows:
            try:
                await asyncio.to_thread(self.shop.sees, self.chance.choice(rows)[0])
            except StoreError:
                return

    async def evening(self) -> None:
        """Half of them have gone, and the agent answers everybody once more."""
        for browser in self.browsers[::2]:
            await browser.leaves()
        for chat in dict.fromkeys(browser.visitor for browser in self.browsers):
            await self.answers_in(chat)

    async def decides(self) -> int:
        """The agent sends what is of unknown fate once more; how many."""
        unknown = {
            row[0]
            for row in self.shop.rows(
                "SELECT id FROM messages WHERE state = 'unknown' AND channel = 'webchat'"
            )
        }
        for message in unknown:
            await asyncio.to_thread(self.shop.retries, message)
        return len(unknown)

    def state(self, answer: Answer) -> tuple[str, str, dict[str, Any]]:
        ((state, text, details),) = self.shop.rows(
            "SELECT state, text, details FROM messages WHERE id = ?", answer.message
        )
        return state, text, json.loads(details)

    def arrived(self) -> set[str]:
        """What visitors wrote and a desk has."""
        query = "SELECT text FROM messages WHERE direction = 'in'"
        homes = (None, self.shop.second_directory)
        return {row[0] for home in homes for row in self.shop.rows(query, home=home)}

    @property
    def written(self) -> list[Written]:
        return [one for browser in self.browsers for one in browser.written]

    def waiting(self) -> list[str]:
        """What has not been acknowledged to open tabs."""
        found = [f"{one.id} unacked" for tab in all_tabs(self.browsers) for one in tab.queue]
        return found + [
            f"{tab.browser.name} not welcomed"
            for tab in all_tabs(self.browsers)
            if not tab.welcomed.is_set()
        ]

    async def idle(self) -> None:
        if self._deeds:
            await asyncio.gather(*self._deeds)

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)

    async def close(self) -> None:
        for browser in self.browsers:
            await browser.leaves()

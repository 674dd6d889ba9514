"""What goes wrong, by chance: on the way, with the relay, with the engine, with their disks."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.servers.chaos import ChaosProxy
from tests.webchat_faults.shop import FaultyShop
from tests.webchat_faults.town import Town


class Weather:
    def __init__(self, shop: FaultyShop, town: Town, chance: random.Random, *, rough: bool) -> None:
        """`rough`: what takes seconds, too."""
        self.shop = shop
        self.town = town
        self.chance = chance
        self.rough = rough
        self.faults: Counter[str] = Counter()
        self._undo: list[tuple[asyncio.TimerHandle, Callable[[], None]]] = []
        self._threads: list[threading.Thread] = []
        self._slow: set[asyncio.Task[None]] = set()

    async def turns(self) -> None:
        """One thing that goes wrong."""
        names = {
            "way": 12.0, "kill_relay": 2.0, "drain_relay": 1.0, "kill_engine": 2.0,
            "stop_engine": 1.0, "disk": 2.0, "lock": 1.0, "trap": 4.0, "unheard": 1.5,
        }  # fmt: skip
        if self.rough:
            names |= {"offline": 0.6, "second": 0.5, "long_lock": 0.5}
        name = self.chance.choices(list(names), list(names.values()))[0]
        await getattr(self, f"_{name}")()

    async def clears(self) -> None:
        """From now on everything works."""
        for timer, undo in self._undo:
            timer.cancel()
            undo()
        self._undo.clear()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        for proxy in (self.shop.visitors, self.shop.line):
            proxy.cut_when = None
            proxy.rate = proxy.chunk = None
            proxy.latency = 0.0
            proxy.refuse = proxy.blackhole = False
        self.shop.fill_disk(False)
        await asyncio.to_thread(self.shop.stop_second_desk)
        await self.processes()

    async def processes(self) -> None:
        """Both run."""
        if self.shop.relay is None or self.shop.relay.poll() is not None:
            await asyncio.to_thread(self.shop.start_relay)
        if self.shop.engine is None or self.shop.engine.poll() is not None:
            await asyncio.to_thread(self.shop.start_engine)

    def _count(self, name: str) -> None:
        self.faults[name] += 1

    # On the way

    async def _way(self) -> None:
        proxy = self.chance.choice((self.shop.visitors, self.shop.line))
        match self.chance.randrange(8):
            case 0:
                self._count("cut")
                proxy.kill(reset=True)
            case 1:
                self._count("closed")
                proxy.kill(reset=False)
            case 2:
                self._count("refused")
                self._for_a_while(proxy, "refuse", True, False)
            case 3:
                self._count("stalled")
                most = 3.0 if self.rough else 0.5
                self._for_a_while(proxy, "blackhole", True, False, most)
            case 4:
                self._count("late")
                self._for_a_while(proxy, "latency", 0.05, 0.0)
            case 5:
                self._count("dripping")
                self._for_a_while(proxy, "chunk", 7, None)
            case _:
                self._count("half")
                self._half(proxy)

    async def _trap(self) -> None:
        """Something is done, and whoever asked for it does not hear so."""
        proxy, asked, said = self.chance.choice((
            (self.shop.line, b"POST /v1/messages", b"HTTP/1.1 20"),
            (self.shop.line, b"POST /v1/messages", b"HTTP/1.1 20"),
            (self.shop.line, b"POST /v1/ack", b"HTTP/1.1 20"),
            (self.shop.line, b"PATCH /v1/", b"HTTP/1.1 20"),
            (self.shop.visitors, b"", b'"type":"ack"'),
            (self.shop.visitors, b"", b'"type":"ack"'),
            (self.shop.visitors, b"POST /v1/files", b"HTTP/1.1 201"),
            (self.shop.visitors, b"", b'"from":"agent"'),
        ))  # fmt: skip
        self._count("unanswered")
        armed = not asked
        times = self.chance.choice((1, 2, 3))

        def cut(piece: bytes, from_client: bool) -> int | None:
            nonlocal armed, times
            if from_client:
                armed = armed or asked in piece
            elif armed and times and said in piece:
                armed, times = not asked, times - 1
                return 0
            return None

        proxy.cut_when = cut

    async def _unheard(self) -> None:
        """Visitors write, the store cannot be written, and the engine is killed."""
        self._count("store locked")
        self._count("engine killed")
        thread = self.shop.lock_store(0.6)
        for browser in self.town.browsers:
            if browser.tabs:
                self.town.says(browser)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(self.shop.kill_engine)
        await asyncio.to_thread(thread.join)
        await self._back()

    def _half(self, proxy: ChaosProxy) -> None:
        left = self.chance.randrange(10)
        where = self.chance.random()
        asked = self.chance.random() < 0.3

        def cut(piece: bytes, from_client: bool) -> int | None:
            nonlocal left
            if from_client != asked:
                return None
            left -= 1
            return int(len(piece) * where) if left == 0 else None

        proxy.cut_when = cut

    def _for_a_while(
        self, thing: object, name: str, value: object, after: object, most: float = 0.4
    ) -> None:
        setattr(thing, name, value)
        self._after(self.chance.uniform(0.05, most), lambda: setattr(thing, name, after))

    def _after(self, seconds: float, undo: Callable[[], None]) -> None:
        self._undo.append((asyncio.get_running_loop().call_later(seconds, undo), undo))

    # Processes

    async def _kill_relay(self) -> None:
        self._count("relay killed")
        await asyncio.to_thread(self.shop.kill_relay)
        await self._back()

    async def _drain_relay(self) -> None:
        self._count("relay drained")
        await asyncio.to_thread(self.shop.stop_relay)
        await self._back()

    async def _kill_engine(self) -> None:
        self._count("engine killed")
        await asyncio.to_thread(self.shop.kill_engine)
        await self._back()

    async def _stop_engine(self) -> None:
        self._count("engine stopped")
        await asyncio.to_thread(self.shop.stop_engine)
        await self._back()

    async def _back(self) -> None:
        await asyncio.sleep(self.chance.choice((0, 0, 0.3)))
        await self.processes()

    async def _offline(self) -> None:
        """The desk is not there for long: the town goes on."""
        self._count("desk away")
        await asyncio.to_thread(self.shop.kill_engine)
        for _ in range(25):
            await self.town.happens()
            await asyncio.sleep(0.02)
        await self.processes()

    async def _second(self) -> None:
        """Another desk has the same token."""
        self._count("second desk")
        self.shop.start_second_desk()
        for _ in range(15):
            await self.town.happens()
            await asyncio.sleep(0.2)
        await asyncio.to_thread(self.shop.stop_second_desk)

    # Disks

    async def _disk(self) -> None:
        self._count("disk full")
        self.shop.fill_disk(True)
        for browser in self.town.browsers[:3]:
            if browser.tabs:
                self.town.says(browser)
        self._after(self.chance.uniform(0.1, 0.6), lambda: self.shop.fill_disk(False))

    async def _lock(self) -> None:
        self._count("store locked")
        self._threads.append(self.shop.lock_store(self.chance.uniform(0.1, 0.5)))

    async def _long_lock(self) -> None:
        self._count("store locked for long")
        self._threads.append(self.shop.lock_store(self.chance.uniform(2.0, 5.0)))

    # The relay's backup

    async def backup(self, to: Path) -> None:
        await self.processes()
        await asyncio.to_thread(self.shop.backup_relay, to)

    async def restore(self, backup: Path) -> None:
        """What was acknowledged since is gone, unless the desk has it."""
        self._count("relay restored")
        await asyncio.to_thread(self.shop.restore_relay, backup)

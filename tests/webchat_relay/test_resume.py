"""The relay is killed or restarted in the middle of things: nothing acknowledged is lost, nothing
is doubled."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.webchat_relay.server import RelayProcess, Visitor
from tests.webchat_relay.test_chat import newest_event


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    """A relay that these tests kill and start again."""
    with RelayProcess(tmp_path_factory.mktemp("mortal")) as running:
        yield running


class Writer:
    """A visitor who writes as fast as they can, and resends what was not acknowledged."""

    def __init__(self, relay: RelayProcess, name: str) -> None:
        self.visitor = Visitor(relay)
        self.name = name
        self.acked: dict[str, int] = {}
        self.pending: list[str] = []
        self._numbers = itertools.count()

    async def write_until_cut(self) -> None:
        try:
            while True:
                mid = f"{self.name}-{next(self._numbers)}"
                self.pending.append(mid)
                await self.visitor.say("message", id=mid, text=f"text of {mid}")
                if len(self.pending) > 3:
                    await self._acknowledged()
        except (ConnectionClosed, AssertionError):
            self._collect()

    async def resume(self) -> None:
        await self.visitor.open()
        for mid in self.pending:
            await self.visitor.say("message", id=mid, text=f"text of {mid}")
        while self.pending:
            await self._acknowledged()

    async def _acknowledged(self) -> None:
        self._take(await self.visitor.hears("ack"))

    def _collect(self) -> None:
        for frame in self.visitor.unheard("ack"):
            self._take(frame)

    def _take(self, frame: dict[str, object]) -> None:
        mid, seq = str(frame["id"]), int(str(frame["seq"]))
        assert self.acked.setdefault(mid, seq) == seq, "acknowledged as another message"
        if mid in self.pending:
            self.pending.remove(mid)


async def test_killed_in_the_middle(mortal: RelayProcess) -> None:
    chance = random.Random(5)
    writers = [Writer(mortal, f"w{number}") for number in range(4)]
    for writer in writers:
        await writer.visitor.open()
    for _round in range(2):
        tasks = [asyncio.create_task(writer.write_until_cut()) for writer in writers]
        await asyncio.sleep(chance.uniform(0.02, 0.15))
        mortal.kill()
        await asyncio.gather(*tasks)
        mortal.start()
        for writer in writers:
            await writer.resume()
    total = sum(len(writer.acked) for writer in writers)
    assert total > 20, "hardly anything was written"
    async with mortal.desk() as desk:
        events = await desk.durable(total)
    # The desk gets each message once, and each visitor's in their order.
    assert len(events) == total
    for writer in writers:
        mine = [event for event in events if event["visitor"] == writer.visitor.id]
        assert [event["seq"] for event in mine] == list(range(1, len(mine) + 1))
        assert {event["mid"]: event["seq"] for event in mine} == writer.acked
        assert all(event["text"] == f"text of {event['mid']}" for event in mine)
        await writer.visitor.close()
    numbers = [event["id"] for event in events]
    assert numbers == sorted(set(numbers))


async def test_a_restart_tells_everybody_to_come_back(mortal: RelayProcess) -> None:
    visitor = Visitor(mortal)
    await visitor.open()
    newest = await newest_event(mortal)
    await visitor.write("before")
    assert mortal.stop() == 0
    assert await visitor.is_closed() == 4503
    mortal.start()
    await visitor.open()
    assert visitor.welcome["fresh"] is False
    assert (await visitor.write("after"))["seq"] == 2
    async with mortal.desk() as desk:
        assert [event["text"] for event in await desk.durable(2, newest)] == ["before", "after"]
        # The key stands for the message after a restart too.
        sent = await desk.send(visitor.id, "answer", "key")
        await visitor.hears("message")
        visitor.cut()
        mortal.kill()
        mortal.start()
    async with mortal.desk() as desk:
        assert (await desk.send(visitor.id, "answer", "key"))["seq"] == sent["seq"]
    await visitor.open()
    assert len(visitor.messages) == 3
    await visitor.close()


async def test_a_new_database_knows_no_old_token(mortal: RelayProcess) -> None:
    visitor = Visitor(mortal)
    await visitor.open()
    await visitor.write("Hello")
    await visitor.close()
    mortal.stop()
    for path in (mortal.directory / "relay").glob("relay.sqlite*"):
        path.unlink()
    mortal.start()
    stranger = Visitor(mortal)
    await stranger.connect()
    await stranger.say("hello", token=visitor.token, after=1)
    assert await stranger.is_closed() == 4401
    await stranger.close()

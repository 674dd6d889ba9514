"""The contract as tests, for whoever writes a channel. Needs pytest and pytest-asyncio.

    class TestMyChannel(ConnectorConformance):
        @pytest.fixture
        def harness(self) -> Harness: ...

The harness is a real end of the channel: a server, and a customer on the other side.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any, Protocol

import pytest

from connectors.contract import (
    ChannelError,
    Connector,
    Inbound,
    Outgoing,
    Received,
    Signal,
)

PATIENCE = 30.0
"""Seconds in which a message must arrive; a bound for hanging, not a measure."""


class Harness(Protocol):
    def connector(self) -> Connector:
        """A new connector on the same account, as after a restart."""

    def broken(self) -> Connector | None:
        """One that cannot work (wrong password, dead host); None if there is no such thing."""

    async def customer_writes(self) -> str | None:
        """Make a customer write one message; returns its text, None where the channel chooses."""

    def outgoing(self, key: str, text: str) -> Outgoing:
        """A message to that customer."""

    async def delivered(self, key: str) -> int:
        """How many times a message with this key has reached the customer."""


class MemoryIntake:
    """An `Intake` that keeps what it accepts, and can refuse for a while."""

    def __init__(self) -> None:
        self.items: list[Received] = []
        self.place: dict[str, Any] = {}
        self.refusing = False
        self.refused = 0
        self._changed = asyncio.Condition()

    async def cursor(self) -> dict[str, Any]:
        return dict(self.place)

    async def known(self, external_ids: Sequence[str]) -> set[str]:
        return {i.external_id for i in self.items} & set(external_ids)

    async def ledger_ids(self, prefix: str) -> set[str]:
        return {i.external_id for i in self.items if i.external_id.startswith(prefix)}

    async def accept(
        self, batch: Sequence[Received], cursor: Mapping[str, Any] | None = None
    ) -> None:
        async with self._changed:
            if self.refusing:
                self.refused += 1
                self._changed.notify_all()
                raise OSError("No space left on device")
            seen = {i.external_id for i in self.items}
            self.items.extend(i for i in batch if i.external_id not in seen)
            if cursor is not None:
                # What cannot be kept as JSON would be lost at the next start.
                self.place = json.loads(json.dumps(dict(cursor)))
            self._changed.notify_all()

    async def signal(self, signals: Sequence[Signal]) -> None:
        """Kept nowhere: these tests ask for messages."""

    async def present(self, chats: Sequence[Signal]) -> None:
        """Kept nowhere: these tests ask for messages."""

    async def online(self, detail: str = "", past: tuple[int, int] = (0, 0)) -> None:
        return None

    @property
    def messages(self) -> list[Inbound]:
        return [item for item in self.items if isinstance(item, Inbound)]

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(reached)


@asynccontextmanager
async def running(connector: Connector, intake: MemoryIntake) -> AsyncIterator[asyncio.Task[None]]:
    """The connector, receiving; stopped and closed at the end, within `PATIENCE`."""
    task = asyncio.create_task(connector.run(intake), name="connector under test")
    try:
        yield task
    finally:
        task.cancel()
        async with asyncio.timeout(PATIENCE):
            with suppress(asyncio.CancelledError, ChannelError, OSError):
                await task
            await connector.close()


class ConnectorConformance:
    """Subclass, give a `harness` fixture, and every test below runs against your channel."""

    @pytest.fixture
    def harness(self) -> Harness:
        raise NotImplementedError("give a harness of your channel")

    def test_it_says_what_the_channel_can_do(self, harness: Harness) -> None:
        connector = harness.connector()
        assert isinstance(connector, Connector)
        assert connector.channel
        assert json.loads(json.dumps(asdict(connector.capabilities)))

    async def test_a_message_arrives_once_and_whole(self, harness: Harness) -> None:
        intake = MemoryIntake()
        text = await harness.customer_writes()
        async with running(harness.connector(), intake):
            await intake.until(lambda: bool(intake.messages))
        message = intake.messages[0]
        assert message.external_id
        assert message.message_key
        assert len(message.content_hash) == 64
        assert message.sender.address
        assert message.arrived_at > 1_500_000_000_000, "arrived_at is in milliseconds"
        assert text is None or text.strip() in message.text
        assert json.loads(json.dumps(dict(message.details))) == dict(message.details)

    async def test_a_restart_goes_on_where_it_stopped(self, harness: Harness) -> None:
        intake = MemoryIntake()
        await harness.customer_writes()
        async with running(harness.connector(), intake):
            await intake.until(lambda: bool(intake.messages))
        before = len(intake.messages)
        await harness.customer_writes()
        async with running(harness.connector(), intake):
            await intake.until(lambda: len(intake.messages) > before)
        keys = [(m.message_key, m.content_hash) for m in intake.messages]
        assert len(keys) == len(set(keys)), "a message came twice under two external ids"

    async def test_what_the_store_refused_comes_again(self, harness: Harness) -> None:
        intake = MemoryIntake()
        intake.refusing = True
        await harness.customer_writes()
        async with running(harness.connector(), intake) as task:
            waiter = asyncio.create_task(intake.until(lambda: intake.refused > 0))
            await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
            waiter.cancel()
            with suppress(asyncio.CancelledError):
                await waiter
        assert intake.refused > 0
        assert not intake.messages
        intake.refusing = False
        async with running(harness.connector(), intake):
            await intake.until(lambda: bool(intake.messages))

    async def test_a_sent_message_arrives_and_is_proven(self, harness: Harness) -> None:
        await harness.customer_writes()
        connector = harness.connector()
        intake = MemoryIntake()
        message = harness.outgoing("conformance.1@desk.example", "Hello from the desk.")
        async with running(connector, intake):
            await intake.until(lambda: bool(intake.messages))
            async with asyncio.timeout(PATIENCE):
                sent = await connector.send(message)
                assert sent.external_id
                while await harness.delivered(message.key) == 0:  # noqa: ASYNC110 - a real server
                    await asyncio.sleep(0.02)
            assert await harness.delivered(message.key) == 1
            proof = await connector.find_sent(message)
            assert proof is not None

    async def test_there_is_no_proof_of_what_was_never_sent(self, harness: Harness) -> None:
        connector = harness.connector()
        message = harness.outgoing("conformance.never@desk.example", "Never sent.")
        try:
            async with asyncio.timeout(PATIENCE):
                assert await connector.find_sent(message) is None
        finally:
            await connector.close()

    async def test_check_tells_what_works(self, harness: Harness) -> None:
        connector = harness.connector()
        try:
            async with asyncio.timeout(PATIENCE):
                checks = await connector.check()
        finally:
            await connector.close()
        assert checks
        assert all(check.ok for check in checks), checks

    async def test_what_cannot_work_says_so_in_a_sentence(self, harness: Harness) -> None:
        connector = harness.broken()
        if connector is None:
            return
        with pytest.raises(ChannelError) as error:
            async with asyncio.timeout(PATIENCE):
                await connector.run(MemoryIntake())
        await connector.close()
        sentence = str(error.value)
        assert sentence.endswith((".", "…", "!"))
        assert "\n" not in sentence

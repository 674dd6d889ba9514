"""Events of a real relay, through networks that break: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.conformance import PATIENCE
from connectors.contract import Misconfigured, Notice, Unreachable
from connectors.webchat import client, receiving
from connectors.webchat.connector import WebchatConnector
from connectors.webchat.failures import OtherDesk
from tests.servers.chaos import ChaosProxy
from tests.webchat_connector.conftest import AccountMaker, Shop
from tests.webchat_connector.intake import FullIntake, kept_running
from tests.webchat_relay.server import DESK_TOKEN, Desk, RelayProcess, Visitor

Make = Callable[[], WebchatConnector]


@pytest.fixture
def make(shop: Shop, account: AccountMaker) -> Make:
    return lambda: WebchatConnector("site", account(shop.relay.url, shop.token))


@pytest.fixture
async def visitor(shop: Shop) -> AsyncIterator[Visitor]:
    visitor = shop.visitor()
    await visitor.open(page="https://acme.example/boots", title="Boots", language="uk")
    yield visitor
    await visitor.close()


@pytest.fixture
def proxy(shop: Shop) -> Iterator[ChaosProxy]:
    proxy = ChaosProxy(shop.relay.port).start()
    yield proxy
    proxy.close()


async def status(shop: Shop) -> dict[str, Any]:
    async with Desk(shop.relay, shop.token) as desk:
        found: dict[str, Any] = (await desk.http.get("/v1/status")).json()
        return found


async def acknowledged(shop: Shop) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await status(shop))["pending"]:  # noqa: ASYNC110 - a real server
            await asyncio.sleep(0.02)


async def test_what_is_stored_is_acknowledged_and_the_visitor_told(
    shop: Shop, make: Make, visitor: Visitor
) -> None:
    intake = FullIntake()
    async with kept_running(make, intake) as failures:
        await visitor.write("Hello")
        await visitor.hears("delivered")
        await acknowledged(shop)
        assert intake.texts == ["Hello"]
        (message,) = intake.messages
        assert message.sender.address == visitor.id
        assert message.details["page"] == "https://acme.example/boots"
        assert intake.place["event"] >= 1
        await visitor.say("form", id="f1", fields={"name": "Ann"})
        await visitor.say("end", id="e1")
        await intake.until(lambda: sum(isinstance(each, Notice) for each in intake.items) == 2)
    assert failures == []
    assert intake.details == [shop.site]


async def test_what_is_true_for_the_moment(make: Make, visitor: Visitor) -> None:
    await visitor.write("Hello")
    intake = FullIntake()
    async with kept_running(make, intake):
        await intake.told(lambda: bool(intake.presents))
        ((there,),) = intake.presents
        assert (there.kind, there.chat) == ("online", visitor.id)
        assert there.details["title"] == "Boots"
        await visitor.say("typing")
        await intake.told(lambda: any(each.kind == "typing" for each in intake.signals))
        await visitor.say("page", page="https://acme.example/hats", title="Hats")
        await intake.told(
            lambda: any(each.details.get("title") == "Hats" for each in intake.signals)
        )


async def test_what_waits_comes_in_few_batches_and_in_its_order(
    shop: Shop, make: Make, visitor: Visitor
) -> None:
    expected = [str(n) for n in range(300)]
    for text in expected:
        await visitor.say("message", id=f"m{text}", text=text)
    await visitor.hears("ack", lambda frame: frame["id"] == "m299")
    intake = FullIntake()
    async with kept_running(make, intake):
        await intake.until(lambda: len(intake.messages) >= 300)
        await acknowledged(shop)
    assert intake.texts == expected
    assert len(intake.batches) <= 12


async def test_an_engine_that_dies_before_it_could_acknowledge(
    shop: Shop, make: Make, visitor: Visitor
) -> None:
    intake = FullIntake()
    intake.dies = 1
    await visitor.write("one")
    connector = make()
    with pytest.raises(OSError, match="killed"):
        await connector.run(intake)
    await connector.close()
    assert intake.texts == ["one"]
    assert (await status(shop))["pending"] >= 1
    async with kept_running(make, intake):
        await acknowledged(shop)  # at once, not with the next message
        await visitor.write("two")
        await intake.until(lambda: len(intake.messages) == 2)
    assert intake.texts == ["one", "two"]


async def test_a_line_that_is_cut_again_and_again(
    shop: Shop, account: AccountMaker, visitor: Visitor, proxy: ChaosProxy
) -> None:
    """In the middle of events, of answers, and all at once."""
    pieces = 0

    def cut(piece: bytes, from_client: bool) -> int | None:
        nonlocal pieces
        if from_client or b"data:" not in piece:
            return None
        pieces += 1
        return len(piece) // 2 if pieces % 3 == 0 else None

    proxy.cut_when = cut
    proxy.chunk = 97
    url = f"http://127.0.0.1:{proxy.port}"
    intake = FullIntake()
    expected = [f"{n} " + "щ" * 400 for n in range(40)]
    async with kept_running(
        lambda: WebchatConnector("site", account(url, shop.token)), intake
    ) as failures:
        for n, text in enumerate(expected):
            await visitor.write(text)
            if n % 13 == 12:
                await asyncio.to_thread(proxy.kill)
        proxy.cut_when = None
        await intake.until(lambda: len(intake.messages) >= len(expected))
        await acknowledged(shop)
    assert intake.texts == expected
    assert {type(error) for error in failures} <= {Unreachable}


async def test_a_stream_that_fell_silent_is_noticed(
    shop: Shop,
    account: AccountMaker,
    visitor: Visitor,
    proxy: ChaosProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "SILENCE", 0.5)
    proxy.silent = 0
    intake = FullIntake()
    url = f"http://127.0.0.1:{proxy.port}"
    async with kept_running(
        lambda: WebchatConnector("site", account(url, shop.token)), intake
    ) as failures:
        await intake.told(lambda: bool(intake.details))
        proxy.silent = proxy.connections  # the router forgets all there are
        await visitor.write("Is anybody there?")
        await intake.until(lambda: bool(intake.messages))
    assert any("no answer" in str(error) for error in failures)


async def test_a_second_engine_takes_over_and_the_first_says_so(
    shop: Shop, make: Make, account: AccountMaker
) -> None:
    first, second = make(), make()
    intake, other = FullIntake(), FullIntake()
    running = asyncio.create_task(first.run(intake))
    await intake.told(lambda: bool(intake.details))
    again = WebchatConnector("again", account(shop.relay.url, shop.token))
    with pytest.raises(Misconfigured, match="the account site, too"):
        await again.run(other)
    await again.close()
    assert not running.done(), "an account of this desk takes nothing from the first"
    taking_over = asyncio.create_task(second.run(other))
    with pytest.raises(OtherDesk):
        async with asyncio.timeout(PATIENCE):
            await running
    assert not taking_over.done()
    taking_over.cancel()
    await asyncio.gather(taking_over, return_exceptions=True)
    await first.close()
    await second.close()


@pytest.fixture
def own_relay(tmp_path: Path) -> Iterator[RelayProcess]:
    """One that a test may break."""
    (directory := tmp_path / "relay").mkdir()
    with RelayProcess(directory) as process:
        yield process


def database(relay: RelayProcess) -> Path:
    (found,) = relay.directory.rglob("relay.sqlite")
    return found.parent


async def test_a_relay_that_is_killed_made_anew_and_restored(
    own_relay: RelayProcess, account: AccountMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "STEADY", 0.0)  # it counts as one that works
    backup = tmp_path / "backup"
    intake = FullIntake()

    async def says(*texts: str) -> None:
        async with own_relay.visitor() as visitor:
            for text in texts:
                await visitor.write(text)

    async with kept_running(
        lambda: WebchatConnector("site", account(own_relay.url, DESK_TOKEN)), intake
    ):
        await says("one")
        await intake.until(lambda: len(intake.messages) == 1)
        own_relay.kill()
        own_relay.start()
        await says("two")
        await intake.until(lambda: len(intake.messages) == 2)
        before = intake.place
        own_relay.stop()
        shutil.copytree(database(own_relay), backup)
        own_relay.start()
        await says("three", "four")
        await intake.until(lambda: len(intake.messages) == 4)
        own_relay.kill()
        shutil.rmtree(where := database(own_relay))
        shutil.copytree(backup, where)
        own_relay.start()
        # Its numbers are those of “three” and “four” once more, and mean other messages.
        await says("five", "six")
        await intake.until(lambda: len(intake.messages) == 6)
        assert intake.place["epoch"] == before["epoch"]
        own_relay.kill()
        shutil.rmtree(database(own_relay))
        own_relay.start()
        await says("seven")
        await intake.until(lambda: len(intake.messages) == 7)
        assert intake.place["epoch"] != before["epoch"]
    assert intake.texts == ["one", "two", "three", "four", "five", "six", "seven"]

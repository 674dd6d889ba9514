"""What goes to visitors through a real relay: once each, and as it stands on the screen."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from connectors.contract import (
    Attendance,
    Blocked,
    File,
    Inbound,
    Rejected,
    Remote,
    Unreachable,
)
from connectors.webchat.connector import WebchatConnector
from tests.servers.chaos import ChaosProxy
from tests.webchat_connector.conftest import AccountMaker, Shop, outgoing
from tests.webchat_connector.intake import FullIntake, kept_running
from tests.webchat_connector.relay import answers
from tests.webchat_connector.samples import ANN
from tests.webchat_relay.server import ORIGIN, Visitor

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@pytest.fixture
async def visitor(shop: Shop) -> AsyncIterator[Visitor]:
    visitor = shop.visitor()
    await visitor.open()
    await visitor.write("Hello")
    yield visitor
    await visitor.close()


@pytest.fixture
async def connector(shop: Shop, account: AccountMaker) -> AsyncIterator[WebchatConnector]:
    settings = account(shop.relay.url, shop.token, display_name="Acme support")
    connector = WebchatConnector("site", settings)
    yield connector
    await connector.close()


@pytest.fixture
def proxy(shop: Shop) -> Iterator[ChaosProxy]:
    proxy = ChaosProxy(shop.relay.port).start()
    yield proxy
    proxy.close()


async def test_an_answer_its_change_and_its_end(
    connector: WebchatConnector, visitor: Visitor
) -> None:
    message = outgoing("**Hi**\u202e\x1b[2J", to=visitor.id, key="<k/1>@desk", author="Olha")
    sent = await connector.send(message)
    assert sent.external_id == f"{visitor.id}:2"
    frame = await visitor.hears("message")
    assert (frame["text"], frame["name"], frame["format"]) == (message.text, "Olha", "markdown")
    assert await connector.send(message) == sent
    assert await connector.find_sent(message) == sent
    changed = dataclasses.replace(message, text="Bye")
    for _twice in range(2):
        await connector.edit(changed, [sent.external_id])
    assert (await visitor.hears("message"))["text"] == "Bye"
    assert answers(visitor) == ["Bye"]
    for _twice in range(2):
        await connector.delete(message, [sent.external_id])
    await visitor.hears("message", lambda frame: bool(frame.get("deleted")))
    assert answers(visitor) == []
    with pytest.raises(Rejected):
        await connector.edit(changed, [sent.external_id])
    await connector.delete(dataclasses.replace(message, key="never-sent"), ["x"])


async def test_who_cannot_be_written_to(connector: WebchatConnector, visitor: Visitor) -> None:
    with pytest.raises(Rejected, match="another channel"):
        await connector.send(outgoing(to=ANN))
    with pytest.raises(Rejected, match="in pieces"):
        await connector.send(outgoing("x" * 200_000, to=visitor.id))
    for _twice in range(2):
        await connector.bar(visitor.id, barred=True)
    assert await visitor.is_closed() == 4403
    with pytest.raises(Blocked):
        await connector.send(outgoing(to=visitor.id))
    for _twice in range(2):
        await connector.bar(visitor.id, barred=False)
    assert (await connector.send(outgoing(to=visitor.id))).external_id


async def test_what_is_shown_for_the_moment(connector: WebchatConnector, visitor: Visitor) -> None:
    await connector.typing(visitor.id)
    assert (await visitor.hears("typing"))["name"] == "Acme support"
    await connector.seen(visitor.id, f"{visitor.id}:1")
    assert (await visitor.hears("read"))["seq"] == 1
    await connector.seen(visitor.id, f"{ANN}:7")  # from before they signed in
    await connector.attend(Attendance("online", {visitor.id: 2}))
    told = await visitor.hears("availability", lambda frame: frame["availability"] == "online")
    assert told["queue"] == 2
    await connector.attend(Attendance("hidden"))
    await visitor.hears("availability", lambda frame: frame["availability"] == "hidden")
    await connector.verification(visitor.id, "sent", "ann@example.org")
    told = await visitor.hears("verification")
    assert told["state"] == "sent"


async def test_an_answer_that_got_lost_on_its_way_is_sent_once(
    shop: Shop, account: AccountMaker, visitor: Visitor, proxy: ChaosProxy
) -> None:
    """The relay has it, and we do not hear of that: with and without a file."""
    cuts = 0

    def cut(piece: bytes, from_client: bool) -> int | None:
        nonlocal cuts
        if from_client or b'"seq"' not in piece or cuts % 4 == 3:
            cuts += not from_client and b'"seq"' in piece
            return None
        cuts += 1
        return piece.index(b'"seq"')

    proxy.cut_when = cut
    settings = account(f"http://127.0.0.1:{proxy.port}", shop.token)
    connector = WebchatConnector("site", settings)
    plain = outgoing("plain", to=visitor.id, key="k1")
    pictured = outgoing(
        "pictured", to=visitor.id, key="k2", files=(File("a.png", "image/png", PNG),)
    )
    for message in (plain, pictured):
        for _try in range(10):
            try:
                await connector.send(message)
            except Unreachable:
                continue
            break
    await connector.close()
    assert cuts >= 6
    await visitor.hears("message", lambda frame: frame["text"] == "pictured")
    assert answers(visitor) == ["plain", "pictured"]


async def test_files_both_ways(
    shop: Shop,
    connector: WebchatConnector,
    visitor: Visitor,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with httpx.AsyncClient(base_url=shop.relay.url) as browser:
        up = await browser.post(
            f"/v1/files?site={shop.site}&name=photo.png",
            content=PNG,
            headers={
                "Authorization": f"Bearer {visitor.token}",
                "Origin": ORIGIN,
                "Content-Type": "image/png",
            },
        )
        assert up.status_code == 201, up.text
        await visitor.write("see", files=[up.json()["id"]])
        large = tmp_path / "large.bin"
        large.write_bytes(bytes(range(256)) * 4_000)
        files = (File("счёт.pdf", "application/pdf", b"%PDF-1.4\n%%EOF"),
                 File("large.bin", "application/octet-stream", large))  # fmt: skip
        await connector.send(outgoing("here", to=visitor.id, files=files))
        got = (await visitor.hears("message"))["files"]
        assert [each["name"] for each in got] == ["счёт.pdf", "large.bin"]
        down = await browser.get(got[1]["url"])
        assert hashlib.sha256(down.content).digest() == hashlib.sha256(large.read_bytes()).digest()
    intake = FullIntake()
    make = lambda: WebchatConnector("site", connector.account)  # noqa: E731
    async with kept_running(make, intake):
        await intake.until(lambda: len(intake.messages) == 2)
    message = intake.items[-1]
    assert isinstance(message, Inbound)
    (file,) = message.files
    assert isinstance(file.content, Remote)
    assert (file.name, file.type, file.content.size) == ("photo.png", "image/png", len(PNG))
    into = tmp_path / "into"
    into.touch()
    await connector.fetch(file.content.reference, into)
    assert into.read_bytes() == PNG
    assert f"GET {shop.relay.url}/v1/files" not in caplog.text, "who knows it may open it"
    gone = file.content.reference.replace(up.json()["id"], "A" * 32)
    with pytest.raises(Rejected, match="no longer"):
        await connector.fetch(gone, into)
    short = file.content.reference.replace(f'"size": {len(PNG)}', '"size": 5')
    with pytest.raises(Unreachable, match="instead of 5"):
        await connector.fetch(short, into)
    with pytest.raises(Rejected):
        await connector.fetch("{", into)


async def test_too_many_files_are_refused_before_any_goes_up(
    connector: WebchatConnector, visitor: Visitor
) -> None:
    files = tuple(File(f"{n}.txt", "text/plain", b"x") for n in range(11))
    with pytest.raises(Rejected, match="10 files"):
        await connector.send(outgoing(to=visitor.id, files=files))


async def test_what_the_relay_takes_is_learned(shop: Shop, connector: WebchatConnector) -> None:
    before = connector.capabilities
    assert before.each_file_limit is None
    intake = FullIntake()
    task = asyncio.create_task(connector.run(intake))
    await intake.told(lambda: bool(intake.presents))
    assert connector.capabilities.each_file_limit == 20_971_520
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

"""The long poll speaks the same frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.webchat_relay.server import ORIGIN, PATIENCE, Frame, RelayProcess


class Poller:
    def __init__(self, page: httpx.AsyncClient) -> None:
        self._page = page
        self.session: str | None = None
        self.heard: list[Frame] = []
        self.close: int | None = None

    async def poll(self, *frames: Frame, site: str = "acme") -> httpx.Response:
        answer = await self._page.post(
            "/v1/poll",
            params={"site": site},
            json={"session": self.session, "frames": list(frames)},
        )
        if answer.is_success:
            said = answer.json()
            self.session = said["session"]
            self.heard += said["frames"]
            self.close = said.get("close")
        return answer

    async def hello(self, **fields: Any) -> Frame:
        self.session = None
        await self.poll({"type": "hello", "token": None, "after": None, **fields})
        return await self.hears("welcome")

    async def hears(self, type: str) -> Frame:  # noqa: A002
        async with asyncio.timeout(PATIENCE):
            while True:
                for place, frame in enumerate(self.heard):
                    if frame["type"] == type:
                        return self.heard.pop(place)
                await self.poll()


@asynccontextmanager
async def poller(relay: RelayProcess) -> AsyncIterator[Poller]:
    async with httpx.AsyncClient(
        base_url=relay.url, headers={"Origin": ORIGIN}, timeout=40
    ) as page:
        yield Poller(page)


async def test_a_chat_by_poll(relay: RelayProcess) -> None:
    async with poller(relay) as visitor, relay.desk() as desk:
        welcome = await visitor.hello()
        answer = await visitor.poll({"type": "message", "id": "p1", "text": "Hello"})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["cache-control"] == "no-store"
        assert (await visitor.hears("ack"))["seq"] == 1
        # A poll that is held is answered when there is something.
        held = asyncio.create_task(visitor.poll())
        await desk.send(welcome["visitor"], "Hi", f"poll-{welcome['visitor']}")
        await held
        assert (await visitor.hears("message"))["text"] == "Hi"
        # The same visitor by WebSocket, with what they have already.
        async with relay.visitor(token=welcome["token"], after=2) as tab:
            assert tab.welcome["history"] == []
            await tab.write("From a tab")
            assert (await visitor.hears("message"))["text"] == "From a tab"
        # Sent again after the session was lost: stored once.
        back = await visitor.hello(token=welcome["token"], after=3)
        assert back["history"] == []
        await visitor.poll({"type": "message", "id": "p1", "text": "Hello"})
        assert (await visitor.hears("ack"))["seq"] == 1


async def test_a_held_poll_gives_way_to_the_next_one(relay: RelayProcess) -> None:
    async with poller(relay) as visitor:
        await visitor.hello()
        held = asyncio.create_task(visitor.poll())
        sending = asyncio.create_task(
            visitor.poll({"type": "message", "id": "w1", "text": "while another is held"})
        )
        async with asyncio.timeout(PATIENCE):
            await sending
        held.cancel()
        assert (await visitor.hears("ack"))["id"] == "w1"


async def test_what_a_poll_is_refused_with(relay: RelayProcess) -> None:
    async with poller(relay) as visitor:
        assert (await visitor.poll({"type": "ping"})).json()["close"] == 4400
        assert (await visitor.poll()).json()["code"] == "bad-session"
        visitor.session = "guessed"
        assert (await visitor.poll()).status_code == 410
        visitor.session = None
        await visitor.poll({"type": "hello", "token": "forged"})
        assert visitor.close == 4401
        assert visitor.heard[-1]["code"] == "bad-token"
        welcome = await visitor.hello()
        assert (await visitor.poll(site="other")).status_code == 403
        for body in (b"", b"[]", b"{", b'{"frames": 1}', b'{"frames": [1]}'):
            answer = await visitor._page.post("/v1/poll?site=acme", content=body)
            assert answer.status_code in (200, 400), body
        visitor.heard.clear()
        await visitor.poll(7, {"type": "no"}, {"type": "ping"})  # type: ignore[arg-type]
        assert [frame["type"] for frame in visitor.heard] == ["error", "error", "pong"]
        assert welcome["visitor"].startswith("v_")
        many = await visitor.poll(*[{"type": "ping"}] * 51)
        assert many.status_code == 400

"""A desk by a stranger, after the protocol's document alone: a bearer token, SSE read by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

PATIENCE = 10.0

Event = dict[str, Any]


class Desk:
    def __init__(self, relay: str, token: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=relay,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=PATIENCE,
        )

    async def __aenter__(self) -> Desk:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.http.aclose()

    @asynccontextmanager
    async def events(self, after: int = 0) -> AsyncIterator[Callable[..., Any]]:
        """Gives a function that waits for the next event of some type."""
        async with self.http.stream("GET", "/v1/events", params={"after": after}) as answer:
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            told = _events(answer)

            async def wait(*kinds: str, visitor: str = "") -> Event:
                async with asyncio.timeout(PATIENCE):
                    async for kind, event in told:
                        mine = not visitor or event.get("visitor") == visitor
                        if mine and (not kinds or kind in kinds):
                            return event
                raise AssertionError("the stream has ended")

            yield wait

    async def ack(self, upto: int) -> Any:
        return (await self.http.post("/v1/ack", json={"upto": upto})).raise_for_status().json()

    async def send(self, visitor: str, text: str, key: str) -> httpx.Response:
        """As the design has it: without any optional field."""
        return await self.http.post(
            "/v1/messages", json={"visitor": visitor, "text": text, "key": key}
        )

    async def is_there(self, availability: str, **more: Any) -> None:
        said = {"availability": availability, **more}
        (await self.http.put("/v1/availability", json=said)).raise_for_status()


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, Event]]:
    kind, data = "message", ""
    async for line in answer.aiter_lines():
        if not line:
            if data:
                yield kind, json.loads(data)
            kind, data = "message", ""
        elif line.startswith("event:"):
            kind = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip()

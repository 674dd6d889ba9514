"""One address hammering a relay until its stdin ends: connections, messages, uploads, polls,
and requests that never end.

python -m tests.webchat_security.flooder PORT ORIGIN ADDRESS
Prints a line when the first second of it is over, and at the end how often it did what.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import Counter

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.webchat_security.talker import HELLO

HELD = 200
"""Connections that it tries to hold at once."""
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 200_000


class Flood:
    def __init__(self, port: int, origin: str, address: str) -> None:
        self.port, self.origin, self.address = port, origin, address
        self.done: Counter[str] = Counter()
        self.token = ""

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._chat(n), name=f"chat-{n}") for n in range(HELD)]
        tasks += [asyncio.create_task(self._http(), name=f"http-{n}") for n in range(4)]
        tasks += [asyncio.create_task(self._loiter(), name=f"loiter-{n}") for n in range(HELD)]
        await asyncio.sleep(1)
        print("flooding", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        print(json.dumps(self.done), flush=True)

    async def _chat(self, number: int) -> None:
        while True:
            with contextlib.suppress(WebSocketException, OSError, TimeoutError):
                async with connect(
                    f"ws://127.0.0.1:{self.port}/v1/chat?site=acme", origin=self.origin,  # type: ignore[arg-type]
                    local_addr=(self.address, 0), open_timeout=5, close_timeout=1, proxy=None,
                ) as line:  # fmt: skip
                    self.done["connected"] += 1
                    await line.send(json.dumps(HELLO))
                    answer = json.loads(await line.recv())
                    self.token = answer.get("token") or self.token
                    for n in range(10**9):
                        self.done["sent"] += 1
                        message = {"type": "message", "id": f"{number}-{n}", "text": "x" * 1_000}
                        await line.send(json.dumps({**message, "files": []}))
                        if n % 20 == 19:
                            heard = json.loads(await line.recv())
                            self.done[heard.get("code") or heard["type"]] += 1
            self.done["turned away"] += 1
            await asyncio.sleep(0.02)

    async def _loiter(self) -> None:
        """Begin a request and never finish it."""
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", self.port, local_addr=(self.address, 0)
                )
                writer.write(b"GET /v1/site?site=acme HTTP/1.1\r\nHost: ")
                self.done["loitering"] += 1
                await reader.read()
                writer.close()
            await asyncio.sleep(0.1)

    async def _http(self) -> None:
        transport = httpx.AsyncHTTPTransport(local_address=self.address)
        headers = {"Origin": self.origin}
        base = f"http://127.0.0.1:{self.port}"
        async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as http:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    bearer = {"Authorization": f"Bearer {self.token}"}
                    put = await http.post(
                        "/v1/files?site=acme&name=a.png", content=PNG, headers=bearer
                    )
                    self.done[f"upload {put.status_code}"] += 1
                    polled = await http.post(
                        "/v1/poll?site=acme", json={"session": None, "frames": [HELLO] * 3}
                    )
                    self.done[f"poll {polled.status_code}"] += 1
                await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(Flood(int(sys.argv[1]), sys.argv[2], sys.argv[3]).run())

"""The servers of the tests leave no connection open, whenever they end."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tests.servers.chaos import ChaosProxy, closed
from tests.servers.scripted import scripted_server

MUCH = b"x" * 32_000_000
"""More than the buffers of two sockets hold."""


async def test_a_server_that_ends_while_it_closes_a_connection_closes_all() -> None:
    """Every one of them waits for a client that does not read."""
    closing: list[asyncio.StreamWriter] = []

    async def pour(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(MUCH)
        closing.append(writer)

    async with scripted_server(pour) as port:
        clients = [await asyncio.open_connection("127.0.0.1", port, limit=1) for _n in range(2)]
        async with asyncio.timeout(10):
            while len(closing) < len(clients):  # noqa: ASYNC110 - nothing else runs here
                await asyncio.sleep(0)
    for writer in closing:
        with pytest.raises((OSError, ValueError)):
            writer.get_extra_info("socket").getpeername()
    for _reader, client in clients:
        await closed(client)


async def test_a_proxy_that_ends_in_the_middle_closes_both_sides() -> None:
    served: list[asyncio.StreamWriter] = []

    async def pour(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        writer.write(MUCH)
        await writer.drain()

    async with scripted_server(pour) as port:
        proxy = ChaosProxy(port).start()
        _reader, client = await asyncio.open_connection("127.0.0.1", proxy.port, limit=1)
        async with asyncio.timeout(10):
            while not served:  # noqa: ASYNC110 - nothing else runs here
                await asyncio.sleep(0)
        await asyncio.to_thread(proxy.close)
        # Its end towards the server is gone: nothing takes what the server still pours in.
        served[0].write(b"x")
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(10):
                await served[0].wait_closed()
        assert served[0].transport.is_closing()
        await closed(client)

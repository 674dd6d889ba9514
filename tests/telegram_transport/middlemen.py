"""What may stand between a desk and Telegram: proxies, and TLS with a certificate of one's own."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

from tests.servers.certificates import Certificate

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on a free port of loopback, which is given."""
    writers: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            await handler(reader, writer)
        await closed(writer)

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        writers[task] = writer

    server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        # Not cancelled: what is just connecting would be left open.
        for writer in writers.values():
            await closed(writer)
        async with asyncio.timeout(10):
            await asyncio.gather(*writers, return_exceptions=True)


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(2):
            await writer.wait_closed()


async def joined(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, first: bytes
) -> None:
    """Both directions, until one side ends."""
    other_reader, other_writer = await asyncio.open_connection(host, port)
    other_writer.write(first)

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()

    both = [
        asyncio.create_task(pump(reader, other_writer)),
        asyncio.create_task(pump(other_reader, writer)),
    ]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        await closed(other_writer)


class HttpProxy:
    """CONNECT (RFC 9110 §9.3.6) and plain requests, for one user."""

    def __init__(self, user: str = "", password: str = "") -> None:
        self.expected = base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
        self.seen: list[str] = []
        """The request lines."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *headers = head.rstrip("\r\n").split("\r\n")
        self.seen.append(line)
        if self.expected and f"Proxy-Authorization: Basic {self.expected}".lower() not in [
            header.lower() for header in headers
        ]:
            writer.write(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"
                b"Proxy-Authenticate: Basic\r\nConnection: close\r\n\r\n"
            )
            await writer.drain()
            return
        method, target, version = line.split(" ")
        if method == "CONNECT":
            host, _colon, port = target.rpartition(":")
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await joined(reader, writer, host, int(port), b"")
            return
        host, _slash, path = target.removeprefix("http://").partition("/")
        name, _colon, port = host.partition(":")
        kept = [each for each in headers if not each.lower().startswith(("proxy-", "connection:"))]
        again = "\r\n".join([f"{method} /{path} {version}", *kept, "Connection: close", "", ""])
        await joined(reader, writer, name, int(port), again.encode("latin-1"))


class SocksProxy:
    """SOCKS5 with a user and a password (RFC 1928, RFC 1929)."""

    def __init__(self, user: str, password: str) -> None:
        self.expected = (user.encode(), password.encode())
        self.seen: list[tuple[str, int]] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _version, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(b"\x05\x02")
        _version, length = await reader.readexactly(2)
        user = await reader.readexactly(length)
        password = await reader.readexactly((await reader.readexactly(1))[0])
        if (user, password) != self.expected:
            writer.write(b"\x01\x01")
            return
        writer.write(b"\x01\x00")
        _version, _connect, _nothing, kind = await reader.readexactly(4)
        if kind == 1:
            host = ".".join(map(str, await reader.readexactly(4)))
        else:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.seen.append((host, port))
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await joined(reader, writer, host, port, b"")


@contextlib.asynccontextmanager
async def tls_before(port: int, certificate: Certificate) -> AsyncIterator[int]:
    """HTTPS for a server that speaks HTTP."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await joined(reader, writer, "127.0.0.1", port, b"")

    async with listening(handle, context) as own:
        yield own

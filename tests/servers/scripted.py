"""A server that says exactly what a test wants, for what real servers do too rarely."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from tests.servers.chaos import Connections, closed

Dialogue = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def scripted_server(dialogue: Dialogue) -> AsyncIterator[int]:
    """Runs `dialogue` for every connection and closes it afterwards. Yields the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await dialogue(reader, writer)
        finally:
            await closed(writer)

    connections = Connections(serve)
    server = await asyncio.start_server(connections.accepted, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await connections.end()


def imap_script(answers: dict[str, str], greeting: str = "* OK ready") -> Dialogue:
    """An IMAP server: for each command's name what to say before `tag OK done`; an answer that
    holds `{tag}` is said as it stands, one that is empty ends the connection."""

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{greeting}\r\n".encode())
        while line := await reader.readline():
            tag, _, command = line.decode().strip().partition(" ")
            words = command.split(" ")
            name = " ".join(words[:2]) if words[0] == "UID" else words[0]
            answer = answers.get(name, "* OK fine")
            if not answer:
                return
            if "{tag}" in answer:
                writer.write(answer.format(tag=tag).encode() + b"\r\n")
            else:
                writer.write(f"{answer}\r\n{tag} OK done\r\n".encode())
            await writer.drain()

    return dialogue

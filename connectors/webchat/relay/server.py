"""uvicorn, made patient with nobody: time-outs for slow senders, and an end that loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from types import FrameType

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.http11 import Request

from connectors.web_server import bound
from connectors.webchat.relay.client_address import limit_key
from connectors.webchat.relay.limits import Counts
from connectors.webchat.relay.websocket import WRITE_NOW

HEADERS_WITHIN = 10.0
"""Seconds in which a request's headers have to be there."""
KEEP_ALIVE = 75
"""Seconds that an idle connection is kept; longer than the 60 s of nginx, so that it is never we
who close one that a request is just coming on."""
HEADER_BYTES = 32 * 1024
TAKES_WITHIN = 60_000
"""Milliseconds in which a client has to take something of what waits for it."""
DRAIN_WITHIN = 5.0
"""Seconds that connections get to end by themselves once everybody was told."""


class CannotListen(Exception):
    """The address cannot be listened on; `args` are host, port and why."""


def listening(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `CannotListen`."""
    try:
        made = bound(host, port)
    except OSError as error:
        raise CannotListen(host, port, error.strerror or str(error)) from error
    if made.proto == socket.IPPROTO_TCP and hasattr(socket, "TCP_USER_TIMEOUT"):
        # Accepted connections inherit it: the system ends those that take nothing of what
        # is written to them, with what has piled up for them.
        made.setsockopt(made.proto, socket.TCP_USER_TIMEOUT, TAKES_WITHIN)
    made.setblocking(False)
    return made


def address_of(listening: socket.socket) -> str:
    """`http://127.0.0.1:8800`"""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """Ends on SIGTERM or SIGINT by `drain`, and then with the exit code 0."""

    def __init__(
        self,
        config: uvicorn.Config,
        drain: Callable[[], Awaitable[None]],
        listens: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._drain = drain
        self._listens = listens
        self._ended = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit  # asked for the second time
        self.should_exit = True
        self._ended.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listens()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        if not self.force_exit:
            await self._drain()
        await super().shutdown(sockets)


def server(
    app: ASGIApp,
    drain: Callable[[], Awaitable[None]],
    listens: Callable[[], None],
    *,
    frame_bytes: int,
    peer_connections: int | None = None,
) -> Server:
    """A server for `app`. `listens` is called once it does. `frame_bytes`: of one WebSocket frame.
    `peer_connections`: how many TCP connections one address may have; None where a proxy makes
    them all."""

    class Protocol(PatientProtocol):
        most_of_a_peer = peer_connections
        peers = Counts()

    config = uvicorn.Config(
        app,
        http=Protocol,
        ws=PatientSocket,
        ws_max_size=frame_bytes,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        ws_per_message_deflate=False,  # costs memory for each visitor, and lets bombs in
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=int(DRAIN_WITHIN),
        h11_max_incomplete_event_size=HEADER_BYTES,
    )
    return Server(config, drain, listens)


class PatientProtocol(H11Protocol):
    """Gives a client so long for a request's headers and no longer, however slowly it drips."""

    most_of_a_peer: int | None = None
    peers: Counts
    _slow: asyncio.TimerHandle | None = None
    _peer: str = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.most_of_a_peer is not None and self.client:
            key = limit_key(self.client[0])
            if not self.peers.enter(key, self.most_of_a_peer):
                transport.abort()
                return
            self._peer = key
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._unwatch()
        self._leave()  # counted by the relay from here on, until it ends
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """Headers have their time; and so has the rest of a body that was answered before it was
        there, which nobody reads."""
        theirs = self.conn.their_state
        waiting = (theirs is h11.IDLE and self.timeout_keep_alive_task is None) or (
            theirs is h11.SEND_BODY and self.conn.our_state is h11.DONE
        )
        if not waiting or self.transport.is_closing():
            self._unwatch()
        elif self._slow is None:
            self._slow = self.loop.call_later(HEADERS_WITHIN, self._too_slow)

    def _unwatch(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _too_slow(self) -> None:
        self.transport.abort()

    def _leave(self) -> None:
        if self._peer:
            self.peers.leave(self._peer)
            self._peer = ""


class PatientSocket(WebSocketsSansIOProtocol):
    """Answers no pings of a client that takes no answers: they would pile up without end. RFC 6455
    §5.5.3 asks for an answer to the latest ping only.

    Reads on until a second message waits: uvicorn's own stops and goes on at each, which are two
    system calls and a tenth of the work for a visitor who waits for an answer anyway."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self.scope["extensions"][WRITE_NOW] = {"write": self.write_now}

    def write_now(self, text: str) -> bool:
        """A text message, without a wait: False where there would be one, or nobody is there."""
        if not self.writable.is_set() or self.disconnected or self.close_sent:
            return False
        try:
            self.conn.send_text(text.encode())
        except InvalidState:
            return False
        self.transport.write(b"".join(self.conn.data_to_send()))
        return True

    def send_receive_event_to_app(self) -> None:
        paused, self.read_paused = self.read_paused, True
        super().send_receive_event_to_app()
        self.read_paused = paused
        if not paused and self.queue.qsize() > 1:
            self.read_paused = True
            self.transport.pause_reading()

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # forgotten


def raise_file_limit() -> None:
    """As many open files as we may have: each visitor is one."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard and sys.platform != "darwin":
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

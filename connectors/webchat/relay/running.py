"""The relay as a process: from its settings to the end by a signal."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette

from config.relay import RelaySettings
from connectors.webchat.relay import logs
from connectors.webchat.relay.app import create_app
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.server import (
    DRAIN_WITHIN,
    address_of,
    listening,
    raise_file_limit,
    server,
)
from connectors.webchat.relay.test_page import own_origins


def run(
    settings: RelaySettings,
    *,
    directory: Path,
    key_file: Path,
    test_page: bool,
    version: str,
    started: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT. `started` is called with the address once visitors can come.

    Raises `CannotListen`, `SecretError`, `WeakSecret`, `JournalError`.
    """
    bound = listening(*settings.listen)
    try:
        address = address_of(bound)
        app = create_app(
            settings,
            directory=directory,
            key_file=key_file,
            own_origins=own_origins(address) if test_page else frozenset(),
            test_page=test_page,
            version=version,
        )
        logs.log_to()
        raise_file_limit()
        # The database's thread and the loop take turns: Python's own 5 ms would be felt.
        sys.setswitchinterval(0.001)
        asyncio.run(_serve(app, bound, lambda: started(address)))
    finally:
        bound.close()


async def _serve(app: Starlette, bound: socket.socket, started: Callable[[], None]) -> None:
    relay: Relay = app.state.relay
    limits = relay.settings.limits
    proxied = relay.settings.trusted_proxies > 0
    serving = server(
        app,
        lambda: _drain(relay),
        started,
        frame_bytes=relay.frame_bytes,
        # Beside the chats there are files, the widget and the desk.
        peer_connections=None if proxied else 2 * limits.connections_per_address + 64,
    )
    # The relay opens before anybody can connect, and what it fails with comes from here.
    async with app.router.lifespan_context(app):
        await serving.serve([bound])
    logs.log("ended")


async def _drain(relay: Relay) -> None:
    """Everybody is told, and gets a moment to go."""
    logs.log("draining")
    await relay.drain()
    until = time.monotonic() + DRAIN_WITHIN / 2
    while any(relay.hub.everybody()) and time.monotonic() < until:  # noqa: ASYNC110 - a moment
        await asyncio.sleep(0.02)

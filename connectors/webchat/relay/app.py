"""The relay as a web application: which path is served by what."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from config.relay import RelaySettings
from config.secret_ref import SecretRef
from config.secrets import resolve
from connectors.webchat.relay.polling import poll
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.site_info import site_info
from connectors.webchat.relay.websocket import WebSocketEndpoint
from connectors.webchat.relay.widget_file import widget_file

VISITORS: Sequence[BaseRoute] = (
    WebSocketRoute("/v1/chat", WebSocketEndpoint()),
    Route("/v1/poll", poll, methods=["POST", "OPTIONS"]),
    Route("/v1/site", site_info, methods=["GET", "OPTIONS"]),
    Route("/widget.js", widget_file, methods=["GET"]),
)


def create_app(
    settings: RelaySettings,
    *,
    directory: Path,
    key_file: Path,
    secret: Callable[[SecretRef], str] = resolve,
    own_origins: frozenset[str] = frozenset(),
) -> Starlette:
    """The relay of these settings. `app.state.relay` is what its routes share.

    `directory`: of its database and files; `key_file`: its signing key; both are made when it
    starts. `secret` fetches what the settings refer to, now. `own_origins`: pages of the relay
    itself that may chat (the test page's). Raises `SecretError`, `WeakSecret`; starting it raises
    `JournalError`.
    """
    relay = Relay(
        settings, directory=directory, key_file=key_file, secret=secret, own_origins=own_origins
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await relay.open()
        try:
            yield
        finally:
            await relay.close()

    routes = [*VISITORS, Route("/healthz", healthz, methods=["GET"])]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.relay = relay
    return app


async def healthz(request: Request) -> Response:
    """200 when the database answers; 503 while it does not, or while the relay goes down."""
    relay: Relay = request.app.state.relay
    if relay.draining:
        return JSONResponse({"status": "draining"}, 503)
    return JSONResponse({"status": "ok"})

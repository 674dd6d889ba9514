"""The relay as a web application: which path is served by what."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from config.relay import RelaySettings
from config.secret_ref import SecretRef
from config.secrets import resolve
from connectors.webchat.relay.desk_api import DeskApi
from connectors.webchat.relay.edge import Edge
from connectors.webchat.relay.errors import HANDLERS
from connectors.webchat.relay.file_api import FileApi
from connectors.webchat.relay.files import FileStore
from connectors.webchat.relay.journal import JournalError
from connectors.webchat.relay.operations import Operations
from connectors.webchat.relay.polling import poll
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.retention import Retention
from connectors.webchat.relay.site_info import site_info
from connectors.webchat.relay.test_page import TestPage
from connectors.webchat.relay.websocket import WebSocketEndpoint
from connectors.webchat.relay.widget_file import widget_file

VISITORS: Sequence[BaseRoute] = (
    WebSocketRoute("/v1/chat", WebSocketEndpoint()),
    Route("/v1/poll", poll, methods=["POST"]),
    Route("/v1/site", site_info, methods=["GET"]),
    Route("/widget.js", widget_file, methods=["GET"]),
)


def create_app(
    settings: RelaySettings,
    *,
    directory: Path,
    key_file: Path,
    secret: Callable[[SecretRef], str] = resolve,
    own_origins: frozenset[str] = frozenset(),
    test_page: bool = False,
    version: str = "",
) -> Starlette:
    """The relay of these settings. `app.state.relay` is what its routes share.

    `directory`: of its database and files; `key_file`: its signing key; both are made when it
    starts. `secret` fetches what the settings refer to, now. `own_origins`: pages of the relay
    itself that may chat (the test page's, which `test_page` puts at `/`). Raises `SecretError`,
    `WeakSecret`; starting it raises `JournalError`.
    """
    relay = Relay(
        settings, directory=directory, key_file=key_file, secret=secret, own_origins=own_origins
    )

    store = FileStore(relay.files, relay.journal, relay.clock)
    metrics_token = secret(settings.metrics_token) if settings.metrics_token else None

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await relay.open()
        try:
            try:
                store.prepare()
            except OSError as error:
                raise JournalError(f"The relay's files cannot be kept: {error}.") from error
            retention = Retention(settings, relay.journal, store, relay.clock)
            relay.spawn("retention", retention.run())
            yield
        finally:
            await relay.close()

    routes = [
        *VISITORS,
        *DeskApi(relay, version).routes(),
        *FileApi(relay, store).routes(),
        *Operations(relay, store, metrics_token).routes(),
        *(TestPage(relay).routes() if test_page else ()),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers=dict(HANDLERS),
        middleware=[Middleware(Edge, relay=relay)],
    )
    app.state.relay = relay
    app.router.redirect_slashes = False
    return app

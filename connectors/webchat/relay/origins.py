"""Which pages may talk to the relay: those of the site's own origins (RFC 6454), by the header
that no page can forge. What sends no Origin is no browser's page and is refused too."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Scope

from connectors.webchat.relay.errors import ApiError
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.site import Site


def relay_of(scope: Scope) -> Relay:
    relay = scope["app"].state.relay
    assert isinstance(relay, Relay)
    return relay


def address_of(scope: Scope) -> str:
    """The visitor's network address, as `edge` has found it."""
    return str(scope["state"]["address"])


def header(scope: Scope, name: bytes) -> str | None:
    """A request header; None: there is none. Several of one name are joined, so that a doubled
    Origin is no origin."""
    found = [value for key, value in scope["headers"] if key == name]
    return b",".join(found).decode("latin-1") if found else None


def visitors_site(request: Request) -> Site:
    """The site that a visitor's HTTP request is about. Raises `ApiError`. What lets the page read
    the answer, `edge` adds."""
    site = relay_of(request.scope).sites.get(request.query_params.get("site", ""))
    if site is None:
        raise ApiError("unknown-site", "The relay does not know this site.")
    origin = header(request.scope, b"origin")
    if origin is None and request.method == "GET" and _of_itself(request):
        return site
    if not site.allows(origin):
        raise ApiError("bad-origin", "This page's origin is not in allowed_origins.")
    return site


def _of_itself(request: Request) -> bool:
    """Browsers name no origin when a page of the relay's own (the test page) only reads."""
    return header(request.scope, b"sec-fetch-site") == "same-origin"

"""Which pages may talk to the relay: those of the site's own origins (RFC 6454), by the header
that no page can forge. What sends no Origin is no browser's page and is refused too."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.site import Site

PREFLIGHT_SECONDS = 600


def relay_of(scope: Scope) -> Relay:
    relay = scope["app"].state.relay
    assert isinstance(relay, Relay)
    return relay


def header(scope: Scope, name: bytes) -> str | None:
    """A request header; None: there is none. Several of one name are joined, so that a doubled
    Origin is no origin."""
    found = [value for key, value in scope["headers"] if key == name]
    return b",".join(found).decode("latin-1") if found else None


def cors(origin: str) -> dict[str, str]:
    """Lets a page of this origin, which was checked, read the answer. No cookies are involved."""
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def refusal(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status, headers)


def visitors_site(request: Request) -> tuple[Site, dict[str, str]] | Response:
    """The site that a visitor's HTTP request is about and the headers of its answer, or what it
    is refused with."""
    site = relay_of(request.scope).sites.get(request.query_params.get("site", ""))
    if site is None:
        return refusal(404, "unknown-site", "The relay does not know this site.")
    origin = header(request.scope, b"origin")
    if origin is None and request.method == "GET" and _of_itself(request):
        return site, {}
    if origin is None or not site.allows(origin):
        return refusal(403, "bad-origin", "This page's origin is not in allowed_origins.")
    return site, cors(origin)


def _of_itself(request: Request) -> bool:
    """Browsers name no origin when a page of the relay's own (the test page) only reads."""
    return header(request.scope, b"sec-fetch-site") == "same-origin"


def preflight(request: Request, methods: str, headers: str) -> Response:
    """The answer to OPTIONS (Fetch standard, CORS-preflight request)."""
    found = visitors_site(request)
    if isinstance(found, Response):
        return found
    _site, allowed = found
    return Response(
        status_code=204,
        headers={
            **allowed,
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": headers,
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        },
    )

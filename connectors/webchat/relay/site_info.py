"""`GET /v1/site`: what the closed widget needs to show itself."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.webchat.relay.origins import preflight, relay_of, visitors_site

CACHED = 15
"""Seconds."""


async def site_info(request: Request) -> Response:
    if request.method == "OPTIONS":
        return preflight(request, "GET", "")
    found = visitors_site(request)
    if isinstance(found, Response):
        return found
    site, headers = found
    relay = relay_of(request.scope)
    now = relay.availability.of(site.name)
    told = {
        **site.describe(),
        "availability": now.state,
        "wait": now.wait if now.state == "online" else None,
        "limits": site.limits,
    }
    return JSONResponse(told, headers={**headers, "Cache-Control": f"public, max-age={CACHED}"})

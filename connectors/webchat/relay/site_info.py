"""`GET /v1/site`: what the closed widget needs to show itself."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.webchat.relay.origins import relay_of, visitors_site

CACHED = 15
"""Seconds."""


async def site_info(request: Request) -> Response:
    site = visitors_site(request)
    now = relay_of(request.scope).availability.of(site.name)
    told = {
        **site.describe(),
        "availability": now.state,
        "wait": now.wait if now.state == "online" else None,
        "limits": site.limits,
    }
    return JSONResponse(told, headers={"Cache-Control": f"public, max-age={CACHED}"})

"""`--test-page`: a small page that embeds the widget as a shop would, to chat with oneself."""

from __future__ import annotations

import html
import ipaddress
import time
from collections.abc import Sequence

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from config.urls import is_loopback
from connectors.webchat.relay.client_address import forwarded, parse
from connectors.webchat.relay.errors import ApiError
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.request_body import json_object, text_of

SIGNED_FOR = 3_600
"""Seconds that a test visitor's JWT is good for."""

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob:"
    " data:; media-src 'self' blob: data:; connect-src 'self' ws: wss:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · test page</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 3rem clamp(1rem, 6vw, 6rem); }}
main {{ max-width: 36rem; }} /* the chat opens beside it */
code {{ font-size: .9em; overflow-wrap: anywhere; }}
form {{ display: grid; gap: .6rem; max-width: 22rem; margin: 1rem 0; }}
form div {{ display: flex; gap: .6rem; }}
label {{ display: grid; }}
input, button {{ font: inherit; padding: .4rem .6rem; }}
</style>
</head>
<body>
<main>
<h1>A page of the site “{site}”</h1>
<p>This page embeds the chat as a page of yours would: with one line. What you write here arrives
on the desk; what is answered there appears here.</p>
<p><code>{tag}</code></p>
{sites}{sign_in}
</main>
<script src="/test-page.js"></script>
{script}
</body>
</html>
"""

_SIGN_IN = """\
<h2>As a signed-in visitor</h2>
<p>On a site of yours its server signs who is logged in. Here the relay does, on this machine
only.</p>
<form id="sign-in" data-site="{site}">
<label>Customer number <input name="sub" required value="42" autocomplete="off"></label>
<label>E-mail <input name="email" type="email" autocomplete="off"></label>
<label>Name <input name="name" autocomplete="off"></label>
<div><button>Sign in</button> <button type="button" id="sign-out">Sign out</button></div>
<output id="signed-in" role="status"></output>
</form>
"""

_SCRIPT = """\
"use strict";
const form = document.getElementById("sign-in");
const call = (...words) => (window.omnitui = window.omnitui || []).push(words);
async function signed() {
  const answer = await fetch("/test-page/identity", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ site: form.dataset.site, ...Object.fromEntries(new FormData(form)) }),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.message);
  return said.jwt;
}
if (form) {
  const told = document.getElementById("signed-in");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await signed();
      call("identify", signed);
      told.value = "Signed in as " + form.elements.sub.value + ".";
    } catch (error) {
      told.value = error.message;
    }
  });
  document.getElementById("sign-out").addEventListener("click", () => {
    call("logout");
    told.value = "Signed out.";
  });
}
"""


def own_origins(address: str) -> frozenset[str]:
    """The origins that the test page may be opened at, of `http://127.0.0.1:8800`."""
    port = address.rpartition(":")[2]
    names = {
        address,
        f"http://127.0.0.1:{port}",
        f"http://localhost:{port}",
        f"http://[::1]:{port}",
    }
    return frozenset(name.removesuffix(":80") for name in names)


class TestPage:
    """`routes` go into the application."""

    __test__ = False  # no test of pytest's

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def routes(self) -> Sequence[Route]:
        return [
            Route("/", self._page, methods=["GET"]),
            Route("/test-page.js", self._script, methods=["GET"]),
            Route("/test-page/identity", self._identity, methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        sites = self._relay.sites
        name = request.query_params.get("site") or next(iter(sites))
        site = sites.get(name)
        if site is None:
            raise ApiError("unknown-site", "There is no such site.")
        tag = f'<script src="/widget.js" data-site="{html.escape(name)}" async></script>'
        others = " · ".join(
            f'<a href="/?site={html.escape(other)}">{html.escape(other)}</a>'
            for other in sites
            if other != name
        )
        page = _PAGE.format(
            title=html.escape(site.settings.title or name),
            site=html.escape(name),
            tag=html.escape(tag),
            script=tag,
            sites=f"<p>Other sites: {others}</p>\n" if others else "",
            sign_in=_SIGN_IN.format(site=html.escape(name)) if site.identity_secret else "",
        )
        return Response(
            page,
            media_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": _CSP, "Cache-Control": "no-store"},
        )

    async def _script(self, request: Request) -> Response:
        return Response(_SCRIPT, media_type="text/javascript; charset=utf-8")

    async def _identity(self, request: Request) -> Response:
        """A JWT as the site's server would sign it: for anybody, so on this machine only."""
        peer = parse(request.client.host) if request.client else None
        local = isinstance(peer, ipaddress.IPv4Address | ipaddress.IPv6Address) and peer.is_loopback
        if not local or forwarded(request.headers.raw):
            raise ApiError("not-found", "Not Found.")
        # Another page in this machine's browser must not get one, nor one that a foreign name leads
        # here (DNS rebinding).
        own = is_loopback(request.url.hostname or "")
        if not own or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise ApiError("bad-origin", "This is for the test page only.")
        body = await json_object(request, 10_000)
        site = self._relay.sites.get(text_of(body, "site", 100))
        if site is None or site.identity_secret is None:
            raise ApiError("not-found", "This site has no identity_secret.")
        claims: dict[str, object] = {
            key: text
            for key in ("sub", "email", "name")
            if (text := text_of(body, key, 255, default="").strip())
        }
        claims["exp"] = int(time.time()) + SIGNED_FOR
        return JSONResponse({"jwt": jwt.encode(claims, site.identity_secret, algorithm="HS256")})

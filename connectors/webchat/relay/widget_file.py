"""`GET /widget.js`: the widget as one file, compressed once."""

from __future__ import annotations

import functools

from starlette.requests import Request
from starlette.responses import Response

from connectors.webchat.widget import Bundle, bundle

HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Content-Type": "text/javascript; charset=utf-8",
    "Cross-Origin-Resource-Policy": "cross-origin",
    # Pages may pin it with `integrity`, for which they have to be allowed to read it.
    "Access-Control-Allow-Origin": "*",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


@functools.cache
def _widget() -> Bundle:
    return bundle()


async def widget_file(request: Request) -> Response:
    widget = _widget()
    headers = {**HEADERS, "ETag": widget.etag}
    asked = request.headers.get("if-none-match", "")
    if any(each.strip().removeprefix("W/") == widget.etag for each in asked.split(",")):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(widget.gzip, headers={**headers, "Content-Encoding": "gzip"})
    return Response(widget.source, headers=headers)

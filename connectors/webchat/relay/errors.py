"""What the HTTP API answers when it does not do what was asked: `{"code", "message"}`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from connectors.webchat.relay.journal import JournalError
from connectors.webchat.relay.logs import log_error
from connectors.webchat.relay.records import Refused

STATUS: Mapping[str, int] = {
    "bad-request": 400,
    "bad-frame": 400,
    "bad-file": 415,
    "bad-token": 401,
    "identity-needed": 401,
    "bad-origin": 403,
    "blocked": 403,
    "unknown-site": 404,
    "unknown-visitor": 404,
    "unknown-key": 404,
    "not-found": 404,
    "method-not-allowed": 405,
    "too-slow": 408,
    "key-used": 409,
    "gone": 410,
    "bad-session": 410,
    "too-large": 413,
    "too-many": 429,
    "internal": 500,
    "draining": 503,
    "storage": 503,
    "storage-full": 507,
}
"""Code → HTTP status."""

Handler = Callable[[Request, Exception], Awaitable[Response]]


class ApiError(Exception):
    """A request that is refused. `message` is one sentence for developers."""

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


def refusal(code: str, message: str, retry_after: float | None = None) -> JSONResponse:
    headers: dict[str, str] = {}
    body: dict[str, Any] = {"code": code, "message": message}
    if retry_after is not None:
        seconds = max(1, math.ceil(retry_after))
        headers["Retry-After"] = str(seconds)
        body["retry_after"] = seconds
    if STATUS[code] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, STATUS[code], headers)


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return refusal(error.code, str(error), error.retry_after)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return refusal(error.code if error.code in STATUS else "bad-request", str(error))


async def _journal_error(request: Request, error: Exception) -> Response:
    log_error("journal-failed", error)
    return refusal("storage", "The relay cannot store anything at present; try again later.", 10)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "bad-request")
    answer = refusal(code, f"{error.detail}.")
    answer.headers.update(error.headers or {})
    return answer


async def _left(request: Request, error: Exception) -> Response:
    return refusal("bad-request", "The request ended early.")


async def _too_slow(request: Request, error: Exception) -> Response:
    answer = refusal("too-slow", "The request took too long to come.")
    answer.headers["Connection"] = "close"
    return answer


HANDLERS: Mapping[Any, Handler] = {
    ApiError: _api_error,
    Refused: _refused,
    JournalError: _journal_error,
    HTTPException: _http,
    ClientDisconnect: _left,
    TimeoutError: _too_slow,
    asyncio.TimeoutError: _too_slow,
}
"""For `Starlette(exception_handlers=…)`."""

"""Reading what a request brings: capped, within a time, and taken only when it is what it should
be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import Request

from connectors.webchat.relay.errors import ApiError
from connectors.webchat.relay.frames import clean

JSON_WITHIN = 20.0
"""Seconds for a JSON body."""
NEXT_WITHIN = 30.0
"""Seconds until the next piece of an upload."""
UPLOAD_WITHIN = 900.0
"""Seconds for a whole upload."""
LINGER = 3.0
"""Seconds for which what is not wanted is read all the same: who gets no answer before they have
sent it all would otherwise see a broken connection."""
LARGEST_NUMBER = 2**53


async def json_object(request: Request, most: int) -> Mapping[str, Any]:
    """The body. Raises `ApiError`, `TimeoutError`, `ClientDisconnect`."""
    whole = bytearray()
    async with asyncio.timeout(JSON_WITHIN):
        async for chunk in request.stream():
            whole += chunk
            if len(whole) > most:
                raise ApiError("too-large", f"A request has at most {most} bytes.")
    try:
        found = json.loads(whole, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ApiError("bad-request", "The body must be a JSON object.") from None
    if not isinstance(found, dict):
        raise ApiError("bad-request", "The body must be a JSON object.")
    return found


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body of an upload as it comes. Raises `TimeoutError`, `ClientDisconnect`."""
    async with asyncio.timeout(UPLOAD_WITHIN):
        stream = request.stream()
        while True:
            try:
                async with asyncio.timeout(NEXT_WITHIN):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            yield chunk


async def discard(request: Request) -> None:
    """Read on for a moment and forget it."""
    try:
        async with asyncio.timeout(LINGER):
            async for _chunk in request.stream():
                pass
    except Exception:  # noqa: S110 - it is refused in any case
        pass


def text_of(body: Mapping[str, Any], key: str, most: int, *, default: str | None = None) -> str:
    """A text of at most `most` bytes of UTF-8, made fit for storing: halves of surrogate pairs are
    replaced, NUL goes. Raises `ApiError`."""
    value = body.get(key, default)
    if value is None and default is not None:
        value = default
    if not isinstance(value, str):
        raise ApiError("bad-request", f"“{key}” must be a text.")
    if len(value) > most:
        raise ApiError("too-large", f"“{key}” has at most {most} bytes.")
    fit = clean(value)
    if len(fit.encode()) > most:
        raise ApiError("too-large", f"“{key}” has at most {most} bytes.")
    return fit


def number_of(body: Mapping[str, Any], key: str) -> int:
    """A whole number from 0. Raises `ApiError`."""
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LARGEST_NUMBER:
        raise ApiError("bad-request", f"“{key}” must be a whole number from 0.")
    return value


def optional_number(body: Mapping[str, Any], key: str) -> int | None:
    return None if body.get(key) is None else number_of(body, key)


def _no_constant(name: str) -> float:
    raise ValueError(name)

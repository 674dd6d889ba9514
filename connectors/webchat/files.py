"""Contents of files, both ways: streamed, and compared with what was promised."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from config.i18n import _
from connectors.contract import File, Rejected, Unreachable
from connectors.webchat import failures
from connectors.webchat.client import Line

CHUNK = 1 << 18


async def upload(line: Line, file: File) -> str:
    """Give a file to the relay; its id there. Raises `ChannelError`."""
    content = file.content
    if not isinstance(content, bytes | Path):
        raise Rejected(
            _("“{name}” is not here yet; send it when it has been fetched.").format(name=file.name)
        )
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    path = f"/v1/files?name={quote(file.name, safe='')}"
    found = await line.upload(path, _pieces(content), size=size, kind=file.type)
    number = found.get("id")
    if not isinstance(number, str) or not number:
        raise failures.unreadable()
    return number


async def _pieces(content: bytes | Path) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        for start in range(0, len(content), CHUNK):
            yield content[start : start + CHUNK]
        return
    with await asyncio.to_thread(content.open, "rb") as source:
        while piece := await asyncio.to_thread(source.read, CHUNK):
            yield piece


async def fetch(line: Line, reference: str, into: Path) -> None:
    """Write a visitor's file to `into`. Raises `ChannelError`: `Rejected` when it is gone."""
    wanted = _wanted(reference)
    path = f"/v1/files/{quote(wanted['id'], safe='')}/{quote(wanted['name'], safe='')}"
    try:
        async with line.download(path) as answer:
            written, digest = await _written(answer, into)
    except failures.NoSuchThing as error:
        raise Rejected(_("The relay no longer has this file; ask for it again.")) from error
    size, sha256 = wanted.get("size"), wanted.get("sha256")
    if isinstance(size, int) and written != size:
        raise Unreachable(
            _("Of the file {written} bytes came instead of {size}; it is tried again.").format(
                written=written, size=size
            )
        )
    if isinstance(sha256, str) and digest != sha256:
        raise Unreachable(_("The file came with other content than was sent; it is tried again."))


def _wanted(reference: str) -> dict[str, Any]:
    try:
        found = json.loads(reference)
        return {**found, "id": str(found["id"]), "name": str(found["name"]) or "file"}
    except (ValueError, KeyError, TypeError):
        raise Rejected(_("The relay gave no way to get this file.")) from None


async def _written(answer: httpx.Response, into: Path) -> tuple[int, str]:
    written, digest = 0, hashlib.sha256()
    with await asyncio.to_thread(into.open, "wb") as target:
        async for chunk in answer.aiter_bytes(CHUNK):
            await asyncio.to_thread(target.write, chunk)
            digest.update(chunk)
            written += len(chunk)
    return written, digest.hexdigest()

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
from connectors.webchat.bounds import LARGEST_FILE, UNTOLD_FILE
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


async def fetch(line: Line, reference: str, into: Path, taken: int | None = None) -> None:
    """Write a visitor's file to `into`. Raises `ChannelError`: `Rejected` when it is gone, or
    larger than it may be. `taken`: bytes of a file that the relay says it takes of visitors."""
    wanted = _wanted(reference)
    most = min(LARGEST_FILE, max(taken or 0, UNTOLD_FILE))
    if isinstance(wanted.get("size"), int):
        if wanted["size"] > most:
            raise _too_large()
        most = wanted["size"]
    path = f"/v1/files/{quote(wanted['id'], safe='')}/{quote(wanted['name'], safe='')}"
    try:
        async with line.download(path) as answer:
            written, digest = await _written(answer, into, most)
    except failures.NoSuchThing as error:
        raise Rejected(_("The relay no longer has this file; ask for it again.")) from error
    size, sha256 = wanted.get("size"), wanted.get("sha256")
    if isinstance(size, int) and written != size:
        raise Unreachable(
            _("Of the file {written} bytes came instead of {size}; it is tried again.").format(
                written=written, size=size
            )
        )
    if written > most:
        raise _too_large()
    if isinstance(sha256, str) and digest != sha256:
        raise Unreachable(_("The file came with other content than was sent; it is tried again."))


def _wanted(reference: str) -> dict[str, Any]:
    try:
        found = json.loads(reference)
        return {**found, "id": str(found["id"]), "name": str(found["name"]) or "file"}
    except (ValueError, KeyError, TypeError):
        raise Rejected(_("The relay gave no way to get this file.")) from None


def _too_large() -> Rejected:
    return Rejected(_("The file is larger than the relay may give us; ask for a smaller one."))


async def _written(answer: httpx.Response, into: Path, most: int) -> tuple[int, str]:
    """How much came, to where it is more than may."""
    written, digest = 0, hashlib.sha256()
    with await asyncio.to_thread(into.open, "wb") as target:
        async for chunk in answer.aiter_bytes(CHUNK):
            written += len(chunk)
            if written > most:
                break
            await asyncio.to_thread(target.write, chunk)
            digest.update(chunk)
    return written, digest.hexdigest()

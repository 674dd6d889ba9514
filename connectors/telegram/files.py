"""Contents of files: asked for by their id, streamed to where the engine wants them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import httpx

from config.i18n import _
from connectors.contract import ChannelError, Rejected, Unreachable
from connectors.telegram import failures
from connectors.telegram.bot import Line
from connectors.telegram.reading import DOWNLOAD_LIMIT


class NotNow(ChannelError):
    """This file cannot be had at the moment; others may."""


TRIES = 3
PAUSE = 0.5
"""Seconds between them, growing."""
CHUNK = 1 << 20


def too_large() -> str:
    return _(
        "The file is larger than the {n} MB that Telegram gives to a bot; ask for it another way,"
        " or run a Bot API server of your own (base_url)."
    ).format(n=DOWNLOAD_LIMIT >> 20)


async def fetch(line: Line, reference: str, into: Path) -> None:
    """Write the file to `into`. Raises `ChannelError`: `Rejected` when it can never be had."""
    file_id = _file_id(reference)
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            # Anew each time: its path is good for an hour.
            await _fetch_once(line, await _ask(line, file_id), into)
        except (NotNow, Unreachable):
            if not tries_left:
                raise
            await asyncio.sleep(PAUSE * (TRIES - tries_left))
        else:
            return


def _file_id(reference: str) -> str:
    try:
        return str(json.loads(reference)["file_id"])
    except (ValueError, KeyError, TypeError):
        raise Rejected(_("Telegram gave no way to get this file.")) from None


async def _ask(line: Line, file_id: str) -> dict[str, Any]:
    try:
        found = await line.bot.raw("getFile", file_id=file_id)
    except Rejected as error:
        words = str(error).lower()
        if "too big" in words:
            raise Rejected(too_large()) from error
        if "temporarily" in words:
            raise NotNow(
                _("Telegram does not have the file at hand; it is tried again.")
            ) from error
        raise
    if not isinstance(found, dict) or not found.get("file_path"):
        raise NotNow(_("Telegram does not have the file at hand; it is tried again."))
    return found


async def _fetch_once(line: Line, found: dict[str, Any], into: Path) -> None:
    path = str(found["file_path"])
    size = found.get("file_size")
    if path.startswith("/") and await asyncio.to_thread(_copied, line, Path(path), into):
        return
    if not {".", ".."}.isdisjoint(path.split("/")):
        raise NotNow(_("Telegram names no file that can be asked for; it is tried again."))
    try:
        written = await _download(line, path, into)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise failures.network(error) from error
    if isinstance(size, int) and size and written != size:
        raise NotNow(
            _("Of the file {written} bytes came instead of {size}; it is tried again.").format(
                written=written, size=size
            )
        )


def _copied(line: Line, path: Path, into: Path) -> bool:
    """A server of our own with --local names a file on its disk; whether that is ours, too.
    Whatever it names, nothing is read but a plain file of this bot's directory."""
    try:
        found = path.resolve(strict=True)
        if not line.is_bots_own(found):
            return False
        # Not followed once more, and not waited for: it may have become another thing since.
        descriptor = os.open(found, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as source:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return False
            with into.open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
    except (OSError, RuntimeError, ValueError):  # a circle of links, a NUL in it
        return False
    return True


async def _download(line: Line, path: str, into: Path) -> int:
    written = 0
    async with line.downloads.stream("GET", line.file_url(path)) as answer:
        if answer.status_code != httpx.codes.OK:
            raise _refused(answer.status_code)
        with await asyncio.to_thread(into.open, "wb") as target:
            async for chunk in answer.aiter_bytes(CHUNK):
                await asyncio.to_thread(target.write, chunk)
                written += len(chunk)
    return written


def _refused(code: int) -> ChannelError:
    if code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return Rejected(too_large())
    sentence = _("Telegram does not give the file now (HTTP {code}); it is tried again.")
    kind = Unreachable if code >= httpx.codes.INTERNAL_SERVER_ERROR else NotNow
    return kind(sentence.format(code=code))

"""Other programs: the agent's editor and shell on this terminal, filters beside it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from textual.app import App

from config.access import is_locked
from config.allowed import EDITORS
from config.i18n import _
from omnitui.desk.command import CommandError

FILTER_TIMEOUT = 60.0
"""Seconds that a filter program gets."""
MOST_OUTPUT = 200_000
"""Characters of a filter's output that become a draft."""


async def run_here(
    app: App[Any], argv: Sequence[str], environment: Mapping[str, str] | None = None
) -> int:
    """Give the terminal to a program until it ends; returns its exit status.

    The loop goes on meanwhile (drafts are saved, the engine is watched), but nothing is
    drawn: without `batch_update` widgets would fill the suspended driver's queue and block.
    Raises `CommandError` when it cannot be started.
    """
    failed: OSError | None = None
    status = 0
    # Nothing may be raised inside: `suspend` would then never resume.
    with app.batch_update(), app.suspend():
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, env={**os.environ, **(environment or {})}
            )
            status = await process.wait()
        except OSError as error:
            failed = error
    app.refresh(layout=True)
    if failed is not None:
        raise CommandError(
            _("{program} cannot be started: {why}.").format(
                program=argv[0], why=failed.strerror or failed
            )
        ) from failed
    return status


def editor() -> list[str]:
    """The agent's editor as words of a command line; a locked session's is one that does nothing
    else. Raises `CommandError` where there is none."""
    if is_locked():
        return [_restricted()]
    for name in ("VISUAL", "EDITOR"):
        with contextlib.suppress(ValueError):
            if words := shlex.split(os.environ.get(name, "")):
                return words
    return ["vi"]


async def edit(app: App[Any], text: str) -> str | None:
    """`text` as the agent's editor left it; None when nothing could be read.

    The file is private and has a name that editors take for text. Raises `CommandError`.
    """
    path = await asyncio.to_thread(_write, text)
    try:
        words = editor()
        status = await run_here(app, [*words, str(path)])
        if status != 0:
            raise CommandError(
                _("{program} ended with status {status}; the draft is as it was.").format(
                    program=words[0], status=status
                )
            )
        edited = await asyncio.to_thread(_read, path)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    # Editors end the last line; a draft that had no line end gets none.
    return edited[:-1] if edited.endswith("\n") and not text.endswith("\n") else edited


def _restricted() -> str:
    for path in EDITORS:
        if os.access(path, os.X_OK):
            return path
    raise CommandError(
        _("An editor for a locked session is not installed: who looks after the desk can install"
          " nano, whose “rnano” it is.")
    )  # fmt: skip


def _write(text: str) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="omnitui-reply-", suffix=".md")
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read()


async def filter_through(name: str, argv: Sequence[str], given: Mapping[str, Any]) -> str:
    """What a filter program makes of a conversation. Raises `CommandError`."""
    words = [_expand(word) for word in argv]
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(
            _("{name} cannot be started: {why}.").format(name=name, why=error.strerror)
        ) from error
    try:
        out, err = await asyncio.wait_for(
            process.communicate(json.dumps(given, ensure_ascii=False).encode()), FILTER_TIMEOUT
        )
    except TimeoutError:
        raise CommandError(
            _("{name} took longer than {n} seconds and was stopped.").format(
                name=name, n=int(FILTER_TIMEOUT)
            )
        ) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        why = err.decode("utf-8", "replace").strip().splitlines()
        raise CommandError(
            _("{name} failed with status {status}: {why}").format(
                name=name, status=process.returncode, why=why[-1] if why else _("it said nothing")
            )
        )
    return out.decode("utf-8", "replace")[:MOST_OUTPUT]


def _expand(word: str) -> str:
    """`~/bin/x` → the agent's own; other words are no paths for us to judge."""
    return os.path.expanduser(word) if word.startswith("~/") else word  # noqa: PTH111

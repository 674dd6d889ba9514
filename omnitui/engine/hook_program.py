"""One run of a hook's program, to its end, whatever it does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from config.i18n import _, ngettext
from config.model import Config, HookSettings
from config.private_file import why_not_private
from config.secret_ref import SecretRef
from store.hooks import Ended
from store.model import Event

KILL_AFTER = 2.0
"""Seconds between asking a program to end and making it."""
END_GRACE = 2.0
"""Seconds that a program gets when the engine ends."""
LAST_WORDS = 2.0
"""Seconds for which a program that has ended is still listened to."""
STATUS_EVERY = 0.05
"""Seconds between looks whether a program has ended."""
MOST_SAID = 300
"""Characters of what a program says on standard error that are kept."""
_READ = 65_536


@dataclass(frozen=True, slots=True)
class Result:
    state: Ended
    error: str = ""


async def run_program(
    config: Config, hook: HookSettings, event: Event, chain: str, given: Mapping[str, Any]
) -> Result:
    """Start the program in a process group of its own and wait for it.

    When cancelled it gets `END_GRACE` seconds, then the result is `unknown` instead of an error:
    whoever cancels has to ask whether it still wants one.
    """
    words, place = [_expanded(word) for word in hook.run], config.home.config
    if why := await asyncio.to_thread(_why_not_private, words[0], place):
        return Result("failed", _("It was not started: {why}").format(why=why))
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=place,
            env=environment(config, hook, event, chain),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        return Result(
            "failed", _("{program} cannot be started: {why}.").format(program=words[0], why=why)
        )
    text = json.dumps(given, ensure_ascii=False).encode("utf-8", "replace")
    ending = asyncio.create_task(_talk(process, text), name=f"hook {hook.name}: program")
    try:
        return await _ended(process, ending, hook)
    finally:
        await _end(process, ending)


def _expanded(word: str) -> str:
    return os.path.expanduser(word) if word.startswith("~/") else word  # noqa: PTH111


def _why_not_private(program: str, place: Path) -> str:
    """Why somebody else could have the engine run what they want."""
    found = shutil.which(program) if os.sep not in program else str(place / program)
    return why_not_private(Path(found)) if found else ""


async def _ended(
    process: asyncio.subprocess.Process, ending: asyncio.Task[str], hook: HookSettings
) -> Result:
    try:
        done, _late = await asyncio.wait({ending}, timeout=hook.timeout)
    except asyncio.CancelledError:
        await asyncio.wait({ending}, timeout=END_GRACE)
        if ending.done():
            return _judged(process, ending)
        return Result("unknown", _("The engine ended while it ran."))
    if done:
        return _judged(process, ending)
    return Result(
        "failed",
        ngettext(
            "It took longer than {n} second and was ended.",
            "It took longer than {n} seconds and was ended.",
            hook.timeout,
        ).format(n=hook.timeout),
    )


def _judged(process: asyncio.subprocess.Process, ending: asyncio.Task[str]) -> Result:
    said, status = ending.result(), process.returncode
    if status == 0:
        return Result("done")
    last = said or _("it said nothing")
    if status is not None and status < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-status).name
            return Result(
                "failed", _("It was ended by {signal}: {said}").format(signal=name, said=last)
            )
    return Result(
        "failed", _("It ended with status {status}: {said}").format(status=status, said=last)
    )


async def _talk(process: asyncio.subprocess.Process, text: bytes) -> str:
    """Give it its input while it says what it says; the last line of that, at its end."""
    said = bytearray()
    beside = {
        asyncio.create_task(_give(process, text), name="hook: input"),
        asyncio.create_task(_listen(process, said), name="hook: what it says"),
    }
    # It has ended as soon as there is a status. What it left behind may keep its standard error
    # open, and in some releases of Python 3.11 `wait` goes on until that is closed.
    over = asyncio.create_task(process.wait(), name="hook: its end")
    beside_it = beside | {over}
    try:
        while process.returncode is None:
            await asyncio.wait({over}, timeout=STATUS_EVERY)
        await asyncio.wait(beside, timeout=LAST_WORDS)
    finally:
        for task in beside_it:
            task.cancel()
        await asyncio.wait(beside_it)
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines()]
    last = next(filter(None, reversed(lines)), "")[-MOST_SAID:]
    return "".join(sign if sign.isprintable() else " " for sign in last)


async def _listen(process: asyncio.subprocess.Process, said: bytearray) -> None:
    assert process.stderr is not None
    while chunk := await process.stderr.read(_READ):
        said += chunk
        del said[: -4 * MOST_SAID]


async def _give(process: asyncio.subprocess.Process, text: bytes) -> None:
    """A program that does not read all of it is no mistake."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.write(text)
        await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()


async def _end(process: asyncio.subprocess.Process, ending: asyncio.Task[str]) -> None:
    """Nothing that it started in its group stays behind."""
    if not ending.done():
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({ending}, timeout=KILL_AFTER)
    _signal(process, signal.SIGKILL)
    if not ending.done():
        ending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({ending}, timeout=KILL_AFTER)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """To its whole group. One that is over has taken its number with it once nobody is in it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def environment(config: Config, hook: HookSettings, event: Event, chain: str) -> dict[str, str]:
    """The engine's own, without the secrets that the config takes from it, and what it is about."""
    hidden = {"CREDENTIALS_DIRECTORY", "OMNITUI_SOCKET", *_secret_names(config)}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    home = config.home
    if home.config == home.data:
        kept["OMNITUI_HOME"] = str(home.config)
    kept |= {
        # What the program does by `omnitui do` is known as this hook's doing.
        "OMNITUI_HOOK": f"{chain} {hook.name}".strip(),
        "OMNITUI_EVENT": event.kind,
        "OMNITUI_EVENT_ID": str(event.id),
    }
    about = {
        "OMNITUI_CONVERSATION": event.conversation_id,
        "OMNITUI_CUSTOMER": event.customer_id,
        "OMNITUI_MESSAGE": event.message_id,
    }
    return kept | {name: str(number) for name, number in about.items() if number is not None}


def _secret_names(value: object) -> set[str]:
    """The variables that the settings name as secrets (`env:NAME`)."""
    if isinstance(value, SecretRef):
        return {value.value} if value.scheme == "env" else set()
    if isinstance(value, Mapping):
        return {name for one in value.values() for name in _secret_names(one)}
    if isinstance(value, Path) or not is_dataclass(value):
        return set()
    return {name for one in fields(value) for name in _secret_names(getattr(value, one.name))}

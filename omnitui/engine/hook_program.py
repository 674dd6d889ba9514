"""One run of a hook's program, to its end, whatever it does."""

from __future__ import annotations

import asyncio
import contextlib
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
from omnitui.desk import program_run
from omnitui.desk.program_run import Run
from store.hooks import Ended
from store.model import Event

END_GRACE = 2.0
"""Seconds that a program gets when the engine ends."""
MOST_SAID = 300
"""Characters of what a program says on standard error that are kept."""


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
        run = await program_run.run(
            words,
            given,
            seconds=hook.timeout,
            env=environment(config, hook, event, chain),
            place=place,
            output=False,
            alone=True,
            patience=END_GRACE,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        return Result(
            "failed", _("{program} cannot be started: {why}.").format(program=words[0], why=why)
        )
    return _judged(run, hook)


def _expanded(word: str) -> str:
    return os.path.expanduser(word) if word.startswith("~/") else word  # noqa: PTH111


def _why_not_private(program: str, place: Path) -> str:
    """Why somebody else could have the engine run what they want."""
    found = shutil.which(program) if os.sep not in program else str(place / program)
    return why_not_private(Path(found)) if found else ""


def _judged(run: Run, hook: HookSettings) -> Result:
    if run.how == "cancelled":
        return Result("unknown", _("The engine ended while it ran."))
    if run.how != "ended":
        return Result(
            "failed",
            ngettext(
                "It took longer than {n} second and was ended.",
                "It took longer than {n} seconds and was ended.",
                hook.timeout,
            ).format(n=hook.timeout),
        )
    if run.status == 0:
        return Result("done")
    last = "".join(sign if sign.isprintable() else " " for sign in run.complaint[-MOST_SAID:])
    last = last or _("it said nothing")
    if run.status < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-run.status).name
            return Result(
                "failed", _("It was ended by {signal}: {said}").format(signal=name, said=last)
            )
    return Result(
        "failed", _("It ended with status {status}: {said}").format(status=run.status, said=last)
    )


_SERVICE = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")
"""systemd's talk with the engine is no program's business."""


def environment(config: Config, hook: HookSettings, event: Event, chain: str) -> dict[str, str]:
    """The engine's own, without the secrets that the config takes from it, and what it is about."""
    hidden = {"CREDENTIALS_DIRECTORY", "OMNITUI_SOCKET", *_SERVICE, *_secret_names(config)}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    home = config.home
    if home.config == home.data or config.team is not None:
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

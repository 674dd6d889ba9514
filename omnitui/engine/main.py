"""`omnitui serve`: the engine from lock to clean exit."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from config import told
from config.i18n import _
from config.model import Config
from omnitui.engine import service_manager
from omnitui.engine.alterer import Alterer
from omnitui.engine.attendant import Attendant
from omnitui.engine.auditor import Auditor
from omnitui.engine.backoff import Pace
from omnitui.engine.barrer import Barrer
from omnitui.engine.channel import Channel
from omnitui.engine.desk import EngineDesk
from omnitui.engine.eraser import Eraser
from omnitui.engine.fetcher import Fetcher, clear
from omnitui.engine.follower import Follower
from omnitui.engine.forgetter import Forgetter
from omnitui.engine.hooks import Hooks, why_refused
from omnitui.engine.host import Host
from omnitui.engine.keeper import keep
from omnitui.engine.lock import EngineLock, EngineRunning, LockError
from omnitui.engine.log import LOGGER, failure, log_to_file, log_to_stderr, trace
from omnitui.engine.marker import Marker
from omnitui.engine.proof import ProofSeeker
from omnitui.engine.pulse import Pulse
from omnitui.engine.reaper import Reaper
from omnitui.engine.registry import Connectors
from omnitui.engine.sender import Sender
from omnitui.engine.silence import Silence
from omnitui.engine.supervisor import Supervisor
from omnitui.engine.tidier import Tidier
from omnitui.engine.timers import Timers
from omnitui.engine.typist import Typist
from omnitui.engine.verifier import Verifier
from store.database import Store
from store.errors import StoreError, is_shortage


class Loop(Protocol):
    async def run(self) -> None: ...


WAIT_FOR_LOCK = 0.25
THREADS = 64
YOUNG = 10_000
"""Objects that are made before the collector looks at them: a batch is so many, and none of it
is garbage before the batch ends."""
BESIDE: Mapping[str, Callable[[EngineDesk, Pulse, Channel], Loop]] = {
    "files": Fetcher,
    "changes": Alterer,
    "proof": ProofSeeker,
    "tidying": Tidier,
    "visitors": Host,
    "attendance": Attendant,
    "read marks": Marker,
    "barring": Barrer,
    "codes": Verifier,
    "forgetting": Forgetter,
}
"""What runs for each account beside receiving and sending."""


def log_file(config: Config) -> Path:
    """Where an engine started by a screen logs."""
    return config.home.state / "engine.log"


def serve(
    config: Config,
    *,
    parent_pipe: int | None = None,
    wait: bool = False,
    connectors: Connectors | None = None,
    pace: Pace | None = None,
) -> int:
    """Run this desk's engine until SIGTERM, SIGINT or the closing of `parent_pipe`.

    Returns the exit code: 0 after a clean end, 1 when it could not start (one sentence is
    on stderr then). `wait`: stand by until another engine ends instead of refusing.
    """
    gc.set_threshold(YOUNG, 10, 10)
    _let_others_first()
    told.keep()  # screens show what it says in their own languages
    try:
        if parent_pipe is None:
            log_to_stderr(config.desk.log)
        else:
            log_to_file(log_file(config), config.desk.log)
        if why := why_refused(config):
            return _refuse(
                _("{path} has hooks, so only the engine's own user may change it. {why}").format(
                    path=config.path, why=why
                )
            )
        return _run_loop(
            lambda: _serve(config, parent_pipe, wait, connectors or Connectors(), pace or Pace())
        )
    except (LockError, StoreError) as error:
        return _refuse(str(error))
    except OSError as error:
        why = error.strerror or type(error).__name__
        place = f"{os.fsdecode(error.filename)}: {why}" if error.filename else why
        sentence = _("The engine cannot start: {why}.").format(why=place)
        if config.team is not None:
            sentence += " " + _("“omnitui doctor” and “omnitui init --team”, as root, mend that.")
        return _refuse(sentence)
    except Exception as error:
        # Whoever started it starts it again; nothing in flight is lost by that.
        LOGGER.critical("engine: unexpected end\n%s", trace(error))
        return _refuse(
            _("The engine failed unexpectedly ({error}); the log says where.").format(
                error=type(error).__name__
            )
        )


def _run_loop(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    with asyncio.Runner() as runner:
        try:
            runner.get_loop()  # which takes files
            return runner.run(work())
        except Exception as error:
            if not is_shortage(error):
                raise
            # To cancel everything takes memory, too: what is left half done would end when its
            # loop is gone, and each would say so.
            try:
                _refuse(_("The engine ends: the system has no more memory or files for it."))
            finally:
                os._exit(1)


def _let_others_first() -> None:
    """Our threads wake without taking the processor from a screen that draws: a key must not wait
    for a sync. Our share of it stays the same (sched(7), SCHED_BATCH)."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _refuse(sentence: str) -> int:
    """One sentence on stderr, which is where `serve` logs; a screen's engine logs to a file."""
    if any(getattr(h, "stream", None) is not sys.stderr for h in logging.getLogger().handlers):
        LOGGER.error("%s", sentence)
    sys.stderr.write(f"omnitui: {sentence}\n")
    return 1


async def _serve(
    config: Config, parent_pipe: int | None, wait: bool, connectors: Connectors, pace: Pace
) -> int:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_stray)
    # Names are looked up and secrets read in these threads, which a dead resolver or keyring
    # keeps for a while: no account may have to wait for another's.
    loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="engine"))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Until there is something to retry, a hang-up must not end the engine.
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    if parent_pipe is not None:
        _watch(loop, parent_pipe, stop)
    lock = EngineLock(config.home.lock_file)
    if not await _acquire(lock, stop, wait):
        return 0
    try:
        config.home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = await Store.open(config.home.store_file)
        try:
            await _run(EngineDesk(store, config, pace), connectors, stop)
        finally:
            await store.close()
    finally:
        lock.release()
    LOGGER.info("engine: ended")
    return 0


async def _acquire(lock: EngineLock, stop: asyncio.Event, wait: bool) -> bool:
    """False when told to end while waiting. Raises `EngineRunning` when not to wait."""
    while True:
        try:
            await asyncio.to_thread(lock.acquire)
        except EngineRunning:
            if not wait:
                raise
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT_FOR_LOCK):
                    await stop.wait()
            if stop.is_set():
                return False
        else:
            return True


async def _run(desk: EngineDesk, connectors: Connectors, stop: asyncio.Event) -> None:
    supervisor = Supervisor(desk, desk.config, connectors)
    pulse = Pulse(desk)
    sender = Sender(desk, pulse, supervisor)
    await supervisor.register()
    await sender.recover()
    if desk.config.team is not None:
        # Agents may write the store's directory; this one is the engine's.
        desk.store.blobs.incoming = desk.config.home.state / "incoming"
    await clear(desk.store.blobs)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, supervisor.retry_now)
    LOGGER.info("engine: process %d serves %d accounts", os.getpid(), len(desk.config.accounts))
    for warning in desk.config.warnings:
        LOGGER.warning("config: %s", warning)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(supervisor.run(), name="accounts"),
            group.create_task(pulse.run(), name="change feed"),
            group.create_task(service_manager.keep_alive(), name="signs of life"),
            group.create_task(keep("timers", Timers(desk, pulse).run), name="timers"),
            group.create_task(
                keep("following up", Follower(desk, pulse, supervisor).run), name="following up"
            ),
            group.create_task(keep("hooks", Hooks(desk, pulse).run), name="hooks"),
            group.create_task(keep("erasing", Eraser(desk, pulse).run), name="erasing"),
            group.create_task(keep("presence", Reaper(desk, pulse).run), name="presence"),
            group.create_task(keep("silence", Silence(desk, pulse).run), name="silence"),
            group.create_task(keep("audit", Auditor(desk, pulse).run), name="audit"),
            group.create_task(keep("typing", Typist(desk, pulse, supervisor).run), name="typing"),
            *_observed(desk, group),
            *(
                group.create_task(
                    keep(f"{channel.name}: {name}", loop(desk, pulse, channel).run),
                    name=f"{name} {channel.name}",
                )
                for channel in supervisor
                for name, loop in BESIDE.items()
            ),
        ]
        sending = group.create_task(sender.run(), name="outbox")
        served = f"STATUS=serves {len(desk.config.accounts)} accounts"
        service_manager.notify("READY=1", served)
        await _told_to_end(stop, desk.outdated)
        service_manager.notify("STOPPING=1")
        LOGGER.info("engine: ending")
        sender.stop()
        # A send in flight may end; past the grace it stays `sending`: unknown at the next start.
        await asyncio.wait({sending}, timeout=desk.pace.send_grace)
        for task in (sending, *tasks):
            task.cancel()
    with contextlib.suppress(StoreError):
        await supervisor.stopped()


def _observed(desk: EngineDesk, group: asyncio.TaskGroup) -> Iterator[asyncio.Task[None]]:
    """What answers those who watch the engine, where that is wanted."""
    if (address := desk.config.desk.metrics) is not None:
        from omnitui.engine.observed import Observed

        yield group.create_task(keep("metrics", Observed(desk, address).run), name="metrics")


async def _told_to_end(stop: asyncio.Event, outdated: asyncio.Event) -> None:
    """Until somebody ends the engine, a newer program has taken the store over, or it can be
    written at last: whoever keeps it running starts a new one then."""
    waiting = [
        asyncio.create_task(stop.wait(), name="told to end"),
        asyncio.create_task(outdated.wait(), name="outdated"),
    ]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    if outdated.is_set():
        LOGGER.error("engine: ends for the store to be opened anew, by this or a newer omnitui")


def _watch(loop: asyncio.AbstractEventLoop, pipe: int, stop: asyncio.Event) -> None:
    """End when the screen that started this engine is gone, however it went."""
    os.set_blocking(pipe, False)

    def readable() -> None:
        try:
            alive = os.read(pipe, 4096)
        except BlockingIOError:
            return
        except OSError:
            alive = b""
        if not alive:
            loop.remove_reader(pipe)
            stop.set()

    loop.add_reader(pipe, readable)


def _log_stray(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    if isinstance(error := context.get("exception"), BaseException):
        failure("engine: stray error", error)
    else:
        LOGGER.error("engine: stray error\n%s", context.get("message", ""))

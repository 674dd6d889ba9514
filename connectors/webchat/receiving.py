"""The stream of events: each is confirmed to the relay only after the store has it.

One task reads the stream, one hands all that has come meanwhile to the intake in one go, one
acknowledges what is stored: a slow line to the relay holds up no commit, and a slow disk no read.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from httpx_sse import ServerSentEvent

from config.i18n import _
from connectors.contract import (
    ChannelError,
    Deferred,
    Intake,
    Signal,
    Unreachable,
)
from connectors.hiccups import Hiccups
from connectors.webchat import failures
from connectors.webchat.batches import gathered, understood
from connectors.webchat.bounds import Waiting
from connectors.webchat.client import Line
from connectors.webchat.failures import OtherDesk
from connectors.webchat.place import Place, place_of
from connectors.webchat.protocol import MOST_ONLINE
from connectors.webchat.reading import read_json, read_present

AHEAD = 1_000
"""Events that are read before the store has those before them."""
HELLO = 20.0
"""Seconds in which a stream must say whose it is."""
STORE = 5.0
"""Seconds that the store gets for what has come, when the stream has ended."""
SUCCESS_EVERY = 30.0
"""Seconds: how often it is told that a silent stream lives (a dead one ends, see `client`)."""
HICCUPS = (0.2, 1.0, 2.0)
"""Seconds to wait after the first failures of a stream that worked: a relay or a web server before
it that is started anew is no news for an agent."""
STEADY = 10.0
"""Seconds after which a stream has worked."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hello:
    """What a stream begins with."""

    epoch: str
    site: str
    version: str
    oldest: int | None
    """The first event that is not acknowledged."""
    newest: int | None
    """The last one that ever was."""
    online: Sequence[Signal]


class _Anew(Exception):
    """The stream has to begin after another event: `args[0]`."""


class Receiving:
    """One account's. `detail` is what stands with the account while it works."""

    def __init__(self, name: str, line: Line, detail: Callable[[Hello], str]) -> None:
        self.name = name
        self._line = line
        self._detail = detail
        self._place = Place()
        self._acked = 0
        self._to_ack = asyncio.Event()
        self._there: set[str] = set()
        """Visitors."""

    async def run(self, intake: Intake, greeted: Callable[[Hello], Awaitable[None]]) -> None:
        """Until cancelled. `greeted` is called at the start of every stream. Raises
        `ChannelError` and what the intake raises."""
        self._place = place_of(await intake.cursor())
        after = self._place.event
        hiccups = Hiccups(HICCUPS)
        while True:
            began = time.monotonic()
            try:
                await self._stream(after, intake, greeted)
            except _Anew as anew:
                after = anew.args[0]
                continue
            except (Unreachable, Deferred) as error:
                if time.monotonic() - began >= STEADY:
                    hiccups.works()
                pause = hiccups.pause(error)
                if pause is None:
                    raise
                log.info("%s: %s", self.name, error)
                await asyncio.sleep(pause)
                after = self._place.event

    async def _stream(
        self, after: int, intake: Intake, greeted: Callable[[Hello], Awaitable[None]]
    ) -> None:
        """Until it ends, which it does not by itself. Raises `_Anew`."""
        async with self._line.events(after) as source:
            events = source.aiter_sse()
            async with contextlib.aclosing(events):
                hello = await _hello(events)
                place = self._place.at(hello.epoch, hello.newest)
                if place != self._place:
                    if self._place.epoch:
                        log.warning("%s: the relay's database is another one now", self.name)
                    self._place = place
                if place.event < after:
                    raise _Anew(place.event)
                if hello.oldest is not None and hello.oldest <= after:
                    # Stored and not acknowledged, it would seem: looked at before it is.
                    raise _Anew(hello.oldest - 1)
                self._acked = 0
                if after == place.event:
                    self._to_ack.set()
                detail = self._detail(hello)
                await intake.online(detail)
                await greeted(hello)
                self._there = {one.chat for one in hello.online}
                await intake.present(hello.online)
                waiting = Waiting(AHEAD)
                try:
                    async with asyncio.TaskGroup() as group:
                        for what, work in (
                            ("reads", self._read(events, waiting)),
                            ("stores", self._store(intake, waiting)),
                            ("acknowledges", self._acknowledge()),
                            ("lives", _tell(intake, detail)),
                        ):
                            group.create_task(work, name=f"{self.name} {what}")
                except BaseExceptionGroup as group_error:
                    # Tasks of one stream fail for one reason, or the first one says it.
                    raise _first(group_error) from group_error

    async def _read(self, events: Any, waiting: asyncio.Queue[ServerSentEvent]) -> None:
        try:
            async for event in events:
                _still_ours(event)
                if event.data:  # a comment after an event makes an empty one
                    await waiting.put(event)
        except Exception:
            await _stored(waiting)
            raise
        await _stored(waiting)
        raise Unreachable(_("The relay ended the connection; it is tried again."))

    async def _store(self, intake: Intake, waiting: asyncio.Queue[ServerSentEvent]) -> None:
        while True:
            batch = await gathered(waiting)
            # In a thread: what a browser calls itself takes milliseconds to understand.
            items, signals, place = await asyncio.to_thread(understood, batch, self._place)
            if items:
                await intake.accept(items, place.to_json())
            self._place = place
            self._to_ack.set()
            for _event in batch:
                waiting.task_done()
            if believed := self._believed(signals):
                await intake.signal(believed)

    def _believed(self, signals: Sequence[Signal]) -> list[Signal]:
        """Without those of more visitors than can be there."""
        found = []
        for one in signals:
            if one.kind == "offline":
                self._there.discard(one.chat)
            elif one.chat not in self._there:
                if len(self._there) >= MOST_ONLINE:
                    continue
                if one.kind == "online":
                    self._there.add(one.chat)
            found.append(one)
        return found

    async def _acknowledge(self) -> None:
        """The newest of what is stored, and that again until the relay has heard it."""
        failed = 0
        while True:
            await self._to_ack.wait()
            self._to_ack.clear()
            upto = self._place.event
            if upto <= self._acked:
                continue
            try:
                await self._line.call("POST", "/v1/ack", {"upto": upto})
            except (Unreachable, Deferred) as error:
                # The stream may well live on: nothing is lost but time, the relay keeps it all.
                log.info("%s: not acknowledged yet: %s", self.name, error)
                self._to_ack.set()
                await asyncio.sleep(min(30.0, 0.5 * 2.0**failed))
                failed = min(failed + 1, 10)
            else:
                self._acked, failed = upto, 0


def _still_ours(event: ServerSentEvent) -> None:
    """Raises `OtherDesk` when the stream is somebody else's now."""
    if event.event == "replaced":
        raise OtherDesk(
            _("Another engine reads this site's chats with the same token; end it, or give"
              " this desk a site of its own at the relay.")
        )  # fmt: skip


async def _stored(waiting: asyncio.Queue[ServerSentEvent]) -> None:
    """What has come is in the store: else a line that ends right after its events would bring none
    of them in, however often it is tried."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STORE):
            await waiting.join()


async def _hello(events: Any) -> Hello:
    """Raises `ChannelError`."""
    try:
        async with asyncio.timeout(HELLO):
            while not (event := await anext(events)).data:
                pass
    except StopAsyncIteration:
        raise Unreachable(_("The relay ended the connection; it is tried again.")) from None
    except TimeoutError:
        raise Unreachable(
            _("The relay's events do not come through; the web server before it must not buffer"
              " them (nginx: proxy_buffering off).")
        ) from None  # fmt: skip
    try:
        said = read_json(event.data)
    except ValueError:
        said = None
    if event.event != "hello" or not isinstance(said, dict):
        raise failures.unreadable()
    oldest, newest = said.get("oldest"), said.get("newest")
    epoch = said.get("epoch")
    if not isinstance(epoch, str) or not epoch:
        raise failures.unreadable()
    return Hello(
        epoch,
        str(said.get("site") or ""),
        str(said.get("version") or ""),
        oldest if type(oldest) is int and oldest > 0 else None,
        newest if type(newest) is int else None,
        await asyncio.to_thread(read_present, said.get("online")),
    )


async def _tell(intake: Intake, detail: str) -> None:
    while True:
        await asyncio.sleep(SUCCESS_EVERY)
        await intake.online(detail)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What the stream ended of: what is written for people before anything else."""
    found: list[BaseException] = []
    for error in group.exceptions:
        found.append(_first(error) if isinstance(error, BaseExceptionGroup) else error)
    return next((each for each in found if isinstance(each, ChannelError)), found[0])

"""What is done on the connection that receives, where the server grants no other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from connectors.contract import ChannelError
from connectors.email.imap.session import ImapSession, Refused

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds that an errand waits for its turn: a long fetch may be under way."""

Job = Callable[[ImapSession], Awaitable[T]]


class Errands:
    """A queue between who wants something and the one loop that has the connection."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        """Ends the loop's waiting."""
        self.taken = False
        """A loop with a connection looks after them."""
        self._waiting: deque[tuple[Job[Any], asyncio.Future[Any]]] = deque()

    async def run(self, job: Job[T]) -> T:
        """Raises what the job raises, and TimeoutError when its turn does not come."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, future))
        self.wake.set()
        async with asyncio.timeout(PATIENCE):
            return await future

    async def work(self, session: ImapSession) -> None:
        """Do what waits. The mailbox that is open afterwards is another one."""
        while self._waiting:
            job, future = self._waiting.popleft()
            if future.done():
                continue
            try:
                result = await job(session)
            except Refused as refusal:
                _fail(future, refusal)
            except ChannelError as error:
                _fail(future, error)
                raise
            except BaseException:
                future.cancel()
                raise
            else:
                if not future.done():
                    future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)

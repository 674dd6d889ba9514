"""Telegram's limits on sending: about one message a second in a chat, twenty a minute in a
group, thirty a second overall (https://core.telegram.org/bots/faq).

python-telegram-bot's own AIORateLimiter lets thirty messages of a burst into one chat, holds
up the whole bot for any 429, and lets a message overtake one that waits: so this one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from aiolimiter import AsyncLimiter
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

PER_SECOND = 30.0
PER_CHAT = 1.0
PER_MINUTE_IN_GROUP = 20.0
PATIENCE = 5.0
"""Seconds asked for by a 429 that are waited out in place; longer ones are the caller's."""
ALL_PATIENCE = 20.0
"""Seconds that one call waits out altogether."""
MARGIN = 0.05
"""Seconds beyond what Telegram asks for: its clock has started before ours."""
LANES = 512
"""Chats from which on those without traffic are forgotten."""

_Answer = bool | dict[str, Any] | list[dict[str, Any]]
_COURTESY = "sendChatAction"


class _Lane:
    """One chat: its calls go out one at a time, in the order in which they were made."""

    def __init__(self, group: AsyncLimiter | None) -> None:
        self.turn = asyncio.Lock()
        self.waiting = 0
        self.free_at = 0.0
        """When the next message may go (the loop's clock)."""
        self.held_until = 0.0
        """Until when Telegram wants nothing for this chat."""
        self.group = group

    def is_idle(self, now: float) -> bool:
        return (
            not self.waiting
            and max(self.free_at, self.held_until) <= now
            and (self.group is None or self.group.has_capacity(self.group.max_rate))
        )


class Pacing(BaseRateLimiter[None]):
    """For one bot. Raises `RetryAfter` when Telegram asks for more patience than `PATIENCE`;
    then it is asked nothing for the chat until that time is over."""

    def __init__(
        self,
        per_second: float = PER_SECOND,
        per_chat: float = PER_CHAT,
        per_minute_in_group: float | None = None,
    ) -> None:
        """`per_minute_in_group`: None: as Telegram has it, at the same scale as `per_chat`."""
        # One at a time: a bucket that holds a second's worth lets through twice that in one.
        self._overall = AsyncLimiter(1, 1 / per_second)
        self._per_chat = per_chat
        self._in_group = max(per_minute_in_group or PER_MINUTE_IN_GROUP * per_chat, 1.0)
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._held_until = 0.0

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, _Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> _Answer:
        """As `BaseRateLimiter` has it."""
        chat = data.get("chat_id")
        if chat is None or not endpoint.startswith(("send", "edit", "delete", "copy", "forward")):
            return await callback(*args, **kwargs)
        lane = self._lane(str(data.get("business_connection_id") or ""), str(chat))
        if endpoint == _COURTESY:
            # Worth nothing later: it neither waits nor counts, and is left out while held.
            self._refuse_while_held(lane, 0.0)
            return await callback(*args, **kwargs)
        media = data.get("media")
        count = len(media) if isinstance(media, (list, tuple)) else 1
        paced = not endpoint.startswith("delete")
        lane.waiting += 1
        try:
            async with lane.turn:
                return await self._in_turn(lane, lambda: callback(*args, **kwargs), count, paced)
        finally:
            lane.waiting -= 1

    async def _in_turn(
        self, lane: _Lane, call: Callable[[], Coroutine[Any, Any, _Answer]], count: int, paced: bool
    ) -> _Answer:
        loop = asyncio.get_running_loop()
        patience = ALL_PATIENCE
        while True:
            await self._let_through(lane)
            if paced:
                await self._paced(lane, count)
                await self._let_through(lane)
            try:
                answer = await call()
            except RetryAfter as refusal:
                wait = _seconds(refusal) + MARGIN
                self._hold(lane, wait)
                patience -= wait
                if wait - MARGIN > PATIENCE or patience < 0:
                    raise
                continue
            if paced:
                # From the answer on: how long the request took to get there is not known.
                lane.free_at = loop.time() + count / self._per_chat
            return answer

    async def _paced(self, lane: _Lane, count: int) -> None:
        if lane.group is not None:
            for _ in range(min(count, int(lane.group.max_rate))):
                await lane.group.acquire()
        await _until(lane.free_at)
        for _ in range(count):
            await self._overall.acquire()

    async def _let_through(self, lane: _Lane) -> None:
        """Wait while the chat or the bot is held, by whatever is refused meanwhile, too."""
        while (until := max(lane.held_until, self._held_until)) > asyncio.get_running_loop().time():
            self._refuse_while_held(lane, PATIENCE)
            await _until(until)

    def _hold(self, lane: _Lane, seconds: float) -> None:
        """No message for this chat; when others are held too, it is the bot that sends too
        much, which Telegram does not tell apart."""
        now = asyncio.get_running_loop().time()
        if any(other is not lane and other.held_until > now for other in self._lanes.values()):
            self._held_until = max(self._held_until, now + seconds)
        lane.held_until = max(lane.held_until, now + seconds)

    def _refuse_while_held(self, lane: _Lane, patience: float) -> None:
        left = max(lane.held_until, self._held_until) - asyncio.get_running_loop().time()
        if left > patience + MARGIN:
            raise RetryAfter(timedelta(seconds=left))

    def _lane(self, connection: str, chat: str) -> _Lane:
        lane = self._lanes.get((connection, chat))
        if lane is None:
            if len(self._lanes) >= LANES:
                now = asyncio.get_running_loop().time()
                self._lanes = {k: v for k, v in self._lanes.items() if not v.is_idle(now)}
            is_group = chat.startswith("-") or not chat.isdigit()
            lane = _Lane(AsyncLimiter(self._in_group, 60) if is_group else None)
            self._lanes[(connection, chat)] = lane
        return lane


async def _until(when: float) -> None:
    if (left := when - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(left)


def _seconds(refusal: RetryAfter) -> float:
    asked = refusal.retry_after
    return float(asked if isinstance(asked, (int, float)) else asked.total_seconds())

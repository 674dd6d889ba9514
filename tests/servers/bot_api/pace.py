"""Telegram's limits on sending: so many messages a second in one chat, and overall."""

from __future__ import annotations

import time
from collections import deque

from tests.servers.bot_api import errors


class Pace:
    """Counts what was let through in the last second, as a sliding window; groups have a limit
    for the minute too. `scale` makes its seconds shorter, so that tests need not wait for real
    ones."""

    def __init__(
        self,
        per_chat: float = 1,
        overall: float = 30,
        *,
        per_group_minute: float = 20,
        burst: int = 1,
        scale: float = 1.0,
    ) -> None:
        self.per_chat = per_chat
        self.overall = overall
        self.per_group_minute = per_group_minute
        self.burst = burst
        self.scale = scale
        self.refused = 0
        self._chats: dict[int, deque[float]] = {}
        self._all: deque[float] = deque()
        self._groups: dict[int, deque[float]] = {}

    def check(self, chat_id: int, count: int = 1) -> None:
        """Raises `Refusal` 429 for a call that is too early; otherwise counts it."""
        now = time.monotonic() * self.scale
        chat = self._chats.setdefault(chat_id, deque())
        group = self._groups.setdefault(chat_id, deque())
        wait = max(
            _wait(group, now, self.per_group_minute, 60) if chat_id < 0 else 0.0,
            _wait(chat, now, self.per_chat * self.burst, self.burst),
            _wait(self._all, now, self.overall, 1),
        )
        if wait > 0:
            self.refused += 1
            raise errors.too_many_requests(wait)
        for window in (chat, group, self._all):
            window.extend([now] * count)


def _wait(window: deque[float], now: float, limit: float, seconds: float) -> float:
    while window and window[0] <= now - seconds:
        window.popleft()
    return window[0] + seconds - now if len(window) >= limit else 0.0

"""The updates of one bot that nobody has fetched yet, with Telegram's rules for their numbers."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from tests.servers.bot_api import spec

LEFT_OUT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
DEFAULT = frozenset(spec.UPDATE_KINDS) - LEFT_OUT_BY_DEFAULT
KEPT_SECONDS = 24 * 60 * 60
_FUTURE = 10
"""An offset further ahead of the newest update than this counts as none at all."""


class UpdateQueue:
    """Numbers are given once and go up by one; `restart` is Telegram's jump after a quiet week."""

    def __init__(self, clock: Callable[[], float], first: int) -> None:
        self._clock = clock
        self.next_id = first
        self.allowed: frozenset[str] = DEFAULT
        self._waiting: deque[tuple[int, float, bytes]] = deque()
        self._lanes: dict[int, int] = {}
        """Update id → its chat: a webhook gets the updates of one chat one after the other."""
        self._in_order = True
        self._tail = first
        """One more than the highest number that waits, or that was given last."""
        self.handed_out: list[int] = []
        """Every update id in an answer to getUpdates or in a webhook's POST, in that order."""
        self.pushed: list[dict[str, Any]] = []
        """Every update that was queued."""

    def push(self, content: dict[str, Any], *, always: bool = False) -> dict[str, Any] | None:
        """Queue an update; None when the bot did not ask for this kind. An `update_id` of its own
        is kept, so that duplicates and any order can be made."""
        kinds = [name for name in content if name != "update_id"]
        if not always and kinds and kinds[0] not in self.allowed:
            return None
        update = {"update_id": content.get("update_id", self.next_id), **content}
        if "update_id" not in content:
            self.next_id += 1
        number = update["update_id"]
        self._in_order = self._in_order and (not self._waiting or self._waiting[-1][0] <= number)
        self._tail = max(self._tail, number + 1) if self._waiting else max(self.next_id, number + 1)
        self._lanes[number] = _lane(update)
        self._waiting.append((number, self._clock(), _encoded(update)))
        self.pushed.append(update)
        return update

    def push_raw(self, content: bytes) -> int:
        """Queue an update whose body is `content`, whatever that is; its number."""
        number = self.next_id
        self.next_id += 1
        self._tail = number + 1
        self._lanes[number] = 0
        self._waiting.append((number, self._clock(), b'{"update_id":%d,%s}' % (number, content)))
        return number

    def restart(self, first: int) -> None:
        """The next updates are numbered from here."""
        self.next_id = first
        if not self._waiting:
            self._tail = first

    def restart_when_idle(self, first: int) -> None:
        """As it is in truth: a queue that had nothing for a week has nothing that waits."""
        if not self._waiting:
            self.restart(first)

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Remember which kinds are wanted; None keeps what was said last, an empty list is the
        default. Names that do not exist are passed over."""
        if kinds is not None:
            known = frozenset(kinds) & frozenset(spec.UPDATE_KINDS)
            self.allowed = known or DEFAULT

    def fetch(self, offset: int, limit: int) -> list[tuple[int, bytes]]:
        """Forget what is confirmed by `offset`, and give the first ones of the rest."""
        self._expire()
        if offset < 0:
            while len(self._waiting) > -offset:
                self._waiting.popleft()
        elif 0 < offset <= self._tail + _FUTURE:
            while self._waiting and self._waiting[0][0] < offset:
                self._waiting.popleft()
            if not self._in_order:
                self._waiting = deque(each for each in self._waiting if each[0] >= offset)
        return [(number, raw) for number, _at, raw in islice(self._waiting, limit)]

    def heads(self) -> dict[int, tuple[int, bytes]]:
        """For each chat the first update that waits: what a webhook may get now."""
        self._expire()
        found: dict[int, tuple[int, bytes]] = {}
        for number, _at, raw in self._waiting:
            found.setdefault(self._lanes[number], (number, raw))
        return found

    def drop(self, number: int) -> None:
        """A webhook has taken it."""
        for index, each in enumerate(self._waiting):
            if each[0] == number:
                del self._waiting[index]
                return

    def clear(self) -> None:
        self._waiting.clear()

    def shuffle(self, order: Callable[[list[int]], list[int]]) -> None:
        """Put what waits into another order, by update ids."""
        self._in_order = False
        by_number = {each[0]: each for each in self._waiting}
        self._waiting = deque(by_number[number] for number in order(list(by_number)))

    def mix(self, seed: int) -> None:
        """Chats in another order, each chat's own in its order. Not where more wait than one
        answer holds: an offset could only lose what is behind it, and Telegram's are in order."""
        if len(self._waiting) >= 100:
            return
        chance = random.Random(seed)

        def mixed(numbers: list[int]) -> list[int]:
            lanes: dict[int, list[int]] = {}
            for number in numbers:
                lanes.setdefault(self._lanes[number], []).append(number)
            turns = [lane for lane, held in lanes.items() for _ in held]
            chance.shuffle(turns)
            return [lanes[lane].pop(0) for lane in turns]

        self.shuffle(mixed)

    def repeat(self) -> None:
        """What waits comes twice."""
        self._in_order = False
        self._waiting.extend(list(self._waiting))

    @property
    def waiting(self) -> list[int]:
        """Ids of what nobody confirmed yet."""
        return [each[0] for each in self._waiting]

    def _expire(self) -> None:
        oldest = self._clock() - KEPT_SECONDS
        while self._waiting and self._waiting[0][1] < oldest:
            self._waiting.popleft()


def _encoded(update: dict[str, Any]) -> bytes:
    return json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode()


def _lane(update: dict[str, Any]) -> int:
    """The chat of an update, or the person where it has none."""
    for content in update.values():
        if isinstance(content, dict):
            for name in ("chat", "from", "user", "message"):
                inner = content.get(name)
                if isinstance(inner, dict):
                    return int(inner.get("id") or 0)
    return 0

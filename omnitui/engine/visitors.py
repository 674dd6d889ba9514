"""What a connector signals of its visitors, until it is written: the last word on each counts.

A thousand visitors turn pages all the time. What they do is gathered here and written a few
times a second at most (`omnitui.engine.host`), since each commit wakes every screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from connectors.contract import Signal


@dataclass(frozen=True, slots=True)
class Signalled:
    """What has been signalled since it was last asked for."""

    everybody: tuple[Signal, ...] | None = None
    """Who is there, and nobody else, before the rest was signalled; None: that was not told."""
    signals: tuple[Signal, ...] = ()

    @property
    def anything(self) -> bool:
        return self.everybody is not None or bool(self.signals)


@dataclass(slots=True)
class Visitors:
    """One account's."""

    urgent: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody types: a sign that is of no use later."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    greeted: list[asyncio.Event] = field(default_factory=list)
    """Set when the channel has told who is there: it has just begun to listen to us, too."""
    _everybody: tuple[Signal, ...] | None = None
    _signals: dict[tuple[str, str], Signal] = field(default_factory=dict)

    def signal(self, signals: Sequence[Signal]) -> None:
        for one in signals:
            key = (_MATTER[one.kind], one.who.address)
            before = self._signals.pop(key, None)
            if before is not None and one.kind != "typing":
                one = replace(one, details={**before.details, **one.details})
            self._signals[key] = one
            if one.kind == "typing":
                self.urgent.set()
        if signals:
            self.news.set()

    def present(self, chats: Sequence[Signal]) -> None:
        self._everybody = tuple(chats)
        self._signals.clear()
        self.news.set()
        for event in self.greeted:
            event.set()

    def nobody(self) -> None:
        """The account has no connection: nothing is known of who is there."""
        self._everybody = ()
        self._signals.clear()
        self.news.set()

    def take(self) -> Signalled:
        """What there is, which is the caller's to write now."""
        taken = Signalled(self._everybody, tuple(self._signals.values()))
        self._everybody = None
        self._signals.clear()
        self.news.clear()
        self.urgent.clear()
        return taken

    def put_back(self, taken: Signalled) -> None:
        """It could not be written: what was signalled since counts more."""
        since = self.take()
        if since.everybody is None:
            self._everybody = taken.everybody
            self.signal(taken.signals)
        else:
            self._everybody = since.everybody
        self.signal(since.signals)
        self.news.set()


_MATTER = {"typing": "typing", "online": "there", "offline": "there", "visit": "visit"}

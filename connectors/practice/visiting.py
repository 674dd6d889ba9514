"""How practice customers behave in a web chat, beside what their story has them say.

They look at a page, type before they write, get and read what the agent answers, and leave when
nothing more is said. Nothing of it is kept: an engine that starts again finds nobody there.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract import Address, Millis, Notice, NoticeKind, Signal
from connectors.practice.story import Person

TYPES_FOR = 6.0
"""Seconds before a message in which its writer is seen typing, and between two signs of it."""
READS_AFTER = 2.5
STAYS_FOR = 240.0
"""Seconds after the last words of either side."""

_PAGES = (
    ("/", "Northwind Outfitters"),
    ("/jackets/rain", "Rain jackets"),
    ("/cart", "Your cart"),
    ("/orders/{order}", "Order {order}"),
    ("/help/returns", "Returns and refunds"),
)
_REFERRERS = ("https://www.google.com/", "https://duckduckgo.com/", "", "", "https://t.me/")
_BROWSERS = (
    "Firefox 145 on Windows",
    "Chrome 142 on Android",
    "Safari 26 on iOS",
    "Chrome 142 on macOS",
    "Firefox 145 on Linux",
)
_ZONES = {
    "en": "Europe/London",
    "uk": "Europe/Kyiv",
    "ru": "Asia/Almaty",
    "pl": "Europe/Warsaw",
}


@dataclass(slots=True)
class _Visitor:
    person: Person
    leaves: Millis
    typed: Millis = 0
    unread: list[tuple[Millis, str]] = field(default_factory=list)
    """When they look, and at which of our messages."""


class Visiting:
    """`site` is their pages' address; delays divide by `speed`."""

    def __init__(self, site: str, speed: float) -> None:
        self._site = site
        self._speed = speed
        self._here: dict[str, _Visitor] = {}
        self._missed: dict[str, str] = {}
        """The last of our messages to somebody who had left."""

    def writes(self, person: Person, at: Millis) -> Signal:
        """Somebody has written: they are there."""
        known = self._here.get(person.chat)
        if known is None or known.person != person:
            known = self._here[person.chat] = _Visitor(person, at)
        known.leaves = at + self._delay(STAYS_FOR)
        if missed := self._missed.pop(person.chat, ""):
            known.unread.append((at, missed))
        return _signal("online", at, person, self._facts(person))

    def gets(self, chat: str, key: str, at: Millis) -> Notice | None:
        """A message of ours has come to somebody; None when they are not there."""
        visitor = self._here.get(chat)
        if visitor is None:
            self._missed[chat] = key
            return None
        visitor.leaves = at + self._delay(STAYS_FOR)
        visitor.unread.append((at + self._delay(READS_AFTER), key))
        return _mark("delivered", at, visitor.person, key)

    def advance(
        self, now: Millis, about_to_write: Sequence[tuple[Person, Millis]]
    ) -> tuple[list[Signal], list[Notice]]:
        """What is to be seen by now; `about_to_write`: who will write, and when."""
        signals: list[Signal] = []
        for person, due in about_to_write:
            visitor = self._here.get(person.chat)
            if visitor is None:
                continue
            visitor.leaves = max(visitor.leaves, due)
            soon = due - now <= self._delay(TYPES_FOR)
            if soon and now - visitor.typed >= min(2_500, self._delay(TYPES_FOR)):
                visitor.typed = now
                signals.append(_signal("typing", now, person, {}))
        notices: list[Notice] = []
        for chat, visitor in list(self._here.items()):
            seen = [key for due, key in visitor.unread if due <= now]
            if seen:
                visitor.unread = [each for each in visitor.unread if each[0] > now]
                notices.append(_mark("read", now, visitor.person, seen[-1]))
            if visitor.leaves <= now and not visitor.unread:
                del self._here[chat]
                signals.append(_signal("offline", now, visitor.person, {}))
        return signals, notices

    def _delay(self, seconds: float) -> int:
        return int(seconds * 1000 / self._speed)

    def _facts(self, person: Person) -> dict[str, Any]:
        chance = random.Random(person.number)  # noqa: S311 - not a secret
        path, title = chance.choice(_PAGES)
        facts = {
            "page": f"https://{self._site}{person.say(path)}",
            "title": person.say(title),
            "referrer": chance.choice(_REFERRERS),
            "browser": chance.choice(_BROWSERS),
            "language": person.language,
            "timezone": _ZONES[person.language],
        }
        return {name: value for name, value in facts.items() if value}


def _signal(kind: Any, at: Millis, person: Person, details: dict[str, Any]) -> Signal:
    return Signal(kind, at, person.chat, Address(person.chat, person.name), details)


def _mark(kind: NoticeKind, at: Millis, person: Person, key: str) -> Notice:
    who = Address(person.chat, person.name)
    return Notice(
        external_id=f"{kind}/{key}",
        kind=kind,
        at=at,
        chat=person.chat,
        who=who,
        keys=(key,),
        proofs=("platform",),
    )

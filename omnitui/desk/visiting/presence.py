"""Who of the agents is there: whoever has a screen open, has touched it lately and has not set
themselves away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omnitui.desk import journal
from omnitui.desk.agents import looks_only
from omnitui.desk.context import Desk
from omnitui.desk.rights import may
from omnitui.desk.visiting.liveness import is_dead
from store import presence, typing
from store.model import ConversationId, Millis
from store.presence import FRESH, Screen

EVERY = 20.0
"""Seconds: how often a screen says that it is open."""


@dataclass(frozen=True, slots=True)
class Present:
    """An agent with at least one screen open."""

    agent: str
    active_at: Millis
    """When they last touched a key, on any of their screens."""
    looking_at: tuple[ConversationId, ...]
    """What stands on their screens."""
    away: bool
    """They have set themselves away."""
    idle: bool
    """They have touched no key for `away_after`."""
    since: Millis = 0
    """When they opened the first of their screens."""
    sources: tuple[str, ...] = ()
    """From where they work."""

    @property
    def there(self) -> bool:
        return not self.away and not self.idle


def beat(
    desk: Desk, screen: str, active_at: Millis, conversation_id: ConversationId | None = None
) -> None:
    """The desk's agent has a screen open; said every 20 s, and when they turn to another
    conversation.

    Args:
        screen: its name: `liveness.name_of_this`.
        active_at: when a key was last touched there.
    """
    now = desk.now()
    new = presence.beat(
        desk.db, desk.agent, screen, now, min(active_at, now), conversation_id, desk.source
    )
    if new and desk.config.team is not None:
        journal.record(desk, "session.opened", screen=screen)


def leave(desk: Desk, screen: str) -> None:
    """The screen is closed."""
    known = _gone(desk, desk.agent, screen)
    if known and desk.config.team is not None:
        journal.record(desk, "session.closed", screen=screen, why="left")


def here(desk: Desk) -> list[Screen]:
    """Every screen that was open lately."""
    return presence.screens(desk.db, desk.now() - FRESH)


def dead(screens: Sequence[Screen]) -> list[Screen]:
    """Those of them whose process is gone."""
    return [screen for screen in screens if is_dead(screen.screen)]


def lose(desk: Desk, screens: Sequence[Screen]) -> None:
    """These were never closed, and are gone."""
    for screen in screens:
        known = _gone(desk, screen.agent, screen.screen)
        if known and desk.config.team is not None:
            journal.record(
                desk, "session.closed", actor=screen.agent, screen=screen.screen, why="lost"
            )


def _gone(desk: Desk, agent: str, screen: str) -> bool:
    """Whoever has no other screen writes nowhere any more."""
    known = presence.leave(desk.db, agent, screen)
    if may(desk, "work") and all(one.agent != agent for one in here(desk)):
        typing.forget(desk.db, agent)
    return known


def present(desk: Desk) -> list[Present]:
    """Every agent with a screen open, by name."""
    now, away = desk.now(), presence.away(desk.db)
    longest = desk.config.desk.away_after * 1000
    found: dict[str, Present] = {}
    for screen in presence.screens(desk.db, now - FRESH):
        before = found.get(screen.agent)
        active_at = max(screen.active_at, before.active_at if before else 0)
        rooms = before.looking_at if before else ()
        if screen.conversation_id is not None and screen.conversation_id not in rooms:
            rooms = (*rooms, screen.conversation_id)
        found[screen.agent] = Present(
            screen.agent,
            active_at,
            rooms,
            screen.agent in away,
            now - active_at > longest,
            min(screen.since, before.since if before else screen.since),
            tuple(dict.fromkeys([*(before.sources if before else ()), screen.source])),
        )
    return list(found.values())


def there(desk: Desk) -> list[str]:
    """Who is there for customers: not who only looks."""
    return [one.agent for one in present(desk) if one.there and not looks_only(desk, one.agent)]


def looking(desk: Desk, conversation_id: ConversationId) -> list[str]:
    """Who else has a conversation on the screen."""
    return looking_at(desk).get(conversation_id, [])


def looking_at(desk: Desk) -> dict[ConversationId, list[str]]:
    """Who else of the agents looks at what."""
    found: dict[ConversationId, list[str]] = {}
    for one in present(desk):
        if one.agent != desk.agent and not one.idle:
            for room in one.looking_at:
                found.setdefault(room, []).append(one.agent)
    return found


def next_change(desk: Desk) -> Millis | None:
    """When somebody is not there any more, should nobody do anything."""
    now, away = desk.now(), presence.away(desk.db)
    longest = desk.config.desk.away_after * 1000
    ends = [
        min(screen.at + FRESH, screen.active_at + longest) + 1
        for screen in presence.screens(desk.db, now - FRESH)
        if screen.agent not in away and now - screen.active_at <= longest
    ]
    return min(ends, default=None)


def is_away(desk: Desk) -> bool:
    """Whether the desk's agent has set themselves away."""
    return desk.agent in presence.away(desk.db)


def set_away(desk: Desk, away: bool) -> bool:
    """The desk's agent goes away, or is back; whether that is news."""
    changed = presence.set_away(desk.db, desk.agent, desk.now() if away else None)
    if changed:
        journal.record(desk, "agent.away" if away else "agent.back")
    return changed

"""Who of the desk is here: since when, how long idle, where they look, what they have."""

from __future__ import annotations

from dataclasses import dataclass

from config.access import Role, role_of
from omnitui.desk.agents import known
from omnitui.desk.context import Desk
from omnitui.desk.rights import may
from omnitui.desk.visiting import presence
from store import conversations
from store import presence as screens
from store.model import ConversationId, Millis
from store.overview import open_by_agent

LOOKED_AT = 3
"""Conversations of one agent that are named."""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands on somebody's screen."""

    id: ConversationId
    customer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent of the desk, the one who asks among them."""

    agent: str
    here: bool
    """They have a screen open."""
    away: bool
    """They have set themselves away."""
    idle: bool
    since: Millis
    """When they opened the first of their screens; 0: none is open."""
    active_at: Millis
    """When they last touched a key; 0: never seen here."""
    looks_at: tuple[Place, ...]
    open: int
    """Conversations of theirs that are open or pending."""
    sources: tuple[str, ...]
    """From where they work; empty for whoever may not know."""
    role: Role = "agent"


def roster(desk: Desk) -> list[Colleague]:
    """Everybody, who is here first."""
    here = {one.agent: one for one in presence.present(desk)}
    seen = screens.last_seen(desk.db)
    counts = open_by_agent(desk.db)
    leads, team = may(desk, "reclaim"), desk.config.team
    found = []
    for agent in dict.fromkeys([*here, *known(desk)]):
        one = here.get(agent)
        found.append(
            Colleague(
                agent,
                one is not None,
                one.away if one else False,
                one.idle if one else False,
                one.since if one else 0,
                one.active_at if one else seen.get(agent, 0),
                _places(desk, one.looking_at) if one else (),
                counts.get(agent, 0),
                tuple(filter(None, one.sources)) if one and leads else (),
                role_of(agent, team.supervisors, team.readers) if team is not None else "agent",
            )
        )
    return found


def _places(desk: Desk, ids: tuple[ConversationId, ...]) -> tuple[Place, ...]:
    found = {one.id: one for one in conversations.many(desk.db, ids[:LOOKED_AT])}
    return tuple(
        Place(one, found[one].customer_name, found[one].subject)
        for one in ids[:LOOKED_AT]
        if one in found
    )

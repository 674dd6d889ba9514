"""Assignees who are not there while their customers wait: after `[team] reclaim_after` others are
offered to take the conversation over."""

from __future__ import annotations

from omnitui.desk import journal
from omnitui.desk.context import Desk
from store import events, presence, silences
from store.model import Conversation, ConversationId, Millis
from store.silences import Silence

SOON: Millis = 5_000
"""Milliseconds after which what may be due is looked at again."""


def reclaim_after(desk: Desk) -> Millis | None:
    """Milliseconds; None: never."""
    team = desk.config.team
    if team is None or team.reclaim_after is None:
        return None
    return team.reclaim_after * 1000


def silent_since(desk: Desk, agent: str) -> Millis:
    """Since when an agent has touched no key, or has set themselves away; 0: never seen here."""
    seen = presence.last_seen(desk.db).get(agent, 0)
    went = presence.away(desk.db).get(agent)
    return seen if went is None else min(seen or went, went)


def is_silent(desk: Desk, conversation: Conversation) -> bool:
    """Whether the customer waits, and for `reclaim_after` nobody has been there for them. Asked
    anew: the list may be seconds old."""
    longest, waits = reclaim_after(desk), conversation.waiting_since
    if longest is None or waits is None or not conversation.assignee:
        return False
    if conversation.status not in ("open", "pending"):
        return False
    edge = desk.now() - longest
    if waits > edge or silent_since(desk, conversation.assignee) > edge:
        return False
    return not _is_new_to_them(desk, conversation.id, edge)


def update(desk: Desk) -> int:
    """Bring the list up to date; how many came and went. Each that does is in the log, so that
    every screen shows it and a hook can hear of it."""
    db, wanted = desk.db, {one.conversation_id: one for one in _silent(desk)}
    listed = {one.conversation_id: one for one in silences.listed(db)}
    changed = 0
    for id_, known in listed.items():
        found = wanted.get(id_)
        if found is not None and found.agent == known.agent:
            continue
        silences.remove(db, id_)
        changed += 1
        if found is None:
            journal.record(desk, "conversation.attended", conversation=id_, assignee=known.agent)
    for id_, found in wanted.items():
        if id_ in listed and listed[id_].agent == found.agent:
            continue
        silences.put(db, found)
        changed += 1
        journal.record(
            desk, "conversation.silent", conversation=id_, assignee=found.agent, since=found.since
        )
    return changed


def differs(desk: Desk) -> bool:
    """Whether `update` has anything to do: it is asked often, and seldom has."""
    wanted = {(one.conversation_id, one.agent) for one in _silent(desk)}
    return wanted != {(one.conversation_id, one.agent) for one in silences.listed(desk.db)}


def next_change(desk: Desk) -> Millis | None:
    """When the next conversation comes onto the list, should nobody do anything."""
    longest = reclaim_after(desk)
    if longest is None:
        return None
    ends = []
    for agent in silences.assignees(desk.db):
        waits = silences.first_waiting(desk.db, agent)
        if waits is not None:
            ends.append(max(waits, silent_since(desk, agent)) + longest)
    # Past, where they got it since: that is not asked of each.
    return max(min(ends), desk.now() + SOON) if ends else None


def _silent(desk: Desk) -> list[Silence]:
    longest = reclaim_after(desk)
    if longest is None:
        return []
    edge = desk.now() - longest
    return [
        Silence(id_, agent, since)
        for agent in silences.assignees(desk.db)
        if (since := silent_since(desk, agent)) <= edge
        for id_ in silences.waiting(desk.db, agent, edge)
        if not _is_new_to_them(desk, id_, edge)
    ]


def _is_new_to_them(desk: Desk, conversation_id: ConversationId, edge: Millis) -> bool:
    """Whether the assignee got it after that: however long the customer has waited for others,
    nobody is silent who was given it a moment ago."""
    at = events.last_assigned(desk.db, conversation_id)
    return at is not None and at > edge

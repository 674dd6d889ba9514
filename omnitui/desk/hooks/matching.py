"""Which events start a hook."""

from __future__ import annotations

from dataclasses import dataclass

from config.hook_settings import as_told
from config.model import HookSettings
from omnitui.desk.context import Desk
from store import conversations, hooks, messages, search
from store.errors import NotFound
from store.model import Event

AT_ONCE = 50
"""Events that are looked at in one step."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a hook is to run for, and up to which event was looked."""

    events: tuple[Event, ...]
    upto: int
    passed: bool
    """There were others of the hook's kinds, which start nothing."""
    through: bool
    """There is nothing more to look at now."""


def due(desk: Desk, hook: HookSettings, after: int) -> Due:
    """The next events that start the hook, as things are now. Raises `QueryError`."""
    page = hooks.page(desk.db, after, hook.on, AT_ONCE)
    found = tuple(event for event in page.events if starts(desk, hook, event))
    passed = len(found) < len(page.events)
    return Due(found, page.upto, passed, page.through)


def starts(desk: Desk, hook: HookSettings, event: Event) -> bool:
    """Whether this event starts it, as things are now. Raises `QueryError`."""
    if event.kind not in hook.on or not _when(hook, event):
        return False
    made_by = chain(desk, event).split()
    if hook.name in made_by or (made_by and not hook.chain):
        return False
    return not hook.where or _where(desk, hook.where, event)


def chain(desk: Desk, event: Event) -> str:
    """The names of the hooks that brought an event about, the first one first.

    What becomes of a hook's reply (`message.sent`, …) is the hook's doing, too.
    """
    told = event.data.get("hook")
    if isinstance(told, str) and told:
        return told
    if event.message_id is None or event.kind == "message.received":
        return ""
    try:
        return str(messages.get(desk.db, event.message_id).details.get("hook") or "")
    except NotFound:
        return ""


def _when(hook: HookSettings, event: Event) -> bool:
    return all(as_told(event.data.get(key)) in wanted for key, wanted in hook.when.items())


def _where(desk: Desk, query: str, event: Event) -> bool:
    """Whether the search finds the message that it happened to, else the conversation; of an
    event that is about a customer alone, any conversation of theirs."""
    zone = desk.config.desk.timezone or None
    if event.message_id is not None:
        try:
            message = messages.get(desk.db, event.message_id)
        except NotFound:
            return False
        asked = f"conversation:{message.conversation_id} {query}"
        # Newest first: the message itself is the first one that can be found.
        found = search.search(
            desk.db, asked, limit=1, before=message.position + 1, bounded=False, timezone=zone
        )
        return bool(found) and found[0].message_id == message.id
    if event.conversation_id is not None:
        asked = f"conversation:{event.conversation_id} {query}"
    elif event.customer_id is not None:
        asked = f"customer:{event.customer_id} {query}"
    else:
        return False
    return bool(conversations.all(desk.db, asked, limit=1, timezone=zone))

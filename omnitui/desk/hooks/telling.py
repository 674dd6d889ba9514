"""What a hook's program gets on its standard input."""

from __future__ import annotations

from typing import Any

from config.model import HookSettings
from omnitui.desk.context import Desk
from omnitui.desk.view import conversation_json, customer_json, event_json, message_json
from store import conversations, customers, messages
from store.errors import NotFound
from store.model import Event

LAST = 100
"""Messages of the conversation that are told, the latest."""


def told(desk: Desk, hook: HookSettings, event: Event) -> dict[str, Any]:
    """The conversation as `omnitui show --json` has it, with the event, and the message and the
    customer that it happened to; null for what there is not, or is no more."""
    found: dict[str, Any] = {}
    if event.conversation_id is not None:
        try:
            found = conversation_json(
                desk,
                conversations.get(desk.db, event.conversation_id),
                messages=messages.of_conversation(desk.db, event.conversation_id, last=LAST),
            )
        except NotFound:
            found = {}
    message = customer = None
    try:
        if event.message_id is not None:
            message = message_json(messages.get(desk.db, event.message_id))
        if event.customer_id is not None:
            now = customers.current(desk.db, event.customer_id)
            customer = customer_json(desk, customers.get(desk.db, now), full=True)
    except NotFound:
        pass
    return {
        **found,
        "hook": hook.name,
        "desk": desk.config.desk.name,
        "event": event_json(event),
        "message": message,
        "about": customer,
    }

"""What was written to customers before, what of it did not go, and what templates would say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omnitui.desk.context import Desk
from store import messages
from store.model import ConversationId, Message, MessageId

if TYPE_CHECKING:
    from omnitui.desk.replying.several import Planned
    from omnitui.desk.templates import Rendered


def render(
    desk: Desk, conversation_id: ConversationId, names: Sequence[str], language: str
) -> list[Rendered]:
    """See `DeskLink.render`."""
    from omnitui.desk.session import templates_of
    from omnitui.desk.templates import render

    found = templates_of(desk)
    return [render(desk, conversation_id, found.get(name), language or None) for name in names]


def count_used(desk: Desk, names: Sequence[str]) -> None:
    """Templates were inserted."""
    from store import template_uses

    for name in names:
        template_uses.count(desk.db, name, desk.agent, desk.now())


def plan_for(
    desk: Desk, conversation_ids: Sequence[ConversationId], names: Sequence[str]
) -> tuple[list[Planned], MessageId]:
    """See `DeskLink.plan_for`."""
    from omnitui.desk.replying import several

    newest = messages.newest_id(desk.db)
    return several.plan(desk, conversation_ids, names), newest


def to_retry(
    desk: Desk, conversation_id: ConversationId, wanted: MessageId | None
) -> Message | None:
    """See `DeskLink.to_retry`."""
    from omnitui.desk.replying.resending import refused_still

    found = [
        message
        for message in messages.of_conversation(desk.db, conversation_id, last=500)
        if message.direction == "out"
        and (
            message.state in ("failed", "unknown")
            or (message.state == "sent" and refused_still(desk, message))
        )
    ]
    chosen = [message for message in found if message.id == wanted]
    found = chosen or found
    return found[-1] if found else None


def with_words(desk: Desk, query: str, limit: int) -> list[Message]:
    """See `DeskLink.replies_with`."""
    from store import search

    hits = search.search(desk.db, f"is:out {query}", limit=limit, live=True)
    found = {m.id: m for m in messages.many(desk.db, [hit.message_id for hit in hits])}
    return [
        found[hit.message_id]
        for hit in hits
        if hit.message_id in found and found[hit.message_id].text.strip()
    ]

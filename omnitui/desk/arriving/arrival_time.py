"""When a message came, as far as the clocks of others can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.contract import Inbound
from omnitui.desk.arriving import threading
from omnitui.desk.arriving.gathered import Gathered
from omnitui.desk.context import Desk
from store import messages
from store.message_keys import KnownConversation, KnownMessage
from store.model import Millis

_A_DAY = 86_400_000


def believed(inbound: Inbound, now: Millis) -> Millis:
    """The server's clock, unless it runs days ahead: then it would stay on top for ever."""
    if inbound.arrived_at > now + _A_DAY:
        return now
    return max(inbound.arrived_at, 0)


def after_quoted(
    desk: Desk,
    gathered: Gathered,
    known: Mapping[str, Sequence[KnownMessage]],
    inbound: Inbound,
    conversation: KnownConversation | None,
    now: Millis,
) -> Millis:
    """Never before the reply of ours that it answers or reports on: a mailbox's clock counts in
    seconds and may be slow, and an answer sorted before ours would not be seen to wait."""
    arrived = believed(inbound, now)
    if conversation is None or inbound.history or arrived > conversation.last_message_at:
        return arrived
    ids = threading.quoted_ids(inbound)
    if inbound.bounce is not None:
        ids.append(inbound.bounce.original_message_id)
    quoted = {
        one.id
        for key in ids
        for one in known.get(key, ())
        if one.conversation_id == conversation.id and one.state != "received"
    }
    if quoted:
        gathered.settle_for(conversation.id)
    return max([arrived, *(messages.get(desk.db, m).arrived_at + 1 for m in quoted)])

"""Messages that were deleted in the channel: marked, with their text kept."""

from __future__ import annotations

from typing import Any

from connectors.contract import Notice
from omnitui.desk import journal
from omnitui.desk.chats import albums
from omnitui.desk.chats.talk import Talk, doer
from store import messages
from store.message_keys import KnownMessage
from store.model import Message


def mark(talk: Talk, notice: Notice, known: KnownMessage, key: str) -> None:
    """Mark a message as deleted, or that one of its parts is."""
    message = messages.get(talk.desk.db, known.id)
    gone = dict(message.details.get("deleted_parts") or {})
    if key in gone or (message.details.get("deleted_at") and not gone):
        return  # the latter: we had it deleted, and that is told back
    gone[key] = notice.at
    if "either" in notice.details:
        # The channel does not say who of the two it was: whose message it is, as a rule.
        by = "customer" if message.direction == "in" else message.author
    else:
        by = "customer" if notice.direction == "in" else doer(notice)
    left = set(_parts(message)) - set(gone)
    more: dict[str, Any] = {"deleted_parts": dict(sorted(gone.items())), "deleted_by": by}
    if not left:
        more["deleted_at"] = max(gone.values())
    messages.add_details(talk.desk.db, known.id, more)
    journal.record(
        talk.desk,
        "message.deleted",
        actor=journal.CUSTOMER if by == "customer" else talk.desk.agent,
        customer=known.customer_id,
        conversation=known.conversation_id,
        message=known.id,
        happened=notice.at,
        account=talk.account.name,
        by=by,
        left=len(left),
    )


def _parts(message: Message) -> list[str]:
    """The keys of everything that the message is in its channel."""
    sent = [str(key) for key in message.details.get("parts", ())]
    return sent or albums.keys(message)

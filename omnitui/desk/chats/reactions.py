"""Reactions: who shows which emoji at a message, now."""

from __future__ import annotations

from typing import Any

from connectors.contract import Notice
from omnitui.desk import journal
from omnitui.desk.chats import order
from omnitui.desk.chats.talk import Talk, doer
from store import messages
from store.message_keys import KnownMessage


def show(talk: Talk, notice: Notice, known: KnownMessage) -> None:
    """Put a reaction to its message; what is older than the one that is shown is passed over."""
    details = messages.get(talk.desk.db, known.id).details
    more: dict[str, Any] = {}
    times: dict[str, Any] = dict(details.get("reacted") or {})
    told = notice.details
    told_at = (notice.at, notice.external_id)
    emoji = [str(one) for one in told.get("reactions") or ()]
    person = _person(notice)
    if "counts" in told and _is_new(times.get(""), told_at):
        times[""] = told_at
        more["reaction_counts"] = {str(k): int(n) for k, n in dict(told["counts"]).items()}
    if "reactions" in told and person and _is_new(times.get(person), told_at):
        times[person] = told_at
        shown = dict(details.get("reactions") or {})
        shown.pop(person, None)
        if emoji:
            shown[person] = {"name": doer(notice), "emoji": emoji}
        more["reactions"] = shown
    changed = any(details.get(name, {}) != value for name, value in more.items())
    if not more:
        return
    messages.add_details(talk.desk.db, known.id, {**more, "reacted": times})
    if changed:
        journal.record(
            talk.desk,
            "message.reacted",
            actor=journal.CUSTOMER if notice.direction == "in" else talk.desk.agent,
            customer=known.customer_id,
            conversation=known.conversation_id,
            message=known.id,
            happened=notice.at,
            account=talk.account.name,
            name=doer(notice),
            emoji=emoji,
        )


def _person(notice: Notice) -> str:
    """What stands for who reacted: in groups, several do."""
    told = str(notice.details.get("user_id") or "")
    return told or notice.author or (notice.who.address if notice.who else "")


def _is_new(stored: Any, told_at: order.Version) -> bool:
    before = order.read(stored)
    return before is None or order.newer(told_at, before)

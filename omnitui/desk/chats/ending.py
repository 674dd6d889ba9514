"""A customer ends a chat: the conversation is over, unless something waits for our answer."""

from __future__ import annotations

from config.i18n import _
from connectors.contract import Notice
from omnitui.desk import journal
from omnitui.desk.chats.talk import Ended, Talk
from omnitui.desk.statuses import change_status
from store import conversations, message_keys, typing
from store.model import ConversationId


def take(talk: Talk, notice: Notice) -> Ended:
    """Note that a chat was ended."""
    desk, account = talk.desk, talk.account
    found = talk.people.find(notice.who) if notice.who is not None else None
    if found is None:
        return Ended("ignored", _("nobody wrote in this chat yet"))
    room = message_keys.last_in_chat(desk.db, found.customer_id, account.id, notice.chat)
    journal.in_chat(
        desk,
        "ended",
        account=account.name,
        customer=found.customer_id,
        conversation=room,
        at=notice.at,
    )
    if room is not None:
        typing.clear(desk.db, room, "")
        _close(talk, room)
    return Ended("accepted", _("the chat was ended"))


def _close(talk: Talk, room: ConversationId) -> None:
    conversation = conversations.get(talk.desk.db, room)
    if conversation.waiting_since is not None or conversation.failed:
        return  # somebody still has to answer
    if conversation.status in ("open", "pending"):
        change_status(
            talk.desk, room, conversation.status, "closed", why="ended", actor=journal.CUSTOMER
        )

"""A group whose chat goes on under another id: the same customer, the same conversations.

Telegram makes a supergroup of a group, which counts its messages anew: the keys of what is
stored stay what they were, and name nothing in the new chat.
"""

from __future__ import annotations

from connectors.contract import Notice
from omnitui.desk import journal
from omnitui.desk.arriving.reunion import reunite
from omnitui.desk.chats.talk import Talk
from omnitui.desk.persons import merging
from store import chats, conversations, identities, message_keys
from store.model import ConversationId, Identity


def move(talk: Talk, notice: Notice) -> bool:
    """Let a customer's chat go on as `details["to"]`; False when nobody is known there."""
    desk, account, channel = talk.desk, talk.account, talk.account.channel
    old = (notice.who.address if notice.who else "") or notice.chat
    new = str(notice.details.get("to") or "")
    before = identities.find(desk.db, channel, old) if old else None
    after = identities.find(desk.db, channel, new) if new else None
    owner = before or after
    if owner is None or not new or old == new:
        return False
    talk.people.forget()
    waiting = _last(talk, after, new)
    was = _last(talk, before, old)
    if before is not None:
        _address(talk, before, after, new)
    customer_id = owner.customer_id
    changed = chats.rename(desk.db, account.id, customer_id, notice.chat or old, new)
    if waiting is not None and was is not None:
        _join(talk, waiting, was)
    if before is not None or changed:
        journal.record(
            desk,
            "chat.moved",
            actor=journal.CUSTOMER,
            customer=customer_id,
            conversation=message_keys.last_in_chat(desk.db, customer_id, account.id, new),
            happened=notice.at,
            account=account.name,
            before=old,
            now=new,
        )
    return True


def _last(talk: Talk, found: Identity | None, chat: str) -> ConversationId | None:
    if found is None:
        return None
    return message_keys.last_in_chat(talk.desk.db, found.customer_id, talk.account.id, chat)


def _address(talk: Talk, before: Identity, after: Identity | None, new: str) -> None:
    """The customer has the new address instead of the old one."""
    desk = talk.desk
    if after is None:
        identities.rename(desk.db, before.id, new)
        return
    if after.customer_id != before.customer_id:
        evidence = {"channel": before.channel, "before": before.address, "now": new}
        merging.merge(desk, after.customer_id, before.customer_id, "moved", evidence)
    identities.remove(desk.db, before.id)


def _join(talk: Talk, waiting: ConversationId, target: ConversationId) -> None:
    """What was written in the new chat before we knew whose it is goes on with theirs."""
    db = talk.desk.db
    if waiting == target or conversations.get(db, target).status == "closed":
        return
    if reunite(talk.desk, waiting, target):
        talk.followed(waiting, target)

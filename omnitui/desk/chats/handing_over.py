"""A chat that turns out to be somebody else's: on a computer that several people use, one writes,
proves an address of theirs, and another comes after them: the site signs who it is, or they prove
an address of their own by a code, or by a link that was sent to it.

Who sits there now is who they prove to be, so the chat is theirs, and what is said in it goes to
nobody else: but the chat alone. Who is known by another proven address stays who they are: that a
browser was the same is no proof that a person was. That the two may be one is a suggestion, which
costs an agent one key; a merge of two people would show one's letters to the other.
"""

from __future__ import annotations

from collections.abc import Collection

from config.i18n import _
from connectors.contract import Address, Inbound
from omnitui.desk import follow_ups, journal, organise
from omnitui.desk.chats.talk import Talk
from omnitui.desk.context import Desk
from omnitui.desk.persons import identity, suggest
from store import chats, conversations, identities, message_keys, messages
from store import follow_ups as store_follow_ups
from store.model import ConversationId, CustomerId, Identity, Message, MessageId


def is_somebody_else(
    desk: Desk,
    before: Identity,
    signed_as: CustomerId | None,
    aliases: Collection[tuple[str, str]],
) -> bool:
    """Whether whose address in the chat `before` is cannot be taken for who signs in.

    Args:
        signed_as: whom the site has signed in so before, or on whom the address is that they
            prove; None: nobody whom the desk knows.
        aliases: the addresses that the site signs for them, or that they prove.
    """
    if before.proof == "jwt" or signed_as == before.customer_id:
        return False
    if not aliases and signed_as is None:
        return False  # nothing says that it is another one
    theirs = [one for one in identities.of(desk.db, before.customer_id) if one.id != before.id]
    signed = {(channel, identities.normalise(channel, address)) for channel, address in aliases}
    if signed & {(one.channel, one.address) for one in theirs}:
        return False
    return any(one.proof for one in theirs)


def to_who_signed(talk: Talk, inbound: Inbound, who: Address) -> Identity | None:
    """Whatever comes with the site's signature of somebody who is not whom the chat was: it is
    theirs. Who is known by the address now; None where nothing had to be done."""
    before = talk.people.find(who)
    if before is None or "jwt" not in inbound.proofs:
        return None
    if not is_somebody_else(talk.desk, before, None, inbound.aliases):
        return None
    identities.remove(talk.desk.db, before.id)
    talk.people.forget()
    owner = identity.customer_for(talk.desk, talk.account, inbound, who)
    talk.people.forget()
    hand_over(talk, before.address, inbound.chat, before.customer_id, owner)
    suggest_one_person(talk, before.customer_id, owner, inbound.aliases, before.address)
    return talk.people.find(who)


def hand_over(talk: Talk, chat: str, now: str, source: CustomerId, target: CustomerId) -> None:
    """Give a chat's messages to another customer, whose chat is `now`; a conversation that has
    others, too, is parted from them. What was not seen goes after nobody by mail, and what has not
    left does not: it was said to the other one."""
    desk, account, db = talk.desk, talk.account, talk.desk.db
    went: dict[ConversationId, list[MessageId]] = {}
    for message_id, room in chats.messages_in(db, source, account.id, chat):
        went.setdefault(room, []).append(message_id)
    for message_id in (one for ids in went.values() for one in ids):
        follow_ups.changed(desk, message_id)
        store_follow_ups.drop(db, [message_id])
        _stop(desk, message_id)
    for room, ids in went.items():
        mine = set(ids)
        history = messages.of_conversation(db, room)
        rest = [one for one in history if one.id not in mine and not _is_beside(one)]
        if rest:
            place = _place(talk, room, now, target)
            organise.move(desk, ids, place)
            talk.handed(room, place, target, mine)
            continue
        conversations.give(db, room, target)
        journal.record(desk, "conversation.given", conversation=room, before=source, now=target)
        talk.handed(room, room, target, {one.id for one in history})


def give(
    talk: Talk, before: Identity, now: str, owner: CustomerId, proven: tuple[str, str]
) -> None:
    """Who sits in the chat `before` has proven an address of this customer, who is not who the
    desk took them for: the chat, which is `now`, and its address are theirs."""
    source = before.customer_id
    identities.give(talk.desk.db, before.id, owner)
    talk.people.forget()
    hand_over(talk, before.address, now, source, owner)
    suggest_one_person(talk, source, owner, [proven], before.address)


def suggest_one_person(
    talk: Talk, before: CustomerId, now: CustomerId, aliases: Collection[tuple[str, str]], chat: str
) -> None:
    channel, address = next(iter(aliases), (talk.account.channel, ""))
    suggest.same_person(
        talk.desk, before, now, "same-browser", channel=channel, address=address, chat=chat
    )


def _stop(desk: Desk, message_id: MessageId) -> None:
    """A reply that waits to be sent was written to who was there before: agents are told that it
    did not go out."""
    # It sends what is typed here, too.
    from omnitui.desk.replying import outbox

    message = messages.get(desk.db, message_id)
    if message.direction == "out" and message.state == "queued":
        outbox.stop(
            desk,
            message_id,
            _("Not sent: somebody else is in this chat now than whom it was written to."),
        )


def _is_beside(message: Message) -> bool:
    """What is said to nobody, and the codes that a chat had sent: they keep no conversation."""
    return message.direction == "note" or message.details.get("automatic") == "code"


def _place(talk: Talk, room: ConversationId, chat: str, target: CustomerId) -> ConversationId:
    """Where a chat goes on that has to leave a conversation."""
    desk, account, db = talk.desk, talk.account, talk.desk.db
    there = message_keys.last_in_chat(db, target, account.id, chat)
    if there is not None and conversations.get(db, there).status != "closed":
        return there
    like = conversations.get(db, room)
    made = conversations.create(
        db,
        target,
        subject=like.subject,
        status="open" if like.status == "snoozed" else like.status,
        assignee=like.assignee,
        account_id=account.id,
        at=desk.now(),
        related_id=room,
    )
    journal.record(desk, "conversation.created", customer=target, conversation=made, related=room)
    return made

"""What happens in chats and is no message: it opens no conversation and reopens none.

A notice that is about a message finds it by its key, also when that comes later: the notice is
kept for two days, and put to the message then. Whatever comes twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from config.i18n import _
from connectors.contract import Inbound, Notice
from omnitui.desk import journal, one_time_codes, transcripts
from omnitui.desk.chats import (
    deletions,
    ending,
    forms,
    handing_over,
    health,
    marks,
    moving,
    reactions,
    signing_in,
)
from omnitui.desk.chats.newcomer import customer_of
from omnitui.desk.chats.talk import Ended, Talk, doer, next_in
from omnitui.desk.links import one_time_link
from omnitui.desk.persons import identity
from omnitui.desk.visiting import visits
from store import customers, identities, ledger, message_keys
from store.message_keys import KnownMessage
from store.model import Identity

_ABOUT_A_MESSAGE = frozenset({"reaction", "deleted", "pinned"})


def take(talk: Talk, notice: Notice) -> Ended:
    """Do what a notice tells; how it ended, for the ledger."""
    talk.settle()
    if notice.kind in _ABOUT_A_MESSAGE:
        return _about_messages(talk, notice)
    return _KINDS[notice.kind](talk, notice)


def came(talk: Talk, key: str, message: KnownMessage) -> None:
    """A message is here, under this key: put to it what came before it. It has to be in the
    store."""
    for early in talk.take_early(key):
        done = _apply(talk, early, message, key)
        ledger.redeem(talk.desk.db, talk.account.id, early.external_id, done, message.id)


def payload(talk: Talk, inbound: Inbound) -> str:
    """The payload of the link that brought the customer to the chat, once: for the first
    message after it."""
    if inbound.direction == "out":
        return ""
    kept = talk.take_early(next_in(inbound.chat))
    return kept[-1].text if kept else ""


def _about_messages(talk: Talk, notice: Notice) -> Ended:
    done, found = "", None
    for key in dict.fromkeys(notice.keys):
        message = talk.find(key)
        if message is None:
            talk.keep(replace(notice, keys=(key,)), key)
        else:
            done, found = _apply(talk, notice, message, key), message
    if found is None:
        return Ended("ignored", _("the message that it is about is not here"))
    return Ended("accepted", done, found)


def _apply(talk: Talk, notice: Notice, message: KnownMessage, key: str) -> str:
    """Put a notice to its message; what was done, for the ledger."""
    if notice.kind == "reaction":
        reactions.show(talk, notice, message)
        return _("reaction")
    if notice.kind == "deleted":
        deletions.mark(talk, notice, message, key)
        return _("deleted")
    journal.record(
        talk.desk,
        "chat.pinned",
        actor=_actor(talk, notice),
        customer=message.customer_id,
        conversation=message.conversation_id,
        message=message.id,
        happened=notice.at,
        account=talk.account.name,
        key=key,
        text=notice.text,
        author=doer(notice),
    )
    return _("pinned")


def _started(talk: Talk, notice: Notice) -> Ended:
    desk, account, who = talk.desk, talk.account, notice.who
    if who is None or not who.address.strip():
        return Ended("ignored", _("it does not say who started the chat"))
    found = talk.people.find(who)
    known_as = found.customer_id if found else None
    one_time = one_time_link.is_ours(notice.text)
    opened = (
        one_time_link.opened(
            desk,
            account,
            notice,
            known_as,
            lambda chat, owner: handing_over.give(
                talk, chat, notice.chat, owner.customer_id, (owner.channel, owner.address)
            ),
        )
        if one_time
        else None
    )
    talk.people.forget()
    customer_id = customer_of(talk, notice)
    identity.name_in(desk, account, customer_id, notice.details)
    visits.wrote(desk, account, who.address, notice.chat, notice.at, notice.details)
    visits.learn(desk, customer_id, notice.details)
    health.unblocked(desk, account.channel, who.address, account, at=notice.at)
    payload = "" if one_time else notice.text.strip()
    if payload:
        talk.keep(notice, next_in(notice.chat), for_ever=True)
    journal.record(
        desk,
        "chat.started",
        actor=journal.CUSTOMER,
        customer=customer_id,
        conversation=opened.conversation_id if opened else None,
        happened=notice.at,
        account=account.name,
        address=identities.normalise(account.channel, who.address),
        chat=notice.chat,
        payload=payload,
    )
    return Ended("accepted", _("the chat was started"))


def _event(talk: Talk, notice: Notice) -> Ended:
    desk, account = talk.desk, talk.account
    found = _who(talk, notice)
    if found is None:
        return Ended("ignored", _("nobody wrote in this chat yet"))
    event = str(notice.details.get("event") or "")
    if event == "bot_removed":
        health.blocked(desk, account.channel, found.address, account, at=notice.at)
    elif event == "bot_added":
        health.unblocked(desk, account.channel, found.address, account, at=notice.at)
    if event == "new_chat_title" and found.address == identities.normalise(
        account.channel, notice.chat.partition("/")[0]
    ):
        _rename(talk, found, notice.text)
    talk.people.forget()
    journal.in_chat(
        desk,
        event,
        account=account.name,
        actor=_actor(talk, notice),
        customer=found.customer_id,
        conversation=message_keys.last_in_chat(desk.db, found.customer_id, account.id, notice.chat),
        at=notice.at,
        text=notice.text,
        author=doer(notice),
    )
    return Ended("accepted", _("noted in the chat"))


def _rename(talk: Talk, group: Identity, name: str) -> None:
    """A group has a new name; so has its customer, unless an agent called them otherwise."""
    name = identity.display_name(name)
    if not name:
        return
    identities.touch(talk.desk.db, group.id, group.last_used_at or 0, name)
    if customers.get(talk.desk.db, group.customer_id).name == group.name:
        customers.update(talk.desk.db, group.customer_id, name=name)


def _blocked(talk: Talk, notice: Notice) -> Ended:
    return _health(talk, notice, health.blocked, _("they take no messages from us any more"))


def _unblocked(talk: Talk, notice: Notice) -> Ended:
    return _health(talk, notice, health.unblocked, _("they take messages from us again"))


def _health(talk: Talk, notice: Notice, change: Callable[..., None], done: str) -> Ended:
    found = _who(talk, notice)
    if found is None:
        return Ended("ignored", _("nobody is known by this address"))
    change(talk.desk, found.channel, found.address, talk.account, at=notice.at)
    talk.people.forget()
    return Ended("accepted", done)


def _moved(talk: Talk, notice: Notice) -> Ended:
    if moving.move(talk, notice):
        return Ended("accepted", _("the chat goes on elsewhere"))
    return Ended("ignored", _("nobody wrote in this chat yet"))


_KINDS = {
    "started": _started,
    "event": _event,
    "blocked": _blocked,
    "unblocked": _unblocked,
    "moved": _moved,
    "form": forms.take,
    "identified": signing_in.take,
    "ended": ending.take,
    "delivered": marks.take,
    "read": marks.take,
    "verify": one_time_codes.take,
    "transcript": transcripts.take,
}


def _who(talk: Talk, notice: Notice) -> Identity | None:
    return talk.people.find(notice.who) if notice.who is not None else None


def _actor(talk: Talk, notice: Notice) -> str:
    return journal.CUSTOMER if notice.direction == "in" else talk.desk.agent

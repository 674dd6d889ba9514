"""A site signs who a visitor is: what they were until then goes on as who they are.

The channel has put the messages of the chat that they had into the chat of the person whom the
site knows, under new keys: so does the desk. Customers become one by a merge that can be taken
back; the chat itself cannot be parted any more. Who is proven to be somebody else does not become
who has signed in after them: see `handing_over`.

Whom agents keep out stays out when they sign in and are new to the desk: it is the same customer.
Who is known by that name already was kept out by nobody: on a shared computer it may have been
another, so the timeline says that somebody in this chat was, and agents decide.
"""

from __future__ import annotations

from typing import Any

from config.i18n import _
from connectors.contract import Notice
from omnitui.desk import journal
from omnitui.desk.arriving.reunion import reunite
from omnitui.desk.chats import handing_over
from omnitui.desk.chats.forms import name_in
from omnitui.desk.chats.newcomer import customer_of
from omnitui.desk.chats.talk import Ended, Talk
from omnitui.desk.persons import identity, merging
from omnitui.desk.persons.evidence import likeness
from omnitui.desk.visiting import barring, visits
from store import barred, chats, conversations, customers, identities, message_keys
from store import visits as store_visits
from store.model import ConversationId, CustomerId, Identity


def take(talk: Talk, notice: Notice) -> Ended:
    """Note who a visitor is; `details` as `Notice` has them."""
    desk, account, who = talk.desk, talk.account, notice.who
    if who is None or not who.address.strip():
        return Ended("ignored", _("it does not say who they are"))
    talk.people.forget()
    was = identities.normalise(account.channel, str(notice.details.get("was") or ""))
    here = identities.normalise(account.channel, who.address)
    more: dict[str, Any] = {}
    if was and was != here:
        more = {"barred": True} if _is_kept_out(talk, was) else {}
        _goes_on(talk, notice, was, here)
    customer_id = customer_of(talk, notice)
    visits.wrote(desk, account, who.address, notice.chat, notice.at, notice.details)
    visits.learn(desk, customer_id, notice.details)
    _name(talk, customer_id, here, str(notice.details.get("name") or who.name))
    journal.in_chat(
        desk,
        "identified",
        account=account.name,
        customer=customer_id,
        conversation=message_keys.last_in_chat(desk.db, customer_id, account.id, notice.chat),
        at=notice.at,
        text=", ".join(address for _channel, address in notice.aliases),
        author=identity.display_name(who.name),
        was=was,
        **more,
    )
    return Ended("accepted", _("the site has signed who they are"))


def _is_kept_out(talk: Talk, address: str) -> bool:
    known = barred.get(talk.desk.db, talk.account.id, address)
    return known is not None and known.lifted_at is None


def _goes_on(talk: Talk, notice: Notice, was: str, here: str) -> None:
    """The chat of `was` is a part of `here`'s now."""
    desk, account, db = talk.desk, talk.account, talk.desk.db
    before = identities.find(db, account.channel, was)
    store_visits.become(db, account.id, was, here)
    if before is None:
        return
    found = identities.find(db, account.channel, here)
    if found and merging.was_parted(desk, before.customer_id, found.customer_id, "jwt"):
        return  # an agent knows better
    room = message_keys.last_in_chat(db, before.customer_id, account.id, was)
    theirs = _last(talk, found, here)
    signed_as = found.customer_id if found else None
    if handing_over.is_somebody_else(desk, before, signed_as, notice.aliases):
        identities.remove(db, before.id)
        owner = _another_s(talk, notice, before, was)
    else:
        owner = _one_person(talk, before, found, here)
    chats.rename(db, account.id, owner, was, here)
    chats.goes_on(db, account.id, was, here)
    offset = notice.details.get("offset")
    if isinstance(offset, int):
        chats.rekey(db, account.id, was, here, offset)
    if room is not None and theirs is not None and room != theirs:
        ends = [conversations.get(db, one) for one in (room, theirs)]
        if all(one.status != "closed" for one in ends) and reunite(desk, room, theirs):
            talk.followed(room, theirs)


def _another_s(talk: Talk, notice: Notice, before: Identity, chat: str) -> CustomerId:
    """Give the chat to whom the site has signed in; who that is. Nobody has its address now."""
    owner = customer_of(talk, notice)
    handing_over.hand_over(talk, chat, notice.chat, before.customer_id, owner)
    handing_over.suggest_one_person(talk, before.customer_id, owner, notice.aliases, chat)
    return owner


def _last(talk: Talk, found: Identity | None, chat: str) -> ConversationId | None:
    if found is None:
        return None
    return message_keys.last_in_chat(talk.desk.db, found.customer_id, talk.account.id, chat)


def _one_person(talk: Talk, before: Identity, found: Identity | None, here: str) -> CustomerId:
    """Let whoever has the earlier address be who has the new one."""
    desk = talk.desk
    talk.people.forget()
    if found is None:
        identities.rename(desk.db, before.id, here)
        barring.carry_over(desk, talk.account, before.customer_id, before.address, here)
        return before.customer_id
    if found.customer_id != before.customer_id:
        evidence = {
            "channel": before.channel,
            "before": before.address,
            "name": before.name,
            "proof": before.proof,
            "now": here,
        }
        merging.merge(desk, before.customer_id, found.customer_id, "jwt", evidence)
        talk.given(before.customer_id, found.customer_id)
    identities.remove(desk.db, before.id)
    return found.customer_id


def _name(talk: Talk, customer_id: CustomerId, address: str, told: str) -> None:
    """The site's word for a name counts more than what was typed into a form; an agent's more
    than both."""
    name = identity.display_name(told)
    if not name:
        return
    desk, account = talk.desk, talk.account
    known = identities.find(desk.db, account.channel, address)
    visit = store_visits.get(desk.db, account.id, address)
    typed = name_in({k: str(v) for k, v in visit.form.items()}) if visit else ""
    now = customers.get(desk.db, customer_id).name
    if known is not None and known.name != name:
        identities.touch(desk.db, known.id, known.last_used_at or 0, name)
    if name != now and now in ("", typed, known.name if known else ""):
        customers.update(desk.db, customer_id, name=name)
        likeness.is_named(desk, customer_id)

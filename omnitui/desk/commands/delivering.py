"""How the reply goes: to whom, with what quote, under whose signature."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from config.i18n import _
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.channel import capabilities
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.replying import answering
from omnitui.desk.replying.preflight import Preflight, no_silence, preflight
from omnitui.desk.replying.recipients import check_addresses, choose_account
from omnitui.desk.session import Session, account_name
from store import drafts, identities, messages
from store.model import Account, Delivery, MessageId

_NOTHING = Rest()
_IN_BRACKETS = re.compile(r"<([^<>]*)>")


@REGISTRY.command("reply to")
def reply_to(session: Session, addresses: Rest = _NOTHING) -> Done:
    """Send this reply to exactly these addresses, besides those in copy; without any, to whom
    it usually goes, also those who were taken off."""
    found = _addresses(session, addresses)
    session.to = ()
    return _change(
        session,
        lambda now, key: replace(
            now, to=found, without=_but(now.without, found, key) if found else ()
        ),
        found,
        _("The reply goes to {addresses}."),
    )


@REGISTRY.command("reply cc")
def reply_cc(session: Session, addresses: Rest) -> Done:
    """Send a copy of this reply to these addresses, too."""
    found = _addresses(session, addresses)
    return _change(
        session,
        lambda now, key: replace(
            now,
            cc=_and(now.cc, found, key),
            bcc=_but(now.bcc, found, key),
            without=_but(now.without, found, key),
        ),
        found,
        _("Copy to {addresses}."),
    )


@REGISTRY.command("reply bcc")
def reply_bcc(session: Session, addresses: Rest) -> Done:
    """Send a copy of this reply to these addresses without the others seeing it."""
    found = _addresses(session, addresses)
    return _change(
        session,
        lambda now, key: replace(
            now,
            bcc=_and(now.bcc, found, key),
            cc=_but(now.cc, found, key),
            without=_but(now.without, found, key),
        ),
        found,
        _("Hidden copy to {addresses}."),
    )


@REGISTRY.command("reply trim")
def reply_trim(session: Session, addresses: Rest = _NOTHING) -> Done:
    """Take these addresses off this reply; without any, everybody but the customer."""
    flight = _flight(session)
    key = _key(flight.channel)
    going = {key(person.address): person.address for person in flight.recipients}
    if addresses.strip():
        wanted = _words(addresses)
        for address in wanted:
            if key(address) not in going:
                raise CommandError(_("{address} does not get this reply.").format(address=address))
    else:
        wanted = tuple(person.address for person in (*flight.cc, *flight.bcc))
    gone = {key(address) for address in wanted}
    if gone >= set(going):
        raise CommandError(_("Somebody has to get the reply; name another with “reply to” first."))
    before = session.draft.get()
    now = before.delivery
    usual = {key(p.address) for p in _flight(session, Delivery()).recipients}
    changed = replace(
        now,
        to=tuple(a for a in now.to if key(a) not in gone),
        cc=tuple(a for a in now.cc if key(a) not in gone),
        bcc=tuple(a for a in now.bcc if key(a) not in gone),
        without=tuple(dict.fromkeys((*now.without, *(a for a in wanted if key(a) in usual)))),
    )
    session.draft.set(replace(before, delivery=changed))
    said = _("Without {addresses}.").format(addresses=", ".join(wanted)) if wanted else ""
    return Done(said, undo_delivery(now))


@REGISTRY.command("reply quote")
def reply_quote(session: Session, which: Literal["last", "none", "toggle"] = "toggle") -> Done:
    """Put the customer's message under this reply, or leave it out."""
    before = session.draft.get()
    if which == "toggle":
        which = "none" if _flight(session).quote is not None else "last"
    session.draft.set(replace(before, delivery=replace(before.delivery, quote=which)))
    if which == "none":
        return Done(_("Nothing is quoted."), undo_delivery(before.delivery))
    quote = _flight(session).quote
    if quote is None:
        raise CommandError(_("There is nothing of the customer's here that could be quoted."))
    return Done(_("Quoted below the reply: their last message."), undo_delivery(before.delivery))


@REGISTRY.command("reply signature")
def reply_signature(session: Session, which: Literal["on", "off", "toggle"] = "toggle") -> Done:
    """Leave the signature out of this reply, or put it back."""
    before = session.draft.get()
    if which == "toggle":
        which = "on" if before.delivery.signature == "off" else "off"
    chosen: Literal["", "off"] = "off" if which == "off" else ""
    session.draft.set(replace(before, delivery=replace(before.delivery, signature=chosen)))
    said = _("Without a signature.") if chosen else _("With the signature.")
    return Done(said, undo_delivery(before.delivery))


@REGISTRY.command("reply answer")
def reply_answer(session: Session, message: str) -> Done:
    """Let the reply visibly answer one message, by its number; `none`: it just goes on."""
    before = session.draft.get()
    if message == "none":
        session.draft.set(replace(before, delivery=replace(before.delivery, answers=None)))
        said = _("The reply answers no single message.")
        return Done(said, undo_delivery(before.delivery))
    number = message.removeprefix("#")
    if not number.isdecimal():
        raise CommandError(_("reply answer takes a message's number, or none."))
    found = messages.get(session.desk.db, MessageId(int(number)))
    if found.conversation_id != session.here:
        raise CommandError(
            _("Message {id} is in conversation {other}.").format(
                id=found.id, other=found.conversation_id
            )
        )
    if why := answering.why_not(_account(session), found):
        raise CommandError(why)
    session.draft.set(replace(before, delivery=replace(before.delivery, answers=found.id)))
    return Done(
        _("The reply answers message {id}.").format(id=found.id), undo_delivery(before.delivery)
    )


@REGISTRY.command("reply silent")
def reply_silent(session: Session, which: Literal["on", "off", "toggle"] = "toggle") -> Done:
    """Let the reply come without a sound, or with one."""
    before = session.draft.get()
    if which == "toggle":
        which = "off" if before.delivery.silent else "on"
    account = _account(session)
    if which == "on" and not capabilities(account).silent:
        raise CommandError(no_silence(account))
    silent = which == "on"
    session.draft.set(replace(before, delivery=replace(before.delivery, silent=silent)))
    said = _("The reply comes without a sound.") if silent else _("The reply comes with a sound.")
    return Done(said, undo_delivery(before.delivery))


@REGISTRY.command("reply delivery")
def reply_delivery(session: Session, chosen: Rest) -> Done:
    """Recipients, quote and signature as a JSON object; what undoes a change of them."""
    try:
        found = json.loads(chosen)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CommandError(_("reply delivery takes a JSON object."))
    before = session.draft.get()
    delivery = drafts.from_json(found)
    for address in (*delivery.to, *delivery.cc, *delivery.bcc):
        _addresses(session, address)
    session.draft.set(replace(before, delivery=delivery))
    return Done(undo=undo_delivery(before.delivery))


def undo_delivery(before: Delivery) -> str:
    """The line that brings back what was chosen before."""
    shown = json.dumps(drafts.as_json(before), ensure_ascii=False)
    return f"reply delivery {shlex.quote(shown)}"


def _change(
    session: Session,
    change: Callable[[Delivery, Callable[[str], str]], Delivery],
    addresses: tuple[str, ...],
    said: str,
) -> Done:
    """An address that is named here is meant: in one run of commands it needs no second word.
    On the screen the send is a run of its own, and asks."""
    before = session.draft.get()
    session.draft.set(replace(before, delivery=change(before.delivery, _key(_channel(session)))))
    if not isinstance(session.confirm_new, bool):
        session.confirm_new |= set(addresses)
    elif not session.confirm_new:
        session.confirm_new = frozenset(addresses)
    if not addresses:
        return Done(_("The reply goes where it usually does."), undo_delivery(before.delivery))
    return Done(said.format(addresses=", ".join(addresses)), undo_delivery(before.delivery))


def _flight(session: Session, delivery: Delivery | None = None) -> Preflight:
    draft = session.draft.get()
    return preflight(
        session.desk,
        session.here,
        account=account_name(session, draft) or None,
        to=() if delivery is not None else session.to,
        delivery=draft.delivery if delivery is None else delivery,
    )


def _account(session: Session) -> Account:
    name = account_name(session, session.draft.get())
    return choose_account(session.desk, session.conversation(), name or None)


def _channel(session: Session) -> str:
    return _account(session).channel


def _key(channel: str) -> Callable[[str], str]:
    return lambda address: identities.normalise(channel, address)


def _addresses(session: Session, text: str) -> tuple[str, ...]:
    """Raises `NoAddress` for what is none, or is our own."""
    found = _words(text)
    check_addresses(OwnAddresses(session.desk), _channel(session), found)
    return found


def _words(text: str) -> tuple[str, ...]:
    """`Bob <bob@x>, ann@y` → the addresses."""
    found: list[str] = []
    for part in re.split(r"[,;\n]", text):
        bracketed = _IN_BRACKETS.search(part)
        found += [bracketed[1].strip()] if bracketed else part.split()
    return tuple(dict.fromkeys(word for word in found if word))


def _and(
    kept: tuple[str, ...], more: tuple[str, ...], key: Callable[[str], str]
) -> tuple[str, ...]:
    return (*_but(kept, more, key), *more)


def _but(
    kept: tuple[str, ...], gone: tuple[str, ...], key: Callable[[str], str]
) -> tuple[str, ...]:
    away = {key(address) for address in gone}
    return tuple(address for address in kept if key(address) not in away)

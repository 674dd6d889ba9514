"""Contacts that came over no account: a call, a visit, a letter, noted by hand or by a telephone
system. They stand in the history among the messages and are found as those are.

A talk deals with what was open, so nobody waits after it; after a call that nobody took, or a
letter that came in, the customer does. Whoever notes it can say otherwise.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from config.i18n import _, ngettext, pgettext
from omnitui.desk import journal
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.mail.letterhead import agent_name
from omnitui.desk.statuses import change_status
from store import conversations, customers, identities, messages
from store.model import (
    ConversationId,
    CustomerId,
    Message,
    MessageId,
    Millis,
    NewMessage,
    Status,
)

Kind = Literal["call", "missed", "visit", "letter", "other"]
Direction = Literal["in", "out"]
After = Literal["", "waits", "done", "pending", "close"]
"""What is so afterwards: the customer waits for us; nobody does; it is their turn; it is over."""
KINDS: tuple[Kind, ...] = get_args(Kind)
CHANNEL: dict[Kind, str] = {
    "call": "phone",
    "missed": "phone",
    "visit": "visit",
    "letter": "letter",
    "other": "other",
}
"""What of it stands for the channel."""
MOST_MINUTES = 24 * 60
_WAIT: frozenset[tuple[Kind, Direction]] = frozenset({("missed", "in"), ("letter", "in")})
_NAME = "logged"


def note(
    desk: Desk,
    conversation_id: ConversationId,
    kind: Kind,
    direction: Direction,
    text: str,
    *,
    minutes: int | None = None,
    address: str = "",
    after: After = "",
    at: Millis | None = None,
    key: str = "",
) -> MessageId:
    """Put a contact into a conversation.

    Args:
        minutes: how long it took; None: nobody says.
        address: the telephone number that called, or was called.
        after: what is so afterwards; "": as the kind of contact has it.
        at: when it was; None: now.
        key: what a telephone system calls it: noted once only.

    Raises `CommandError`, `NotFound`.
    """
    if minutes is not None and not 0 <= minutes <= MOST_MINUTES:
        raise CommandError(_("A contact takes 0 to {most} minutes.").format(most=MOST_MINUTES))
    if (known := noted_as(desk, key)) is not None:
        return known
    now = desk.now()
    moment = now if at is None else at
    if moment > now + 60_000:
        raise CommandError(_("That is still to come: a contact is noted when it was."))
    conversation = conversations.get(desk.db, conversation_id)
    handled = conversations.handled(desk.db, conversation_id)
    inbound = direction == "in"
    unanswered = kind == "missed" and not inbound
    customer = customers.get(desk.db, conversation.customer_id)
    facts: dict[str, Any] = {
        "kind": kind,
        "minutes": minutes,
        "by": agent_name(desk),
        "handled_before": handled,
        "status_before": conversation.status,
        "snoozed_before": conversation.snoozed_until,
    }
    message = messages.insert(
        desk.db,
        NewMessage(
            conversation_id=conversation_id,
            customer_id=customer.id,
            channel=CHANNEL[kind],
            direction=direction,
            state="received" if inbound else "sent",
            text=text.strip(),
            sent_at=moment,
            arrived_at=moment,
            external_id=_key(key),
            author=(conversation.customer_name if inbound else agent_name(desk)),
            author_address=address if inbound else "",
            details={
                _NAME: facts,
                "agent": desk.agent,
                **({"address": address} if address else {}),
                # They were not reached: whoever waits still does.
                **({"automatic": "unanswered"} if unanswered else {}),
            },
        ),
    )
    journal.record(
        desk,
        "contact.noted",
        conversation=conversation_id,
        message=message.id,
        contact=kind,
        direction=direction,
        minutes=minutes,
    )
    if inbound:
        conversations.mark_read(desk.db, desk.agent, conversation_id, message.id)
    _settle(desk, conversation_id, message, after or _usual(kind, direction))
    return message.id


def begin(
    desk: Desk, customer_id: CustomerId, kind: Kind, at: Millis | None = None
) -> ConversationId:
    """A matter of its own for a contact, where the customer has none that is open."""
    made = conversations.create(
        desk.db,
        customer_id,
        subject=kind_name(kind),
        status="pending",
        at=desk.now() if at is None else at,
    )
    journal.record(
        desk, "conversation.created", customer=customer_id, conversation=made, channel=CHANNEL[kind]
    )
    return made


def matter_of(desk: Desk, customer_id: CustomerId) -> ConversationId | None:
    """The customer's open matter that was touched last; None: they have none."""
    found, _more = conversations.unfinished(desk.db, customer_id, 5)
    return next((one.id for one in found if one.messages), None)


def take_back(desk: Desk, message_id: MessageId) -> None:
    """It was noted by mistake: struck out, and the conversation is as it was, if nothing was
    written there since; a status that was set by hand meanwhile stays. Raises `CommandError`,
    `NotFound`."""
    message = _noted(desk, message_id)
    if message.state == "cancelled":
        raise CommandError(_("That was taken back already."))
    facts = message.details[_NAME]
    here = message.conversation_id
    last = not any(one.id > message.id for one in messages.of_conversation(desk.db, here, last=1))
    messages.set_state(desk.db, message_id, "cancelled")
    if last:
        conversations.set_handled(desk.db, here, int(facts["handled_before"]))
        now = conversations.get(desk.db, here).status
        before: Status = facts["status_before"] if now == facts.get("status_after", now) else now
        alone = all(m.state == "cancelled" for m in messages.of_conversation(desk.db, here, last=2))
        before = "closed" if alone else before
        if now != before:
            until = facts["snoozed_before"] if before == "snoozed" else None
            change_status(desk, here, now, before, why="command", snoozed_until=until)
    else:
        conversations.set_handled(desk.db, here, conversations.handled(desk.db, here))
    journal.record(desk, "contact.struck", conversation=here, message=message_id)


def put_back(desk: Desk, message_id: MessageId) -> None:
    """The other way round. Raises `CommandError`, `NotFound`."""
    message = _noted(desk, message_id)
    if message.state != "cancelled":
        raise CommandError(_("That was not taken back."))
    facts = message.details[_NAME]
    inbound = message.direction == "in"
    messages.set_state(desk.db, message_id, "received" if inbound else "sent")
    here = message.conversation_id
    conversations.set_handled(desk.db, here, conversations.handled(desk.db, here))
    after: After = facts.get("after") or _usual(facts["kind"], message.direction)
    _settle(desk, here, message, after)
    journal.record(desk, "contact.noted", conversation=here, message=message_id,
                   contact=facts["kind"], direction=message.direction,
                   minutes=facts["minutes"])  # fmt: skip


def noted_as(desk: Desk, key: str) -> MessageId | None:
    """The contact that a telephone system has noted under a key before."""
    found = messages.by_external(desk.db, _key(key)) if key else []
    return found[0].id if found else None


def customer_of(desk: Desk, channel: str, address: str, name: str = "") -> tuple[CustomerId, bool]:
    """Whose number or address that is, and whether somebody had to be made for it: what a
    telephone system says of who calls is no proof."""
    known = identities.find(desk.db, channel, address)
    if known is not None:
        return known.customer_id, False
    at = desk.now()
    made = customers.create(desk.db, name=" ".join(name.split())[:200], at=at)
    identities.add(desk.db, made, channel, address, name=name, at=at)
    journal.record(desk, "customer.created", customer=made, name=name, by="contact")
    return made, True


def kind_name(kind: str) -> str:
    """What people call it."""
    return {
        "call": _("Call"),
        "missed": _("Missed call"),
        "visit": _("Visit"),
        "letter": _("Letter"),
    }.get(kind, pgettext("logged", "Contact"))


def told(message: Message) -> str:
    """`Call, 12 minutes` of a message that is a contact."""
    facts = message.details[_NAME]
    kind, minutes = kind_name(str(facts.get("kind"))), facts.get("minutes")
    if not isinstance(minutes, int):
        return kind
    return ngettext("{kind}, {n} minute", "{kind}, {n} minutes", minutes).format(
        kind=kind, n=minutes
    )


def _usual(kind: Kind, direction: str) -> After:
    return "waits" if any(one == (kind, direction) for one in _WAIT) else "done"


def _settle(desk: Desk, conversation_id: ConversationId, message: Message, after: After) -> None:
    now = conversations.get(desk.db, conversation_id).status
    unanswered = bool(message.details.get("automatic"))
    if after != "waits" and not unanswered:
        handled = conversations.handled(desk.db, conversation_id)
        conversations.set_handled(desk.db, conversation_id, max(handled, message.position))
    wanted: dict[After, Status] = {"waits": "open", "pending": "pending", "close": "closed"}
    status = wanted.get(after, now)
    if after == "done" and not unanswered and _only(desk, conversation_id):
        status = "closed"  # the matter was this talk
    facts = {**message.details[_NAME], "after": after, "status_after": status}
    messages.add_details(desk.db, message.id, {_NAME: facts})
    if status != now:
        change_status(desk, conversation_id, now, status, why="contact")


def _only(desk: Desk, conversation_id: ConversationId) -> bool:
    return len(messages.of_conversation(desk.db, conversation_id, last=2)) == 1


def _noted(desk: Desk, message_id: MessageId) -> Message:
    message = messages.get(desk.db, message_id)
    if _NAME not in message.details:
        raise CommandError(
            _("Message {id} was not noted by hand: it cannot be taken back here.").format(
                id=message_id
            )
        )
    return message


def _key(key: str) -> str:
    return f"contact:{key}" if key else ""

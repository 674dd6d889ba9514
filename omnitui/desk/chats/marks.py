"""What a customer has got, and what they have seen, of our messages.

A mark names a message and holds for all of ours before it in its chat. How far they got is kept
with the visit: a mark may come before the channel has told us that a message is out.
"""

from __future__ import annotations

from typing import Any, Literal

from config.i18n import _
from connectors.contract import Notice
from omnitui.desk import follow_ups, journal
from omnitui.desk.channel import capabilities
from omnitui.desk.chats import order
from omnitui.desk.chats.talk import Ended, Talk
from omnitui.desk.context import Desk
from store import accounts, chats, identities, messages, visits
from store.model import MessageId, Millis, OutboxEntry

Mark = Literal["delivered", "read"]

_FIELDS: dict[Mark, str] = {"delivered": "delivered_at", "read": "read_at"}
_LOOKED_AT = 2_000
"""Messages of a customer, on all channels, that one mark reaches back over at most."""
_MIXED = 200
"""Messages that were marked before, behind which none is looked for: where two chats became one,
their keys do not follow the time."""


def take(talk: Talk, notice: Notice) -> Ended:
    """Mark our messages of a chat up to the one that a notice names."""
    found = talk.people.find(notice.who) if notice.who is not None else None
    if found is None or not notice.keys:
        return Ended("ignored", _("nobody wrote in this chat yet"))
    desk, account, key = talk.desk, talk.account, notice.keys[-1]
    kind: Mark = "read" if notice.kind == "read" else "delivered"
    visit = visits.get(desk.db, account.id, found.address)
    before = str((visit.marks.get(kind) or [""])[0]) if visit else ""
    if before and reaches(before, key):
        return Ended("accepted", _("it was marked before"))
    at = min(notice.at, desk.now())
    visits.mark(desk.db, account.id, found.address, notice.chat, at, **{kind: [key, at]})
    marked, known = [], 0
    for one in chats.ours(desk.db, found.customer_id, account.id, notice.chat, _LOOKED_AT):
        if before and reaches(before, one.key):
            known += 1
            if known > _MIXED:
                break
        elif reaches(key, one.key):
            marked.append(one)
    _write(desk, [one.id for one in marked], kind, at)
    if marked:
        journal.record(
            desk,
            "message.read" if kind == "read" else "message.delivered",
            actor=journal.CUSTOMER,
            customer=found.customer_id,
            conversation=marked[0].conversation_id,
            message=marked[0].id,
            happened=at,
            account=account.name,
            messages=len(marked),
        )
    return Ended("accepted", _("seen by the customer") if kind == "read" else _("delivered"))


def sent(desk: Desk, entry: OutboxEntry) -> None:
    """A message of ours is out: it may have been seen before that became known here."""
    account = accounts.get(desk.db, entry.account_id)
    if not capabilities(account).read_marks or not entry.recipients:
        return
    address = identities.normalise(account.channel, entry.recipients[0])
    visit = visits.get(desk.db, account.id, address)
    if visit is None or not visit.marks:
        return
    key = messages.get(desk.db, entry.message_id).external_id
    for kind in _FIELDS:
        upto: Any = visit.marks.get(kind)
        if upto and reaches(str(upto[0]), key):
            _write(desk, [entry.message_id], kind, max(int(upto[1]), 0))


def reaches(mark: str, key: str) -> bool:
    """Whether a mark at one message holds for another: it is of the same chat, and not later."""
    if mark.rpartition(":")[0] != key.rpartition(":")[0]:
        return False
    return order.natural(mark) >= order.natural(key)


def _write(desk: Desk, ids: list[MessageId], kind: Mark, at: Millis) -> None:
    """Whoever has seen a message has it."""
    chats.mark(desk.db, ids, _FIELDS["delivered"], at)
    if kind == "read":
        chats.mark(desk.db, ids, _FIELDS["read"], at)
        for id_ in ids:
            follow_ups.changed(desk, id_)

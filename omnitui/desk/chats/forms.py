"""What visitors fill in before they chat, or when nobody is there: hearsay.

It is kept beside the visit and shown as what they say. It proves nothing: no address in it ever
becomes one of the customer's. That they may be somebody whom the desk knows is a suggestion for
an agent (`omnitui.desk.persons.evidence`).
"""

from __future__ import annotations

from collections.abc import Mapping

from config.i18n import _
from connectors.contract import Notice
from omnitui.desk import journal
from omnitui.desk.chats.newcomer import customer_of
from omnitui.desk.chats.talk import Ended, Talk
from omnitui.desk.persons import identity
from omnitui.desk.persons.evidence import likeness
from omnitui.desk.persons.evidence.stated import Reading
from omnitui.desk.visiting import visits
from store import customers, identities, message_keys
from store import visits as store_visits
from store.model import CustomerId

_FIELDS = 30
_LONGEST = 2_000
"""Characters of one field."""


def take(talk: Talk, notice: Notice) -> Ended:
    """Keep a form that was filled in."""
    desk, account, who = talk.desk, talk.account, notice.who
    if who is None or not who.address.strip():
        return Ended("ignored", _("it does not say who filled it in"))
    fields = _fields(notice)
    customer_id = customer_of(talk, notice)
    address = identities.normalise(account.channel, who.address)
    store_visits.fill_in(
        desk.db, account.id, address, notice.chat, fields, min(notice.at, desk.now())
    )
    visits.wrote(desk, account, who.address, notice.chat, notice.at, notice.details)
    visits.learn(desk, customer_id, notice.details)
    _name(talk, customer_id, fields)
    room = message_keys.last_in_chat(desk.db, customer_id, account.id, notice.chat)
    journal.in_chat(
        desk,
        "form",
        account=account.name,
        customer=customer_id,
        conversation=room,
        at=notice.at,
        text="\n".join(f"{name}: {value}" for name, value in fields.items() if value),
        fields=fields,
    )
    stated = Reading.of(desk).form(fields)
    likeness.keep(desk, customer_id, stated, "form", conversation=room)
    return Ended("accepted", _("a form was filled in"))


def name_in(fields: Mapping[str, str]) -> str:
    """What they say their name is; "" when they do not."""
    for name, value in fields.items():
        if name.strip().lower() == "name":
            return identity.display_name(value)
    return ""


def _fields(notice: Notice) -> dict[str, str]:
    told = notice.details.get("fields")
    if not isinstance(told, Mapping):
        return {}
    kept = list(told.items())[:_FIELDS]
    return {str(name)[:100]: str(value).strip()[:_LONGEST] for name, value in kept}


def _name(talk: Talk, customer_id: CustomerId, fields: Mapping[str, str]) -> None:
    name = name_in(fields)
    if name and not customers.get(talk.desk.db, customer_id).name:
        customers.update(talk.desk.db, customer_id, name=name)

"""What the customers of a scenario and the desk have said to each other before it begins."""

from __future__ import annotations

import hashlib

from connectors.contract import Address, Inbound
from connectors.practice.arrivals import PROOFS
from connectors.practice.play import themselves
from connectors.practice.scenario import Customer, Earlier, Scenario
from connectors.practice.story import Person
from omnitui.demo.past import DAY, DESK_ADDRESS, PastMessage
from store.model import Millis


def earlier(scenario: Scenario, now: Millis) -> list[PastMessage]:
    """Oldest first."""
    told = [message for customer in scenario.customers for message in _of(customer, now)]
    return sorted(told, key=lambda message: message.at)


def _of(customer: Customer, now: Millis) -> list[PastMessage]:
    keys: dict[str, list[str]] = {}
    return [
        PastMessage(one.channel, _inbound(customer, themselves(customer), one, number, now, keys))
        for number, one in enumerate(sorted(customer.past, key=lambda one: -one.days))
    ]


def _inbound(
    customer: Customer,
    person: Person,
    one: Earlier,
    number: int,
    now: Millis,
    threads: dict[str, list[str]],
) -> Inbound:
    mail, at = one.channel == "email", now - round(one.days * DAY)
    key = f"earlier.{customer.id}.{number}@practice.example"
    thread = threads.setdefault(one.subject, []) if mail else []
    them = Address(person.email if mail else person.chat, customer.name)
    us = Address(DESK_ADDRESS if mail else "", one.agent)
    inbound = Inbound(
        external_id=f"earlier/{customer.id}/{number}",
        message_key=key if mail else f"{person.chat}:{key}",
        content_hash=hashlib.sha256(f"{key}\n{one.text}".encode()).hexdigest(),
        sender=us if one.agent else them,
        text=one.text,
        arrived_at=at,
        sent_at=at,
        direction="out" if one.agent else "in",
        subject=(f"Re: {one.subject}" if thread else one.subject) if mail else "",
        to=(them if one.agent else us,),
        in_reply_to=thread[-1] if thread else "",
        references=tuple(thread),
        chat="" if mail else person.chat,
        proofs=() if one.agent else PROOFS[one.channel],
        aliases=(("email", person.email), ("telegram", person.chat), ("webchat", person.chat)),
        history=True,
        imported=True,
        details={"language": person.language},
    )
    thread.append(key)
    return inbound

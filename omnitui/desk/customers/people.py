"""Who belongs to a customer: by an agent's word, by the company, by the domain of the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from omnitui.desk.domains import company_domains
from store import customers, identities, relations
from store.driver import Connection
from store.model import Customer, CustomerId, Identity

COUNTED = 100
"""Of a company, and of a domain, so many are looked at: those last in contact, the newest."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who belongs to the customer."""

    customer: Customer
    label: str
    """What they are to the customer, as an agent said; may be empty."""
    why: Literal["relation", "company", "domain"]


def of(
    db: Connection, customer: Customer, addresses: list[Identity], limit: int
) -> tuple[list[Person], int]:
    """Who belongs to a customer, agents' word first, then who was last in contact; and how many
    there are beyond the limit, as far as they are counted."""
    labels: dict[CustomerId, str] = {}
    for one in relations.of(db, customer.id):
        said_here = one.customer_id == customer.id
        other = one.other_id if said_here else one.customer_id
        if not labels.get(other):
            labels[other] = one.label if said_here else ""
    why: dict[CustomerId, Literal["relation", "company", "domain"]]
    why = dict.fromkeys(labels, "relation")
    others: dict[CustomerId, int] = {}
    """And when they were last in contact."""
    for id_, at in customers.of_company(db, customer.company, COUNTED):
        why.setdefault(id_, "company")
        others[id_] = at
    for domain in company_domains(addresses):
        for id_, at in identities.of_domain(db, domain, COUNTED):
            why.setdefault(id_, "domain")
            others.setdefault(id_, at)
    latest = sorted(others, key=lambda id_: (others[id_], id_), reverse=True)
    found = [id_ for id_ in dict.fromkeys([*labels, *latest]) if id_ != customer.id]
    shown = [Person(customers.get(db, id_), labels.get(id_, ""), why[id_]) for id_ in found[:limit]]
    return shown, max(0, len(found) - limit)

"""Which customer a message is from. People are never merged on hearsay.

An address belongs to one customer. A new address makes a new customer, unless its sender
proves another address (a signed identity, a shared contact) that is proven on a customer
already. A `From` line proves nothing: it threads its own mail and links nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from connectors.contract import Address, Inbound
from omnitui.desk import journal
from omnitui.desk.addresses import normalised
from omnitui.desk.context import Desk
from omnitui.desk.persons import merging, suggest
from omnitui.desk.persons.evidence import likeness
from store import customers, identities
from store import merging as store_merging
from store.model import Account, CustomerId, Identity, Millis

_LINKING = frozenset({"contact", "jwt"})
"""Proofs of a sender's other addresses by which two customers become one."""
_COMPANY = re.compile(r"\b(inc|ltd|llc|gmbh|corp|co|ag|s\.?a|sp\. z o\.?o)\b\.?$", re.IGNORECASE)


def known(desk: Desk, account: Account, who: Address) -> Identity | None:
    """The identity that this address already is, if any; nobody is known by an empty one."""
    if not who.address.strip():
        return None
    return identities.find(desk.db, account.channel, who.address)


class People:
    """The identities of everybody in a batch, asked for at once."""

    def __init__(self, desk: Desk, account: Account, found: dict[str, Identity | None]) -> None:
        self._desk = desk
        self._account = account
        self._found = found

    @classmethod
    def of(cls, desk: Desk, account: Account, wanted: Collection[str]) -> People:
        """`wanted` are normalised addresses."""
        found = identities.find_many(desk.db, account.channel, wanted)
        return cls(desk, account, {address: found.get(address) for address in wanted})

    def find(self, who: Address) -> Identity | None:
        """The identity that this address already is, if any; nobody is known by an empty one."""
        if not who.address.strip():
            return None
        address = normalised(self._account.channel, who.address)
        if address not in self._found:
            self._found[address] = known(self._desk, self._account, who)
        return self._found[address]

    def forget(self, who: Address | None = None) -> None:
        """Something about this address has changed; without one, about anybody's."""
        if who is None:
            self._found.clear()
        else:
            self._found.pop(normalised(self._account.channel, who.address), None)


def customer_for(
    desk: Desk,
    account: Account,
    inbound: Inbound,
    who: Address,
    found: Identity | None = None,
) -> CustomerId:
    """The customer a message is from, made when the address is new.

    `who` wrote it (`correspondent`); `found` is what they are `known` as, when the caller has
    that already.
    """
    found = found or known(desk, account, who)
    proof = proof_of(inbound)
    if found is None:
        return _new_address(desk, account, inbound, who, proof)
    identities.touch(desk.db, found.id, inbound.arrived_at, display_name(who.name))
    if proof and (not found.proof or (found.proof == "platform" and proof == "jwt")):
        identities.prove(desk.db, found.id, proof)
        _tell(desk, "identity.proven", found.customer_id, found.channel, found.address, proof)
    if proof:
        return _add_aliases(desk, found.customer_id, inbound, proof, news=not found.proof, met=True)
    return found.customer_id


def name_in(
    desk: Desk, account: Account, customer_id: CustomerId, details: Mapping[str, Any]
) -> None:
    """Keep what people call them in the channel as a field of the card: `telegram: @ann`."""
    username = str(details.get("username") or "").lstrip("@")
    if not username:
        return
    fields = customers.get(desk.db, customer_id).fields
    told = f"@{username}"
    if fields.get(account.channel) != told:
        customers.update(desk.db, customer_id, fields={**fields, account.channel: told})


def proof_of(inbound: Inbound) -> str:
    """How the sender's address is proven; "" for hearsay and for our own messages."""
    return inbound.proofs[0] if inbound.proofs and inbound.direction == "in" else ""


def _new_address(
    desk: Desk, account: Account, inbound: Inbound, who: Address, proof: str
) -> CustomerId:
    at, name = inbound.arrived_at, display_name(who.name)
    customer_id = _proven_elsewhere(desk, inbound, proof)
    linked = customer_id is not None
    if customer_id is None:
        customer_id = customers.create(desk.db, name=name, language=_language(inbound), at=at)
        journal.record(
            desk, "customer.created", actor=journal.CUSTOMER, customer=customer_id, name=name
        )
    if identities.normalise(account.channel, who.address):
        added = identities.add(
            desk.db, customer_id, account.channel, who.address, name=name, proof=proof, at=at
        )
        identities.touch(desk.db, added.id, at, name)
        likeness.has_address(desk, customer_id, account.channel, who.address)
    name_in(desk, account, customer_id, inbound.details)
    if linked:
        _tell(desk, "identity.linked", customer_id, account.channel, who.address, proof, at)
    if proof:
        return _add_aliases(desk, customer_id, inbound, proof, news=True, met=linked)
    return customer_id


def _proven_elsewhere(desk: Desk, inbound: Inbound, proof: str) -> CustomerId | None:
    """The customer on whom another address of the same sender is proven, by their own contact or
    by the site's signature: no other proof says that two addresses are one person's."""
    if proof not in _LINKING:
        return None
    for channel, address in inbound.aliases:
        alias = identities.find(desk.db, channel, address)
        if alias is not None and alias.proof:
            return alias.customer_id
    return None


def _add_aliases(
    desk: Desk, customer_id: CustomerId, inbound: Inbound, proof: str, *, news: bool, met: bool
) -> CustomerId:
    """Note the sender's other proven addresses; one that sits on somebody else is a suggestion,
    unless it is proven at both ends. Whose all of them are then."""
    for channel, address in inbound.aliases:
        alias = identities.find(desk.db, channel, address)
        if alias is None:
            identities.add(
                desk.db, customer_id, channel, address, proof=proof, at=inbound.arrived_at
            )
            # What came with a customer's first message is no news of them.
            kind = "identity.linked" if met else "identity.proven"
            _tell(desk, kind, customer_id, channel, address, proof, inbound.arrived_at)
            likeness.has_address(desk, customer_id, channel, address)
        elif _is_proven_to_be(desk, customer_id, alias, proof):
            evidence = {"channel": channel, "address": address, "proof": proof}
            merging.merge(desk, customer_id, alias.customer_id, proof, evidence)
            customer_id = alias.customer_id
        elif alias.customer_id != customer_id and (news or proof in _LINKING):
            suggest.same_person(
                desk,
                customer_id,
                alias.customer_id,
                "claims-address",
                channel=channel,
                address=address,
                evidence=proof,
            )
        elif alias.customer_id == customer_id and not alias.proof:
            identities.prove(desk.db, alias.id, proof)
            _tell(desk, "identity.proven", customer_id, channel, address, proof)
    return customer_id


def _is_proven_to_be(desk: Desk, customer_id: CustomerId, alias: Identity, proof: str) -> bool:
    """Whether an address is proven on the customer on whom it sits, and to be another's who
    writes: by its owner's contact (docs/telegram.md), or by the site's signature. An agent who
    took that back knows better: each message of somebody signed in says it again."""
    if alias.customer_id == customer_id or not alias.proof or proof not in _LINKING:
        return False
    return proof == "contact" or not store_merging.was_undone(
        desk.db, customer_id, alias.customer_id, proof
    )


def _tell(
    desk: Desk,
    kind: str,
    customer_id: CustomerId,
    channel: str,
    address: str,
    proof: str,
    at: Millis | None = None,
) -> None:
    journal.record(
        desk,
        kind,
        actor=journal.CUSTOMER,
        customer=customer_id,
        happened=at,
        channel=channel,
        address=address,
        proof=proof,
    )


def _language(inbound: Inbound) -> str:
    """That of their browser or app; what they write teaches better."""
    told = inbound.details.get("language")
    if not isinstance(told, str):
        return ""
    code = told.replace("_", "-").partition("-")[0].lower()[:8]
    return code if code.isascii() and code.isalpha() else ""


def display_name(name: str) -> str:
    """A person's name from what their mail program shows: `"Lee, Ann"` → `Ann Lee`.

    "" when it is an address once more, since that is no name to greet anybody by.
    """
    name = " ".join(name.split()).strip("\"' ")
    if "@" in name:
        return ""
    if "," not in name:
        return name[:200]
    last, comma, first = (part.strip() for part in name.partition(","))
    if comma and first and last and "," not in first and not _COMPANY.search(first):
        return f"{first} {last}"
    return name[:200]


def first_name(name: str) -> str:
    """The word to greet by; "" when there is none."""
    words = [w for w in name.split() if w.lower().rstrip(".") not in _TITLES]
    return words[0].strip(",") if words else ""


_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "pan", "pani", "пан", "пані"})

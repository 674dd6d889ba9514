"""Customers taken in from a file, in batches that stay: what is interrupted can be repeated.

What a file says is hearsay: addresses come in unproven, cards are filled where they are empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from omnitui.desk import journal
from omnitui.desk.context import Desk
from omnitui.desk.customers import matching
from omnitui.desk.customers.matching import Card, Finding, Likely
from omnitui.desk.customers.record import Raw, Trouble
from omnitui.desk.customers.understood import Address, Facts, Reading
from omnitui.desk.persons import suggest
from omnitui.desk.persons.evidence import likeness
from store import customers, identities, suggestions
from store.model import CustomerId

MOST_TOLD = 10_000
"""Troubles that are kept; more are counted."""


MOST_UNKNOWN = 50
_SINGLE = ("name", "company", "language", "timezone")
"""Facts of which a card has one; fields of one's own besides."""


@dataclass(slots=True)
class Outcome:
    """What came of a file so far."""

    made: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: int = 0
    """Records of which nothing was taken."""
    suggested: int = 0
    """Pairs of customers that may be one, for an agent to decide."""
    troubles: list[Trouble] = field(default_factory=list)
    troubled: int = 0
    """How many troubles there were, also those not kept."""
    unknown: dict[str, None] = field(default_factory=dict)
    """Properties of vCards that nobody knows, the first ones."""

    @property
    def records(self) -> int:
        return self.made + self.changed + self.unchanged + self.left_out

    def tell(self, line: int, sentence: str) -> None:
        self.troubled += 1
        if len(self.troubles) < MOST_TOLD:
            self.troubles.append(Trouble(line, sentence))


class Import:
    """One file on its way in. `take` runs inside the caller's transaction."""

    def __init__(self, desk: Desk, file: str, *, overwrite: bool = False) -> None:
        self.outcome = Outcome()
        self._desk = desk
        self._file = file
        self._overwrite = overwrite
        self._reading = Reading(desk)
        self._cards: _Cards = _Cards(desk)

    def take(self, batch: Iterable[Raw | Trouble]) -> None:
        """Take records in."""
        for one in batch:
            if isinstance(one, Trouble):
                self.outcome.left_out += 1
                self.outcome.tell(one.line, one.sentence)
            elif not one.is_empty:
                self._record(one)

    def _record(self, raw: Raw) -> None:
        if len(self.outcome.unknown) < MOST_UNKNOWN:
            self.outcome.unknown.update(dict.fromkeys(raw.all("")))
        wrong: list[str] = []
        facts = self._reading.understood(raw, wrong)
        if facts == Facts() and not wrong:
            return
        finding = matching.find(facts, self._cards, overwrite=self._overwrite)
        for sentence in (*wrong, *finding.wrong):
            self.outcome.tell(raw.line, sentence)
        customer = finding.customer
        if finding.news is None:
            left = customer is None
            self.outcome.left_out += left
            self.outcome.unchanged += not left
        elif customer is None:
            customer = self._make(finding.news)
            self.outcome.made += 1
        else:
            self._change(customer, finding.news)
            self.outcome.changed += 1
        self._suggest(finding, customer)

    def _make(self, facts: Facts) -> int:
        desk, at = self._desk, self._desk.now()
        made = customers.create(
            desk.db, name=facts.name, language=facts.language, company=facts.company, at=at
        )
        journal.record(
            desk, "customer.created", customer=made, name=facts.name, by="import", file=self._file
        )
        self._fill(made, facts)
        return made

    def _change(self, customer: int, news: Facts) -> None:
        id_ = CustomerId(customer)
        card = customers.get(self._desk.db, id_)
        was = {**{name: getattr(card, name) for name in _SINGLE}, **card.fields}
        now = {**{name: getattr(news, name) for name in _SINGLE}, **news.fields}
        now = {name: value for name, value in now.items() if value}
        said = {
            name: getattr(news, name)
            for name in ("name", "company", "language")
            if getattr(news, name)
        }
        if said:
            customers.update(self._desk.db, id_, **said)
        self._fill(id_, news)
        journal.record(
            self._desk,
            "customer.imported",
            customer=id_,
            file=self._file,
            changed=news.names(),
            before={name: was[name] for name in now if was.get(name)},
            value=now,
            addresses=[f"{channel}:{address}" for channel, address in news.addresses],
        )

    def _fill(self, customer: CustomerId, facts: Facts) -> None:
        desk, at = self._desk, self._desk.now()
        more: dict[str, object] = {"timezone": facts.timezone} if facts.timezone else {}
        if facts.fields:
            there = customers.get(desk.db, customer).fields
            more["fields"] = {**there, **facts.fields}
        if more:
            customers.update(desk.db, customer, **more)
        for tag in facts.tags:
            customers.add_tag(desk.db, customer, tag)
        for note in facts.notes:
            customers.add_note(desk.db, customer, desk.agent, note, at)
        for channel, address in facts.addresses:
            identities.add(desk.db, customer, channel, address, name=facts.name, at=at)
            likeness.has_address(desk, customer, channel, address)

    def _suggest(self, finding: Finding, customer: int | None) -> None:
        for one in finding.likely:
            who = customer if one.customer is None else one.customer
            if who is not None:
                self.outcome.suggested += self._may_be_one(who, one)

    def _may_be_one(self, customer: int, pair: Likely) -> bool:
        """Whether their cards ask."""
        channel, address = pair.address
        suggest.same_person(
            self._desk,
            CustomerId(customer),
            CustomerId(pair.other),
            "claims-address",
            channel=channel,
            address=address,
            seen="import",
            file=self._file,
        )
        known = suggestions.between(self._desk.db, CustomerId(customer), CustomerId(pair.other))
        return any(one.state == "open" for one in known)


class Rehearsal(Import):
    """The same without a change: what was found so far is remembered instead of stored."""

    def __init__(self, desk: Desk, file: str, *, overwrite: bool = False) -> None:
        super().__init__(desk, file, overwrite=overwrite)
        self._cards: _Imagined = _Imagined(desk)

    def _make(self, facts: Facts) -> int:
        return self._cards.made(facts)

    def _change(self, customer: int, news: Facts) -> None:
        self._cards.changed(customer, news)

    def _may_be_one(self, customer: int, pair: Likely) -> bool:
        return True


class _Cards:
    """The customers of the store."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def owner(self, address: Address) -> int | None:
        found = identities.find(self._desk.db, *address)
        return found.customer_id if found else None

    def card(self, customer: int) -> Card:
        db, id_ = self._desk.db, CustomerId(customer)
        found = customers.get(db, id_)
        return Card(
            customer,
            found.name,
            found.company,
            found.language,
            found.timezone,
            found.fields,
            {(one.channel, one.address) for one in identities.of(db, id_)},
            set(found.tags),
            {one.text for one in customers.notes(db, id_)},
        )


class _Imagined(_Cards):
    """The customers of the store, and those that there would be."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._owners: dict[Address, int] = {}
        self._imagined: dict[int, Card] = {}
        self._next = matching.IMAGINED

    def owner(self, address: Address) -> int | None:
        found = self._owners.get(address)
        return super().owner(address) if found is None else found

    def card(self, customer: int) -> Card:
        return self._imagined.get(customer) or super().card(customer)

    def made(self, facts: Facts) -> int:
        number = self._next
        self._next += 1
        self._imagined[number] = Card(number)
        self.changed(number, facts)
        return number

    def changed(self, customer: int, news: Facts) -> None:
        card = self.card(customer)
        self._owners.update(dict.fromkeys(news.addresses, customer))
        self._imagined[customer] = Card(
            customer,
            news.name or card.name,
            news.company or card.company,
            news.language or card.language,
            news.timezone or card.timezone,
            {**card.fields, **news.fields},
            card.addresses | set(news.addresses),
            card.tags | set(news.tags),
            card.notes | set(news.notes),
        )

"""A practice scenario: who writes when and where, how they take an answer or its absence, and
what a good agent makes of it. Values only; `scenario_file` reads them, `play` has them speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.i18n import language

CHANNELS = ("email", "telegram", "webchat")


@dataclass(frozen=True, slots=True)
class Wording:
    """Something that the agent reads, in one language or several."""

    variants: Mapping[str, str] = field(default_factory=dict)
    """By language; "": in whichever that is."""

    def __str__(self) -> str:
        """In the interface's language, else in English, else in any."""
        wanted = language()
        for code in (wanted, wanted.partition("_")[0], "", "en"):
            if code in self.variants:
                return self.variants[code]
        return next(iter(self.variants.values()), "")


@dataclass(frozen=True, slots=True)
class Words:
    """What a customer says on one occasion."""

    says: tuple[str, ...] = ()
    """Messages, one after another."""
    after: float | None = None
    """Seconds; None: as long as it takes to type."""
    on: str = ""
    """The channel; empty: where they wrote last."""
    photo: bool = False
    """The last message brings a picture."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """How a customer takes an answer. Each is used once; the first one that fits is."""

    words: Words
    to: tuple[str, ...] = ()
    """The answer says any of these; empty: it may say anything."""
    question: bool = False
    """The answer asks something."""
    content: bool = False
    """The customer wants nothing more then."""

    def fits(self, answer: str) -> bool:
        said = answer.casefold()
        if self.question and not any(sign in said for sign in "?？؟"):
            return False
        return not self.to or any(word.casefold() in said for word in self.to)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a customer does when no answer comes."""

    words: Words
    leaves: bool = False
    """They give up after it."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is to become of a matter; what is empty does not count."""

    within: int = 0
    """Seconds until the first answer."""
    never_waits: int = 0
    """Seconds that no message of theirs waits longer than."""
    templates: tuple[str, ...] = ()
    """One of these is used."""
    says: tuple[str, ...] = ()
    """Each is said; `a | b`: one of the two."""
    avoids: tuple[str, ...] = ()
    """None is said."""
    by_name: bool = False
    """They are called by their name."""
    answers: int = 0
    """No more answers than this."""
    channel: str = ""
    """The last answer goes there."""
    tags: tuple[str, ...] = ()
    priority: str = ""
    assignee: str = ""
    """`me`: who practises."""
    status: str = ""
    note: tuple[str, ...] = ()
    """A note says each of these; one empty text: any note."""
    merged_with: str = ""
    """Another customer's id: the two are one person."""
    hint: Wording = Wording()
    """Shown with what was missed."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that a customer wants."""

    id: str
    channel: str
    words: Words
    """`after` is when they write first, from the beginning."""
    subject: str = ""
    address: str = ""
    """Written from this address, which is nobody's yet; empty: from their own, signed in."""
    reactions: tuple[Reaction, ...] = ()
    waits: tuple[Waiting, ...] = ()
    expect: Expectation = Expectation()


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message of the customer's past."""

    days: float
    """Days ago."""
    channel: str
    text: str
    subject: str = ""
    agent: str = ""
    """Who of us wrote it; empty: the customer."""


@dataclass(frozen=True, slots=True)
class Customer:
    id: str
    name: str
    language: str = "en"
    email: str = ""
    past: tuple[Earlier, ...] = ()
    matters: tuple[Matter, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    """What the file is called, without its ending."""
    path: Path
    title: Wording
    about: Wording
    """For the agent, before it begins."""
    customers: tuple[Customer, ...]

    @property
    def matters(self) -> list[tuple[Customer, Matter]]:
        """In the order of the file; a matter's place in it is its number."""
        return [(customer, matter) for customer in self.customers for matter in customer.matters]

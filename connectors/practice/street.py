"""The practice customers' behaviour, as a pure state machine: no clock, no disk, no channel.

One `Street` is one account's customers. It is told the time and what the agent sent, and
says what is to be said next. Its state is JSON, so that it is kept with the intake's cursor.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.contract import Millis
from connectors.practice.story import Person, person

SECOND = 1000


@dataclass(slots=True)
class Talk:
    """One customer's matter on this account."""

    person: int
    subject: str
    replies: int = 0
    asked: bool = False
    returned: bool = False
    last_key: str = ""
    """The last message's key of either side: what the next mail answers."""
    keys: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """Something that a customer will say."""

    due: Millis
    person: int
    text: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that a customer says now."""

    number: int
    """Counts this account's utterances: the external id."""
    person: Person
    text: str
    subject: str
    at: Millis
    in_reply_to: str
    references: tuple[str, ...]


class Street:
    def __init__(
        self, account: str, *, seed: int, share: int, shares: int, speed: float, start: Millis
    ) -> None:
        """`share` of `shares`: which customers open on this account. Delays divide by `speed`."""
        self.account = account
        self.seed = seed
        self.share = share
        self.shares = shares
        self.speed = speed
        self.talks: dict[int, Talk] = {}
        self.lines: list[Line] = []
        self.arrived = 0
        self.said = 0
        self.heard = 0
        """Lines of the account's log that were reacted to."""
        self.next_arrival: Millis = start + self._delay(0.5 + share * 1.5)

    # -- state ---------------------------------------------------------------------------
    def to_json(self) -> dict[str, Any]:
        return {
            "talks": [asdict(talk) for talk in self.talks.values()],
            "lines": [asdict(line) for line in self.lines],
            "arrived": self.arrived,
            "said": self.said,
            "heard": self.heard,
            "next_arrival": self.next_arrival,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        if not state:
            return
        self.talks = {t["person"]: Talk(**t) for t in state["talks"]}
        self.lines = [Line(**line) for line in state["lines"]]
        self.arrived = state["arrived"]
        self.said = state["said"]
        self.heard = state["heard"]
        self.next_arrival = state["next_arrival"]

    # -- what happens --------------------------------------------------------------------
    def next_due(self) -> Millis:
        return min([self.next_arrival, *(line.due for line in self.lines)])

    def advance(self, now: Millis) -> list[Utterance]:
        """Everything that is said up to `now`, in order."""
        while self.next_arrival <= now:
            self._arrive(self.next_arrival)
        due = sorted((line for line in self.lines if line.due <= now), key=lambda line: line.due)
        self.lines = [line for line in self.lines if line.due > now]
        return [self._say(line) for line in due]

    def hear(self, who: str, text: str, key: str, at: Millis) -> Person | None:
        """The agent's message reached `who`. Returns the person who will come back on
        another channel, if this reply makes them leave this one."""
        self.heard += 1
        talk = self._talk_of(who)
        if talk is None:
            return None
        customer = person(talk.person, self.seed)
        talk.last_key = key
        talk.keys.append(key)
        story = customer.story
        if "?" in text and story.asks and not talk.asked:
            talk.asked = True
            self._plan(at, 6, talk.person, story.asks)
            return None
        if talk.replies < len(story.then):
            self._plan(at, 8, talk.person, story.then[talk.replies])
        talk.replies += 1
        if story.returns and not talk.returned:
            talk.returned = True
            return customer
        return None

    def come_back(self, number: int, at: Millis) -> None:
        """Somebody who wrote on another account goes on here."""
        self.heard += 1
        customer = person(number, self.seed)
        if number not in self.talks:
            self.talks[number] = Talk(number, "", replies=len(customer.story.then), returned=True)
        self._plan(at, 25, number, customer.story.returns)

    # -- inside --------------------------------------------------------------------------
    def _delay(self, seconds: float) -> int:
        return int(seconds * SECOND / self.speed)

    def _chance(self, *what: object) -> random.Random:
        return random.Random(f"{self.seed}/{self.account}/{what}")  # noqa: S311 - not a secret

    def _plan(self, at: Millis, seconds: float, number: int, text: str) -> None:
        spread = self._chance(number, text).uniform(0.7, 1.6)
        self.lines.append(Line(at + self._delay(seconds * spread), number, text))

    def _arrive(self, at: Millis) -> None:
        number = self.arrived * self.shares + self.share
        customer = person(number, self.seed)
        self.arrived += 1
        self.talks[number] = Talk(number, customer.say(customer.story.subject))
        when = at
        for text in customer.story.opens:
            self.lines.append(Line(when, number, text))
            when += self._delay(4)
        if customer.story.adds:
            self._plan(at, 20, number, customer.story.adds)
        # The first customers come at once, so that a new desk is alive; then at a day's pace.
        gap = 5 if self.arrived < 2 else self._chance("gap", number).uniform(40, 90)
        self.next_arrival = at + self._delay(gap)

    def _talk_of(self, who: str) -> Talk | None:
        """The latest talk of this address."""
        for talk in reversed(self.talks.values()):
            customer = person(talk.person, self.seed)
            if who in (customer.email, customer.chat, customer.handle):
                return talk
        return None

    def _say(self, line: Line) -> Utterance:
        talk = self.talks[line.person]
        customer = person(line.person, self.seed)
        self.said += 1
        spoken = Utterance(
            number=self.said,
            person=customer,
            text=customer.say(line.text),
            subject=talk.subject if not talk.last_key else f"Re: {talk.subject}",
            at=line.due,
            in_reply_to=talk.last_key,
            references=tuple(talk.keys[-20:]),
        )
        talk.last_key = message_key(self.account, spoken.number)
        talk.keys.append(talk.last_key)
        return spoken


def message_key(account: str, number: int) -> str:
    return f"{account}.{number}@practice.example"

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
from connectors.practice.manner import ENDING, HEARING, OPENING, ActKind
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
    first: int = 0
    """The number of the first utterance; 0 before it."""
    first_text: str = ""
    ended: bool = False


@dataclass(slots=True)
class Line:
    """Something that a customer will say or do."""

    due: Millis
    person: int
    text: str
    act: ActKind = "says"
    about: str = ""
    """The key of the agent's message that it is about."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that a customer says or does now."""

    number: int
    """Counts this account's utterances: the external id."""
    person: Person
    text: str
    subject: str
    at: Millis
    in_reply_to: str
    references: tuple[str, ...]
    act: ActKind = "says"
    about: str = ""
    """The key of the agent's message that it is about."""
    edits: int = 0
    """The number of the utterance that it corrects."""
    signed_in: bool = True
    """The channel proves who writes; else it is a stranger's address."""


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
        if self._chatty and talk.replies == 0:
            for act in HEARING:
                self._do(at, act.after, talk.person, act.text, act.kind, key)
        if "?" in text and story.asks and not talk.asked:
            talk.asked = True
            self._plan(at, 6, talk.person, story.asks, key)
            return None
        if talk.replies < len(story.then):
            self._plan(at, 8, talk.person, story.then[talk.replies], key)
        elif self._chatty and not talk.ended:
            talk.ended = True
            for act in ENDING:
                self._do(at, act.after, talk.person, act.text, act.kind)
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

    def open_link(self, number: int, payload: str, at: Millis) -> None:
        """Somebody follows a link of the agent's to this account."""
        self.heard += 1
        customer = person(number, self.seed)
        if number not in self.talks:
            self.talks[number] = Talk(number, "", replies=len(customer.story.then), returned=True)
        self._do(at, 4, number, payload, "starts")
        self._do(at, 9, number, "👋", "sticker")

    # -- inside --------------------------------------------------------------------------
    def _delay(self, seconds: float) -> int:
        return int(seconds * SECOND / self.speed)

    def _chance(self, *what: object) -> random.Random:
        return random.Random(f"{self.seed}/{self.account}/{what}")  # noqa: S311 - not a secret

    @property
    def _chatty(self) -> bool:
        return self.account == "telegram"

    def _plan(self, at: Millis, seconds: float, number: int, text: str, answered: str = "") -> None:
        chance = self._chance(number, text)
        due = at + self._delay(seconds * chance.uniform(0.7, 1.6))
        pointed = bool(answered) and self._chatty and chance.random() < 0.5
        act: ActKind = "answers" if pointed else "says"
        self.lines.append(Line(due, number, text, act, answered if pointed else ""))

    def _do(
        self,
        at: Millis,
        seconds: float,
        number: int,
        text: str,
        act: ActKind,
        about: str = "",
    ) -> None:
        self.lines.append(Line(at + self._delay(seconds), number, text, act, about))

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
        if self._chatty:
            for act in OPENING.get(customer.story.id, ()):
                self._do(when, act.after, number, act.text, act.kind)
        # The first customers come at once, so that a new desk is alive; then at a day's pace.
        gap = 5 if self.arrived < 2 else self._chance("gap", number).uniform(40, 90)
        self.next_arrival = at + self._delay(gap)

    def about_to_say(self) -> list[tuple[Person, Millis]]:
        """Who will say something, and when; who is not heard of yet is left out."""
        known = [line for line in self.lines if self.talks[line.person].first]
        return [(person(line.person, self.seed), line.due) for line in known]

    def number_of(self, who: str) -> int | None:
        """Which customer has this address."""
        talk = self._talk_of(who)
        return None if talk is None else talk.person

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
        text = customer.say(line.text)
        if line.act == "edits":
            text = text.replace("{text}", talk.first_text)
        if not talk.first and line.act == "says":
            talk.first, talk.first_text = self.said, text
        spoken = Utterance(
            number=self.said,
            person=customer,
            text=text,
            subject=talk.subject if not talk.last_key else f"Re: {talk.subject}",
            at=line.due,
            in_reply_to=talk.last_key,
            references=tuple(talk.keys[-20:]),
            act=line.act,
            about=line.about,
            edits=talk.first if line.act == "edits" else 0,
        )
        talk.last_key = message_key(self.account, spoken.number)
        talk.keys.append(talk.last_key)
        return spoken


def message_key(account: str, number: int) -> str:
    return f"{account}.{number}@practice.example"

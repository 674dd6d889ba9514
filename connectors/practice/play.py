"""What the customers of a scenario say until a moment: a function of when it began, how fast it
goes and what the agents have sent. No clock, no disk, no state: asked again, it says the same.

Each matter is a conversation of its own. A customer waits from their words to the next answer;
what they do meanwhile is in `waits`. An answer, or several before the customer has come to react,
calls for the first reaction that fits and was not used; with none left they are content.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from connectors.contract import Millis
from connectors.practice.scenario import Customer, Matter, Scenario, Words
from connectors.practice.story import Person, Story
from connectors.practice.street import Utterance, message_key

SECOND = 1000
BETWEEN = 4.0
"""Seconds between two messages of one go."""
THINKS = 6.0
"""Seconds before a customer writes back, and as many characters a second as they type."""
TYPES = 18.0
_SPAN, _REACTIONS, _WAITS, _A_GO = 1000, 100, 500, 10
"""Numbers of words: those of a matter, from where its reactions and its waits begin, of one go."""

Outcome = Literal["to come", "waits", "reads", "content", "left"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent sent."""

    at: Millis
    who: str
    """The address or chat."""
    text: str
    key: str
    channel: str
    about: str = ""
    """The key of the message that it answers."""


@dataclass(frozen=True, slots=True)
class Said:
    channel: str
    utterance: Utterance
    matter: int
    """Its number in the scenario."""
    content: bool = False
    """It asks for no answer."""

    @property
    def key(self) -> str:
        """What the message is called on its channel, as it is stored."""
        if self.channel == "email":
            return message_key(self.channel, self.utterance.number)
        return f"{self.utterance.person.chat}:{self.utterance.number}"


@dataclass(frozen=True, slots=True)
class Turn:
    """From a customer's words, unanswered, to the answer."""

    since: Millis
    until: Millis | None
    """None: it has not come."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a matter has gone."""

    outcome: Outcome
    turns: tuple[Turn, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Played:
    said: tuple[Said, ...]
    courses: tuple[Course, ...]
    """By the matters' numbers."""
    ahead: tuple[Said, ...]
    """What is to be said next, if nobody answers before."""
    next_due: Millis | None

    @property
    def over(self) -> bool:
        """Nobody has anything to say or to wait for."""
        return all(course.outcome in ("content", "left") for course in self.courses)


def themselves(customer: Customer) -> Person:
    """The customer as who they are signed in as."""
    return _person(customer, "", 0, "")


def _writer(customer: Customer, matter: Matter, number: int) -> Person:
    """The customer as who writes in this matter."""
    return _person(customer, matter.address, number, matter.id)


def _person(customer: Customer, address: str, number: int, matter: str) -> Person:
    # A domain of their own, where none is given: those of one are shown on each other's cards.
    address = address or customer.email or f"{customer.id}@{customer.id}.example"
    story = Story(matter, "", (), ())
    return Person(
        number, customer.name, address, customer.language, "480213", "tent", story, address
    )


def play(
    scenario: Scenario, begun: Millis, pace: float, answers: Sequence[Answer], until: Millis
) -> Played:
    """`pace`: how many times faster than written."""
    stage = _Stage(scenario, begun, pace)
    for answer in sorted(answers, key=lambda one: one.at):
        if answer.at > until:
            break
        stage.go_on(answer.at)
        stage.hear(answer)
    stage.go_on(until)
    return stage.told()


@dataclass(slots=True)
class _Talk:
    number: int
    matter: Matter
    person: Person
    channel: str
    began: bool = False
    waiting: Millis | None = None
    heard: str = ""
    """What was answered since the customer's last words."""
    version: int = 0
    """What was planned before the last answer is not said any more."""
    used: set[int] = field(default_factory=set)
    waited: int = 0
    """How many of its waits are over."""
    content: bool = False
    left: bool = False
    reading: bool = False
    """A reaction is under way."""
    keys: dict[str, list[str]] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def knows(self, key: str, channel: str) -> None:
        self.keys.setdefault(channel, []).append(key)

    @property
    def outcome(self) -> Outcome:
        if self.left:
            return "left"
        if not self.began:
            return "to come"
        if self.waiting is not None:
            return "waits"
        return "content" if self.content else "reads"


@dataclass(frozen=True, slots=True)
class _Line:
    talk: int
    version: int | None
    """None: said whatever happens."""
    number: int
    text: str
    channel: str
    photo: bool = False
    last: bool = False
    reaction: int | None = None
    wait: int | None = None
    content: bool = False
    leaves: bool = False


class _Stage:
    def __init__(self, scenario: Scenario, begun: Millis, pace: float) -> None:
        self.pace = pace
        self.lines: list[tuple[Millis, int, _Line]] = []
        self.said: list[Said] = []
        self.talks: list[_Talk] = []
        self._count = 0
        for number, (customer, matter) in enumerate(scenario.matters):
            talk = _Talk(number, matter, _writer(customer, matter, number), matter.channel)
            self.talks.append(talk)
            at = begun + self._millis(matter.words.after or 0)
            self._plan(talk, at, matter.words, _SPAN * number, version=None)

    # -- time ------------------------------------------------------------------
    def go_on(self, until: Millis) -> None:
        while self.lines and self.lines[0][0] <= until:
            at, _count, line = heapq.heappop(self.lines)
            if self._holds(line):
                self._say(at, line)

    def told(self) -> Played:
        ahead = [(at, line) for at, _count, line in sorted(self.lines) if self._holds(line)]
        return Played(
            said=tuple(self.said),
            courses=tuple(
                Course(talk.outcome, tuple(self._turns(talk)), tuple(talk.answers))
                for talk in self.talks
            ),
            ahead=tuple(self._said(at, line) for at, line in ahead if line.text),
            next_due=ahead[0][0] if ahead else None,
        )

    def _turns(self, talk: _Talk) -> list[Turn]:
        if talk.waiting is None:
            return talk.turns
        return [*talk.turns, Turn(talk.waiting, None)]

    def _millis(self, seconds: float) -> int:
        return round(seconds * SECOND / self.pace)

    # -- what is planned ---------------------------------------------------------
    def _holds(self, line: _Line) -> bool:
        talk = self.talks[line.talk]
        return line.version is None or (line.version == talk.version and not talk.left)

    def _plan(
        self,
        talk: _Talk,
        at: Millis,
        words: Words,
        number: int,
        *,
        version: int | None,
        reaction: int | None = None,
        wait: int | None = None,
        content: bool = False,
        leaves: bool = False,
    ) -> None:
        says = words.says or ("",)
        for index, text in enumerate(says):
            last = index == len(says) - 1
            line = _Line(
                talk.number, version, number + index, text,
                words.on, words.photo and last, last, reaction, wait, content, leaves,
            )  # fmt: skip
            self._count += 1
            heapq.heappush(self.lines, (at + self._millis(BETWEEN) * index, self._count, line))

    def _wait(self, talk: _Talk, at: Millis) -> None:
        """Plan what the customer does next if nobody answers."""
        if talk.waited >= len(talk.matter.waits):
            return
        number = talk.waited
        wait = talk.matter.waits[number]
        due = at + self._millis(wait.words.after or 0)
        self._plan(
            talk, due, wait.words, _SPAN * talk.number + _WAITS + number * _A_GO,
            version=talk.version, wait=number, leaves=wait.leaves,
        )  # fmt: skip

    # -- what happens ------------------------------------------------------------
    def _said(self, at: Millis, line: _Line) -> Said:
        talk = self.talks[line.talk]
        channel = line.channel or talk.channel
        subject, keys = talk.matter.subject, talk.keys.get(channel, [])
        return Said(
            channel,
            Utterance(
                number=line.number,
                person=talk.person,
                text=line.text,
                subject=f"Re: {subject}" if keys and subject else subject,
                at=at,
                in_reply_to=keys[-1] if keys else "",
                references=tuple(keys[-20:]),
                act="photo" if line.photo else "says",
                signed_in=not talk.matter.address,
            ),
            talk.number,
            line.content,
        )

    def _say(self, at: Millis, line: _Line) -> None:
        talk = self.talks[line.talk]
        if line.reaction is not None:
            talk.used.add(line.reaction)
        if line.wait is not None:
            talk.waited = max(talk.waited, line.wait + 1)
        if line.text:
            said = self._said(at, line)
            self.said.append(said)
            talk.channel = said.channel
            if said.channel == "email":
                talk.knows(said.key, said.channel)
        talk.began = True
        if line.content or not line.text:
            talk.waiting = None if line.content else talk.waiting
        elif talk.waiting is None:
            talk.waiting = at
        if not line.last:
            return
        talk.heard, talk.reading = "", False
        talk.content = line.content
        talk.left = line.leaves
        if not talk.content and not talk.left:
            self._wait(talk, at)

    def hear(self, answer: Answer) -> None:
        talk = self._talk_of(answer)
        if talk is None:
            return
        if answer.channel == "email":
            talk.knows(answer.key, answer.channel)
        talk.answers.append(answer)
        if talk.waiting is not None:
            talk.turns.append(Turn(talk.waiting, answer.at))
            talk.waiting = None
        if talk.left or talk.content:
            return
        talk.heard = f"{talk.heard}\n{answer.text}"
        talk.version += 1
        fitting = (
            (number, reaction)
            for number, reaction in enumerate(talk.matter.reactions)
            if number not in talk.used and reaction.fits(talk.heard)
        )
        number, reaction = next(fitting, (None, None))
        if reaction is None or number is None:
            talk.content, talk.reading = True, False
            return
        talk.reading = True
        words = reaction.words
        seconds = words.after
        if seconds is None:
            seconds = THINKS + sum(map(len, words.says[:1])) / TYPES
        self._plan(
            talk, answer.at + self._millis(seconds), words,
            _SPAN * talk.number + _REACTIONS + number * _A_GO,
            version=talk.version, reaction=number, content=reaction.content,
        )  # fmt: skip

    def _talk_of(self, answer: Answer) -> _Talk | None:
        """Whose matter an answer is about: of the mail that it answers, else of who waits for
        one on this channel, else the last that they began."""
        theirs = [
            talk
            for talk in self.talks
            if talk.began and answer.who in (talk.person.email, talk.person.chat)
        ]
        if not theirs:
            return None
        for talk in theirs:
            if answer.about and answer.about in talk.keys.get(answer.channel, ()):
                return talk
        here = [talk for talk in theirs if talk.channel == answer.channel]
        waiting = [talk for talk in here or theirs if talk.waiting is not None]
        return (waiting or here or theirs)[-1]

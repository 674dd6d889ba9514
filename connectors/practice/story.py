"""Practice stories: who writes, and what they say at which point. Data in stories/*.yaml."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

LANGUAGES = ("en", "uk", "ru", "pl")


@dataclass(frozen=True, slots=True)
class Story:
    id: str
    subject: str
    opens: tuple[str, ...]
    """The first messages, one after another."""
    then: tuple[str, ...]
    """Said in order, one to each reply of the agent."""
    asks: str = ""
    """Said instead when the agent's reply holds a question; once."""
    adds: str = ""
    """Said shortly after the opening, while the agent is still typing."""
    returns: str = ""
    """Said on another channel some time after the first reply."""


@dataclass(frozen=True, slots=True)
class Pool:
    """One language's people and stories."""

    language: str
    people: tuple[tuple[str, str], ...]
    """(name, handle)."""
    items: tuple[str, ...]
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """One practice customer with one matter, the same for everybody who knows its number."""

    number: int
    name: str
    handle: str
    language: str
    order: str
    item: str
    story: Story
    address: str = ""
    """Their e-mail address, where it is not made of the handle."""

    @property
    def email(self) -> str:
        return self.address or f"{self.handle}@customers.example"

    @property
    def chat(self) -> str:
        """The id of the private chat, as a Telegram user id would be."""
        return str(700_000_000 + sum(ord(c) * 31**i for i, c in enumerate(self.handle)) % 10**8)

    def say(self, text: str) -> str:
        return text.replace("{order}", self.order).replace("{item}", self.item)


@lru_cache(maxsize=len(LANGUAGES))
def pool(language: str) -> Pool:
    import yaml

    source = resources.files("connectors.practice").joinpath("stories", f"{language}.yaml")
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    return Pool(
        language,
        tuple((name, handle) for name, handle in data["people"]),
        tuple(data["items"]),
        tuple(
            Story(
                id=story["id"],
                subject=story["subject"],
                opens=tuple(story["opens"]),
                then=tuple(story["then"]),
                asks=story.get("asks", ""),
                adds=story.get("adds", ""),
                returns=story.get("returns", ""),
            )
            for story in data["stories"]
        ),
    )


def person(number: int, seed: int = 0) -> Person:
    """The `number`th practice customer of a seed; languages and stories take turns."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - not a secret
    language = LANGUAGES[number % len(LANGUAGES)]
    people = pool(language)
    turn = number // len(LANGUAGES)
    name, handle = people.people[(turn + seed) % len(people.people)]
    story = people.stories[(turn * 5 + number + seed) % len(people.stories)]
    return Person(
        number=number,
        name=name,
        handle=handle,
        language=language,
        order=str(chance.randrange(100_000, 1_000_000)),
        item=chance.choice(people.items),
        story=story,
    )

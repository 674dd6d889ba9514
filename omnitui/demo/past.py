"""The practice desk's past: conversations of the last months, as the channels would bring them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from connectors.contract import Address, File, Inbound, Notice
from connectors.practice import media
from connectors.practice.story import Story, pool
from omnitui.demo.people import PastCustomer, past_customers
from store.model import Millis

MINUTE = 60_000
DAY = 24 * 60 * MINUTE

SHOP = "Northwind Outfitters"
DESK_ADDRESS = "help@northwind.example"
Direction = Literal["in", "out"]

CHANNELS = ("email", "email", "email", "telegram", "telegram", "webchat")
PROOFS = {"email": "dmarc", "telegram": "contact", "webchat": "jwt"}
AGENTS = ("Kateryna", "Ben", "Aigerim", "Tomek")

# What the agents of the past answered to each story: names of shipped templates.
ANSWERS: dict[str, tuple[str, ...]] = {
    "order-status": ("order-shipped", "thanks-close"),
    "delivery": ("address-changed", "thanks-close"),
    "refund": ("refund-approved", "thanks-close"),
    "sizes": ("size-guide", "thanks-close"),
    "broken": ("broken-photo", "broken-replacement"),
    "angry": ("apology", "delivery-delay"),
    "comes-back": ("order-shipped", "thanks-close"),
    "changes-mind": ("order-shipped", "thanks-close"),
    "invoice": ("invoice", "thanks-close"),
}


@dataclass(frozen=True, slots=True)
class PastMessage:
    account: str
    inbound: Inbound | Notice

    @property
    def at(self) -> Millis:
        return self.inbound.at if isinstance(self.inbound, Notice) else self.inbound.arrived_at


@dataclass(frozen=True, slots=True)
class _Matter:
    """One conversation of the past, before it is told."""

    number: int
    person: PastCustomer
    story: Story
    channel: str
    agent: str
    order: str
    item: str

    def say(self, text: str) -> str:
        filled = text.replace("{order}", self.order).replace("{item}", self.item)
        filled = filled.replace("{{ customer.first_name }}", self.person.name.partition(" ")[0])
        return filled.replace("{{ agent.name }}", self.agent).replace("{{ desk.name }}", SHOP)


def past(
    now: Millis,
    answers: Mapping[tuple[str, str], str],
    *,
    customers: int = 320,
    conversations: int = 640,
    seed: int = 7,
    waiting: bool = True,
) -> list[PastMessage]:
    """Messages of about eight months, oldest first. `answers`: (template, language) → text;
    `waiting`: some of them wait for an answer now."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    people = past_customers(customers, seed)
    messages: list[PastMessage] = []
    for number in range(conversations):
        # A few regulars write often, most people once or twice.
        person = people[int(chance.triangular(0, len(people) - 1, 0))]
        of_language = pool(person.language)
        matter = _Matter(
            number=number,
            person=person,
            story=chance.choice(of_language.stories),
            channel=chance.choice(CHANNELS),
            agent=chance.choice(AGENTS),
            order=str(chance.randrange(100_000, 1_000_000)),
            item=chance.choice(of_language.items),
        )
        waits = waiting and number % 75 == 0
        # More of them lately, as on a desk that grows.
        age = chance.uniform(4, 170) * MINUTE if waits else 240 * DAY * chance.random() ** 2
        if not waiting:  # every one of them is over
            age += 2 * DAY
        turns = _turns(matter, answers, waits)
        at = int(now - age)
        keys: list[str] = []
        for index, (direction, text) in enumerate(turns):
            at += int(chance.uniform(1, 90) * MINUTE) if index else 0
            if at >= now:
                break
            messages.append(PastMessage(matter.channel, _tell(matter, direction, text, at, keys)))
            if matter.channel == "telegram" and not index and at + MINUTE < now:
                messages += _chatter(matter, at + 20_000, keys)
        if matter.channel == "telegram" and len(turns) > 1 and at + MINUTE < now:
            messages += _reaction(matter, at + 20_000, keys[-1])
    messages.sort(key=lambda message: message.at)
    return messages


def _reaction(matter: _Matter, at: Millis, key: str) -> list[PastMessage]:
    """A thumb or a heart under the agent's last words."""
    if matter.number % 4:
        return []
    notice = Notice(
        external_id=f"past/{matter.number}/reaction",
        kind="reaction",
        at=at,
        chat=matter.person.chat,
        who=Address(matter.person.chat, matter.person.name),
        keys=(f"{matter.person.chat}:{key}",),
        details={"reactions": ["❤" if matter.number % 8 else "👍"]},
    )
    return [PastMessage(matter.channel, notice)]


def _chatter(matter: _Matter, at: Millis, keys: list[str]) -> list[PastMessage]:
    """What people send on Telegram beside words, after their first ones."""
    told: list[PastMessage] = []
    kind = ("", "sticker", "voice", "album", "")[matter.number % 5]
    if not kind:
        return told
    for number in range(3 if kind == "album" else 1):
        inbound = _tell(matter, "in", "", at + number * 400, keys)
        seed = matter.number * 10 + number
        facts: dict[str, object]
        if kind == "sticker":
            facts = {"kind": "sticker", "emoji": "🙏", "set_name": "HotCherry"}
            inbound = replace(inbound, text="🙏")
        elif kind == "voice":
            facts = {"kind": "voice", "duration": media.VOICE_SECONDS}
            voice = File(f"voice-{seed}.wav", "audio/wav", media.voice(matter.number % 5))
            inbound = replace(inbound, files=(voice,))
        else:
            facts = {"kind": "photo", "width": 320, "height": 240}
            photo = File(f"photo-{seed}.png", "image/png", media.photo(seed % 20))
            album = f"album:{matter.number}"
            inbound = replace(inbound, files=(photo,), joins=album)
        details = {**inbound.details, "media": facts}
        told.append(PastMessage(matter.channel, replace(inbound, details=details)))
    return told


def _turns(
    matter: _Matter, answers: Mapping[tuple[str, str], str], waiting: bool
) -> list[tuple[Direction, str]]:
    """Who says what; a conversation of the past ends with the agent, a waiting one does not."""

    def answer(name: str) -> str:
        return answers.get((name, matter.person.language)) or answers[name, "en"]

    turns: list[tuple[Direction, str]] = [("in", text) for text in matter.story.opens]
    if not waiting:
        for reply, customer in zip(
            ANSWERS[matter.story.id], (*matter.story.then, ""), strict=False
        ):
            turns.append(("out", answer(reply)))
            if customer:
                turns.append(("in", customer))
        if turns[-1][0] == "in":
            turns.append(("out", answer("thanks-close")))
    return [(direction, matter.say(text)) for direction, text in turns]


def _tell(matter: _Matter, direction: Direction, text: str, at: Millis, keys: list[str]) -> Inbound:
    """One message as its channel would bring it; `keys` grows by its own."""
    mail = matter.channel == "email"
    key = f"past.{matter.number}.{len(keys)}@practice.example"
    person = matter.person
    customer = Address(person.email if mail else person.chat, person.name)
    desk = Address(DESK_ADDRESS if mail else "", matter.agent)
    subject = matter.say(matter.story.subject)
    inbound = Inbound(
        external_id=f"past/{matter.number}/{len(keys)}",
        message_key=key if mail else f"{person.chat}:{key}",
        content_hash=hashlib.sha256(f"{key}\n{text}".encode()).hexdigest(),
        sender=customer if direction == "in" else desk,
        text=text,
        arrived_at=at,
        sent_at=at,
        direction=direction,
        subject=(f"Re: {subject}" if keys else subject) if mail else "",
        to=(desk if direction == "in" else customer,),
        in_reply_to=keys[-1] if mail and keys else "",
        references=tuple(keys) if mail else (),
        chat="" if mail else person.chat,
        proofs=(PROOFS[matter.channel],) if direction == "in" else (),
        # Signed in on every channel, so that one person's history is on one card.
        aliases=(("email", person.email), ("telegram", person.chat), ("webchat", person.chat)),
        history=True,
        imported=True,
        details={"language": person.language},
    )
    keys.append(key)
    return inbound

"""What agents of the practice desk have put on the cards of those who write often."""

from __future__ import annotations

import random
import shlex

from omnitui.desk import commands
from omnitui.desk.context import Desk
from omnitui.desk.session import OwnDraft, Session
from store import customers
from store.model import Customer

DAY = 86_400_000
REGULARS = 48
"""Customers whose cards are filled in: those who wrote last, and not for the first time."""
LATEST = 30
"""Days ago that somebody knew them."""

SETTINGS = r"""
[customers]
order_number = '\b[1-9]\d{5}\b'

[customers.fields.tier]
label = "Club"
choices = ["basic", "silver", "gold"]
required = true

[customers.fields.since]
label = "Member since"
type = "date"

[customers.fields.size]
label = "Shoe size"
type = "number"
""".strip()

COMPANIES = ("Bergland Guides", "Harbour School of Sailing", "Kite & Keel", "Карпатські мандри")
NOTES = (
    "Wears wide shoes: one size up.",
    "Prefers a call before the courier comes.",
    "Bought for the whole team in spring; asks for **one invoice**.",
    "Parcel was lost once, be generous.",
    "Writes from a phone: short answers.",
)
_CIRCLE = ("brother or sister", "assistant", "same household")
_WORDS = ("vip", "wholesale", "returns-often", "newsletter")


def fill_in(desk: Desk, agents: tuple[str, ...], seed: int = 7) -> None:
    """Write the cards as agents would, by their commands; inside one transaction."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    known = desk.now() - LATEST * DAY
    regulars = [
        one
        for one in customers.find(desk.db, limit=2 * REGULARS)
        if one.first_contact_at is not None and one.first_contact_at < known
    ][:REGULARS]
    for number, customer in enumerate(regulars):
        lines = [f"customer field tier {chance.choice(('basic', 'silver', 'gold'))}"]
        if number % 2:
            lines.append(f"customer field since {chance.randint(2016, 2024)}-0{number % 9 + 1}-15")
        if number % 3 == 0:
            lines.append(f"customer field size {chance.randint(36, 47)}")
        if number % 4 == 0:
            company = COMPANIES[number // 4 % len(COMPANIES)]
            lines.append(f"customer company {shlex.quote(company)}")
        if number % 5 == 0:
            lines.append(f"customer tag {chance.choice(_WORDS)}")
        if number % 3 == 1:
            lines.append(f"customer note {chance.choice(NOTES)}")
        agent, days = chance.choice(agents), chance.randint(2, LATEST)
        _say(desk, customer, agent, days, lines)
    pairs = zip(regulars[1::8], regulars[3::8], strict=False)
    for label, (one, other) in zip(_CIRCLE, pairs, strict=False):
        _say(desk, one, agents[0], 40, [f"customer relate {other.id} {label}"])


def _say(desk: Desk, customer: Customer, agent: str, days: int, lines: list[str]) -> None:
    at = desk.now() - days * DAY
    then = Desk(desk.db, desk.config, agent, clock=lambda: at)
    session = Session(then, None, OwnDraft(), customer=customer.id)
    for line in lines:
        commands.run(session, line)

"""Fill a store with a desk's worth of messages: `python -m tests.store.generate DIR [N]`.

Words are drawn as in speech (Zipf) from a shop's vocabulary in five scripts, customers
write several conversations each, a few conversations are open and most are closed.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from store import accounts, conversations, customers, identities, messages
from store.database import open_database, transaction
from store.driver import Connection
from store.model import Address, MessageState, NewMessage, Status

START = 1_600_000_000_000
_SPEECH = """
    the of and to in is you that it he was for on are as with his they at be this have from or
    one had by word but not what all were we when your can said there use an each which she do
    how their if order delivery refund parcel size shoes broken payment invoice address
    courier return exchange warranty colour blue black discount voucher account password email
    phone і в не на що з я до як це за та від замовлення доставка повернення посилка розмір
    кур'єр м'яч оплата рахунок знижка де коли вже ще мені вам дякую будь ласка и не что он на
    я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня
    еще заказ возврат посылка размер курьер zamówienie zwrot paczka rozmiar faktura dziękuję
    proszę nie na się z jest to że straße größe bestellung lieferung über für naïve café
"""
SPEECH = _SPEECH.split()
HAN = "订单退款什么时候发货谢谢您好尺码不对请帮我查一下物流"


class Speech:
    """Text as customers write it, reproducible by seed."""

    def __init__(self, seed: int = 1, vocabulary: int = 60_000) -> None:
        self.random = random.Random(seed)
        syllables = ["ka", "lo", "mi", "ter", "an", "es", "ro", "vin", "до", "ри", "на", "ве",
                     "ст", "ко", "лю", "пе"]  # fmt: skip
        made = {
            "".join(self.random.choices(syllables[:8], k=self.random.randint(2, 4)))
            if self.random.random() < 0.5
            else "".join(self.random.choices(syllables[8:], k=self.random.randint(2, 4)))
            for _ in range(vocabulary)
        }
        tail = sorted(made) + [f"zx{number}" for number in range(vocabulary - len(made))]
        self.random.shuffle(tail)
        self.words = SPEECH + tail
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))

    def say(self, words: int) -> str:
        said = self.random.choices(self.words, cum_weights=self.weights, k=words)
        if self.random.random() < 0.02:
            start = self.random.randrange(len(HAN) - 6)
            said.append(HAN[start : start + 6])
        return " ".join(said)


def fill(
    db: Connection,
    number: int,
    *,
    seed: int = 1,
    words: tuple[int, int] = (10, 120),
    batch: int = 2000,
    per_conversation: int = 5,
    open_conversations: int = 2000,
) -> None:
    """Insert `number` messages in the order of time, `batch` a transaction."""
    speech = Speech(seed)
    dice = speech.random
    agents = [f"agent{index}" for index in range(8)]
    with transaction(db):
        mailbox = accounts.ensure(db, "support", "email", address="support@acme.example")
        bot = accounts.ensure(db, "bot", "telegram", address="acme_bot")
    step = max(1, 94_000_000_000 // max(number, 1))
    total = max(1, number // per_conversation)
    done = 0
    at = START
    rooms: list[tuple[int, int]] = []
    while done < number:
        with transaction(db):
            todo = min(batch, number - done)
            while len(rooms) < min(total, (done + todo) // per_conversation + 1):
                rooms.append(_room(db, speech, rooms, total, agents, at, open_conversations))
            drawn = []
            for offset in range(todo):
                # Mostly the newest conversations, now and then an old one.
                pick = len(rooms) - 1 - min(int(dice.expovariate(1 / 300)), len(rooms) - 1)
                conversation_id, customer_id = rooms[pick]
                at = START + (done + offset) * step
                drawn.append(
                    _message(speech, conversation_id, customer_id, at, mailbox.id, bot.id, words,
                             done + offset)
                )  # fmt: skip
            messages.insert_many(db, drawn)
            done += todo
    with transaction(db):
        _settle(db, total, open_conversations, at)


def _room(
    db: Connection,
    speech: Speech,
    rooms: list[tuple[int, int]],
    total: int,
    agents: list[str],
    at: int,
    open_conversations: int,
) -> tuple[int, int]:
    dice = speech.random
    if rooms and dice.random() < 0.4:
        customer_id = rooms[dice.randrange(len(rooms))][1]
    else:
        name = f"{speech.say(1).title()} {speech.say(1).title()}"
        customer_id = customers.create(db, name=name, at=at)
        identities.add(
            db, customer_id, "email", f"customer{customer_id}@example{customer_id % 97}.org", at=at
        )
    status: Status = "open" if len(rooms) >= total - open_conversations else "closed"
    conversation_id = conversations.create(
        db, customer_id, subject=speech.say(5), status=status, at=at,
        assignee=dice.choice([*agents, "", ""]),
    )  # fmt: skip
    for tag in ("refund", "delivery", "vip", "rare"):
        if dice.random() < {"refund": 0.1, "delivery": 0.2, "vip": 0.01, "rare": 0.0002}[tag]:
            conversations.add_tag(db, conversation_id, tag)
    return conversation_id, customer_id


def _message(
    speech: Speech,
    conversation_id: int,
    customer_id: int,
    at: int,
    mailbox: int,
    bot: int,
    words: tuple[int, int],
    number: int,
) -> NewMessage:
    dice = speech.random
    out = dice.random() < 0.45
    telegram = customer_id % 50 == 0
    address = f"customer{customer_id}@example{customer_id % 97}.org"
    state: MessageState = "sent" if out else "received"
    return NewMessage(
        conversation_id=conversation_id,  # type: ignore[arg-type]
        customer_id=customer_id,  # type: ignore[arg-type]
        account_id=bot if telegram else mailbox,  # type: ignore[arg-type]
        channel="telegram" if telegram else "email",
        direction="out" if out else "in",
        state=state,
        external_id=f"message-{number}@example.org",
        author="Agent" if out else f"Customer {customer_id}",
        author_address="support@acme.example" if out else address,
        recipients=(Address(address if out else "support@acme.example"),),
        subject=speech.say(4),
        text=speech.say(dice.randint(*words)),
        sent_at=at,
        arrived_at=at,
    )


def _settle(db: Connection, total: int, open_conversations: int, at: int) -> None:
    """Closed ones wait for nothing; see `conversations.set_status`."""
    db.execute(
        "UPDATE conversations SET handled_position = last_position, waiting_since = NULL,"
        " closed_at = last_message_at WHERE status = 'closed'"
    )


def sizes(argv: list[str]) -> Iterator[str]:
    directory = Path(argv[1])
    number = int(argv[2]) if len(argv) > 2 else 200_000
    db = open_database(directory / "desk.sqlite")
    started = time.perf_counter()
    fill(db, number)
    took = time.perf_counter() - started
    yield f"{number} messages in {took:.1f} s: {number / took:.0f}/s"
    yield f"{(directory / 'desk.sqlite').stat().st_size / 1e6:.0f} MB"
    db.close()


if __name__ == "__main__":
    for line in sizes(sys.argv):
        print(line)

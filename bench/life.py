"""A desk of 200,000 customers, one of whom has written for a lifetime: what `bench.customers`
measures on."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench import desks
from store import accounts, conversations, customers, identities, messages
from store.database import open_database, transaction
from store.driver import Connection
from store.model import AccountId, CustomerId, NewAttachment, NewMessage
from tests.store.generate import START, Speech

CUSTOMERS = 200_000
LIFELONG = "Lifelong Customer"
COMPANY = "Company of Thousands"
COLLEAGUES = 10_000
SHAPE = 2
"""To be counted up when what `desk` adds changes: the desk is made anew then."""
ONE_MATTER = 20
"""Messages in each of the lifelong customer's conversations."""
HOUR = 3_600_000
_BATCH = 2_000


def desk(number: int) -> Path:
    """The home of a desk with `number` messages, and a tenth of that more of one customer."""
    base = desks.desk(number)

    def grow(home: Path) -> None:
        shutil.copytree(base, home, dirs_exist_ok=True)
        db = open_database(home / "desk.sqlite")
        try:
            _colleagues(db, min(COLLEAGUES, number // 100))
            _strangers(db, min(CUSTOMERS, number // 5))
            _lifelong(db, number // 10)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            db.close()

    return desks.made(f"life-{SHAPE}-{base.name.removeprefix('desk-')}", grow)


def lifelong(db: Connection) -> CustomerId:
    """The customer with the longest history."""
    return customers.find(db, LIFELONG, 1)[0].id


def _colleagues(db: Connection, number: int) -> None:
    """Everybody in a large company, of whom most only have an address."""
    for first in range(0, number, _BATCH):
        with transaction(db):
            for index in range(first, min(first + _BATCH, number)):
                id_ = customers.create(db, name=f"Colleague {index}", company=COMPANY, at=START)
                identities.add(db, id_, "email", f"c{index}@thousands.example", at=START)


def _strangers(db: Connection, total: int) -> None:
    """Customers who came from a list and have not written yet."""
    (have,) = db.execute("SELECT count(*) FROM customers").fetchone()
    speech = Speech(11)
    for first in range(have, total, _BATCH):
        with transaction(db):
            for index in range(first, min(first + _BATCH, total)):
                name = f"{speech.say(1).title()} {speech.say(1).title()}"
                company = f"Shop {index % 9_000}" if index % 3 else ""
                id_ = customers.create(db, name=name, company=company, at=START)
                identities.add(db, id_, "phone", f"+3809{index:08}", at=START)


def _lifelong(db: Connection, number: int) -> None:
    """Three channels, thousands of matters, notes and tags."""
    start = START - (number + 1) * HOUR
    with transaction(db):
        ends = [accounts.get(db, "support"), accounts.get(db, "bot"),
                accounts.ensure(db, "site", "webchat")]  # fmt: skip
        theirs = ["c0@home.example", "100001", "v_lifelong"]
        id_ = customers.create(db, name=LIFELONG, company=COMPANY, at=start)
        for end, address in zip(ends, theirs, strict=True):
            identities.add(db, id_, end.channel, address, proof="agent", at=start)
        for note in range(50):
            customers.add_note(db, id_, "ann", f"Called about parcel {note}.", start + note)
        for tag in ("vip", "wholesale", "returns-often"):
            customers.add_tag(db, id_, tag)
    speech = Speech(12)
    for first in range(0, number, _BATCH):
        with transaction(db):
            room = conversations.next_id(db)
            drawn = []
            for index in range(first, min(first + _BATCH, number)):
                which = index // ONE_MATTER % 3
                if index % ONE_MATTER == 0:
                    room = conversations.create(
                        db, id_, subject=speech.say(4), at=start + index * HOUR,
                        status="open" if index >= number - 3 * ONE_MATTER else "closed",
                        account_id=ends[which].id,
                    )  # fmt: skip
                out = index % 2 == 1
                note, bill = index % 40 == 7, index % 2000 == 11
                rare = " needlework" if index % 5000 == 77 else ""
                drawn.append(
                    NewMessage(
                        conversation_id=room,
                        customer_id=id_,
                        account_id=AccountId(ends[which].id),
                        channel=ends[which].channel,
                        direction="note" if note else "out" if out else "in",
                        state="sent" if out and not note else "received",
                        external_id=f"life-{index}@example.org",
                        author="Agent" if out else LIFELONG,
                        author_address="support@acme.example" if out else theirs[which],
                        subject=speech.say(4) if which == 0 else "",
                        text=speech.say(speech.random.randint(5, 80)) + rare,
                        attachments=[NewAttachment("bill.pdf", "application/pdf", 9, "")] * bill,
                        sent_at=start + index * HOUR,
                        arrived_at=start + index * HOUR,
                    )
                )
            messages.insert_many(db, drawn)

"""Whatever happened on a desk: of who is erased nothing is left, and the others have all theirs."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from connectors.contract import Address, File, Notice
from omnitui.desk.command import CommandError
from omnitui.desk.persons import merging, suggest
from store import customers
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.merging import standing
from store.model import CustomerId
from tests.data_rights import traces
from tests.desk.office import MINUTE, Office

PEOPLE = 6


class Story:
    """Random deeds; every word of a person has their mark in it."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office = office
        self.chance = random.Random(seed)
        self.rooms: dict[int, list[int]] = {}
        self.keys: dict[int, list[str]] = {}

    def mark(self, person: int) -> str:
        return f"zq{person}jx"

    def step(self) -> None:
        self.office.clock.pass_(MINUTE)
        person = self.chance.randrange(PEOPLE)
        deeds = [self.writes, self.writes, self.chats, self.is_answered, self.is_worked_on]
        deeds += [self.is_organised, self.is_suggested, self.is_merged, self.is_unmerged]
        self.chance.choice(deeds)(person)

    def writes(self, person: int) -> None:
        mark, n = self.mark(person), self.chance.randrange(1_000_000)
        shared = File("terms.pdf", "application/pdf", b"terms of everybody")
        own = File(f"{mark}.txt", "text/plain", f"{mark} {n}".encode())
        message = self.office.got(
            self.office.letter(
                f'"{mark} Doe" {mark}{n % 2}@{mark}.example',
                f"I am {mark} {n}",
                subject=f"{mark} {n % 3}",
                message_key=f"{mark}.{n}@x",
                thread_index=f"{person}{n % 2}" * 11,
                references=(f"{mark}.unknown{n % 4}@x",),
                raw=f"Message-ID: <{mark}.{n}@x>\r\n\r\n{mark}".encode(),
                files=(own, shared) if n % 2 else (),
            )
        )
        self.rooms.setdefault(person, []).append(message.conversation_id)

    def chats(self, person: int) -> None:
        mark = self.mark(person)
        line = self.office.line(f"chat{mark}", f"{mark} chats", sender=Address(f"chat{mark}", mark))
        message = self.office.got(line)
        self.rooms.setdefault(person, []).append(message.conversation_id)
        like = Notice(f"n{line.external_id}", "reaction", self.office.clock.at, chat=f"chat{mark}",
                      keys=(self.chance.choice((line.message_key, f"chat{mark}:later")),),
                      who=Address(f"chat{mark}", mark), details={"reactions": ["👍"]})  # fmt: skip
        self.office.take(like, account=self.office.chat)

    def is_answered(self, person: int) -> None:
        if room := self.room(person):
            mark = self.mark(person)
            send = self.chance.choice((self.office.sent, self.office.reply))
            try:
                send(room, f"We know, {mark}", confirm_new=True)
            except CommandError:
                return

    def is_worked_on(self, person: int) -> None:
        if room := self.room(person):
            mark = self.mark(person)
            lines = (
                f"note {mark}", f"customer note {mark}", f"customer tag {mark}", f"tag add {mark}",
                f"reply set {mark}", f"subject {mark}", f"customer name {mark}", "close", "reopen",
                f"customer company {mark}", "snooze 1h", "assign me",
            )  # fmt: skip
            self.do(room, self.chance.choice(lines))

    def is_organised(self, person: int) -> None:
        rooms = self.rooms.get(person, [])
        if len(rooms) > 1:
            one, other = self.chance.sample(rooms, 2)
            self.do(one, self.chance.choice((f"join {other}", "split", f"move {other}")))

    def is_suggested(self, person: int) -> None:
        one, other = self.owner(person), self.owner(self.chance.randrange(PEOPLE))
        if one and other and one != other:
            address = f"{self.mark(person)}@x"
            with transaction(self.office.desk.db):
                suggest.same_person(
                    self.office.desk, one, other, "claims-address", channel="email", address=address
                )

    def is_merged(self, person: int) -> None:
        """Of one person only: whose marks are whose would else be nobody's guess."""
        rooms = {self.office.conversation(r).customer_id for r in self.rooms.get(person, [])}
        if len(rooms) > 1:
            one, other = self.chance.sample(sorted(rooms), 2)
            with transaction(self.office.desk.db):
                merging.merge(self.office.desk, one, other, "agent", {"said": self.mark(person)})

    def is_unmerged(self, person: int) -> None:
        owner = self.owner(person)
        if owner and (merges := standing(self.office.desk.db, into=owner)):
            with transaction(self.office.desk.db):
                merging.unmerge(self.office.desk, merges[0].id)

    def room(self, person: int) -> int | None:
        rooms = self.rooms.get(person)
        return self.chance.choice(rooms) if rooms else None

    def owner(self, person: int) -> CustomerId | None:
        room = self.room(person)
        return self.office.conversation(room).customer_id if room else None

    def do(self, room: int, line: str) -> None:
        try:
            self.office.do(room, line, confirmed=True)
        except CommandError:
            return

    def customers(self, person: int) -> set[CustomerId]:
        return {
            customers.current(self.office.desk.db, self.office.conversation(room).customer_id)
            for room in self.rooms.get(person, [])
        }


@pytest.mark.parametrize("seed", [1, 115])
def test_nothing_of_theirs_and_all_of_the_others(office: Office, tmp_path: Path, seed: int) -> None:
    story = Story(office, seed)
    for _deed in range(150):
        story.step()
    db = office.desk.db
    assert check(db, for_database(db)) == []
    person = next(p for p in range(PEOPLE) if story.rooms.get(p))
    before = traces.rows(db)
    for customer in sorted(story.customers(person)):
        traces.erase(office, customer)
    mark = story.mark(person)
    assert traces.in_rows(db, mark) == []
    assert traces.in_files(tmp_path, mark) == []
    assert check(db, for_database(db)) == []
    for table, rows in lost(before, traces.rows(db)).items():
        for row in rows:
            others = [one for one in range(PEOPLE) if story.mark(one) in str(row)]
            # What was between them and somebody else has gone for both.
            between = table in ("suggestions", "events") and "claims-address" in str(row)
            assert others in ([], [person]) or between, (table, row)


def lost(
    before: dict[str, Counter[traces.Row]], after: dict[str, Counter[traces.Row]]
) -> dict[str, Counter[traces.Row]]:
    return {table: rows - after[table] for table, rows in before.items()}

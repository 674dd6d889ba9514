"""Any sequence of links, merges, un-merges, splits, joins, moves and messages."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from omnitui.desk.command import CommandError
from omnitui.desk.persons import merging
from omnitui.desk.replying.reply_stops import ReplyStopped
from store import conversations, customers, identities, messages
from store.database import transaction
from store.model import ConversationId, CustomerId
from tests.desk.office import MINUTE, Office
from tests.desk.test_merging import everything, sound
from tests.desk.test_one_time_link import drafted, payload_of, start, with_links

PEOPLE = [("email", f"p{n}@home.example") for n in range(4)]
CHATS = [("telegram", str(70 + n)) for n in range(3)]


class Merging(RuleBasedStateMachine):
    """People write, are linked, merged and parted; the model knows only who was first known by
    which address, and which merges stand."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.context = Office.open(Path(self.directory.name))
        self.office = with_links(self.context.__enter__())
        self.office.desk.db.execute("PRAGMA synchronous = OFF")
        self.base: dict[tuple[str, str], CustomerId] = {}
        self.into: dict[CustomerId, CustomerId] = {}
        self.merges: dict[int, CustomerId] = {}
        self.said: dict[int, tuple[str, str]] = {}
        """Message → the address that it came by or went to."""
        self.cards: dict[CustomerId, dict[str, str]] = {}
        """What agents said of a customer while they were nobody else's part."""
        self.noted: dict[CustomerId, set[str]] = {}
        self.words = map(str, count())

    @initialize()
    def two_have_written(self) -> None:
        for who in PEOPLE[:2]:
            self.writes(who, True)

    def teardown(self) -> None:
        self.every_card_says_what_was_said_of_it()
        sound(self.office)
        self.context.__exit__(None, None, None)
        self.directory.cleanup()

    def root(self, customer: CustomerId) -> CustomerId:
        while customer in self.into:
            customer = self.into[customer]
        return customer

    def live(self) -> list[CustomerId]:
        return sorted({self.root(one) for one in self.base.values()})

    def rooms(self) -> list[int]:
        rows = self.office.desk.db.execute("SELECT id FROM conversations WHERE messages > 0")
        return [row[0] for row in rows]

    @rule(who=st.sampled_from(PEOPLE + CHATS), proven=st.booleans())
    def writes(self, who: tuple[str, str], proven: bool) -> None:
        office, (channel, address) = self.office, who
        office.clock.pass_(MINUTE)
        proofs = ("dmarc",) if proven else ()
        item = (
            office.letter(address, proofs=proofs)
            if channel == "email"
            else office.line(address, proofs=("platform",))
        )
        message = office.got(item)
        self.base.setdefault(who, message.customer_id)
        self.said[message.id] = who

    @rule(data=st.data())
    def is_answered(self, data: st.DataObject) -> None:
        room = data.draw(st.sampled_from(self.rooms()))
        self.office.clock.pass_(MINUTE)
        try:
            sent = self.office.sent(room, confirm_new=True)
        except ReplyStopped:  # whose chat it was is somebody else again
            return
        self.said[sent.id] = (sent.channel, sent.recipients[0].address)

    @precondition(lambda self: len(self.live()) > 1)
    @rule(data=st.data())
    def are_merged(self, data: st.DataObject) -> None:
        pair = data.draw(st.permutations(self.live()))[:2]
        differing = [one.name for one in merging.conflicts(self.office.desk, *pair)]
        take = data.draw(st.sets(st.sampled_from(differing))) if differing else ()
        number = self.merge(*pair, take)
        self.merges[number] = pair[0]
        self.into[pair[0]] = pair[1]

    def merge(self, source: CustomerId, target: CustomerId, take: Any = ()) -> int:
        with transaction(self.office.desk.db):
            return merging.merge(self.office.desk, source, target, "agent", {}, take=take)

    def unmerge(self, number: int) -> None:
        with transaction(self.office.desk.db):
            merging.unmerge(self.office.desk, number)

    @precondition(lambda self: self.merges)
    @rule(data=st.data())
    def are_parted(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.merges)))
        self.unmerge(number)
        del self.into[self.merges.pop(number)]

    @precondition(lambda self: len(self.live()) > 1)
    @rule(data=st.data())
    def are_merged_and_parted_at_once(self, data: st.DataObject) -> None:
        source, target = data.draw(st.permutations(self.live()))[:2]
        before = everything(self.office)
        differing = [one.name for one in merging.conflicts(self.office.desk, source, target)]
        self.unmerge(self.merge(source, target, differing))
        assert everything(self.office) == before

    @rule(data=st.data(), who=st.sampled_from(CHATS))
    def goes_on_by_a_link(self, data: st.DataObject, who: tuple[str, str]) -> None:
        office = self.office
        room = data.draw(st.sampled_from(self.rooms()))
        customer = office.conversation(room).customer_id
        try:
            text = drafted(office, room)
        except CommandError:
            return
        office.do(room, "reply discard")
        office.clock.pass_(MINUTE)
        try:
            sent = office.sent(room, text)
        except ReplyStopped:  # it would go to several
            return
        self.said[sent.id] = (sent.channel, sent.recipients[0].address)
        found = start(office, payload_of(text), who[1])
        assert found is not None
        assert found.customer_id == customer
        linked = office.log("link.opened")[-1].data.get("merge")
        if who not in self.base:
            made = office.log("customer.created")[-1].customer_id
            assert made is not None
            self.base[who] = made
        source = self.root(self.base[who])
        if linked is not None:
            self.merges[linked] = source
            self.into[source] = customer
        assert self.root(self.base[who]) == customer
        self.writes(who, True)
        assert messages.get(office.desk.db, max(self.said)).conversation_id == room

    @precondition(lambda self: len(self.rooms()) > 1)
    @rule(data=st.data())
    def are_joined(self, data: st.DataObject) -> None:
        one, other = data.draw(st.permutations(self.rooms()))[:2]
        if self.office.conversation(one).customer_id == self.office.conversation(other).customer_id:
            self.office.do(one, f"join {other}")

    @rule(data=st.data(), field=st.sampled_from(["company", "channel", "city", "pet"]))
    def a_card_is_corrected(self, data: st.DataObject, field: str) -> None:
        db, customer = self.office.desk.db, data.draw(st.sampled_from(self.live()))
        value = data.draw(st.sampled_from(["", next(self.words)]))
        fields = dict(customers.get(db, customer).fields)
        with transaction(db):
            if field in ("company", "channel"):
                customers.update(db, customer, **{field: value})
            else:
                fields.pop(field, None)
                customers.update(
                    db, customer, fields={**fields, **({field: value} if value else {})}
                )
        self.cards.setdefault(customer, {})[field] = value

    @rule(data=st.data(), kind=st.sampled_from(["note", "tag"]))
    def is_noted(self, data: st.DataObject, kind: str) -> None:
        room, word = data.draw(st.sampled_from(self.rooms())), next(self.words)
        self.office.do(room, f"customer {kind} {word}")
        self.noted.setdefault(self.office.conversation(room).customer_id, set()).add(word)

    @rule(data=st.data())
    def a_conversation_is_split(self, data: st.DataObject) -> None:
        db, room = self.office.desk.db, data.draw(st.sampled_from(self.rooms()))
        history = messages.of_conversation(db, ConversationId(room))
        if len(history) > 1:
            at = data.draw(st.sampled_from(history[1:]))
            self.office.do(room, f"split {at.id}")

    @precondition(lambda self: len(self.rooms()) > 1)
    @rule(data=st.data())
    def a_message_is_moved(self, data: st.DataObject) -> None:
        db = self.office.desk.db
        room, place = data.draw(st.permutations(self.rooms()))[:2]
        there = conversations.get(db, ConversationId(place))
        message = data.draw(st.sampled_from(messages.of_conversation(db, ConversationId(room))))
        if message.customer_id == there.customer_id:
            done = self.office.do(room, f"move {message.id} {place}")
            if data.draw(st.booleans()):
                self.office.do(place, done.undo)

    def every_card_says_what_was_said_of_it(self) -> None:
        """All merges taken back, in the order in which they were made or the other way round."""
        db = self.office.desk.db
        for number in sorted(self.merges, reverse=len(self.said) % 2 == 0):
            self.unmerge(number)
            del self.into[self.merges.pop(number)]
        self.every_message_is_there_once_and_whose_it_is()
        for customer in self.live():
            card = customers.get(db, customer)
            said = self.cards.get(customer, {})
            now = {"company": card.company, "channel": card.channel}
            now |= {key: card.fields.get(key, "") for key in ("city", "pet")}
            assert now == {key: said.get(key, "") for key in now}, customer
            noted = {note.text for note in customers.notes(db, customer)} | set(card.tags)
            assert noted == self.noted.get(customer, set()), customer

    @rule(data=st.data(), line=st.sampled_from(["close", "status pending", "assign me"]))
    def is_worked_on(self, data: st.DataObject, line: str) -> None:
        self.office.do(data.draw(st.sampled_from(self.rooms())), line)

    @invariant()
    def every_message_is_there_once_and_whose_it_is(self) -> None:
        db = self.office.desk.db
        rows = db.execute(
            "SELECT m.id, m.customer_id, v.customer_id FROM messages m"
            " JOIN conversations v ON v.id = m.conversation_id"
        ).fetchall()
        assert sorted(row[0] for row in rows) == sorted(self.said)
        for id_, mine, rooms in rows:
            assert mine == rooms
            assert mine == self.root(self.base[self.said[id_]])

    @invariant()
    def everybody_is_found_as_who_they_are(self) -> None:
        db = self.office.desk.db
        for (channel, address), base in self.base.items():
            known = identities.find(db, channel, address)
            assert known is not None
            assert known.customer_id == self.root(base)
        assert sorted(one.id for one in customers.find(db)) == self.live()
        seen: list[int] = []
        for customer in self.live():
            seen += [one.id for one in messages.timeline(db, customer, limit=1000)]
            assert messages.timeline_count(db, customer) == len(
                messages.timeline(db, customer, limit=1000)
            )
        assert sorted(seen) == sorted(self.said)


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
TestMerging = Merging.TestCase
TestMerging.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=QUIET
)


class _More(Merging):
    pass


TestManyMerges = pytest.mark.slow(_More.TestCase)
TestManyMerges.settings = settings(
    max_examples=2000, stateful_step_count=25, deadline=None, suppress_health_check=QUIET
)

"""What a visitor has, and has seen, of what we wrote."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connectors.contract import Sent
from omnitui.desk import view
from store import chats, messages
from store.database import transaction
from store.model import Message, MessageId
from tests.desk.visiting import Site, Visitor, site_account


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site.open(tmp_path) as opened:
        yield opened


def marks(site: Site, message: Message | MessageId) -> tuple[bool, bool]:
    id_ = message if isinstance(message, int) else message.id
    details = messages.get(site.office.desk.db, MessageId(id_)).details
    return "delivered_at" in details, "read_at" in details


def test_a_mark_holds_for_everything_before_it(site: Site) -> None:
    ann = Visitor(site)
    room = site.got(ann.says()).conversation_id
    first, second, third = (site.answer(room, ann, text) for text in "abc")
    site.take(ann.read(second, "delivered"))
    assert [marks(site, m) for m in (first, second, third)] == [
        (True, False),
        (True, False),
        (False, False),
    ]
    at = site.office.clock.pass_(1_000)
    site.take(ann.read(third))
    assert [marks(site, m) for m in (first, second, third)] == [(True, True)] * 3
    shown = view.message_json(messages.get(site.office.desk.db, third.id))
    assert shown["read_at"] == view.rfc3339(at)
    assert shown["delivered_at"] == view.rfc3339(at)
    (event,) = site.office.log("message.read")
    assert (event.message_id, event.data["messages"]) == (third.id, 3)
    # Told again, also late and out of order, it changes nothing.
    site.office.clock.pass_(1_000)
    for again in (third, first, second):
        assert site.take(ann.read(again))[0].outcome == "accepted"
    assert messages.get(site.office.desk.db, first.id).details["read_at"] == at
    assert len(site.office.log("message.read")) == 1


def test_a_mark_may_come_before_the_message_is_known_to_be_out(site: Site) -> None:
    ann = Visitor(site)
    room = site.got(ann.says()).conversation_id
    queued = site.office.reply(room, "Quick")
    entry = site.office.claim(queued)
    site.take(ann.notice("read", "v_ann7:2"))
    assert marks(site, queued) == (False, False)
    site.office.settle(entry, Sent("v_ann7:2"))
    assert marks(site, queued) == (True, True)
    assert marks(site, site.office.sent(room, "Later")) == (False, False)


def test_marks_stay_in_their_chat(site: Site) -> None:
    ann, bob = Visitor(site), Visitor(site, "v_bob")
    mine = site.answer(site.got(ann.says()).conversation_id, ann)
    theirs = site.answer(site.got(bob.says()).conversation_id, bob)
    site.take(bob.notice("read", "v_ann7:99"), bob.notice("delivered", "v_bob:99"))
    assert marks(site, mine) == (False, False)
    assert marks(site, theirs) == (True, False)
    assert site.take(Visitor(site, "v_new").notice("read", "v_new:1"))[0].outcome == "ignored"


def test_two_sites_know_nothing_of_each_other(site: Site) -> None:
    other = Site(site.office, site_account(site.office, "shop"))
    ann = Visitor(site)
    mine = site.answer(site.got(ann.says()).conversation_id, ann)
    other.take(Visitor(other).notice("read", mine.external_id))
    assert marks(site, mine) == (False, False)


def test_a_long_chat_is_not_read_through_for_a_mark(site: Site) -> None:
    ann = Visitor(site)
    room = site.got(ann.says()).conversation_id
    for text in map(str, range(30)):
        last = site.answer(room, ann, text)
        site.take(ann.read(last))
    db = site.office.desk.db
    site.answer(room, ann, "new")
    looked_at = []
    first = chats.ours(db, last.customer_id, site.account.id, ann.id, 2_000)
    for one in first:
        looked_at.append(one.key)
        if one.key == last.external_id:
            break
    assert len(looked_at) == 2
    plan = "\n".join(
        row[3]
        for row in db.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM (SELECT * FROM messages WHERE customer_id = 1"
            " ORDER BY position DESC LIMIT 9) WHERE direction = 'out' ORDER BY position DESC"
        )
    )
    assert "messages_by_customer" in plan
    assert "TEMP B-TREE" not in plan


def test_the_first_time_stays(site: Site) -> None:
    ann = Visitor(site)
    last = site.answer(site.got(ann.says()).conversation_id, ann)
    db = site.office.desk.db
    with transaction(db):
        chats.mark(db, [last.id], "delivered_at", 7)
        chats.mark(db, [last.id], "delivered_at", 9)
    assert messages.get(db, last.id).details["delivered_at"] == 7


class Marking(RuleBasedStateMachine):
    """However marks and messages come: read is what is at or before the furthest mark."""

    @initialize()
    def begin(self) -> None:
        self.directory = TemporaryDirectory()
        self.opened = Site.open(Path(self.directory.name), undo_send=0)
        self.site = self.opened.__enter__()
        self.site.office.desk.db.execute("PRAGMA synchronous = OFF")
        self.ann = Visitor(self.site)
        self.room = self.site.got(self.ann.says()).conversation_id
        self.relay = count(2)
        self.known: dict[MessageId, int] = {}
        self.flying: dict[MessageId, int] = {}
        self.newest = 1
        self.upto = {"delivered": 0, "read": 0}

    @rule()
    def answer(self) -> None:
        """The relay has it; that it has is told later."""
        self.newest = next(self.relay)
        self.flying[self.site.office.reply(self.room, "x")] = self.newest

    @precondition(lambda self: self.flying)
    @rule()
    def settled(self) -> None:
        message_id = min(self.flying)
        seq = self.flying.pop(message_id)
        self.site.office.settle(self.site.office.claim(message_id), Sent(f"v_ann7:{seq}"))
        self.known[message_id] = seq

    @rule()
    def wrote(self) -> None:
        self.newest = next(self.relay)
        self.ann.seqs = iter([self.newest])
        self.site.got(self.ann.says("y"))

    @rule(kind=st.sampled_from(["delivered", "read"]), back=st.integers(0, 4))
    def mark(self, kind: str, back: int) -> None:
        upto = max(1, self.newest - back)
        self.site.take(self.ann.notice(kind, f"v_ann7:{upto}"))
        self.upto[kind] = max(self.upto[kind], upto)

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "known"):
            return
        for message_id, seq in self.known.items():
            read = seq <= self.upto["read"]
            delivered = read or seq <= self.upto["delivered"]
            assert marks(self.site, message_id) == (delivered, read)
        for message_id in self.flying:
            assert marks(self.site, message_id) == (False, False)

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.opened.__exit__(None, None, None)
            self.directory.cleanup()


TestMarking = Marking.TestCase
TestMarking.settings = settings(max_examples=12, stateful_step_count=14, deadline=None)

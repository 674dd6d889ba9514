"""Whatever visitors, agents, the clock and crashes do: each missed reply goes after its customer
at most once, in order, not too often, and never to an address that is not proven."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connectors.contract import MaybeSent, Outgoing, Sent, Unreachable
from omnitui.desk import follow_ups
from omnitui.desk.replying import alterations, outbox
from store import follow_ups as store_follow_ups
from store import identities, messages, visits
from store import outbox as store_outbox
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.model import Message, MessageId
from tests.desk.leaving import ANN_MAIL, Shop
from tests.desk.office import MINUTE
from tests.desk.visiting import Visitor

AFTER, EVERY, MOST = 10 * MINUTE, 15 * MINUTE, 3

OUTCOMES = st.sampled_from(["sent", "sent", "queued", "down", "silent", "killed", "killed, proven"])


class FollowingUp(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        self.left: list[tuple[int, tuple[int, ...]]] = []
        """When each mail left, and what it took along."""

    @initialize()
    def begin(self) -> None:
        directory = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.shop = self.stack.enter_context(
            Shop.opened(Path(directory), follow_up_most=MOST, page="")
        )
        self.db = self.shop.office.desk.db
        self.ann = Visitor(self.shop, name="Ann", email=ANN_MAIL, sub="ann")
        self.bob = Visitor(self.shop, "v_bob", name="Bob")
        self.rooms = {one.id: self.shop.asks(one).conversation_id for one in (self.ann, self.bob)}

    # -- visitors and agents

    @rule(who=st.sampled_from(["ann", "ann", "ann", "bob"]), times=st.integers(1, 3))
    def reply(self, who: str, times: int) -> None:
        visitor = self.ann if who == "ann" else self.bob
        for _time in range(times):
            number = messages.newest_id(self.db) + 1
            self.shop.answer(self.rooms[visitor.id], visitor, f"Words {number}.")

    @rule()
    def leave(self) -> None:
        self.shop.leaves(self.ann)
        self.shop.leaves(self.bob)

    @rule()
    def come_back(self) -> None:
        self.shop.comes(self.ann)

    @precondition(lambda self: self.ann.seq > 1)
    @rule(back=st.integers(0, 3))
    def read(self, back: int) -> None:
        """Up to a reply; reading is done where the chat is."""
        ours = [one for one in self.replies() if one.recipients[0].address == self.ann.id]
        if ours:
            self.shop.comes(self.ann)
            self.shop.take(self.ann.read(ours[max(-len(ours), -1 - back)]))

    @precondition(lambda self: self.replies())
    @rule(back=st.integers(1, 4), kind=st.sampled_from(["edit", "delete"]), made=st.booleans())
    def change(self, back: int, kind: str, made: bool) -> None:
        ours = self.replies()
        if len(ours) < back or alterations.why_not(self.shop.office.desk, ours[-back], "edit"):
            return
        message = ours[-back]
        with transaction(self.db):
            change = alterations.queue(
                self.shop.office.desk,
                message.id,
                "edit" if kind == "edit" else "delete",
                f"{message.text}Changed." if kind == "edit" else "",
            )
        if made:
            with transaction(self.db):
                alterations.settle(self.shop.office.desk, change.id, None)
        else:
            with transaction(self.db):
                alterations.undo(self.shop.office.desk, change.id)

    @precondition(lambda self: self.queued())
    @rule(why=st.sampled_from(["", "bounced: no such user"]))
    def bounce(self, why: str) -> None:
        found = identities.find(self.db, "email", ANN_MAIL)
        assert found is not None
        with transaction(self.db):
            identities.flag(self.db, found.id, why)

    @precondition(lambda self: self.queued())
    @rule()
    def agent_takes_a_mail_back(self) -> None:
        for mail in self.queued():
            with transaction(self.db):
                outbox.cancel(self.shop.office.desk, mail)

    # -- the engine

    @rule(minutes=st.sampled_from([1, 9, 10, 15, 120]))
    def pass_time(self, minutes: int) -> None:
        self.shop.office.clock.pass_(minutes * MINUTE)

    @rule()
    def engine(self) -> None:
        self.shop.go_after()
        look = follow_ups.look(self.shop.office.desk, ["site"])
        assert not look.now, "there is nothing left to do"

    @rule(minutes=st.integers(-1, 1), outcome=OUTCOMES)
    def the_time_comes(self, minutes: int, outcome: str) -> None:
        """Or nearly, or it has just come; and what is queued leaves, or does not."""
        self.shop.leaves(self.ann)
        due = self.shop.due_at()
        if due is not None:
            self.shop.office.clock.at = max(self.shop.office.clock.at, due + minutes * MINUTE)
        self.engine()
        if outcome != "queued":
            self.leaving(outcome)

    @precondition(lambda self: self.queued())
    @rule(outcome=OUTCOMES)
    def send(self, outcome: str) -> None:
        if outcome != "queued":
            self.leaving(outcome)

    def leaving(self, outcome: str) -> None:
        for entry in self.claimed():
            mail = self.shop.message(entry.message_id)
            made = outbox.outgoing(self.shop.office.desk, entry)
            if outcome == "down":
                self.shop.office.settle(entry, Unreachable("down"))
                continue
            self.gone(mail, made)
            if outcome == "silent":
                self.shop.office.settle(entry, MaybeSent("silent"))
            elif outcome == "sent":
                self.shop.office.settle(entry, Sent(entry.key))
            else:
                with transaction(self.db):
                    outbox.recover(self.shop.office.desk)
                if outcome == "killed, proven":
                    with transaction(self.db):
                        outbox.proven(self.shop.office.desk, mail.id, entry.key)

    def claimed(self) -> list[Any]:
        """As the engine's sender does it."""
        mailbox = next(a for a in self.accounts() if a.name == "support")
        with transaction(self.db):
            follow_ups.take_back(self.shop.office.desk)
            return store_outbox.claim_heads(
                self.db, mailbox.id, self.shop.office.clock.at, by_recipient=False, limit=9
            )

    def gone(self, mail: Message, made: Outgoing) -> None:
        """What must be true of a mail when it leaves."""
        now = self.shop.office.clock.at
        follows = tuple(mail.details["follows"])
        taken = [self.shop.message(MessageId(one)) for one in follows]
        assert made.envelope == (ANN_MAIL,)
        known = identities.find(self.db, "email", ANN_MAIL)
        assert known is not None
        assert known.proof
        assert not known.flag
        visit = visits.get(self.db, self.shop.account.id, self.ann.id)
        assert visit is not None
        assert not visit.online
        assert 1 <= len(follows) <= MOST
        for one in taken:
            assert one.recipients[0].address == self.ann.id
            assert one.text in made.text
            assert not one.details.get("read_at")
            assert not one.details.get("deleted_at")
        first = taken[0].details["sent_at"]
        assert now >= max(first, visit.at) + AFTER
        if self.left:
            before, already = self.left[-1]
            assert now >= before + EVERY
            assert follows[0] > already[-1], "each once, and in order"
        assert list(follows) == sorted(follows)
        self.left.append((now, follows))

    # -- what is so at any time

    @invariant()
    def marks_agree(self) -> None:
        if not hasattr(self, "shop"):
            return
        for one in self.replies():
            row = store_follow_ups.get(self.db, one.id)
            mail_id = one.details.get("followed_up")
            if mail_id is None:
                continue
            assert row is not None
            assert row.mail_id == mail_id
            assert one.id in self.shop.message(mail_id).details["follows"]
            assert self.shop.message(mail_id).state != "cancelled"

    def teardown(self) -> None:
        try:
            if hasattr(self, "shop"):
                self.end()
        finally:
            self.stack.close()

    def end(self) -> None:
        """Left alone, everything goes that may."""
        self.bounce("")
        self.shop.leaves(self.ann)
        for _round in range(100):
            self.engine()
            due = self.shop.due_at()
            waiting = self.queued()
            if due is None and not waiting:
                break
            self.shop.office.clock.at = max(self.shop.office.clock.at, due or 0) + MINUTE
            self.leaving("sent")
        assert store_follow_ups.unseen(self.db, self.shop.account.id) == []
        assert check(self.db, for_database(self.db)) == []

    def replies(self) -> list[Message]:
        return [
            message
            for room in self.rooms.values()
            for message in messages.of_conversation(self.db, room)
            if message.direction == "out" and message.channel == "webchat"
        ]

    def queued(self) -> list[MessageId]:
        return store_follow_ups.queued(self.db)

    def accounts(self) -> list[Any]:
        from store import accounts

        return accounts.all(self.db)


TestFollowingUp = FollowingUp.TestCase
TestFollowingUp.settings = settings(
    max_examples=6,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

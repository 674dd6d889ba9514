from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from store import blobs, check, messages, outbox
from store.database import transaction
from store.driver import Connection
from store.errors import NotFound, StateError
from store.model import MessageId
from tests.fresh_store import fresh_store
from tests.store.conftest import NOW, Shop, make_shop


def queue(shop: Shop, room: Any, key: str, **more: Any) -> MessageId:
    reply = shop.message(room, "Hello", direction="out", state="queued", external_id=key)
    with transaction(shop.db):
        outbox.enqueue(
            shop.db, reply.id, shop.account.id, key, ["ann@example.org"],
            **{"agent": "ann", "due_at": NOW, **more},
        )  # fmt: skip
    return reply.id


def test_an_entry_is_what_was_promised(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    late, soon = queue(shop, room, "b", due_at=NOW + 5), queue(shop, room, "a")
    entry = outbox.get(db, soon)
    assert (entry.key, entry.recipients, entry.state) == ("a", ("ann@example.org",), "queued")
    assert (entry.account, entry.channel, entry.agent) == ("support", "email", "ann")
    assert [one.message_id for one in outbox.due(db, NOW)] == [soon]
    assert [one.message_id for one in outbox.due(db, NOW + 5)] == [soon, late]
    assert outbox.next_due_at(db, 0) == NOW
    with transaction(db):
        assert outbox.claim(db, soon, NOW)
    assert outbox.next_due_at(db, NOW) == NOW + 5
    assert [one.message_id for one in outbox.sending(db)] == [soon]
    with pytest.raises(NotFound):
        outbox.get(db, MessageId(99))


def test_a_key_is_used_once(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    queue(shop, room, "a")
    with pytest.raises(Exception, match="UNIQUE"):
        queue(shop, room, "a")


def test_refused_recipients_are_kept(db: Connection, shop: Shop) -> None:
    sent = queue(shop, shop.conversation(), "a")
    with transaction(db):
        outbox.claim(db, sent, NOW)
        outbox.settle_sent(db, sent, "x@y", NOW, {"bob@example.org": "550 unknown"})
    message = messages.get(db, sent)
    assert (message.state, message.external_id) == ("sent", "x@y")
    assert message.details["refused"] == {"bob@example.org": "550 unknown"}
    assert "550 unknown" in message.error


ALLOWED = {
    "claim": {"queued"},
    "settle_sent": {"sending", "unknown"},
    "settle_failed": {"sending", "queued", "unknown"},
    "retry_at": {"sending"},
    "settle_unknown": {"sending"},
    "cancel": {"queued"},
    "requeue": {"failed", "unknown"},
}
"""From which states each step leads on; anywhere else it changes nothing."""


class Outbox(RuleBasedStateMachine):
    """Steps in any order, some of them in a transaction that fails."""

    entries = Bundle("entries")

    def __init__(self) -> None:
        super().__init__()
        self.directory = TemporaryDirectory()
        self.shop = make_shop(fresh_store(Path(self.directory.name) / "desk.sqlite"))
        self.db = self.shop.db
        self.room = self.shop.conversation()
        self.states: dict[MessageId, str] = {}
        self.due: dict[MessageId, int] = {}
        self.attempts: dict[MessageId, int] = {}

    @rule(target=entries, wait=st.integers(0, 3))
    def enqueue(self, wait: int) -> MessageId:
        entry = queue(self.shop, self.room, f"key{len(self.states)}", due_at=NOW + wait)
        self.states[entry], self.due[entry], self.attempts[entry] = "queued", NOW + wait, 0
        return entry

    @rule(target=entries)
    def nothing(self) -> Any:
        return multiple()

    @rule(
        entry=entries, step=st.sampled_from(sorted(ALLOWED)), now=st.integers(0, 3),
        undone=st.booleans(),
    )  # fmt: skip
    def step(self, entry: MessageId, step: str, now: int, undone: bool) -> None:
        before = self.states[entry]
        allowed = before in ALLOWED[step]
        if step == "claim":
            allowed = allowed and self.due[entry] <= NOW + now
        try:
            with transaction(self.db):
                done = self.act(entry, step, NOW + now)
                if undone:
                    self.interrupt()
        except InterruptedError:
            return
        except StateError:
            assert not allowed
            return
        assert done is allowed
        if done:
            self.note(entry, step, NOW + now)

    def interrupt(self) -> None:
        raise InterruptedError

    def act(self, entry: MessageId, step: str, now: int) -> bool:
        if step == "claim":
            return outbox.claim(self.db, entry, now)
        if step == "cancel":
            return outbox.cancel(self.db, entry)
        if step == "settle_sent":
            outbox.settle_sent(self.db, entry, "id", now)
        elif step == "settle_failed":
            outbox.settle_failed(self.db, entry, "no")
        elif step == "retry_at":
            outbox.retry_at(self.db, entry, now + 1, "later")
        elif step == "settle_unknown":
            outbox.settle_unknown(self.db, entry, "cut")
        else:
            outbox.requeue(self.db, entry, now)
        return True

    def note(self, entry: MessageId, step: str, now: int) -> None:
        self.states[entry] = {
            "claim": "sending", "cancel": "cancelled", "settle_sent": "sent",
            "settle_failed": "failed", "retry_at": "queued", "settle_unknown": "unknown",
            "requeue": "queued",
        }[step]  # fmt: skip
        if step == "claim":
            self.attempts[entry] += 1
        if step == "retry_at":
            self.due[entry] = now + 1
        if step == "requeue":
            self.due[entry], self.attempts[entry] = now, 0

    @invariant()
    def agrees(self) -> None:
        assert {one.message_id: one.state for one in outbox.all(self.db)} == self.states
        assert {one.message_id: one.attempts for one in outbox.all(self.db)} == self.attempts
        waiting = {entry for entry, state in self.states.items() if state == "queued"}
        assert {one.message_id for one in outbox.due(self.db, NOW + 9)} == waiting
        assert {one.message_id for one in outbox.unknown(self.db)} == {
            entry for entry, state in self.states.items() if state == "unknown"
        }

    def teardown(self) -> None:
        assert check.check(self.db, blobs.for_database(self.db)) == []
        self.db.close()
        self.directory.cleanup()


TestOutbox = Outbox.TestCase
TestOutbox.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize(
    "read",
    [
        lambda db: outbox.due(db, NOW),
        lambda db: outbox.next_due_at(db, NOW),
        outbox.sending,
        outbox.unknown,
        lambda db: outbox.cancel_on_inbound(db, 1),
    ],
)
def test_what_was_sent_long_ago_is_never_read(db: Connection, read: Any) -> None:
    statements: list[str] = []
    db.set_trace_callback(statements.append)
    read(db)
    db.set_trace_callback(None)
    (statement,) = statements
    steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert "USING COVERING INDEX messages_unsettled (state=?)" in steps[0].replace(
        "USING INDEX", "USING COVERING INDEX"
    )
    assert not [step for step in steps if step.startswith("SCAN")]

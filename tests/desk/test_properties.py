"""Whatever order things come in, however often: each message once, each send once."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from connectors.contract import (
    Address,
    AuthFailed,
    ChannelError,
    Deferred,
    Ignored,
    Inbound,
    MaybeSent,
    Quarantined,
    Received,
    Rejected,
    Sent,
    Unreachable,
)
from omnitui.desk import timers
from omnitui.desk.replying import outbox
from store import conversations, ledger, messages
from store import outbox as store_outbox
from store.database import transaction
from store.errors import StateError
from store.model import MessageId
from tests.desk.office import DAY, HOUR, START, SUPPORT, Office

PEOPLE = ("joe@home.example", "Joe@Home.example", "eve@other.example", SUPPORT)


@st.composite
def mailboxes(draw: st.DrawFn) -> list[Received]:
    """What a mailbox brings: threads, copies, edits of nothing, junk, in any order and twice."""
    items: list[Received] = []
    for n in range(draw(st.integers(1, 12))):
        external = f"{draw(st.sampled_from(['INBOX', 'Archive']))}/1/{n}"
        kind = draw(st.sampled_from(["mail", "mail", "mail", "mail", "ignored", "broken"]))
        if kind == "ignored":
            items.append(Ignored(external, "draft"))
        elif kind == "broken":
            items.append(Quarantined(external, "odd", b"?"))
        else:
            key = f"m{draw(st.integers(0, 6))}@x"
            content = draw(st.sampled_from("ab"))
            parents = draw(st.lists(st.integers(0, 8), max_size=2))
            sender = draw(st.sampled_from(PEOPLE))
            out = sender == SUPPORT
            items.append(
                Inbound(
                    external_id=external,
                    message_key=key,
                    content_hash=f"{key}{content}",
                    sender=Address(sender),
                    text=f"{key} {content}",
                    arrived_at=START - draw(st.integers(0, 5)) * HOUR,
                    direction="out" if out else "in",
                    to=(Address("joe@home.example" if out else SUPPORT),),
                    in_reply_to=f"m{parents[0]}@x" if parents else "",
                    references=[f"m{p}@x" for p in parents],
                    history=draw(st.booleans()),
                    imported=draw(st.booleans()),
                )
            )
    again = draw(st.lists(st.sampled_from(items), max_size=6))
    return draw(st.permutations([*items, *again]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mailboxes(), st.integers(1, 5))
def test_each_message_is_stored_once_and_each_item_has_its_receipt(
    items: list[Received], size: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, Office.open(Path(folder)) as office:
        for start in range(0, len(items), size):
            office.take(*items[start : start + size])
        stored = [
            message
            for one in conversations.all(office.desk.db)
            for message in messages.of_conversation(office.desk.db, one.id)
        ]
        wanted = {(i.message_key, i.content_hash) for i in items if isinstance(i, Inbound)}
        assert Counter(m.text for m in stored) == Counter(
            f"{key} {content[-1]}" for key, content in wanted
        )
        receipts = {r.external_id: r for r in ledger.all(office.desk.db)}
        assert receipts.keys() == {i.external_id for i in items}
        for item in items:
            receipt = receipts[item.external_id]
            if isinstance(item, Inbound):
                assert receipt.outcome in ("accepted", "duplicate")
                assert receipt.message_id is not None
                assert messages.get(office.desk.db, receipt.message_id).external_id == (
                    item.message_key
                )
        accepted = [r for r in receipts.values() if r.outcome == "accepted"]
        assert len(accepted) == len(stored)
        for one in conversations.all(office.desk.db):
            assert one.messages == len(messages.of_conversation(office.desk.db, one.id))
            # Only one that turned out to belong to another is empty, and says to which.
            assert one.messages or (one.status == "closed" and one.related_id)
            assert one.waiting_since is None or one.status == "open"


class Outbound(RuleBasedStateMachine):
    """Agents, customers, an engine that dies, and a channel that does what channels do.

    The channel remembers what it took over: a message that it took must never be offered
    again unless an agent said so.
    """

    replies = Bundle("replies")

    @initialize(target=replies)
    def open_desk(self) -> MessageId:
        self.folder = tempfile.TemporaryDirectory()
        self.opened = Office.open(Path(self.folder.name))
        self.office = self.opened.__enter__()
        self.here = self.office.got(self.office.letter()).conversation_id
        self.taken: Counter[str] = Counter()
        self.allowed: Counter[str] = Counter()
        self.in_flight: dict[MessageId, Any] = {}
        first: MessageId = self.reply(later=False, unless=False)  # type: ignore[assignment]
        return first

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.opened.__exit__(None, None, None)
            self.folder.cleanup()

    @rule(target=replies, later=st.booleans(), unless=st.booleans())
    def reply(self, later: bool, unless: bool) -> MessageId:
        send_at = self.office.clock.at + DAY if later else None
        message = self.office.reply(self.here, "Answer", send_at=send_at, cancel_on_inbound=unless)
        self.allowed[self.office.entry(message).key] = 1
        return message

    @rule(hours=st.integers(0, 30))
    def time_passes(self, hours: int) -> None:
        self.office.clock.pass_(hours * HOUR)
        with transaction(self.office.desk.db):
            timers.wake_snoozed(self.office.desk)

    @rule()
    def the_customer_writes(self) -> None:
        self.office.got(self.office.letter(text="And?", in_reply_to="m1@home.example"))

    @rule(line=st.sampled_from(["close", "status open", "snooze 2d", "assign me", "note x"]))
    def an_agent_acts(self, line: str) -> None:
        self.office.do(self.here, line)

    @rule(message=replies)
    def an_agent_cancels(self, message: MessageId) -> None:
        was = self.office.entry(message).state
        try:
            with transaction(self.office.desk.db):
                outbox.cancel(self.office.desk, message)
        except outbox.NotCancellable:
            assert was != "queued"
        else:
            assert was == "queued"

    @rule(message=replies)
    def an_agent_retries(self, message: MessageId) -> None:
        entry = self.office.entry(message)
        try:
            with transaction(self.office.desk.db):
                outbox.retry(self.office.desk, message)
        except StateError:
            assert entry.state in ("sending", "sent", "cancelled")
        else:
            if entry.state == "unknown":  # the agent takes the risk of a second copy
                self.allowed[entry.key] += 1

    @rule()
    def the_engine_claims(self) -> None:
        self.office.clock.pass_(15_000)  # past the undo delay
        for entry in store_outbox.due(self.office.desk.db, self.office.clock.at):
            with transaction(self.office.desk.db):
                assert store_outbox.claim(
                    self.office.desk.db, entry.message_id, self.office.clock.at
                )
            self.in_flight[entry.message_id] = self.office.entry(entry.message_id)

    @rule(
        result=st.sampled_from(
            ["maybe", "sent", "maybe-not", Unreachable, AuthFailed, Rejected, Deferred]
        )
    )
    def the_channel_answers(self, result: str | type[ChannelError]) -> None:
        if not self.in_flight:
            self.the_engine_claims()
        if not self.in_flight:
            return
        message, entry = self.in_flight.popitem()
        if result in ("sent", "maybe"):
            self.taken[entry.key] += 1
        outcome: Any
        if result == "sent":
            outcome = Sent(entry.key)
        elif isinstance(result, str):
            outcome = MaybeSent("Cut off.")
        else:
            outcome = result("No.")
        self.office.settle(self.office.entry(message), outcome)

    @rule(taken=st.booleans())
    def the_engine_dies_and_another_starts(self, taken: bool) -> None:
        if not self.in_flight:
            self.the_engine_claims()
        for entry in self.in_flight.values():
            self.taken[entry.key] += taken
        self.in_flight.clear()
        with transaction(self.office.desk.db):
            outbox.recover(self.office.desk)

    @rule()
    def proof_is_found(self) -> None:
        for entry in store_outbox.unknown(self.office.desk.db):
            if self.taken[entry.key]:
                self.office.settle(entry, Sent(entry.key))

    @invariant()
    def nothing_goes_twice_unasked(self) -> None:
        if not hasattr(self, "office"):
            return
        for key, times in self.taken.items():
            assert times <= self.allowed[key]

    @invariant()
    def what_the_channel_took_is_never_called_failed_or_cancelled(self) -> None:
        if not hasattr(self, "office"):
            return
        for entry in store_outbox.all(self.office.desk.db):
            if self.taken[entry.key] and self.allowed[entry.key] == 1:
                assert entry.state in ("sent", "unknown", "sending")
            if entry.state in ("sending",):
                assert entry.message_id in self.in_flight

    @invariant()
    def every_text_is_somewhere(self) -> None:
        if not hasattr(self, "office"):
            return
        conversation = self.office.conversation(self.here)
        history = messages.of_conversation(self.office.desk.db, self.here)
        assert conversation.messages == len(history)
        assert conversation.failed == sum(m.state in ("failed", "unknown") for m in history)


Outbound.TestCase.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
TestOutbound = Outbound.TestCase

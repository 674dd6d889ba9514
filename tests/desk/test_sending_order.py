"""In whatever way sends end: a chat's messages leave one at a time and in their order, no chat
waits for another, and nothing goes out twice unless an agent says so."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connectors.contract import (
    AuthFailed,
    Blocked,
    ChannelError,
    Deferred,
    MaybeSent,
    Rejected,
    Sent,
    Unreachable,
)
from omnitui.desk.replying import outbox
from store import messages
from store import outbox as store_outbox
from store.database import transaction
from store.model import MessageId, OutboxEntry
from tests.desk.office import HOUR, Office

CHATS = ("77", "78", "-100/7")
ENDINGS: tuple[Sent | ChannelError, ...] = (
    Sent("given below"),
    Sent("given below"),
    Deferred("Later.", 30.0),
    Deferred("Later."),
    Unreachable("Gone."),
    AuthFailed("Who?"),
    Rejected("No."),
    Blocked("Never."),
    MaybeSent("Silence."),
)


@dataclass
class Message:
    id: MessageId
    chat: str
    tried: bool = False
    """It is queued and waits for its next try."""
    parts: list[str] = field(default_factory=list)


class Chats(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        directory = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.office = self.stack.enter_context(Office.open(Path(directory)))
        self.model: dict[MessageId, Message] = {}
        self.begun: list[MessageId] = []
        """Every time that something began to leave."""
        self.allowed: dict[MessageId, int] = {}
        """How often it may, having surely not gone out the times before."""

    def teardown(self) -> None:
        self._drain()
        self.stack.close()

    @initialize()
    def somebody_writes(self) -> None:
        self.conversations = {
            chat: self.office.got(self.office.line(chat)).conversation_id for chat in CHATS
        }

    # -- what happens

    @rule(chat=st.sampled_from(CHATS), delay=st.sampled_from((0, 0, 0, 5, 3600)))
    def queue(self, chat: str, delay: int) -> None:
        id_ = self.office.reply(self.conversations[chat], f"{len(self.model)}", undo_delay=delay)
        self.model[id_] = Message(id_, chat)
        self.allowed[id_] = 1

    @rule(seconds=st.sampled_from((1, 10, 40, 300, 4000)))
    def time_passes(self, seconds: int) -> None:
        self.office.clock.pass_(seconds * 1000)

    @rule(limit=st.integers(1, 4))
    def begin(self, limit: int) -> None:
        before = self._entries()
        now = self.office.clock.at
        claimed = self._claim(limit)
        assert len(claimed) <= limit
        for entry in claimed:
            mine = self.model[entry.message_id]
            others = [
                e
                for e in before.values()
                if self.model[e.message_id].chat == mine.chat and e.message_id != mine.id
            ]
            assert all(e.state != "sending" for e in others)
            waiting = [e for e in others if e.state == "queued"]
            if mine.tried:
                assert not any(self.model[e.message_id].tried for e in waiting)
            else:
                at = (before[mine.id].due_at, mine.id)
                for other in waiting:
                    assert not self.model[other.message_id].tried, "overtaken"
                    assert (other.due_at, other.message_id) > at, "overtaken"
        if len(claimed) < limit:
            self._none_is_held_up(before, {e.message_id for e in claimed}, now)

    def _none_is_held_up(
        self, before: dict[MessageId, OutboxEntry], claimed: set[MessageId], now: int
    ) -> None:
        for chat in CHATS:
            entries = [e for e in before.values() if self.model[e.message_id].chat == chat]
            if any(e.state == "sending" for e in entries):
                continue
            queued = [e for e in entries if e.state == "queued"]
            first = [e for e in queued if self.model[e.message_id].tried] or queued
            if first and min(e.due_at for e in first) <= now:
                assert any(e.message_id in claimed for e in queued), "held up for nothing"

    @precondition(lambda self: self._in("sending"))
    @rule(data=st.data(), ending=st.sampled_from(ENDINGS), parts=st.integers(0, 2))
    def end(self, data: st.DataObject, ending: Sent | ChannelError, parts: int) -> None:
        id_ = data.draw(st.sampled_from(self._in("sending")))
        message = self.model[id_]
        for _ in range(parts):
            part = f"{message.chat}:{id_}/{len(message.parts)}"
            with transaction(self.office.desk.db):
                outbox.part_out(self.office.desk, id_, part)
            message.parts.append(part)
        if isinstance(ending, Sent):
            first = (message.parts or [f"{message.chat}:{id_}"])[0]
            ending = Sent(first, parts=tuple(message.parts))
        entry = self.office.settle(self.office.entry(id_), ending)
        message.tried = entry.state == "queued"
        if entry.state in ("queued", "failed"):
            self.allowed[id_] += entry.state == "queued"

    @precondition(lambda self: self._in("sending"))
    @rule()
    def killed(self) -> None:
        in_flight = self._in("sending")
        with transaction(self.office.desk.db):
            outbox.recover(self.office.desk)
        assert set(in_flight) <= set(self._in("unknown"))

    @precondition(lambda self: self._in("failed", "unknown", "queued"))
    @rule(data=st.data())
    def agent_retries(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(self._in("failed", "unknown", "queued")))
        again = self.office.entry(id_).state != "queued"
        with transaction(self.office.desk.db):
            outbox.retry(self.office.desk, id_)
        self.allowed[id_] += again

    @precondition(lambda self: self._in("queued"))
    @rule(data=st.data())
    def agent_takes_back(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(self._in("queued")))
        try:
            with transaction(self.office.desk.db):
                outbox.cancel(self.office.desk, id_)
        except outbox.NotCancellable:
            assert self.model[id_].parts
        else:
            assert not self.model[id_].parts

    # -- what is always so

    @invariant()
    def one_at_a_time(self) -> None:
        chats = [self.model[id_].chat for id_ in self._in("sending")]
        assert len(chats) == len(set(chats))

    @invariant()
    def nothing_goes_twice(self) -> None:
        for id_ in self.model:
            assert self.begun.count(id_) <= self.allowed[id_]

    @invariant()
    def what_is_out_is_told(self) -> None:
        for id_, message in self.model.items():
            kept = messages.get(self.office.desk.db, id_)
            if kept.state == "sent" and len(message.parts) < 2:
                assert "parts" not in kept.details
            else:
                assert list(kept.details.get("parts", ())) == message.parts
            if message.parts and kept.state in ("failed", "unknown"):
                assert "out already" in kept.error

    # -- how

    def _claim(self, limit: int) -> list[OutboxEntry]:
        db = self.office.desk.db
        with transaction(db):
            claimed = store_outbox.claim_heads(
                db, self.office.chat.id, self.office.clock.at, by_recipient=True, limit=limit
            )
        self.begun += [entry.message_id for entry in claimed]
        return claimed

    def _entries(self) -> dict[MessageId, OutboxEntry]:
        return {e.message_id: e for e in store_outbox.all(self.office.desk.db)}

    def _in(self, *states: str) -> list[MessageId]:
        return [id_ for id_, entry in self._entries().items() if entry.state in states]

    def _drain(self) -> None:
        """With a channel that works, everything that waits leaves."""
        for id_ in self._in("sending"):
            self.office.settle(self.office.entry(id_), Sent(f"x:{id_}"))
        for _ in range(len(self.model) + 1):
            self.office.clock.pass_(5 * HOUR)
            for entry in self._claim(20):
                self.office.settle(self.office.entry(entry.message_id), Sent(f"x:{entry.key}"))
        assert self._in("queued", "sending") == []


TestChats = Chats.TestCase
TestChats.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

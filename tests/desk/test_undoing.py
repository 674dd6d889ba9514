"""Merging, splitting, moving and joining, one upon the other, and all that undone."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from omnitui.desk.command import CommandError
from omnitui.desk.persons import merging
from omnitui.desk.replying.reply_stops import ReplyStopped
from store import customers, messages
from store.model import ConversationId, CustomerId
from tests.desk.office import MINUTE, Office
from tests.desk.test_merging import sound
from tests.desk.test_merging_machine import QUIET

PEOPLE = [f"p{n}@home.example" for n in range(4)]
AGENTS = ["ann", "joe"]
TABLES = {
    "customers": "*", "identities": "*", "customer_tags": "*", "customer_notes": "*",
    "relations": "*", "claims": "*", "conversations": "*", "messages": "*",
    "conversation_tags": "*", "drafts": "*", "outbox": "*", "awaited_messages": "*",
    "read_marks": "agent, conversation_id, message_id",
    "suggestions": "id, kind, customer_id, other_id, reason, evidence, state",
}  # fmt: skip
Snapshot = dict[str, list[str]]


class Undoing(RuleBasedStateMachine):
    """What was done last is undone first. Where nothing else has happened in between, all is as
    it was before; where something has, nothing of it is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.context = Office.open(Path(self.directory.name))
        self.office = self.context.__enter__()
        self.office.desk.db.execute("PRAGMA synchronous = OFF")
        self.done: list[tuple[str, Snapshot | None]] = []
        """What undoes each, and what was there before it; None: something happened since."""
        self.written: list[int] = []

    @initialize()
    def three_have_written(self) -> None:
        for who in PEOPLE[:3]:
            self.writes(who, None)
            self.writes(who, None)

    def teardown(self) -> None:
        while self.done:
            self.undo()
        sound(self.office)
        self.context.__exit__(None, None, None)
        self.directory.cleanup()

    # -- what is there

    def snapshot(self, before: Snapshot | None = None) -> Snapshot:
        """Without conversations that a split has left behind, empty."""
        db = self.office.desk.db
        found = {
            name: [str(row) for row in db.execute(f"SELECT {columns} FROM {name}")]
            for name, columns in TABLES.items()
        }
        rows = db.execute("SELECT id, messages FROM conversations").fetchall()
        kept = before["rooms"] if before else [str(id_) for id_, _n in rows]
        gone = {str(id_) for id_, n in rows if not n and str(id_) not in kept}
        for name, id_at in (("conversations", 0), ("read_marks", 1)):
            found[name] = [row for row in found[name] if _column(row, id_at) not in gone]
        found = {name: sorted(lines) for name, lines in found.items()}
        found["rooms"] = sorted(kept)
        return found

    def rooms(self) -> list[int]:
        db = self.office.desk.db
        return [r[0] for r in db.execute("SELECT id FROM conversations WHERE messages > 0")]

    def live(self) -> list[CustomerId]:
        return sorted(one.id for one in customers.find(self.office.desk.db))

    def touched(self) -> None:
        self.done = [(line, None) for line, _before in self.done]

    def act(self, room: int, line: str) -> None:
        before = self.snapshot()
        done = self.office.do(room, line, confirmed=True)
        assert done.undo, line
        self.done.append((done.undo, before))

    # -- what happens besides

    @rule(who=st.sampled_from(PEOPLE), answers=st.none() | st.integers(0, 30))
    def writes(self, who: str, answers: int | None) -> None:
        office = self.office
        office.clock.pass_(MINUTE)
        to = None
        if answers is not None and self.written:
            to = messages.get(office.desk.db, self.written[answers % len(self.written)]).external_id
        subject = f"Matter {len(self.written)}"
        item = office.letter(who, subject=subject, **({"in_reply_to": to} if to else {}))
        self.written.append(office.got(item).id)
        self.touched()

    @rule(data=st.data())
    def is_answered(self, data: st.DataObject) -> None:
        room = data.draw(st.sampled_from(self.rooms()))
        self.office.clock.pass_(MINUTE)
        try:
            self.written.append(self.office.reply(room, confirm_new=True))
        except ReplyStopped:
            return
        self.touched()

    @rule(
        data=st.data(),
        agent=st.sampled_from(AGENTS),
        line=st.sampled_from(
            ["close", "reopen", "status pending", "snooze 2d", "assign me", "mark read",
             "mark unread", "reply set 'Dear customer'", "customer note n", "customer tag t"]
        ),
    )  # fmt: skip
    def is_worked_on(self, data: st.DataObject, agent: str, line: str) -> None:
        try:
            self.office.do(data.draw(st.sampled_from(self.rooms())), line, agent=agent)
        except CommandError:
            return
        self.touched()

    @rule(data=st.data(), word=st.sampled_from("abc"), what=st.sampled_from(["company", "field f"]))
    def a_card_is_corrected(self, data: st.DataObject, word: str, what: str) -> None:
        self.office.do(data.draw(st.sampled_from(self.rooms())), f"customer {what} {word}")
        self.touched()

    # -- what can be undone

    @precondition(lambda self: len(self.live()) > 1)
    @rule(data=st.data())
    def are_merged(self, data: st.DataObject) -> None:
        room = data.draw(st.sampled_from(self.rooms()))
        here = self.office.conversation(room).customer_id
        other = data.draw(st.sampled_from([one for one in self.live() if one != here]))
        names = [one.name for one in merging.conflicts(self.office.desk, other, here)]
        take = data.draw(st.sets(st.sampled_from(names))) if names else ()
        self.act(room, " ".join([f"customer merge {other} yes", *(f"{n}=theirs" for n in take)]))

    @rule(data=st.data())
    def is_split(self, data: st.DataObject) -> None:
        room = data.draw(st.sampled_from(self.rooms()))
        history = messages.of_conversation(self.office.desk.db, ConversationId(room))
        if len(history) > 1:
            self.act(room, f"split {data.draw(st.sampled_from(history[1:])).id}")

    @rule(data=st.data())
    def are_moved(self, data: st.DataObject) -> None:
        ids = data.draw(st.lists(st.sampled_from(self.written), min_size=1, max_size=3))
        place = data.draw(st.sampled_from(self.rooms()))
        db = self.office.desk.db
        if any(messages.get(db, one).conversation_id != place for one in ids):
            self.act(place, f"move {','.join(map(str, ids))} {place}")

    @precondition(lambda self: len(self.rooms()) > 1)
    @rule(data=st.data())
    def are_joined(self, data: st.DataObject) -> None:
        one, other = data.draw(st.permutations(self.rooms()))[:2]
        self.act(one, f"join {other}")

    @precondition(lambda self: self.done)
    @rule()
    def undo(self) -> None:
        line, before = self.done.pop()
        try:
            self.office.do(self.rooms()[0], line)
        except CommandError:
            assert before is None, line
            return
        if before is not None:
            assert self.snapshot(before) == before

    @invariant()
    def every_message_is_there_once_and_is_of_its_conversations_customer(self) -> None:
        rows = self.office.desk.db.execute(
            "SELECT m.id, m.customer_id = v.customer_id, c.merged_into FROM messages m"
            " JOIN conversations v ON v.id = m.conversation_id"
            " JOIN customers c ON c.id = m.customer_id"
        ).fetchall()
        assert sorted(row[0] for row in rows) == sorted(self.written)
        assert all(same and merged is None for _id, same, merged in rows)


def _column(row: str, at: int) -> str:
    return row.strip("()").split(", ")[at]


TestUndoing = Undoing.TestCase
TestUndoing.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=QUIET
)


class _More(Undoing):
    pass


TestMuchUndoing = pytest.mark.slow(_More.TestCase)
TestMuchUndoing.settings = settings(
    max_examples=2000, stateful_step_count=15, deadline=None, suppress_health_check=QUIET
)

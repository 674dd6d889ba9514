"""Parts, folds and places of one customer's history, against a plain list of what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import accounts, conversations, customers, messages, readers, timeline, timeline_hits
from store.database import open_database, transaction
from store.driver import Connection
from store.model import ConversationId, CustomerId, Message, MessageId, NewAttachment, NewMessage
from store.timeline import WHOLE, Only, Page, Scope
from tests.fresh_store import fresh_store
from tests.store.conftest import Shop

END = (1 << 63) - 1
CHANNELS = ("email", "telegram", "email", "email", "webchat")
DIRECTIONS = ("in", "out", "in", "note", "out", "in")


class History:
    """Two customers whose messages alternate; `ann` has four conversations, interleaved."""

    def __init__(self, path: Path) -> None:
        self.db = fresh_store(path)
        with transaction(self.db):
            accounts.ensure(self.db, "support", "email")
            self.ann, self.ben = (customers.create(self.db, name=n, at=1) for n in ("Ann", "Ben"))
            self.rooms = [self._room(self.ann) for _ in range(4)]
            other = self._room(self.ben)
            batch = []
            for n in range(120):
                batch.append(self.new(self.ann, self.rooms[(n // 7 + n % 3) % 4], n))
                batch.append(self.new(self.ben, other, n))
            self.all = [
                m for m in messages.insert_many(self.db, batch) if m.customer_id == self.ann
            ]

    def _room(self, customer: CustomerId) -> ConversationId:
        return conversations.create(self.db, customer, subject="Matter", at=1)

    @staticmethod
    def new(customer: CustomerId, room: ConversationId, n: int) -> NewMessage:
        text = f"word{n} 订单{n} common" + (" refunded" if n % 10 == 3 else "")
        files = [NewAttachment("a.pdf", "application/pdf", 1, "", inline=n % 2 == 0)]
        return NewMessage(
            room, customer, CHANNELS[n % 5], DIRECTIONS[n % 6],  # type: ignore[arg-type]
            "received", text, 1000 + n // 3, 1000 + n // 3,  # three in each millisecond
            author="Ann", attachments=files if n % 7 == 0 else (),
        )  # fmt: skip

    def lines(self, scope: Scope) -> list[int]:
        """Positions of all that the scope shows, by its definition."""
        rooms = {m.conversation_id for m in self.all if scope.folds_away(m.conversation_id)}
        ends = [max(m.position for m in self.all if m.conversation_id == r) for r in rooms]
        return sorted([*(m.position for m in self.all if scope.takes(m)), *ends])


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    made = History(tmp_path_factory.mktemp("history") / "desk.sqlite")
    yield made
    made.db.close()


def lines(page: Page) -> list[int]:
    return sorted([*(m.position for m in page.messages), *(f.position for f in page.folded)])


def scopes(history: History) -> st.SearchStrategy[Scope]:
    rooms = st.sampled_from(history.rooms)
    parts = st.builds(
        Only,
        channel=st.sampled_from(["", "email", "telegram", "sms"]),
        files=st.booleans(),
        notes=st.booleans(),
        conversation_id=st.none() | rooms,
    )
    return st.builds(Scope, only=parts) | st.builds(
        Scope, folded=st.frozensets(rooms), others=st.booleans()
    )


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_pages_of_any_scope_put_together_are_all_of_it_once(
    history: History, data: st.DataObject
) -> None:
    scope = data.draw(scopes(history))
    size = data.draw(st.integers(1, 40))
    forward = data.draw(st.booleans())
    found: list[int] = []
    edge: int | None = -1 if forward else None
    while True:
        page = (
            timeline.page(history.db, history.ann, scope, after=edge, limit=size)
            if forward
            else timeline.page(history.db, history.ann, scope, before=edge, limit=size)
        )
        found = [*found, *lines(page)] if forward else [*lines(page), *found]
        if len(page) < size:
            break
        edge = page.last if forward else page.first
    assert found == history.lines(scope)
    if scope.only:
        assert timeline.place(history.db, history.ann, scope) == (0, len(found))


def test_a_moment_leads_to_what_comes_next(history: History) -> None:
    def at(moment: int, only: Only = WHOLE.only) -> Message:
        found = timeline.nearest(history.db, history.ann, moment, only)
        assert found is not None
        return messages.get(history.db, found)

    assert at(0) == history.all[0]
    assert at(1010) == history.all[30]
    assert at(99_999) == history.all[-1]
    assert at(1010, Only(channel="telegram")) == history.all[31]
    assert timeline.nearest(history.db, history.ann, 0, Only(channel="sms")) is None


def hits(
    history: History, text: str, direction: int, only: Only = WHOLE.only
) -> list[timeline_hits.Hit]:
    query, memory = timeline_hits.asked(text), timeline_hits.Memory()
    found: list[timeline_hits.Hit] = []
    position = END if direction < 0 else -1
    while True:
        hit, _any = timeline_hits.hit(
            history.db, history.ann, query, position, direction, only=only, memory=memory
        )
        if hit is None:
            return found
        found.append(hit)
        position = hit.position


@pytest.mark.parametrize("counted", [1000, 5])
def test_hits_both_ways_and_their_count(
    history: History, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline_hits, "COUNTED", counted)
    refunded = [m.id for m in history.all if "refunded" in m.text]
    for word in ("refunded", "refun", "common REFUND"):
        assert [hit.message_id for hit in hits(history, word, -1)] == refunded[::-1]
    up = hits(history, "refunded", 1)
    assert [hit.message_id for hit in up] == refunded
    assert up[-1].number == 1
    assert up[-1].total == min(counted, len(refunded))
    assert up[-1].more == (counted < len(refunded))
    assert up[0].number == (len(refunded) if counted > len(refunded) else None)
    telegram = [m.id for m in history.all if m.id in refunded and m.channel == "telegram"]
    assert [
        h.message_id for h in hits(history, "refunded", 1, Only(channel="telegram"))
    ] == telegram


def test_what_comes_between_two_steps_of_a_search_counts(db: Connection, shop: Shop) -> None:
    room = shop.conversation(shop.customer())
    shop.message(room, "a parcel")
    customer = conversations.get(db, room).customer_id
    reader, memory = open_database(Path(db.path), readonly=True), timeline_hits.Memory()

    def total() -> int | None:
        found, _any = timeline_hits.hit(
            reader, customer, timeline_hits.asked("parc"), END, -1, memory=memory
        )
        return found.total if found else None

    assert total() == 1
    shop.message(room, "another parcel")
    assert total() == 2
    reader.close()


def test_words_of_any_script_and_what_is_no_filter(history: History) -> None:
    assert [h.message_id for h in hits(history, "订单33", -1)] == [history.all[33].id]
    assert len(hits(history, "单", -1)) == len(history.all)
    assert not hits(history, "nothing: here", -1)
    assert timeline_hits.hit(history.db, history.ann, timeline_hits.asked("***"), END, -1) == (
        None,
        False,
    )


def test_a_piece_of_a_word_is_found_in_the_texts(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline_hits, "STRETCH", 7)
    wanted = [m.id for m in history.all if "EFUND" in m.text.upper()]
    found, at = [], END
    while at >= 0:
        hit, at = timeline_hits.substring(history.db, history.ann, "EFUND", at, -1)
        found += [hit.message_id] if hit else []
    assert found == wanted[::-1]
    hit, _at = timeline_hits.substring(history.db, history.ann, "Ann", -1, 1, Only(notes=True))
    assert hit is not None
    assert hit.message_id == history.all[3].id


def test_who_has_seen_a_conversation(history: History) -> None:
    first, second = history.rooms[:2]
    with transaction(history.db):
        conversations.mark_read(history.db, "ann", first, history.all[5].id, 10)
        conversations.mark_read(history.db, "bo", first, history.all[3].id, 20)
        conversations.mark_read(history.db, "bo", second, MessageId(0), 30)
    assert readers.of(history.db, [first, second]) == {
        first: (readers.Reader("bo", history.all[3].id, 20),
                readers.Reader("ann", history.all[5].id, 10)),
    }  # fmt: skip


def plans(db: Connection, run: Any) -> list[str]:
    """How SQLite goes about the statements that `run` makes."""
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    try:
        run()
    finally:
        db.set_trace_callback(None)
    return [
        str(row[3])
        for sql in asked
        if sql.lstrip().startswith(("SELECT", "WITH"))
        for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")
    ]


@pytest.mark.parametrize(
    "scope",
    [
        WHOLE,
        Scope(Only(channel="email", files=True)),
        Scope(Only(conversation_id=ConversationId(1))),
        Scope(folded=frozenset({ConversationId(1)})),
        Scope(folded=frozenset({ConversationId(1)}), others=True),
        Scope(folded=frozenset(map(ConversationId, range(1, 99))), others=True),
        Scope(others=True),
    ],
)
def test_no_page_reads_a_whole_table(history: History, scope: Scope) -> None:
    db, ann = history.db, history.ann
    edges: Sequence[dict[str, int]] = ({}, {"before": END - 1}, {"after": 5})
    for edge in edges:
        steps = plans(db, lambda edge=edge: timeline.page(db, ann, scope, limit=9, **edge))
        full = [
            step
            for step in steps
            if step.startswith("SCAN") and "VIRTUAL TABLE" not in step and "subquery" not in step
        ]
        assert steps
        assert not full
    if scope.folds and scope.folded:
        assert any("COVERING INDEX messages_by_" in one for one in steps)

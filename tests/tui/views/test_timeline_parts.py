"""A part of a history, folded conversations, days and hits on the screen, and live among it all."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnitui.tui.link.timeline_data import beside, changes, opening
from omnitui.tui.widgets.timeline import Timeline
from omnitui.tui.widgets.timeline_window import TimelineWindow
from store import conversations, events, messages
from store.database import transaction
from store.model import ConversationId, CustomerId, Message, MessageId, NewMessage
from store.timeline import WHOLE, Only, Scope
from tests.tui.views.desk import DAY, MINUTE, NOW, Desk, Show, screen

pytestmark = pytest.mark.usefixtures("at_noon")

CHANNELS = ("email", "telegram", "email", "email")


def history(desk: Desk, count: int) -> tuple[CustomerId, list[Message]]:
    """Conversations of ten messages each, a minute apart, every fourth by Telegram, every ninth a
    note."""
    customer = desk.customer("Olena Kovalenko")
    batch = []
    room = ConversationId(0)
    for n in range(count):
        at = NOW - (count - n) * MINUTE
        if n % 10 == 0:
            room = desk.conversation(customer, f"Matter {n // 10:03}", ago=count - n)
        direction: Literal["in", "note"] = "note" if n % 9 == 0 else "in"
        batch.append(
            NewMessage(
                room, customer, CHANNELS[n % 4], direction, "received", f"Words of {n:04}.", at, at,
                account_id=desk.account, author="Olena",
            )
        )  # fmt: skip
    with transaction(desk.db):
        return customer, messages.insert_many(desk.db, batch)


async def test_a_part_pages_both_ways_and_what_is_fresh_is_of_it(desk: Desk) -> None:
    customer, all_of_them = history(desk, 900)
    notes = [one for one in all_of_them if one.direction == "note"]
    timeline = Timeline()
    app = Show(timeline, desk.path)
    async with app.run_test(size=(80, 20)) as pilot:
        await timeline.show(customer)
        assert await timeline.narrow(Only(notes=True))
        assert timeline.selected_message == notes[-1]
        for expected in reversed(notes[:-1]):
            timeline.move(-1)
            while timeline.selected_message != expected:
                await pilot.pause(0.005)
                timeline.move(-1)
        timeline.end()
        await pilot.app.workers.wait_for_complete()
        assert timeline.selected_message == notes[-1]
        room = all_of_them[-1].conversation_id
        theirs = desk.message(customer, room, "Not a note", ago=0)
        ours = desk.message(customer, room, "A new note", direction="note", ago=0)
        await timeline.refresh_messages({theirs.id, ours.id})
        assert timeline.selected_message == ours
        assert "Not a note" not in screen(timeline)
        assert not await timeline.narrow(Only(channel="webchat"))
        assert timeline.scope.only.notes
        await timeline.narrow(WHOLE.only)
        assert timeline.selected_message == ours
        assert "Not a note" in screen(timeline)


async def test_all_folded_but_one_is_a_table_of_contents(desk: Desk) -> None:
    customer, all_of_them = history(desk, 300)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(90, 60)) as pilot:
        await timeline.show(customer)
        await timeline.fold_others()
        text = screen(timeline)
        assert "▸ Matter 028" in text
        assert "✈✉ 10 messages · 22 November · #29 · open" in text
        assert "▾ Matter 029" in text
        assert "Words of 0299" in text
        assert timeline.selected_message == all_of_them[-1]
        timeline.home()
        await pilot.app.workers.wait_for_complete()
        assert "▸ Matter 000" in screen(timeline)
        await timeline.toggle_fold()
        assert "Words of 0000" in screen(timeline)
        timeline.move(1)
        late = desk.message(customer, all_of_them[15].conversation_id, "Me again", ago=0)
        await timeline.refresh_messages({late.id})
        assert "▸ Matter 001" not in screen(timeline)
        timeline.end()
        assert "▸ Matter 001" in screen(timeline).splitlines()[-1]
        await timeline.show(customer, late.conversation_id, at_message=late.id)
        assert timeline.selected_message == late
        await timeline.fold_others()
        assert "▸" not in screen(timeline)


async def test_hits_are_counted_and_found_where_they_are_folded(desk: Desk) -> None:
    customer, all_of_them = history(desk, 60)
    room = all_of_them[0].conversation_id
    old, new = (desk.message(customer, room, f"a Needle of {n}", ago=200 - n) for n in (0, 90))
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 30)):
        await timeline.show(customer)
        await timeline.fold_others()
        found = await timeline.find("needl")
        assert found is not None
        assert (found.number, found.total, found.message_id) == (1, 2, new.id)
        assert timeline.selected_message == new
        found = await timeline.find("needl")
        assert found is not None
        assert (found.number, found.total) == (2, 2)
        assert timeline.selected_message == old
        assert await timeline.find("needl") is None
        piece = await timeline.find("eedle", 1)
        assert piece is not None
        assert timeline.selected_message == old


async def test_a_day_is_gone_to_and_pauses_are_told(desk: Desk) -> None:
    customer = desk.customer("Olena")
    room = desk.conversation(customer, "Order", ago=500 * DAY // MINUTE)
    sent = [
        desk.message(customer, room, f"{days} days", ago=days * DAY // MINUTE)
        for days in (500, 100, 30, 1)
    ]
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 40)):
        await timeline.show(customer)
        assert await timeline.go_to(NOW - 101 * DAY) == sent[1]
        assert await timeline.go_to(NOW) == sent[-1]
        text = screen(timeline)
        assert "Friday, 14 August · 1 year later" in text
        assert "Friday, 23 October · 2 months later" in text
        assert "Yesterday, 21 November · 4 weeks later" in text


async def test_what_agents_did_is_one_quiet_line_and_who_looked_is_told(desk: Desk) -> None:
    customer = desk.customer("Olena")
    room = desk.conversation(customer, "Order", ago=100)
    desk.message(customer, room, "Hello?", ago=60)
    last = desk.message(customer, room, "Anybody?", ago=10)
    said = (
        ("bo", "conversation.assigned", {"before": "", "assignee": "ann"}, 50),
        ("bo", "conversation.status", {"before": "open", "status": "closed", "why": "command"}, 49),
        (
            "ann",
            "conversation.status",
            {"before": "closed", "status": "open", "why": "command"},
            48,
        ),
        ("engine", "conversation.status", {"before": "open", "status": "pending", "why": "x"}, 47),
    )
    with transaction(desk.db):
        for actor, kind, data, ago in said:
            events.append(
                desk.db, actor, kind, at=NOW - ago * MINUTE, customer_id=customer,
                conversation_id=room, data=data,
            )  # fmt: skip
        conversations.mark_read(desk.db, "bo", room, last.id, NOW - 5 * MINUTE)
    timeline = Timeline(timezone="UTC")
    async with Show(timeline, desk.path).run_test(size=(90, 30)):
        await timeline.show(customer)
        text = screen(timeline)
        assert "◦ assigned to ann by bo · closed · reopened by ann" in text
        assert text.count("◦") == 1
        assert "seen by bo 12:55" in text


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["older", "newer", "fresh", "late", "jump", "first", "only", "fold", "all"]
        ),
        st.integers(0, 500),
    ),
    min_size=4,
    max_size=14,
)


class Walk:
    """A window on a small history, and a plain list of what it may hold."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk, self.db = desk, desk.db
        self.customer, self.all = history(desk, 60)
        self.window, self.scope = TimelineWindow(), WHOLE
        monkeypatch.setattr("omnitui.tui.widgets.timeline_window.WINDOW", 17)
        self.open(None)

    def open(self, near: MessageId | None) -> None:
        self.window.open(opening(self.db, self.customer, None, near, 8, self.scope))

    def step(self, what: str, number: int) -> None:
        window, some = self.window, self.all[number % len(self.all)]
        if what in ("older", "newer"):
            edge = window.lowest if what == "older" else window.highest
            if edge is not None:
                before, after = (edge, None) if what == "older" else (None, edge)
                page = beside(self.db, self.customer, before, after, 5, self.scope)
                window.extend(page, older=what == "older")
        elif what in ("fresh", "late"):
            ago = 0 if what == "fresh" else 1 + number % 60
            room = some.conversation_id
            direction: Literal["in", "note"] = "note" if number % 2 else "in"
            put = self.desk.message(self.customer, room, "x", ago=ago, direction=direction)
            self.all.append(put)
            self.all.sort(key=lambda one: one.position)
            newest = window.highest if window.highest is not None else -1
            window.merge(
                changes(
                    self.db, self.customer, {put.id}, set(window.heads),
                    newest if window.last else None, *window.span, self.scope,
                )
            )  # fmt: skip
        elif what == "first":
            window.open_first(beside(self.db, self.customer, None, -1, 5, self.scope))
        else:
            room = some.conversation_id
            self.scope = {
                "only": Scope(Only(notes=True) if number % 2 else Only(conversation_id=room)),
                "fold": Scope(folded=frozenset({room}), others=number % 2 == 0),
                "all": WHOLE,
            }.get(what, self.scope)
            self.open(some.id)

    def check(self) -> None:
        window, scope = self.window, self.scope
        rooms = {m.conversation_id for m in self.all if scope.folds_away(m.conversation_id)}
        ends = [max(m.position for m in self.all if m.conversation_id == r) for r in rooms]
        due = sorted([*(m.position for m in self.all if scope.takes(m)), *ends])
        held = [line.position for line in window.folded]
        held = sorted([*held, *(message.position for message in window.messages)])
        assert [m.position for m in window.messages] == sorted(m.position for m in window.messages)
        if not held:
            return
        start, stop = due.index(held[0]), due.index(held[-1]) + 1
        assert held == due[start:stop]  # in order, nothing left out, nothing twice
        assert not window.first or start == 0
        assert not window.last or stop == len(due)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_any_way_through_a_history_loses_nothing(
    steps: list[Step], tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk = Desk(tmp_path_factory.mktemp("walk") / "desk.sqlite")
    with pytest.MonkeyPatch.context() as monkeypatch:
        walk = Walk(desk, monkeypatch)
        for what, number in steps:
            walk.step(what, number)
            walk.check()
    desk.db.close()

"""A timeline that stands at its end follows what comes, in whatever order that happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from omnitui.tui.link import timeline_data
from omnitui.tui.widgets import timeline_loading, timeline_window
from omnitui.tui.widgets.timeline import Timeline
from store.database import transaction
from store.errors import StoreLocked
from store.model import ConversationId, CustomerId, Message
from tests.tui.views.desk import Desk, Show, screen
from tests.tui.views.test_timeline import history

pytestmark = pytest.mark.usefixtures("at_noon")


class Slow:
    """A store whose answers to some questions are kept back until they are let go: they are as it
    was when it was asked."""

    def __init__(self, data: Any, *names: str) -> None:
        self._data = data
        self._names = names
        self.kept: list[asyncio.Event] = []

    def let_go(self) -> None:
        for go in self.kept:
            go.set()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._data, name)
        if name not in self._names:
            return found

        async def later(*args: Any, **more: Any) -> Any:
            answer = await found(*args, **more)
            go = asyncio.Event()
            self.kept.append(go)
            await go.wait()
            return answer

        return later


def selected(timeline: Timeline) -> str:
    return timeline.selected_message.text if timeline.selected_message is not None else ""


async def until(true: Callable[[], object]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it never came to that")


def follows(timeline: Timeline, text: str) -> None:
    """The end is on the screen, and selected: this."""
    assert timeline.selected_message is not None
    assert timeline.selected_message.text == text
    assert text in screen(timeline)
    assert timeline.at_bottom


def without_bar(timeline: Timeline) -> list[str]:
    """The text on the screen; the bar beside it tells how much there is."""
    return [line.removesuffix("▐").rstrip() for line in screen(timeline).splitlines()]


async def told(desk: Desk, timeline: Timeline, like: Message, text: str, ago: int = 0) -> None:
    """A message comes, and the timeline hears of it."""
    new = desk.message(like.customer_id, like.conversation_id, text, ago=ago)
    await timeline.refresh_messages({new.id})


def change(desk: Desk, line: str, *values: object) -> None:
    with transaction(desk.db):
        desk.db.execute(line, values)


async def test_it_follows_after_any_change_at_its_end(desk: Desk) -> None:
    """A mail that was on its way while a note was written stands before the note, and pushed the
    note off the screen; what came next was counted as below it, and never shown."""
    customer, held = history(desk, 60)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 20)):
        await timeline.show(customer)
        await told(desk, timeline, held[0], "A note")
        await told(desk, timeline, held[0], "Was on its way\n\nfor long", ago=2)
        follows(timeline, "A note")
        await told(desk, timeline, held[0], "Next")
        follows(timeline, "Next")
        last = timeline.selected_message
        assert last is not None
        change(desk, "UPDATE messages SET text = ? WHERE id = ?", "Longer\nand\nlonger", last.id)
        await timeline.refresh_messages({last.id})
        assert timeline.at_bottom
        away = desk.conversation(desk.customer("Jan"), "Another matter")
        other = desk.db.execute(
            "SELECT customer_id FROM conversations WHERE id = ?", (away,)
        ).fetchone()[0]
        change(
            desk, "UPDATE messages SET conversation_id = ?, customer_id = ? WHERE id = ?",
            away, other, last.id,
        )  # fmt: skip
        await timeline.refresh_messages({last.id})
        follows(timeline, "A note")
        await told(desk, timeline, held[0], "The newest")
        follows(timeline, "The newest")


async def test_it_follows_while_it_is_hidden(desk: Desk) -> None:
    customer, held = history(desk, 60)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 20)) as pilot:
        await timeline.show(customer)
        await pilot.pause()
        timeline.display = False
        await pilot.pause()
        await told(desk, timeline, held[0], "The newest")
        timeline.display = True
        await pilot.pause()
        follows(timeline, "The newest")


@pytest.mark.parametrize("first", ["the history", "the change"])
async def test_what_came_while_the_history_was_read(desk: Desk, first: str) -> None:
    """It was read before the message was there, and stands there only after that is known; whatever
    of both is answered first."""
    customer, held = history(desk, 60)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 20)):
        await timeline.show(customer)
        data = timeline.data
        timeline.data = slow = Slow(data, "timeline_open")
        opening = asyncio.create_task(timeline.show(customer))
        await until(lambda: bool(slow.kept))
        new = desk.message(customer, held[0].conversation_id, "The newest", ago=0)
        timeline.data = late = Slow(data, "timeline_changes")
        change = asyncio.create_task(timeline.refresh_messages({new.id}))
        await until(lambda: bool(late.kept))
        timeline.data = data
        for answer in (slow, late) if first == "the history" else (late, slow):
            answer.let_go()
            await until(opening.done if answer is slow else change.done)
        follows(timeline, "The newest")


async def test_what_came_while_the_last_page_was_read(desk: Desk) -> None:
    customer, held = history(desk, 160)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        data = timeline.data
        timeline.data = slow = Slow(data, "timeline_page")
        await timeline.show(customer, at_message=held[90].id)
        await until(lambda: len(slow.kept) == 1)  # those before
        slow.let_go()
        await until(lambda: timeline._window.first)
        timeline.move(1)
        await until(lambda: len(slow.kept) == 2)  # those after: all there are
        await told(desk, timeline, held[0], "The newest")
        timeline.data = data
        slow.let_go()
        await until(lambda: timeline._window.last)
        await pilot.app.workers.wait_for_complete()
        timeline.end()
        follows(timeline, "The newest")


async def test_what_cannot_be_read_is_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline_loading, "AGAIN", 0.01)
    customer, held = history(desk, 60)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 20)):
        await timeline.show(customer)
        data = timeline.data
        assert data is not None
        answer, refused = data.timeline_changes, 0

        async def refuse(*args: Any, **more: Any) -> Any:
            nonlocal refused
            refused += 1
            if refused < 3:
                raise StoreLocked("Somebody else writes to the store.")
            return await answer(*args, **more)

        monkeypatch.setattr(data, "timeline_changes", refuse)
        await told(desk, timeline, held[0], "The newest")
        await until(lambda: refused == 3 and "The newest" in screen(timeline))
        follows(timeline, "The newest")


async def test_more_than_are_read_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (timeline_data, timeline_window):
        monkeypatch.setattr(module, "FLOOD", 8)
    customer, held = history(desk, 60)
    room: tuple[CustomerId, ConversationId] = (customer, held[0].conversation_id)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 20)) as pilot:
        await timeline.show(customer)
        await pilot.pause()
        ids = {desk.message(*room, f"Of many: {number:02}", ago=0).id for number in range(60)}
        await timeline.refresh_messages({min(ids)})
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        follows(timeline, "Of many: 59")


async def test_a_day_in_one_conversation_is_not_held_as_a_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A screen that stays at its end keeps as much as one that was scrolled there, and the rest
    is read when one goes back."""
    monkeypatch.setattr(timeline_window, "WINDOW", 40)
    for module in (timeline_window, timeline_loading):
        monkeypatch.setattr(module, "PAGE", 10)
    monkeypatch.setattr(timeline_loading, "AHEAD", 10)
    customer, held = history(desk, 40)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 20)):
        await timeline.show(customer)
        for number in range(50):
            await told(desk, timeline, held[0], f"Later {number}")
            assert len(timeline._window) < 50
        follows(timeline, "Later 49")
        timeline.focus()
        every = [one.text for one in held] + [f"Later {number}" for number in range(50)]
        for text in reversed(every):
            await until(lambda text=text: selected(timeline) == text or timeline.move(-1))
        for text in every:
            await until(lambda text=text: selected(timeline) == text or timeline.move(1))
        follows(timeline, "Later 49")


@pytest.mark.parametrize("back", [12, 30])
async def test_what_comes_below_is_not_held_as_a_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, back: int
) -> None:
    """One reads what was, and a day goes by: it stands still, and all of the day is found below."""
    monkeypatch.setattr(timeline_window, "WINDOW", 40)
    for module in (timeline_window, timeline_loading):
        monkeypatch.setattr(module, "PAGE", 10)
    monkeypatch.setattr(timeline_loading, "AHEAD", 10)
    customer, held = history(desk, 45)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 20)):
        await timeline.show(customer)
        timeline.focus()
        read = held[-1 - back].text
        await until(lambda: selected(timeline) == read or timeline.move(-1))
        shown = without_bar(timeline)
        for number in range(60):
            await told(desk, timeline, held[0], f"Later {number}")
            assert len(timeline._window) < 50
        assert selected(timeline) == read
        assert without_bar(timeline) == shown
        for text in [one.text for one in held[-back:]] + [f"Later {n}" for n in range(60)]:
            await until(lambda text=text: selected(timeline) == text or timeline.move(1))
        follows(timeline, "Later 59")

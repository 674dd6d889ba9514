from __future__ import annotations

from dataclasses import replace

import pytest

from omnitui.tui.widgets.inbox import Inbox
from omnitui.tui.widgets.inbox_window import WINDOW
from store import conversations, messages
from store.database import transaction
from store.errors import QueryError
from store.model import ConversationId, NewMessage
from tests.tui.views.desk import HOUR, MINUTE, NOW, Desk, Show, screen

pytestmark = pytest.mark.usefixtures("at_noon")


def fill(desk: Desk, count: int) -> list[ConversationId]:
    """Conversations that wait, the first the longest."""
    ids = []
    with transaction(desk.db):
        for number in range(count):
            from store import customers

            at = NOW - (count - number) * MINUTE
            customer = customers.create(desk.db, name=f"Customer {number:04}", at=at)
            made = conversations.create(desk.db, customer, subject=f"Matter {number}", at=at)
            messages.insert(
                desk.db,
                NewMessage(made, customer, "email", "in", "received", "Hello", at, at),
            )
            ids.append(made)
    return ids


async def test_moving_follows_the_order_of_waiting(desk: Desk) -> None:
    ids = fill(desk, 30)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        assert inbox.selected == ids[0]
        inbox.move(3)
        assert inbox.selected == ids[3]
        inbox.move(-1)
        assert inbox.selected == ids[2]
        inbox.end()
        assert inbox.selected == ids[-1]
        assert "Customer 0029" in screen(inbox)
        inbox.home()
        assert inbox.selected == ids[0]
        await pilot.pause()


async def test_every_conversation_is_reached_once_by_moving(desk: Desk) -> None:
    ids = fill(desk, 900)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        seen = [inbox.selected]
        while len(seen) < len(ids):
            before = inbox.selected
            inbox.move(1)
            if inbox.selected == before:
                await pilot.pause(0.01)
                continue
            seen.append(inbox.selected)
        assert seen == ids
        assert inbox.row_count() <= WINDOW + 100
        for number in range(len(ids) - 2, -1, -1):
            while inbox.selected != ids[number]:
                inbox.move(-1)
                if inbox.selected != ids[number]:
                    await pilot.pause(0.01)
        assert inbox.selected == ids[0]


async def test_the_far_end_and_back(desk: Desk) -> None:
    ids = fill(desk, 900)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        inbox.end()
        await pilot.app.workers.wait_for_complete()
        assert inbox.selected == ids[-1]
        assert "Customer 0899" in screen(inbox)
        start, stop = inbox.scroll_span(inbox.row_count() - 5, inbox.row_count() - 1)
        assert start > 0.9
        assert stop == 1
        inbox.home()
        await pilot.app.workers.wait_for_complete()
        assert inbox.selected == ids[0]


async def test_selection_is_a_conversation_not_a_place(desk: Desk) -> None:
    ids = fill(desk, 60)
    inbox = Inbox()
    app = Show(inbox, desk.path)
    async with app.run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        inbox.move(25)
        chosen = inbox.selected
        height = (
            screen(inbox)
            .split("\n")
            .index(next(line for line in screen(inbox).split("\n") if "▌" in line))
        )
        for closed in ids[:10]:
            desk.status(closed, "closed")
        await inbox.refresh_rows(set(ids[:10]))
        assert inbox.selected == chosen
        lines = screen(inbox).split("\n")
        assert "▌" in lines[height]
        assert "▌" not in lines[height - 1]
        desk.status(chosen, "closed")  # type: ignore[arg-type]
        await inbox.refresh_rows()
        assert inbox.selected not in (None, chosen)
        await pilot.pause()
        highlighted = [one for one in app.heard if isinstance(one, Inbox.Highlighted)]
        assert highlighted[-1].conversation_id == inbox.selected


async def test_who_is_new_is_seen_from_the_start_of_the_list(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(desk, 40)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        inbox.move(2)
        line = screen(inbox).split("\n").index(row_of(inbox, ids[2]))
        for name in ("Earlier One", "Earlier Two"):
            customer = desk.customer(name)
            fresh = desk.conversation(customer, "Waits longest", ago=6000)
            desk.message(customer, fresh, "I wait", ago=6000)
            # While somebody works at the list the row under the cursor does not move.
            await inbox.refresh_rows({fresh})
            assert inbox.selected == ids[2]
            assert screen(inbox).split("\n").index(row_of(inbox, ids[2])) == line
        monkeypatch.setattr("omnitui.tui.widgets.inbox.HANDS_OFF", 0.0)
        inbox._let_slide()
        await pilot.pause()
        assert inbox.selected == ids[2]
        assert "Earlier" in screen(inbox).split("\n")[0]
        inbox.move(1)
        customer = desk.customer("Earlier Three")
        fresh = desk.conversation(customer, "Waits longest", ago=6000)
        desk.message(customer, fresh, "I wait", ago=6000)
        await inbox.refresh_rows({fresh})
        assert inbox.selected == ids[3]
        assert "Earlier" in screen(inbox).split("\n")[0]


def row_of(inbox: Inbox, conversation_id: int) -> str:
    """The first line of a conversation's row as it stands on the screen."""
    number = inbox._index[ConversationId(conversation_id)]
    return screen(inbox).split("\n")[inbox._rows_shown.index(number)]


async def test_moving_repaints_two_rows_and_no_change_none(desk: Desk) -> None:
    fill(desk, 30)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        await pilot.pause()
        inbox._exchange_repaint_regions()
        inbox.move(1)
        touched = inbox._exchange_repaint_regions()
        assert sum(region.height for region in touched) == 4  # two rows of two lines
        await inbox.refresh_rows()
        inbox.tick()
        assert not inbox._exchange_repaint_regions()


async def test_a_changed_row_repaints_alone(desk: Desk) -> None:
    ids = fill(desk, 30)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        await pilot.pause()
        inbox._exchange_repaint_regions()
        with transaction(desk.db):
            conversations.assign(desk.db, ids[3], "olena.koval")
        await inbox.refresh_rows({ids[3]})
        touched = inbox._exchange_repaint_regions()
        assert {(region.y, region.height) for region in touched} == {(7, 1)}
        assert screen(inbox).split("\n")[7].endswith("OK")


async def test_select_finds_a_conversation_outside_the_window(desk: Desk) -> None:
    ids = fill(desk, 900)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)):
        await inbox.load("all")
        assert await inbox.select(ids[700])
        assert inbox.selected == ids[700]
        assert "Customer 0700" in screen(inbox)
        assert not await inbox.select(ConversationId(123456))
        desk.status(ids[5], "closed")
        assert not await inbox.select(ids[5])


async def test_next_waiting_goes_round(desk: Desk) -> None:
    ids = fill(desk, 3)
    customer = desk.customer("Quiet")
    quiet = desk.conversation(customer, "Answered", ago=1)
    desk.message(customer, quiet, "done", direction="out", ago=1)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)):
        await inbox.load("all")
        assert inbox.row_count() == 4
        seen = []
        for _ in range(4):
            assert await inbox.next_waiting()
            seen.append(inbox.selected)
        assert seen == [ids[1], ids[2], ids[0], ids[1]]
        assert await inbox.next_waiting(-1)
        assert inbox.selected == ids[0]


async def test_marks_stay_while_rows_come_and_go(desk: Desk) -> None:
    ids = fill(desk, 30)
    inbox = Inbox()
    app = Show(inbox, desk.path)
    async with app.run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        inbox.toggle_mark()
        inbox.move(2)
        inbox.toggle_mark()
        assert inbox.marked() == {ids[0], ids[2]}
        assert screen(inbox).count("✓") == 2
        desk.status(ids[0], "closed")
        await inbox.refresh_rows()
        assert inbox.marked() == {ids[0], ids[2]}
        inbox.clear_marks()
        assert inbox.marked() == frozenset()
        await pilot.pause()
        assert [one.marked for one in app.heard if isinstance(one, Inbox.MarksChanged)][-1] == (
            frozenset()
        )


async def test_a_query_narrows_and_a_bad_one_is_told(desk: Desk) -> None:
    customer = desk.customer("Olena Kovalenko")
    refund = desk.conversation(customer, "Refund please")
    desk.message(customer, refund, "money back")
    other = desk.conversation(customer, "Sizes")
    desk.message(customer, other, "which size")
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)):
        await inbox.load("all", "money")
        assert inbox.row_count() == 1
        assert inbox.selected == refund
        await inbox.load("all", "nosuchword")
        assert "Nothing matches “nosuchword”." in screen(inbox)
        with pytest.raises(QueryError):
            await inbox.load("all", "channel:pigeon before:yesteryear")


async def test_an_empty_desk_says_so(desk: Desk) -> None:
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(70, 20)):
        await inbox.load("mine")
        assert inbox.selected is None
        assert "Nobody waits here" in screen(inbox)
        inbox.move(1)
        inbox.page(1)
        inbox.end()
        inbox.home()
        inbox.toggle_mark()
        assert not await inbox.next_waiting()
        await inbox.refresh_rows()


async def test_click_selects_and_double_click_opens(desk: Desk) -> None:
    ids = fill(desk, 10)
    inbox = Inbox()
    app = Show(inbox, desk.path)
    async with app.run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        await pilot.pause()
        await pilot.click(inbox, offset=(10, 4))
        assert inbox.selected == ids[2]
        await pilot.double_click(inbox, offset=(10, 6))
        await pilot.pause()
        opened = [one.conversation_id for one in app.heard if isinstance(one, Inbox.Opened)]
        assert opened == [ids[3]]


async def test_waiting_time_is_redrawn_when_it_reads_otherwise(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk, 3)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        assert screen(inbox).split("\n")[0].endswith("3m")
        await pilot.pause()
        inbox._exchange_repaint_regions()
        monkeypatch.setattr("omnitui.tui.widgets.inbox.now", lambda: NOW + 2 * HOUR)
        inbox.tick()
        assert screen(inbox).split("\n")[0].endswith("2h")
        assert inbox._exchange_repaint_regions()


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (20, 5), (300, 80)])
async def test_any_size_will_do(desk: Desk, size: tuple[int, int]) -> None:
    fill(desk, 12)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=size) as pilot:
        await inbox.load("all")
        inbox.move(5)
        inbox.page(1)
        inbox.page(-1)
        inbox.end()
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Customer 0011" in screen(inbox)


@pytest.mark.parametrize("width", [38, 80])
async def test_what_came_back_is_told_from_what_never_went_out(desk: Desk, width: int) -> None:
    one, other = fill(desk, 2)
    with transaction(desk.db):
        for made, details in ((one, {"bounced": ["ann@example.org"]}), (other, {})):
            customer = conversations.get(desk.db, made).customer_id
            failed = NewMessage(made, customer, "email", "out", "failed", "Hello", NOW, NOW)
            messages.insert(desk.db, replace(failed, details=details))
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(width, 20)) as pilot:
        await inbox.load("all")
        await pilot.pause()
        lines = screen(inbox).split("\n")
    marks = [word for line in lines for word in ("BOUNCED", "NOT SENT") if word in line]
    assert marks == ["BOUNCED", "NOT SENT"]
    assert all(len(line) <= width for line in lines)


async def test_what_happens_far_below_is_counted_and_what_comes_near_is_shown(desk: Desk) -> None:
    ids = fill(desk, 300)
    inbox = Inbox()
    async with Show(inbox, desk.path).run_test(size=(40, 20)) as pilot:
        await inbox.load("all")
        await inbox.refresh_rows(None)
        fresh = fill(desk, 1)[0]
        with transaction(desk.db):
            conversations.assign(desk.db, ids[290], "ann")
        await inbox.refresh_rows({fresh, ids[290]})
        assert inbox.total == 301
        with transaction(desk.db):  # one of those comes to the top, one leaves it
            conversations.set_status(desk.db, ids[0], "closed", at=NOW)
            desk.db.execute("UPDATE conversations SET waiting_since = 1 WHERE id = ?", (fresh,))
        await inbox.refresh_rows({fresh})
        assert inbox.on_screen()[0].id == fresh
        await inbox.refresh_rows({ids[0]})
        assert ids[0] not in [one.id for one in inbox.on_screen()]
        await pilot.pause()

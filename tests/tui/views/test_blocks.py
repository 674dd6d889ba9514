"""Several messages in a row of one person in a chat read as one block."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.contract import Rejected
from omnitui.tui.widgets.timeline import Timeline
from omnitui.tui.widgets.timeline_rows import MessageRow
from store import messages, outbox
from store.database import transaction
from store.model import CustomerId, Delivery
from tests.tui.views import chatroom
from tests.tui.views.chatroom import GROUP, OLENA, PIOTR, Chatroom
from tests.tui.views.desk import Desk, Show, screen

pytestmark = pytest.mark.usefixtures("at_noon")

LONG = "I have been waiting for it since Tuesday, and nobody answers the phone at your shop"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Chatroom]:
    made = Chatroom(tmp_path)
    yield made
    made.db.close()


async def lines(
    room: Chatroom, customer: CustomerId, size: tuple[int, int] = (80, 40)
) -> list[str]:
    timeline = Timeline()
    async with Show(timeline, room.config.home.store_file).run_test(size=size):
        await timeline.show(customer)
        return [line.rstrip() for line in screen(timeline).split("\n")]


async def test_five_short_messages_take_six_lines(room: Chatroom) -> None:
    for n, text in enumerate(("Hi", "how are you?", "where is 1042?", "please", "thanks")):
        found = room.says(OLENA, 30 - n, text=text)
    shown = [line for line in await lines(room, found.customer_id) if line]
    words = [line.split("┃ ")[1].split() for line in shown if "┃" in line]
    assert words == [
        ["✈", "Olena", "Kovalenko", "12:30"],
        ["Hi"],
        ["how", "are", "you?", "12:31"],
        ["where", "is", "1042?", "12:32"],
        ["please", "12:33"],
        ["thanks", "12:34"],
    ]


async def test_a_block_ends_with_time_people_days_and_events(room: Chatroom) -> None:
    first = room.says(OLENA, 30, text="first")
    room.says(OLENA, 25.1, text="goes on")
    room.says(OLENA, 20.1, text="anew")
    room.answer(first.conversation_id, "ours", 20)
    room.says(OLENA, 19.9, text="theirs")
    with transaction(room.db):
        messages.add_details(room.db, room.says(OLENA, 19.8, text="elsewhere").id, {"chat": "7"})
    shown = await lines(room, first.customer_id)
    assert sum("✈ Olena" in line for line in shown) == 4
    assert sum("✈ ann" in line for line in shown) == 1


async def test_in_a_group_it_is_plain_who_says_what(room: Chatroom) -> None:
    room.says(OLENA, 50, chat=GROUP, text="mine?")
    room.says(PIOTR, 49.9, chat=GROUP, text="no, mine")
    namesake = {**PIOTR, "id": 99}
    room.says(namesake, 49.8, chat=GROUP, text="no, mine!")
    found = room.says(namesake, 49.7, chat=GROUP, text="sure")
    shown = await lines(room, found.customer_id)
    assert [line.split()[2] for line in shown if "✈" in line] == ["Olena", "Piotr", "Piotr"]


async def test_mails_and_notes_stand_alone(desk: Desk) -> None:
    customer = desk.customer("Olena")
    matter = desk.conversation(customer, "Order")
    for n in range(3):
        desk.message(customer, matter, f"mail {n}", ago=30 - n)
    for n in range(3):
        desk.message(
            customer, matter, f"note {n}", ago=20 - n, direction="note", channel="telegram"
        )
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 50)):
        await timeline.show(customer)
        rows = [row for row in timeline._rows if isinstance(row, MessageRow)]
        assert len(rows) == 6
        assert not any(row.follows or row.followed for row in rows)


async def test_where_there_is_no_room_the_time_keeps_its_line(room: Chatroom) -> None:
    room.says(OLENA, 30, text="Hi")
    found = room.says(OLENA, 29, text=LONG)
    shown = await lines(room, found.customer_id)
    at = next(n for n, line in enumerate(shown) if "since Tuesday" in line)
    assert shown[at - 1].lstrip("▌").split() == ["┃", "12:31"]
    assert shown[at - 2].split() == ["┃", "Hi"]
    wide = await lines(room, found.customer_id, (120, 40))
    assert any("your shop" in line and line.endswith("12:31") for line in wide)


async def test_what_became_of_ours_is_never_hidden(room: Chatroom) -> None:
    chat = room.says(OLENA, 30, text="Hi").conversation_id
    room.answer(chat, "one", 20)
    room.answer(chat, "two", 19.9, delivery=Delivery(silent=True))
    room.answer(chat, "three", 19.8, result=Rejected("Telegram says no."))
    room.answer(chat, LONG, 19.7, result=Rejected("Nor now."))
    last = room.answer(chat, "five", 19.6)
    with transaction(room.db):
        messages.set_state(room.db, last.id, "unknown", "")
    shown = await lines(room, last.customer_id)
    ours = [line for line in shown if line.endswith("┃")]
    assert sum("✈ ann" in line for line in ours) == 1
    assert any("two" in line and "silent · ✓ 12:40 ┃" in line for line in ours)
    assert any("three" in line and "NOT SENT" in line for line in ours)
    at = next(n for n, line in enumerate(ours) if "since Tuesday" in line)
    assert ours[at - 1].split() == ["NOT", "SENT", "12:40", "┃"]
    assert any("five" in line and "UNKNOWN" in line for line in ours)


async def test_the_selected_one_is_marked_where_it_begins(room: Chatroom) -> None:
    room.says(OLENA, 30, text="Hi")
    room.says(OLENA, 29, text="look at https://shop.example/a\nand tell me")
    found = room.says(OLENA, 28, text="please")
    timeline = Timeline()
    async with Show(timeline, room.config.home.store_file).run_test(size=(80, 20)) as pilot:
        await timeline.show(found.customer_id)
        timeline.move(-1)
        await pilot.pause()
        marked = [line for line in screen(timeline).split("\n") if line.startswith("▌")]
        assert [line.split()[1] for line in marked] == ["look", "and"]
        plain, high = (
            timeline.lines_of(timeline.cursor),
            timeline.lines_of(timeline.cursor, "focused"),
        )
        assert [line.text for line in plain] == [line.text for line in high]
        over = timeline.style("timeline--theirs", "timeline--selected").bgcolor
        assert all(style and style.bgcolor == over for _text, style, _control in high[0].body)
        assert high[1].body is plain[1].body
        assert timeline.selected_links() == ["https://shop.example/a"]
        # A click on the line below selects that message, whose line it is.
        at = next(n for n, line in enumerate(screen(timeline).split("\n")) if "please" in line)
        await pilot.click(timeline, offset=(10, at))
        assert timeline.selected_message == found
        assert await timeline.find("tell me")
        assert timeline.selected_message is not None
        assert timeline.selected_message.id != found.id


async def test_a_reply_that_counts_down_keeps_its_height(room: Chatroom) -> None:
    chat = room.says(OLENA, 30, text="Hi").conversation_id
    room.answer(chat, "one", 0.5)
    from omnitui.desk.replying import reply

    for text in ("two", "x" * 45):
        with transaction(room.db):
            queued = reply.queue(room.desk(0), chat, text, undo_delay=10)
            assert outbox.get(room.db, queued).state == "queued"
    message = messages.get(room.db, queued)
    timeline = Timeline()
    async with Show(timeline, room.config.home.store_file).run_test(size=(80, 20)):
        await timeline.show(message.customer_id)
        heights = set()
        for due in (10_000, 9_000, 1_000, 0):
            timeline._window.due[message.id] = room.now + due
            timeline.tick()
            assert "sends in" in screen(timeline) or not due
            heights.add(len(timeline.lines_of(timeline.cursor)))
        assert len(heights) == 1


async def test_what_comes_while_one_looks_joins_the_block(room: Chatroom) -> None:
    first = room.says(OLENA, 3, text="Hi")
    timeline = Timeline()
    async with Show(timeline, room.config.home.store_file).run_test(size=(80, 20)) as pilot:
        await timeline.show(first.customer_id)
        await pilot.pause()
        fresh = room.says(OLENA, 2, text="and hello")
        await timeline.refresh_messages({fresh.id})
        await pilot.pause()
        text = screen(timeline)
        hi, hello = (
            next(n for n, line in enumerate(text.split("\n")) if word in line)
            for word in ("Hi", "and hello")
        )
        assert hello == hi + 1
        timeline.redraw()
        await pilot.pause()
        assert screen(timeline) == text
        # What happened between them parts them again.
        room.update(
            2.5,
            message={"message_id": 9, "date": room.at(2.5) // 1000, "from": OLENA,
                     "chat": {**OLENA, "type": "private"}, "new_chat_title": "Orders"},
        )  # fmt: skip
        await timeline.refresh_messages(None)
        await pilot.pause()
        text = screen(timeline)
        assert text.count("✈ Olena") == 2
        timeline.redraw()
        await pilot.pause()
        assert screen(timeline) == text


async def test_scrolling_through_a_long_chat_shows_every_message_once(room: Chatroom) -> None:
    count = 160
    for n in range(count):
        text = f"number {n:03}" + (f" {LONG}" if n % 7 == 0 else "")
        found = room.says(OLENA, 2000 - n * (1 if n % 5 else 0.5) - n * 4, text=text)
    timeline = Timeline()
    async with Show(timeline, room.config.home.store_file).run_test(size=(80, 24)) as pilot:
        await timeline.show(found.customer_id)
        seen: set[str] = set()
        for _ in range(60):
            text = screen(timeline)
            seen |= {line.split("number ")[1][:3] for line in text.split("\n") if "number " in line}
            timeline._drawn.clear()
            timeline.repaint()
            assert screen(timeline) == text
            if len(seen) == count:
                break
            timeline.page(-1)
            await pilot.pause()
            await pilot.app.workers.wait_for_complete()
        assert len(seen) == count


async def test_an_edited_follow_up_unfolds(room: Chatroom) -> None:
    room.says(OLENA, 61, text="Hi")
    found = room.says(OLENA, 60, text="two of them")
    room.says(OLENA, 50, kind="edited_message", message_id=room.number(found), text="three")
    room.says(OLENA, 59.5, voice=chatroom.file(1, "audio/ogg", 21_000, duration=12))
    timeline = Timeline()
    async with Show(timeline, room.config.home.store_file).run_test(size=(80, 20)) as pilot:
        await timeline.show(found.customer_id)
        timeline.move(-1)
        await pilot.pause()
        [line] = [line for line in screen(timeline).split("\n") if "three" in line]
        assert line.rstrip().endswith("edited 12:10 · 12:00")
        timeline.toggle_parts()
        assert "two of them" in screen(timeline)
        assert "🎤 voice message 0:12" in screen(timeline)

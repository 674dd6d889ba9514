"""Telegram's messages in the timeline, the inbox and the card, at a glance."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnitui.tui.widgets.timeline import Timeline
from store import conversations, events, messages
from store.database import transaction
from store.model import CustomerId
from tests.tui.views import chatroom
from tests.tui.views.chatroom import BEN, OLENA, Chatroom
from tests.tui.views.desk import NOW, Show, screen
from tests.tui.views.test_snapshots import Panes, compare

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Chatroom]:
    time.tzset()
    made = Chatroom(tmp_path)
    yield made
    made.db.close()


async def shown(room: Chatroom, customer: CustomerId, size: tuple[int, int] = (90, 40)) -> str:
    app = Show(Timeline(), room.config.home.store_file)
    async with app.run_test(size=size) as pilot:
        await app.pane.show(customer)  # type: ignore[attr-defined]
        await pilot.pause()
        return screen(app.pane)


@pytest.mark.parametrize(
    ("columns", "rows", "inbox", "card"), [(160, 60, 38, 32), (120, 60, 36, 0), (80, 140, 0, 0)]
)
async def test_a_morning_in_telegram(
    room: Chatroom, columns: int, rows: int, inbox: int, card: int
) -> None:
    olena = chatroom.fill(room)
    app = Panes(room.config.home.store_file, (inbox, card))
    async with app.run_test(size=(columns, rows)) as pilot:
        await app.inbox.load("all")
        await app.timeline.show(olena)
        await app.card.show(olena)
        await pilot.pause()
        compare(f"chats-{columns}.txt", app.text())


async def test_a_voice_message_is_one_line(room: Chatroom) -> None:
    found = room.says(OLENA, 5, voice=chatroom.file(1, "audio/ogg", 21_000, duration=12))
    text = await shown(room, found.customer_id)
    [line] = [line for line in text.split("\n") if "0:12" in line]
    assert line.split("┃ ")[1] == "🎤 voice message 0:12  21 kB  fetching…"
    assert "voice-" not in text  # nor its file's name once more
    room.here(found, b"x" * 3000)
    assert "🎤 voice message 0:12  3.0 kB\n" in await shown(room, found.customer_id) + "\n"


async def test_an_album_is_one_line_and_tells_what_is_not_here(room: Chatroom) -> None:
    for n in range(3):
        more = {"photo": chatroom.photo(n), "media_group_id": "a"}
        found = room.says(OLENA, 5, message_id=100 + n, **more)
    assert "📷 3 photos  540 kB  fetching…" in await shown(room, found.customer_id)


async def test_what_is_too_large_says_so(room: Chatroom) -> None:
    found = room.says(OLENA, 5, video=chatroom.file(1, "video/mp4", 31_000_000, duration=5))
    text = " ".join((await shown(room, found.customer_id)).split())
    assert "🎬 video 0:05 31 MB ✗ Telegram" in text


async def test_markup_is_drawn_where_the_customer_formatted_and_nowhere_else(
    room: Chatroom,
) -> None:
    marked = chatroom.bold("so bold 2*3*4", ("bold", "bold"))
    customer = room.says(OLENA, 9, **marked).customer_id
    room.says(OLENA, 8, text="**as** _typed_ ||by|| them \\*")
    text = await shown(room, customer)
    assert "so bold 2*3*4" in text
    assert "**as** _typed_ ||by|| them \\*" in text


async def test_a_block_of_code_keeps_its_lines(room: Chatroom) -> None:
    code = chatroom.bold(
        "see:\ndef f(*a):\n    return *a*\nwell", ("def f(*a):\n    return *a*", "pre")
    )
    text = await shown(room, room.says(OLENA, 9, **code).customer_id)
    assert "┃ def f(*a):" in text
    assert "┃     return *a*" in text
    assert "```" not in text


async def test_events_stand_where_their_time_puts_them(room: Chatroom) -> None:
    customer = room.says(OLENA, 60 * 24 * 2, text="first").customer_id
    with transaction(room.db):
        for ago, title in ((60 * 24, "Orders"), (10, "Returns"), (60 * 24 * 3, "Before")):
            events.append(
                room.db, "customer", "chat.event", at=NOW, customer_id=customer,
                data={"event": "new_chat_title", "text": title, "at": room.at(ago)},
            )  # fmt: skip
    room.says(OLENA, 30, text="second")
    lines = [line.strip() for line in (await shown(room, customer)).split("\n") if line.strip()]
    order = [
        next(n for n, line in enumerate(lines) if word in line)
        for word in ("title changed: Before", "first", "title changed: Orders", "second",
                     "title changed: Returns")
    ]  # fmt: skip
    assert order == sorted(order)
    assert "Yesterday" in lines[order[2] - 1]
    assert "Thursday, 19 November" in lines[order[0] - 1]


async def test_an_event_that_comes_while_one_looks_is_shown(room: Chatroom) -> None:
    found = room.says(OLENA, 60, text="hello")
    app = Show(Timeline(), room.config.home.store_file)
    async with app.run_test(size=(80, 20)) as pilot:
        timeline = app.pane
        assert isinstance(timeline, Timeline)
        await timeline.show(found.customer_id)
        with transaction(room.db):
            events.append(
                room.db, "customer", "customer.blocked", at=NOW, customer_id=found.customer_id
            )
        await timeline.refresh_messages(None)
        await pilot.pause()
        assert "blocked the bot" in screen(timeline)
        assert timeline.selected_message is not None
        # A message after it is the newest again, and is gone to.
        newest = room.says(OLENA, 0, text="back again")
        await timeline.refresh_messages(None)
        assert timeline.selected_message.id == newest.id


async def test_a_long_history_keeps_its_events_while_one_scrolls(room: Chatroom) -> None:
    first = room.says(OLENA, 5000, text="number 0")
    for n in range(1, 150):
        room.says(OLENA, 5000 - n * 10, text=f"number {n}")
    with transaction(room.db):
        for n in (3, 75, 148):
            events.append(
                room.db, "customer", "chat.event", at=NOW, customer_id=first.customer_id,
                data={"event": f"event_{n}", "at": room.at(5000 - n * 10 - 5)},
            )  # fmt: skip
    app = Show(Timeline(), room.config.home.store_file)
    async with app.run_test(size=(80, 30)) as pilot:
        timeline = app.pane
        assert isinstance(timeline, Timeline)
        await timeline.show(first.customer_id)
        await pilot.pause()
        assert "event 148" in screen(timeline)
        seen = ""
        for _ in range(40):
            timeline.page(-1)
            await pilot.pause()
            await app.workers.wait_for_complete()
            seen += screen(timeline)
        for n in (3, 75):
            assert f"event {n}" in seen
        keys = [row.key for row in timeline._rows]
        assert len(keys) == len(set(keys))


async def test_whom_the_customer_of_a_business_chat_sees(room: Chatroom) -> None:
    more = {"chat": {**BEN, "type": "private"}, "kind": "business_message"}
    found = room.says(BEN, 60, **more, business_connection_id="biz", text="Open on Sunday?")
    room.answer(found.conversation_id, "Until noon.", 50)
    text = await shown(room, found.customer_id)
    assert "as Ann Reed · #1" in text
    assert "✈ Ben  → Ann Reed" in text
    assert "✈ ann  business" in text
    room.details(found, business={"owner": "777"})
    text = await shown(room, found.customer_id)
    assert "business · #1" in text
    assert "✈ Ben  → business" in text
    assert "as " not in await shown(room, room.says(OLENA, 60, text="hello").customer_id)


async def test_the_24_hour_rule_is_said_when_it_is_near_or_over(room: Chatroom) -> None:
    more = {"chat": {**BEN, "type": "private"}, "kind": "business_message"}
    found = room.says(BEN, 23 * 60, **more, business_connection_id="biz", text="Open on Sunday?")
    assert "answer until 14:00" in await shown(room, found.customer_id)
    room.details(found, answer_until=room.at(5))
    assert "no answer since 12:55" in await shown(room, found.customer_id)
    with transaction(room.db):
        conversations.set_status(room.db, found.conversation_id, "closed", at=NOW)
    assert "answer" not in (await shown(room, found.customer_id)).replace("answered", "")


async def test_parts_of_which_not_all_are_out(room: Chatroom) -> None:
    found = room.says(OLENA, 60, text="hello")
    sent = room.answer(found.conversation_id, "long text", 5)
    room.details(sent, parts=["42:7", "42:8"])
    assert "parts of it are out" not in await shown(room, found.customer_id)
    with transaction(room.db):
        messages.set_state(room.db, sent.id, "failed", "Telegram refused the third part.")
    text = await shown(room, found.customer_id)
    assert "2 parts of it are out, the rest is not" in text


async def test_earlier_texts_unfold(room: Chatroom) -> None:
    found = room.says(OLENA, 60, text="two of them\nplease")
    for ago, text in ((50, "three of them"), (40, "four of them")):
        room.says(OLENA, ago, kind="edited_message", message_id=room.number(found), text=text)
    app = Show(Timeline(), room.config.home.store_file)
    async with app.run_test(size=(80, 20)) as pilot:
        timeline = app.pane
        assert isinstance(timeline, Timeline)
        await timeline.show(found.customer_id)
        await pilot.pause()
        assert "before: three of them · 1 more edit" in screen(timeline)
        timeline.toggle_parts("edits")
        await pilot.pause()
        text = screen(timeline)
        assert "four of them" in text
        assert text.index("two of them") < text.index("please") < text.index("three of them")


async def test_a_forward_says_whose_it_was(room: Chatroom) -> None:
    for number, origin in enumerate(
        (
            {"type": "hidden_user", "date": 1_790_000_000, "sender_user_name": "A. Nonymous"},
            {"type": "user", "date": 1_790_000_000, "sender_user": {**BEN, "is_bot": False}},
        )
    ):
        found = room.says(OLENA, 60 - number, text="pay within 14 days", forward_origin=origin)
    text = await shown(room, found.customer_id)
    assert "⤷ forwarded from A. Nonymous" in text
    assert "⤷ forwarded from Ben" in text

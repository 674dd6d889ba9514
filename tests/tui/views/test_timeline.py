from __future__ import annotations

import re
from typing import Any, Literal

import pytest

from omnitui.tui.panes import draw_ahead
from omnitui.tui.widgets.timeline import Timeline
from omnitui.tui.widgets.timeline_window import WINDOW
from store import messages, outbox
from store.database import transaction
from store.model import ConversationId, CustomerId, Message, NewMessage
from tests.tui.views.desk import DAY, MINUTE, NOW, Desk, Show, screen

pytestmark = pytest.mark.usefixtures("at_noon")


def history(desk: Desk, count: int, text: str = "") -> tuple[CustomerId, list[Message]]:
    """One conversation of `count` messages, a minute apart, the last a minute ago."""
    customer = desk.customer("Olena Kovalenko")
    conversation = desk.conversation(customer, "A long matter", ago=count)
    batch = [
        NewMessage(
            conversation,
            customer,
            "email",
            "in" if number % 2 == 0 else "out",
            "received" if number % 2 == 0 else "sent",
            text or f"Words of message {number:05}.",
            NOW - (count - number) * MINUTE,
            NOW - (count - number) * MINUTE,
            account_id=desk.account,
            author="Olena",
        )
        for number in range(count)
    ]
    with transaction(desk.db):
        return customer, messages.insert_many(desk.db, batch)


async def test_opens_at_the_end_and_moves_by_message(desk: Desk) -> None:
    customer, all_of_them = history(desk, 30)
    timeline = Timeline()
    app = Show(timeline, desk.path)
    async with app.run_test(size=(80, 20)) as pilot:
        await timeline.show(customer)
        assert timeline.selected_message == all_of_them[-1]
        assert "message 00029" in screen(timeline)
        timeline.move(-3)
        assert timeline.selected_message == all_of_them[-4]
        timeline.home()
        assert timeline.selected_message == all_of_them[0]
        assert "A long matter" in screen(timeline)
        timeline.end()
        assert timeline.selected_message == all_of_them[-1]
        await pilot.pause()
        chosen = [e.message_id for e in app.heard if isinstance(e, Timeline.MessageSelected)]
        assert chosen[-1] == all_of_them[-1].id


async def test_every_message_of_a_long_history_is_reached(desk: Desk) -> None:
    customer, all_of_them = history(desk, 900)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 30)) as pilot:
        await timeline.show(customer)
        ids = [one.id for one in all_of_them]
        for expected in reversed(ids[:-1]):
            timeline.move(-1)
            while timeline.selected_message is None or timeline.selected_message.id != expected:
                await pilot.pause(0.005)
                timeline.move(-1)
            assert timeline.selected_message.id == expected
        assert len(timeline._window.messages) <= WINDOW
        timeline.end()
        await pilot.app.workers.wait_for_complete()
        assert timeline.selected_message == all_of_them[-1]
        timeline.home()
        await pilot.app.workers.wait_for_complete()
        assert timeline.selected_message == all_of_them[0]


async def test_beside_a_list_more_is_read_when_one_rests_there_or_goes_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw_ahead, "BESIDE", 60.0)
    customer, _all_of_them = history(desk, 60)
    timeline = Timeline()
    app = Show(timeline, desk.path)
    async with app.run_test(size=(80, 30)) as pilot:
        assert timeline.data is not None
        asked: list[int] = []
        page = timeline.data.timeline_page

        async def page_asked(of: CustomerId, **more: Any) -> Any:
            asked.append(of)
            return await page(of, **more)

        monkeypatch.setattr(timeline.data, "timeline_page", page_asked)
        app.set_focus(None)
        await timeline.show(customer)
        await pilot.pause()
        assert "message 00059" in screen(timeline)
        assert asked == []
        timeline.focus()
        while asked != [customer]:
            await pilot.pause(0.005)


async def test_paging_shows_every_message_once(desk: Desk) -> None:
    customer, all_of_them = history(desk, 400)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 30)) as pilot:
        await timeline.show(customer)
        seen: set[str] = set()
        for _ in range(200):
            seen |= set(re.findall(r"Words of message (\d+)", screen(timeline)))
            if "00000" in screen(timeline):
                break
            timeline.page(-1)
            await pilot.pause()
        assert len(seen) == len(all_of_them)


async def test_a_hit_deep_in_the_past_opens_at_once(desk: Desk) -> None:
    customer, all_of_them = history(desk, 1500)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 30)):
        hit = all_of_them[300]
        await timeline.show(customer, hit.conversation_id, at_message=hit.id)
        assert timeline.selected_message == hit
        assert "message 00300" in screen(timeline)
        start, stop = timeline.scroll_span(0, timeline.row_count() - 1)
        assert 0.15 < start < 0.25 > stop - 0.1


async def test_a_conversation_opens_where_it_ends(desk: Desk) -> None:
    customer = desk.customer("Olena Kovalenko")
    old = desk.conversation(customer, "The old matter", ago=5000, status="closed")
    wanted = desk.message(customer, old, "That was it", ago=4000)
    new = desk.conversation(customer, "The new matter", ago=100)
    for number in range(120):
        desk.message(customer, new, f"Newer {number}", ago=3000 - number)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 24)):
        await timeline.show(customer, old)
        assert timeline.selected_message == wanted
        await timeline.show(customer, new)
        assert timeline.selected_message is not None
        assert timeline.selected_message.text == "Newer 119"


async def test_live_append_follows_at_the_bottom_and_stays_put_elsewhere(desk: Desk) -> None:
    customer, all_of_them = history(desk, 60)
    conversation = all_of_them[0].conversation_id
    timeline = Timeline()
    app = Show(timeline, desk.path)
    async with app.run_test(size=(80, 20)) as pilot:
        await timeline.show(customer)
        fresh = desk.message(customer, conversation, "Here I am again", ago=0)
        await timeline.refresh_messages({fresh.id})
        assert "Here I am again" in screen(timeline)
        assert timeline.selected_message == fresh
        timeline.move(-20)
        before = screen(timeline)
        late = desk.message(customer, conversation, "Unseen yet", ago=0)
        await timeline.refresh_messages({late.id})
        assert screen(timeline).split("\n")[:-1] == before.split("\n")[:-1]
        await pilot.pause()
        below = [one.count for one in app.heard if isinstance(one, Timeline.NewBelow)]
        assert below == [1]
        timeline.end()
        await pilot.pause()
        assert [one.count for one in app.heard if isinstance(one, Timeline.NewBelow)] == [1, 0]


async def test_a_back_filled_message_takes_its_place_in_time(desk: Desk) -> None:
    customer, all_of_them = history(desk, 10)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 60)):
        await timeline.show(customer)
        late = desk.message(customer, all_of_them[0].conversation_id, "Was stuck on the way", ago=5)
        await timeline.refresh_messages({late.id})
        text = screen(timeline)
        assert text.index("message 00004") < text.index("Was stuck") < text.index("message 00006")
        assert timeline.selected_message == all_of_them[-1]


async def test_states_of_what_we_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = desk.customer("Olena Kovalenko")
    matter = desk.conversation(customer, "Order")
    desk.message(customer, matter, "Where is it?", ago=30)
    queued = desk.message(customer, matter, "On its way", direction="out", state="queued", ago=0)
    desk.queue(queued.id, 9)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(90, 30)) as pilot:
        await timeline.show(customer, matter)
        assert "sends in 9 s" in screen(timeline)
        await pilot.pause()
        timeline._exchange_repaint_regions()
        monkeypatch.setattr("omnitui.tui.widgets.timeline.now", lambda: NOW + 5000)
        timeline.tick()
        assert "sends in 4 s" in screen(timeline)
        touched = timeline._exchange_repaint_regions()
        assert [region.height for region in touched] == [1]
        with transaction(desk.db):
            assert outbox.claim(desk.db, queued.id, NOW + 20_000)
        await timeline.refresh_messages({queued.id})
        assert "sending…" in screen(timeline)
        with transaction(desk.db):
            outbox.settle_failed(desk.db, queued.id, "The mailbox is full: write elsewhere.")
        await timeline.refresh_messages({queued.id})
        assert " NOT SENT " in screen(timeline)
        assert "The mailbox is full: write elsewhere." in screen(timeline)
        with transaction(desk.db):
            outbox.requeue(desk.db, queued.id, NOW)
            outbox.claim(desk.db, queued.id, NOW + 30_000)
            outbox.settle_unknown(desk.db, queued.id, "")
        await timeline.refresh_messages(None)
        assert " SENT? UNKNOWN " in screen(timeline)
        assert "Nobody knows whether it went out" in screen(timeline)


async def test_directions_differ_without_colour(desk: Desk) -> None:
    customer = desk.customer("Olena Kovalenko")
    matter = desk.conversation(customer, "Order")
    desk.message(customer, matter, "theirs", ago=30)
    desk.message(customer, matter, "ours", direction="out", ago=20)
    desk.message(customer, matter, "internal", direction="note", ago=10)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 30)):
        await timeline.show(customer)
        lines = screen(timeline).split("\n")
        theirs, ours, note = (
            next(line for line in lines if word in line) for word in ("theirs", "ours", "internal")
        )
        assert theirs[1:].startswith("┃ theirs")
        assert ours.startswith(" " * 8)
        assert ours.endswith("┃")
        assert note[1:].startswith("  │ internal")
        assert note.endswith("│")
        assert any("NOTE" in line and "ann" in line for line in lines)


async def test_quotes_signatures_and_long_texts_unfold(desk: Desk) -> None:
    customer = desk.customer("Olena Kovalenko")
    matter = desk.conversation(customer, "Order")
    long = "\n".join(f"line {number}" for number in range(100))
    desk.message(
        customer,
        matter,
        long,
        quoted="On Monday Ann wrote:\n> earlier words",
        signature="Olena\nHead of buying\nKyiv",
        details={"defects": ["charset x-unknown read as windows-1251"]},
    )
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 150)):
        await timeline.show(customer)
        folded = screen(timeline)
        assert "▸ 40 more lines" in folded
        assert "▸ quoted, 2 lines" in folded
        assert "▸ signature, 3 lines" in folded
        assert "⚠1 " in folded.split("line 0")[0]
        assert "earlier words" not in folded
        timeline.toggle_parts()
        unfolded = screen(timeline)
        assert "line 99" in unfolded
        assert "> earlier words" in unfolded
        assert "Head of buying" in unfolded
        timeline.toggle_parts()
        assert screen(timeline) == folded


async def test_a_matter_that_goes_on_elsewhere_says_so(desk: Desk) -> None:
    customer = desk.customer("Olena Kovalenko")
    conversation = desk.conversation(customer, "A torn parcel", ago=60)
    told: list[tuple[str, Literal["in", "out"], dict[str, Any]]] = [
        ("webchat", "in", {}),
        ("email", "out", {"follows": [1]}),
        ("email", "in", {"placed": "reply-token"}),
        ("telegram", "in", {"placed": "continued-last"}),
        ("telegram", "out", {}),
        ("webchat", "out", {}),
    ]
    with transaction(desk.db):
        for number, (channel, direction, details) in enumerate(told):
            at = NOW - (60 - number * 5) * MINUTE
            new = NewMessage(
                conversation, customer, channel, direction,
                "received" if direction == "in" else "sent", f"words {number}", at, at,
                account_id=desk.account, author="Olena", details=details,
            )  # fmt: skip
            messages.insert(desk.db, new)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(90, 40)):
        await timeline.show(customer)
        lines = [line.strip() for line in screen(timeline).splitlines() if "→" in line]
    assert [line.lstrip("┃ ") for line in lines] == [
        "→ went on by e-mail",
        "→ went on in Telegram · of several open matters the last touched",
        "→ answered in the web chat",
    ]


async def test_folding_a_conversation(desk: Desk) -> None:
    customer = desk.customer("Olena Kovalenko")
    first = desk.conversation(customer, "First matter", ago=4000)
    for number in range(3):
        desk.message(customer, first, f"one {number}", ago=3000 - number)
    second = desk.conversation(customer, "Second matter", ago=100)
    last = desk.message(customer, second, "two", ago=50)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 40)):
        await timeline.show(customer)
        timeline.move(-1)
        await timeline.toggle_fold()
        assert "one 2" not in screen(timeline)
        assert "▸ First matter" in screen(timeline)
        assert "3 messages" in screen(timeline)
        chosen = timeline.selected_message
        assert chosen is None
        timeline.move(1)
        assert timeline.selected_message == last
        timeline.move(-1)
        await timeline.toggle_fold()
        assert "one 0" in screen(timeline)
        assert timeline.selected_message is not None


async def test_a_message_taller_than_the_screen_is_read_to_its_end(desk: Desk) -> None:
    customer = desk.customer("Olena Kovalenko")
    matter = desk.conversation(customer, "Order")
    desk.message(customer, matter, "\n".join(f"line {n:02}" for n in range(50)), ago=30)
    after = desk.message(customer, matter, "after", direction="out", ago=20)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 12)):
        await timeline.show(customer)
        timeline.home()
        seen = set()
        for _ in range(30):
            seen |= {line[3:] for line in screen(timeline).split("\n") if "line" in line}
            if timeline.selected_message == after:
                break
            timeline.move(1)
        assert {f"line {n:02}" for n in range(50)} <= {line.split(" ▐")[0].strip() for line in seen}
        assert timeline.selected_message == after


async def test_find_goes_through_all_of_it(desk: Desk) -> None:
    customer, all_of_them = history(desk, 1200)
    conversation = all_of_them[0].conversation_id
    old = desk.message(customer, conversation, "the NEEDLE, long ago", ago=1150)
    new = desk.message(customer, conversation, "a needle of late", ago=100)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 24)):
        await timeline.show(customer)
        assert await timeline.find("needle", -1)
        assert timeline.selected_message == new
        assert await timeline.find("needle", -1)
        assert timeline.selected_message == old
        assert not await timeline.find("needle", -1)
        assert await timeline.find("needle", 1)
        assert timeline.selected_message == new
        assert not await timeline.find("haystack", -1)


async def test_hostile_text_stays_text(desk: Desk) -> None:
    customer = desk.customer("[@click=app.quit]Eve\x1b[31m\u202e")
    matter = desk.conversation(customer, "[/b] \x1b]0;owned\x07")
    desk.message(
        customer,
        matter,
        "\x1b]52;c;ZXZpbA==\x07 [bold red]x[/] \x9b2J \u202egpj.exe\n"
        "[https://bank.example](https://evil.example/login) https://аpple.com/x",
        files=(("in\u202evoice\x1b[2J.pdf", 12345),),
        quoted="\x1b[H\x00",
        signature="\u200b\u2066",
        details={"defects": ["\x1b[5m"], "auto_reply": {"kind": "\x1b"}, "edits": [1]},
        error="\x07",
        subject="\u202eother",
    )
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(100, 30)) as pilot:
        await timeline.show(customer)
        timeline.toggle_parts()
        text = screen(timeline)
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u200b", "\x00"} & set(text)
        assert "[bold red]x[/]" in text
        assert "⟨⚠ evil.example⟩" in text
        assert "⟨⚠ xn--pple-43d.com⟩" in text
        assert "in⟨RLO⟩voice␛[2J.pdf" in text
        written = "".join(strip.render(pilot.app.console) for strip in timeline._painted)
        assert "\x1b]" not in written
        assert "\x1b[2J" not in written


async def test_moving_repaints_headers_and_gutters(desk: Desk) -> None:
    customer, _all = history(desk, 20)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 60)) as pilot:
        await timeline.show(customer)
        await pilot.pause()
        timeline._exchange_repaint_regions()
        timeline.move(-1)
        touched = timeline._exchange_repaint_regions()
        whole = sum(region.height for region in touched if region.width > 1)
        assert whole == 2
        assert sum(region.height for region in touched) <= 4
        await timeline.refresh_messages(None)
        timeline.tick()
        assert not timeline._exchange_repaint_regions()


async def test_the_reply_box_growing_keeps_the_end_in_view(desk: Desk) -> None:
    customer, _all = history(desk, 30)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(80, 30)) as pilot:
        await timeline.show(customer)
        await pilot.resize_terminal(80, 14)
        await pilot.pause()
        assert "message 00029" in screen(timeline)
        await pilot.resize_terminal(50, 40)
        await pilot.pause()
        assert "message 00029" in screen(timeline)
        assert "message 00020" in screen(timeline)


@pytest.mark.parametrize("size", [(1, 1), (4, 2), (20, 5), (300, 90)])
async def test_any_size_will_do(desk: Desk, size: tuple[int, int]) -> None:
    customer, _all = history(desk, 12, "宽 " * 30 + "https://example.com/" + "a" * 200)
    desk.message(customer, _all[0].conversation_id, "note " * 9, direction="note", ago=0)
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=size) as pilot:
        await timeline.show(customer)
        for _ in range(20):
            timeline.move(-1)
        timeline.page(1)
        timeline.page(-1)
        await timeline.toggle_fold()
        await timeline.toggle_fold()
        timeline.scroll_lines(5)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "┃" in screen(timeline)


async def test_days_have_names(desk: Desk) -> None:
    customer = desk.customer("Olena")
    matter = desk.conversation(customer, "Order", ago=9 * 24 * 60)
    for days in (400, 8, 1, 0):
        desk.message(customer, matter, f"{days} days", ago=days * DAY // MINUTE)
    timeline = Timeline(timezone="Europe/Kyiv")
    async with Show(timeline, desk.path).run_test(size=(80, 40)):
        await timeline.show(customer)
        text = screen(timeline)
        for label in (
            "18 October 2025",
            "Saturday, 14 November",
            "Yesterday, 21 November",
            "Today",
        ):
            assert label in text
        assert "15:00" in text  # 13:00 UTC in Kyiv


async def test_nothing_to_show(desk: Desk) -> None:
    customer = desk.customer("Silent")
    timeline = Timeline()
    async with Show(timeline, desk.path).run_test(size=(60, 10)):
        timeline.move(1)
        timeline.page(1)
        timeline.home()
        timeline.end()
        await timeline.toggle_fold()
        timeline.toggle_parts()
        await timeline.refresh_messages(None)
        assert screen(timeline).strip() == ""
        await timeline.show(customer)
        assert "No messages yet." in screen(timeline)
        assert not await timeline.find("x", -1)
        await timeline.show(customer, ConversationId(1), at_message=None)
        timeline.clear()
        assert screen(timeline).strip() == ""

"""The reply box: from the first key to the outbox, and every way it may be stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omnitui.desk.context import Desk
from omnitui.desk.replying import reply
from omnitui.tui.station import writing
from store import accounts, messages, outbox
from store.driver import Connection
from store.errors import StoreLocked
from store.model import ConversationId
from tests.tui.shell.shop import Shop

OLENA, PIOTR, BEN = ConversationId(1), ConversationId(2), ConversationId(3)


async def test_reply_shows_channel_sender_and_recipient_before_it_is_sent(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.sees("REPLY", "e-mail", "support@acme.example", "olena@olena.example")
        await ui.sees_no("INTERNAL NOTE")


async def test_where_it_goes_is_asked_when_one_begins_and_shown_from_the_start(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever goes through the list has not rested anywhere yet."""
    monkeypatch.setattr(writing, "UNSEEN", 60.0)
    async with shop.screen() as ui:
        box, link = ui.station.box, ui.station.link
        asked: list[int] = []
        begun: list[list[str]] = []
        route, start = link.route, box.start

        async def route_asked(room: ConversationId, *those: Any) -> Any:
            asked.append(room)
            return await route(room, *those)

        def box_opened(kind: Any) -> None:
            begun.append([person.address for person in box.header.route.recipients])
            start(kind)

        monkeypatch.setattr(link, "route", route_asked)
        monkeypatch.setattr(box, "start", box_opened)
        await ui.press("j")
        await ui.until(lambda: box.conversation_id == PIOTR)
        assert asked == []
        await ui.press("r")
        await ui.until(lambda: box.writing)
        assert begun == [["piotr@piotr.example"]]
        assert set(asked) == {PIOTR}


async def test_while_the_store_cannot_say_where_it_goes_no_address_stands_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Least of all the one where the reply of a moment ago went."""
    monkeypatch.setattr(writing, "UNSEEN", 60.0)
    async with shop.screen() as ui:
        box, link = ui.station.box, ui.station.link
        await ui.press("r")
        await ui.sees("olena@olena.example")
        route = link.route

        async def refuse(*_those: Any) -> Any:
            raise StoreLocked("The store is busy.")

        await ui.press("escape", "escape", "j")
        await ui.until(lambda: box.conversation_id == PIOTR)
        monkeypatch.setattr(link, "route", refuse)
        await ui.press("r")
        await ui.until(lambda: box.writing)
        assert ui.sentence == "The store is busy."
        assert not box.header.route.recipients
        monkeypatch.setattr(link, "route", route)
        await ui.type("Hello")
        ui.station.writing.route_changed()
        await ui.until(lambda: bool(box.header.route.recipients))
        assert [one.address for one in box.header.route.recipients] == ["piotr@piotr.example"]


async def test_a_reply_goes_to_the_outbox_and_the_next_who_waits_is_opened(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("It left today.")
        await ui.press("ctrl+s")
        await ui.sees("Sending in")
        [queued] = shop.read(outbox.all)
        assert (queued.conversation_id, queued.state) == (OLENA, "queued")
        assert shop.messages(OLENA)[-1].text == "It left today."
        await ui.until(lambda: ui.station.reading.current == PIOTR)
        assert shop.draft(OLENA) == ""


@pytest.mark.parametrize(("after", "pane"), [("stay", "timeline"), ("back", "inbox")])
async def test_where_the_eye_goes_after_a_send_is_a_setting(
    shop: Shop, after: str, pane: str
) -> None:
    async with shop.with_desk(after_send=after).screen() as ui:
        await ui.press("r")
        await ui.type("Yes.")
        await ui.press("ctrl+j")
        await ui.sees("Sending in")
        await ui.until(lambda: ui.station.focused_pane == pane)
        assert ui.station.inbox.selected == OLENA


async def test_undo_brings_the_text_back_into_the_box(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Oops")
        await ui.press("ctrl+s")
        await ui.sees("Sending in")
        await ui.press("u")
        await ui.until(lambda: ui.station.box.text == "Oops", "the text in the box")
        assert ui.station.box.conversation_id == OLENA
        await ui.sees_no("Sending in")
        assert shop.messages(OLENA)[-1].state == "cancelled"


async def test_a_note_looks_different_and_is_not_sent(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("i")
        await ui.sees("INTERNAL NOTE", "only your team sees it")
        await ui.type("Call him back")
        await ui.press("ctrl+s")
        await ui.sees("Note kept")
        assert shop.read(outbox.all) == []
        assert shop.messages(OLENA)[-1].direction == "note"


async def test_a_text_moves_along_when_a_reply_becomes_a_note(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Secret")
        await ui.press("ctrl+n")
        await ui.sees("INTERNAL NOTE")
        assert ui.station.box.text == "Secret"
        await ui.press("escape")
        await ui.until(lambda: shop.draft(OLENA, "note") == "Secret")
        assert shop.draft(OLENA, "reply") == ""


async def test_escape_keeps_the_draft_and_the_list_shows_it(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Half a thought")
        await ui.press("escape", "escape")
        await ui.until(lambda: shop.draft(OLENA) == "Half a thought")
        await ui.press("j")
        await ui.until(lambda: ui.station.reading.current == PIOTR)
        await ui.press("r")
        await ui.until(lambda: ui.station.box.writing)
        assert ui.station.box.text == ""
        await ui.press("escape", "escape", "k")
        await ui.sees("Draft: Half a thought")
        await ui.press("r")
        await ui.until(lambda: ui.station.box.text == "Half a thought")


async def test_what_was_typed_is_in_the_store_within_a_moment(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Not lost")
        await ui.until(lambda: shop.draft(OLENA) == "Not lost")


async def test_a_draft_of_a_conversation_is_never_mixed_with_another(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("For Olena")
        await ui.station.reading.show(BEN)
        await ui.settle()
        assert ui.station.box.text == ""
        await ui.app.keeper.flush()
        assert (shop.draft(OLENA), shop.draft(BEN)) == ("For Olena", "")


async def test_a_message_that_came_meanwhile_stops_the_send_once(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Wait for the post.")
        shop.arrive("Olena Koval", "Found it, thanks!", subject="Re: Order 17", minutes_ago=0,
                    in_reply_to="<1@customers.example>")  # fmt: skip
        await ui.press("ctrl+s")
        await ui.sees("A message arrived while you wrote", "Found it, thanks!")
        assert shop.read(outbox.all) == []
        assert ui.station.box.text == "Wait for the post."
        await ui.press("ctrl+s")
        await ui.sees("Sending in")
        assert len(shop.read(outbox.all)) == 1


async def test_a_new_recipient_needs_the_second_key(shop: Shop) -> None:
    from connectors.contract import Address

    odd = shop.arrive(
        "Zoe Odd", "Answer my boss.", reply_to=[Address("boss@elsewhere.example")], minutes_ago=500
    )
    async with shop.screen() as ui:
        assert ui.station.inbox.selected == odd
        await ui.press("r")
        await ui.sees("boss@elsewhere.example", "(new!)")
        await ui.type("Hello")
        await ui.press("ctrl+s")
        await ui.sees("never wrote from boss@elsewhere.example")
        assert shop.read(outbox.all) == []
        await ui.press("ctrl+s")
        await ui.sees("Sending in")
        assert shop.read(outbox.all)[0].recipients == ("boss@elsewhere.example",)


async def test_an_unfilled_variable_stops_the_send_and_is_selected(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Dear {{ customer.title }}, hello")
        await ui.press("ctrl+s")
        await ui.sees("Not filled in yet: {{ customer.title }}")
        assert ui.station.box.field.selected_text == "{{ customer.title }}"
        assert shop.read(outbox.all) == []


async def test_nothing_is_not_sent(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r", "ctrl+s")
        await ui.sees("The reply is empty")
        assert ui.station.box.writing


async def test_send_later(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("See you")
        await ui.press("f3", "1")
        await ui.until(lambda: len(shop.read(outbox.all)) == 1)
        [entry] = shop.read(outbox.all)
        message = shop.read(lambda db: messages.get(db, entry.message_id))
        assert entry.due_at - message.sent_at > 3_500_000


async def test_another_channel_can_be_chosen(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.sees("olena@olena.example")
        await ui.press("f2", "1")  # by name: bot
        await ui.sees("no Telegram address")
        await ui.press("f2", "0")
        await ui.sees_no("no Telegram address")


async def test_the_slash_opens_the_picker_and_several_templates_join(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Hi! /")
        await ui.sees("Templates")
        await ui.type("refund")
        await ui.sees("Refund")
        await ui.press("tab", "tab", "enter")
        await ui.until(lambda: "\n\n" in ui.station.box.text)
        text = ui.station.box.text
        assert text.startswith("Hi! ")
        assert "/" not in text[:6]
        assert "refund" not in text.partition("\n")[0][:8]


async def test_a_template_is_not_glued_to_the_word_before_it(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Dear Ann,")
        await ui.press("ctrl+t")
        await ui.sees("Templates")
        await ui.press("enter")
        await ui.until(lambda: ui.station.box.text.startswith("Dear Ann,\n\n"))


async def test_leaving_the_picker_leaves_the_slash_and_what_was_typed(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("in /")
        await ui.sees("Templates")
        await ui.type("home")
        await ui.press("escape")
        await ui.until(lambda: ui.station.box.text == "in /home")


async def test_a_slash_inside_a_word_is_only_a_slash(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("and/or")
        assert ui.station.box.text == "and/or"


async def test_t_opens_reply_and_picker_at_once(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("T")
        await ui.sees("Templates")
        await ui.press("enter")
        await ui.until(lambda: bool(ui.station.box.text))
        assert ui.station.box.conversation_id == OLENA


async def test_enter_sends_where_the_settings_say_so(shop: Shop) -> None:
    async with shop.with_desk(send_on_enter=True).screen() as ui:
        await ui.press("r")
        await ui.type("Ok\n")
        await ui.sees("Sending in")


async def test_quoting_and_hostile_text(shop: Shop) -> None:
    shop.arrive("Mal Ory", "nice\x1b]0;owned\x07 [@click=app.quit]x[/b]\x9b31m", minutes_ago=900)
    async with shop.screen() as ui:
        await ui.press("enter")
        await ui.until(lambda: ui.station.timeline.selected_message is not None)
        await ui.press("greater_than_sign")
        await ui.until(lambda: ui.station.box.text.startswith("> nice"))
        assert not any((ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 for c in ui.text())
        assert "[@click=app.quit]x[/b]" in ui.station.box.text


async def test_a_filter_program_writes_the_draft(tmp_path: Path) -> None:
    shop = Shop.at(
        tmp_path / "desk",
        filters={
            "polite": ("python3", "-c", "import json,sys; d=json.load(sys.stdin);"
                       " print('Dear', d['customer'] + ',')"),
            "broken": ("sh", "-c", "echo no such order >&2; exit 3"),
        },
    )  # fmt: skip
    shop.arrive("Olena Koval", "Where is it?")
    async with shop.screen() as ui:
        await ui.press("vertical_line")
        await ui.sees("Filters", "polite", "broken")
        await ui.press("enter")
        await ui.until(lambda: ui.station.box.text == "Dear Olena Koval,")
        ui.app.commander.enter("pipe broken")
        await ui.sees("broken failed with status 3: no such order")
        assert ui.station.box.text == "Dear Olena Koval,"


async def test_the_store_is_locked_and_the_text_stays(shop: Shop) -> None:
    from store.database import open_database

    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Kept")
        await ui.until(lambda: shop.draft(OLENA) == "Kept")
        blocker = open_database(shop.config.home.store_file)
        blocker.execute("BEGIN IMMEDIATE")
        try:
            await ui.type("!")
            await ui.pilot.press("ctrl+s")
            await ui.pilot.pause()
            assert ui.station.box.text == "Kept!"
            # The screen is alive while the send waits for the lock.
            await ui.until(lambda: ui.station.box.field.read_only)
            await ui.pilot.resize_terminal(120, 30)
            await ui.until(lambda: ui.station.layout_name == "medium")
        finally:
            blocker.execute("ROLLBACK")
            blocker.close()
        await ui.sees("Sending in")


# -- to whom, and how ------------------------------------------------------------------------


async def test_copies_are_shown_added_and_taken_off_by_key(shop: Shop) -> None:
    from connectors.contract import Address

    shop.arrive(
        "Ida Crowd", "All of us ask.", cc=[Address("max@customers.example", "Max")], minutes_ago=900
    )
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.sees("→ Ida Crowd", "cc Max <max@customers.example> (new!)")
        await ui.type("Hi")
        await ui.press("f5", "b")
        await ui.type("boss@acme.test")
        await ui.press("enter")
        await ui.sees("bcc boss@acme.test (new!)")
        assert ui.station.box.text == "Hi"
        await ui.press("f5", "x")
        await ui.sees("Take off this reply")
        await ui.type("max")
        await ui.press("enter")
        await ui.sees_no("<max@customers.example>")
        await ui.press("ctrl+s")
        await ui.sees("never wrote from boss@acme.test")
        assert shop.read(outbox.all) == []
        await ui.press("ctrl+s")
        await ui.sees("Sending in")
        [entry] = shop.read(outbox.all)
        assert entry.recipients == ("ida@ida.example", "boss@acme.test")
        # Taken back, the reply is as it was decided.
        await ui.press("u")
        await ui.until(lambda: ui.station.box.text == "Hi", "the text in the box")
        await ui.sees("bcc boss@acme.test")
        await ui.sees_no("<max@customers.example>")


async def test_many_recipients_are_named_by_address_and_then_counted(shop: Shop) -> None:
    from connectors.contract import Address

    crowd = [Address(f"friend{n}@customers.example", f"A Friend With Name {n}") for n in range(9)]
    few = shop.arrive("Few Friends", "We ask.", cc=crowd[:3], minutes_ago=990)
    many = shop.arrive("Many Friends", "We ask.", cc=crowd, minutes_ago=999)
    async with shop.screen((80, 24)) as ui:
        assert ui.station.inbox.selected == many
        await ui.press("r")
        await ui.sees("→ many@many.example", "cc friend0@customers.example (new!)")
        await ui.sees("10 recipients in all, 9 new")
        await ui.press("escape", "escape", "j", "r")
        await ui.until(lambda: ui.station.box.conversation_id == few)
        await ui.sees(*(f"friend{n}@customers.example (new!)" for n in range(3)))
        await ui.sees_no("in all")


async def test_what_was_decided_survives_leaving_and_can_be_undone(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r", "f5", "c")
        await ui.type("zoe@work.example")
        await ui.press("enter")
        await ui.sees("cc zoe@work.example (new!)")
        await ui.press("escape", "escape", "j", "k")
        await ui.press("r")
        await ui.sees("cc zoe@work.example (new!)")
        await ui.press("escape", "escape", "u")
        await ui.press("r")
        await ui.sees_no("cc zoe@work.example")


async def test_a_second_key_means_only_whom_it_was_asked_about(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Hi")
        for name in ("amy", "zoe"):
            await ui.press("f5", "c")
            await ui.type(f"{name}@work.example")
            await ui.press("enter")
            await ui.sees(f"cc {name}" if name == "amy" else f"{name}@work.example (new!)")
            await ui.press("ctrl+s")
            await ui.sees(f"never wrote from {name}@work.example")
            assert shop.read(outbox.all) == []


async def test_what_goes_out_below_the_text_is_shown_and_can_be_left_out(shop: Shop) -> None:
    from dataclasses import replace

    from config.model import AgentSettings

    agents = {"ann": AgentSettings("Ann Kay", "{agent}\nat {company}")}
    shop = Shop(replace(shop.config, agents=agents), shop.numbers)
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.sees("Ann Kay via Acme", "-- Ann Kay · at Acme")
        await ui.press("f5", "s")
        await ui.sees("no signature")
        await ui.press("f5", "s", "f5", "q")
        await ui.sees("-- Ann Kay · at Acme", "> On ", "Olena Koval wrote: (1 line)")
        await ui.type("Yes.")
        await ui.press("ctrl+n")
        await ui.sees_no("-- Ann Kay")
        await ui.press("ctrl+n", "ctrl+s")
        await ui.sees("Sending in")
        sent = shop.messages(OLENA)[-1]
        assert sent.signature == "Ann Kay\nat Acme"
        assert "Where is my order 17?" in sent.quoted


async def test_a_forgotten_file_stops_the_send_once(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Рахунок у вкладенні")
        await ui.press("ctrl+s")
        await ui.sees("No file is attached: ^O attaches one, ^S sends as it is")
        assert shop.read(outbox.all) == []
        await ui.press("ctrl+s")
        await ui.sees("Sending in")


# -- once more -------------------------------------------------------------------------------


def sent_with(shop: Shop, result: object) -> None:
    """A reply to Olena, carried out with this result."""
    from omnitui.desk.context import Desk
    from omnitui.desk.replying import outbox as desk_outbox
    from omnitui.desk.replying import reply
    from store.clock import now

    def work(db: Connection) -> None:
        desk = Desk(db, shop.config, "ann")
        id_ = reply.queue(desk, OLENA, "Dear Olena", undo_delay=0)
        outbox.claim(db, id_, now() + 1_000)
        desk_outbox.settle(desk, outbox.get(db, id_), result)  # type: ignore[arg-type]

    shop.write(work)


@pytest.mark.parametrize("refused", [False, True])
async def test_one_key_sends_again_what_did_not_go_out(shop: Shop, refused: bool) -> None:
    from connectors.contract import Rejected, Sent

    olena = "olena@olena.example"
    sent_with(shop, Sent("k", {olena: "550 full"}) if refused else Rejected("550 spam"))
    async with shop.screen() as ui:
        await ui.station.inbox.select(OLENA)
        await ui.press("enter", "R")
        await ui.sees("Once more on its way")
        entries = shop.read(outbox.all)
        assert [e.state for e in entries] == (["sent", "queued"] if refused else ["queued"])
        assert entries[-1].recipients == (olena,)
        await ui.press("R")
        await ui.sees("Nothing here failed")
        assert len(shop.read(outbox.all)) == len(entries)


async def test_what_may_have_arrived_is_asked_about_first(shop: Shop) -> None:
    from connectors.contract import MaybeSent

    sent_with(shop, MaybeSent("Cut off after the dot."))
    async with shop.screen() as ui:
        await ui.station.inbox.select(OLENA)
        await ui.press("enter", "R")
        await ui.sees("It may have arrived already")
        await ui.press("n")
        assert [e.state for e in shop.read(outbox.all)] == ["unknown"]
        await ui.press("R")
        await ui.sees("It may have arrived already")
        await ui.press("y")
        await ui.until(lambda: [e.state for e in shop.read(outbox.all)] == ["queued"])


async def test_a_problem_is_told_to_its_end(shop: Shop) -> None:
    words = "Another program is receiving for this bot; end it, or make a bot of its own."

    def failed(db: Connection) -> None:
        for account in accounts.all(db):
            accounts.set_state(db, account.id, "failed", words, 1)

    shop.write(failed)
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.sees("is not working: Another program", "make a bot of its own.")


async def test_later_unless_they_answer_first(shop: Shop) -> None:
    async with shop.with_desk(after_send="stay").screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("Still there?")
        await ui.press("f3")
        await ui.sees("tomorrow unless they answer")
        await ui.press("w")
        await ui.sees("09:00 unless they answer")
        await ui.press("G", "e")  # it has not left: to be written again
        await ui.until(lambda: ui.station.box.text == "Still there?", "the text in the box")
        await ui.press("f3", "2")
        await ui.sees("unless they answer")
        again = {"in_reply_to": "<1@customers.example>", "references": ["<1@customers.example>"]}
        shop.arrive("Olena Koval", "It came!", minutes_ago=0, **again)
        await ui.sees("held back: they answered first", "Draft: Still there?", "is a draft again")
        assert shop.draft(OLENA) == "Still there?"


async def test_what_is_scheduled_goes_at_once_by_one_key(shop: Shop) -> None:
    async with shop.with_desk(after_send="stay").screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("See you")
        await ui.press("f3", "t")
        await ui.sees("09:00")
        await ui.press("G", "R")
        await ui.sees("queued")
        [entry] = shop.read(outbox.all)
        assert entry.due_at <= shop.messages(OLENA)[-1].sent_at + 5_000


async def test_f2_in_the_list_begins_the_reply_on_that_channel(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("f2")
        await ui.sees("Telegram (bot): they never wrote there", "(support) → ")
        await ui.press("2")
        await ui.sees("REPLY", "e-mail", "olena@olena.example")
        assert ui.station.focused_pane == "reply"
        await ui.press("escape", "f2", "1")
        await ui.sees("no Telegram address")
        assert ui.station.focused_pane == "reply"


async def test_a_part_of_a_message_is_quoted(shop: Shop) -> None:
    long = "The first cup broke on the way. Its box was open! And who pays for all that, please?"
    shop.arrive("Mal Ory", f"Hello,\n\n{long} {long}\n\nMal", minutes_ago=900)
    async with shop.screen() as ui:
        await ui.press("enter")
        await ui.until(lambda: ui.station.timeline.selected_message is not None)
        await ui.press("v")
        await ui.sees("Quote of this message", "Its box was open!", "And who pays")
        await ui.press("down", "tab", "tab", "down", "down", "tab", "enter")
        await ui.until(lambda: "Its box" in ui.station.box.text)
        assert ui.station.box.text == (
            "> The first cup broke on the way. Its box was open!\n\n> Its box was open!\n\n"
        )
        await ui.press("f5", "l")
        await ui.type("Mal")
        await ui.press("enter")
        await ui.until(lambda: ui.station.box.text.endswith("open!\n\n> Mal\n\n"))


async def test_earlier_replies_to_anybody_are_found_by_their_words(shop: Shop) -> None:
    shop.write(lambda db: reply.queue(Desk(db, shop.config, "ann"), PIOTR, "It comes in navy."))
    async with shop.screen() as ui:
        await ui.press("r", "ctrl+r")
        await ui.sees("type to look through all replies")
        await ui.type("nav")
        await ui.sees("→ Piotr Lis: It comes in navy.")
        await ui.press("enter")
        await ui.until(lambda: ui.station.box.text == "It comes in navy.")


async def test_what_is_left_of_a_channels_room_is_counted_when_it_is_near(shop: Shop) -> None:
    limits = {"text_limit": 100, "part_limit": 60, "formatting": "none"}
    shop.write(lambda db: accounts.ensure(db, "support", "email", capabilities=limits))
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("x" * 40)
        await ui.sees_no("/100")
        await ui.type("x" * 10)
        await ui.sees("50/60")
        await ui.type("x" * 20)
        await ui.sees("goes out as 2 messages")
        await ui.type("x" * 20)
        await ui.sees("90/100")
        await ui.type("x" * 20)
        await ui.sees("110/100")


async def test_a_look_at_what_goes_out(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r", "f9")
        await ui.sees("nothing to look at yet")
        await ui.type("Dear Olena,\n\nit is **on its way**, {{ name }}.")
        await ui.press("f3")
        await ui.sees("look at it first")
        await ui.press("p")
        await ui.sees("What goes out", "subject  Re: Order 17", "it is on its way, {{ name }}.")
        await ui.sees("to       Olena Koval <olena@olena.example>")
        await ui.press("j", "escape")
        assert ui.station.focused_pane == "reply"
        ui.station.box.put_text("Sent _now_.")
        await ui.press("f9", "ctrl+s")
        await ui.sees("Sending in")
    plain = {"formatting": "none", "part_limit": 10}
    shop.write(lambda db: accounts.ensure(db, "support", "email", capabilities=plain))
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("It is **on its way**.")
        await ui.press("f9")
        await ui.sees("shows no formatting", "It is **on its way**.", "goes out as 3 messages")

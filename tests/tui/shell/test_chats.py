"""A chat on the screen: one message answered, what was sent changed and taken back, typing."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import Rejected
from omnitui.desk.context import Desk
from omnitui.desk.replying.alterations import settle
from store import alterations, messages, outbox, typing
from store.clock import now
from store.driver import Connection
from store.model import Message
from tests.tui.shell.shop import AGENT, Shop, Ui
from tests.tui.shell.test_together import does
from tests.tui.views.chatroom import OLENA, Chatroom, file


@pytest.fixture
def room(tmp_path: Path) -> Chatroom:
    """Olena has asked twice, and got one answer."""
    room = Chatroom(tmp_path / "desk", now())
    first = room.says(OLENA, 60, text="Is it the blue one?")
    room.says(OLENA, 58, text="And when does it come?")
    room.answer(first.conversation_id, "The blue won, yes.", 50)
    room.says(OLENA, 40, text="Thanks")
    return room


@pytest.fixture
def shop(room: Chatroom) -> Shop:
    return Shop(room.config).with_desk(after_send="stay")


def said(shop: Shop) -> list[Message]:
    return shop.messages(shop.read(lambda db: messages.get(db, 1)).conversation_id)  # type: ignore[arg-type]


def changes(shop: Shop) -> list[alterations.Alteration]:
    """Those of our one answer."""
    answer = said(shop)[2].id
    return shop.read(lambda db: alterations.of_message(db, answer))


async def at_message(ui: Ui, number: int) -> None:
    """Highlight that message of the conversation."""
    await ui.press("enter", "g", *["j"] * number)


async def test_exactly_this_message_is_answered(shop: Shop) -> None:
    async with shop.screen((100, 40)) as ui:
        await at_message(ui, 1)
        await ui.press("less_than_sign")
        await ui.sees("REPLY", "answering Olena Kovalenko: And when does it come?")
        await ui.type("On Friday.")
        await ui.press("ctrl+s")
        await ui.until(lambda: len(said(shop)) == 5)
        assert said(shop)[-1].details["answers"] == said(shop)[1].id
        await ui.sees("↩ Olena Kovalenko: And when does it come?")
        # It was of that one reply.
        await ui.press("r")
        await ui.sees("REPLY")
        await ui.sees_no("answering")


async def test_an_answer_to_one_can_be_one_to_none(shop: Shop) -> None:
    async with shop.screen((100, 40)) as ui:
        await at_message(ui, 0)
        await ui.press("less_than_sign")
        await ui.sees("answering Olena Kovalenko: Is it the blue one?")
        await ui.press("f5", "a")
        await ui.sees_no("answering Olena")
        await ui.press("f5", "n")
        await ui.sees("without a sound")
        await ui.type("Yes")
        await ui.press("ctrl+s")
        await ui.until(lambda: len(said(shop)) == 5)
        await ui.sees("silent")
        assert "answers" not in said(shop)[-1].details


async def test_what_was_sent_is_changed(shop: Shop) -> None:
    async with shop.screen((100, 40)) as ui:
        await at_message(ui, 2)
        await ui.press("e")
        await ui.sees("EDIT", "changes what was sent", "send the change")
        assert ui.station.box.text == "The blue won, yes."
        await ui.press(*["backspace"] * 9)
        await ui.type("one, yes.")
        await ui.press("ctrl+s")
        await ui.sees("edit waits: The blue one, yes.")
        [change] = changes(shop)
        assert (change.kind, change.text) == ("edit", "The blue one, yes.")
        assert shop.read(outbox.all)[0].state == "sent"
        assert not ui.station.box.writing
        await ui.press("r")
        await ui.sees("REPLY")
        assert ui.station.box.text == ""


async def test_an_edit_is_neither_a_draft_nor_lost_when_it_is_left(shop: Shop) -> None:
    async with shop.screen((100, 40)) as ui:
        await ui.press("enter", "r")
        await ui.type("half a reply")
        await ui.press("escape", "g", "j", "j", "e")
        await ui.sees("EDIT")
        await ui.type(" Really!")
        await ui.press("ctrl+n")
        await ui.sees("This changes what was sent")
        await ui.press("escape")
        await ui.sees_no("EDIT")
        await ui.sees("Draft: half a reply")
        await ui.app.keeper.flush()
        assert shop.draft(said(shop)[0].conversation_id) == "half a reply"
        await ui.press("r")
        await ui.until(lambda: ui.station.box.text == "half a reply")
        await ui.press("escape", "g", "j", "j", "e")
        await ui.until(lambda: ui.station.box.text == "The blue won, yes. Really!")
        sent = said(shop)[2]
        does(shop, f"message edit {sent.id} The red one.", here=sent.conversation_id)
        await ui.press("ctrl+s")
        await ui.sees("bob has changed it meanwhile to “The red one.”")
        assert ui.station.box.text == "The blue won, yes. Really!"
        await ui.press("ctrl+s")
        await ui.until(lambda: changes(shop)[-1].text == "The blue won, yes. Really!")

        def refuse(db: Connection) -> None:
            for one in alterations.of_message(db, sent.id):
                settle(Desk(db, shop.config, "engine"), one.id, Rejected("No."))

        shop.write(refuse)
        await ui.sees("No.")
        await ui.press("e")
        await ui.until(lambda: ui.station.box.text == "The blue won, yes. Really!")
        await ui.press("backspace", "ctrl+s")
        await ui.until(lambda: changes(shop)[-1].text == "The blue won, yes. Really")


async def test_an_empty_edit_is_not_sent(shop: Shop) -> None:
    async with shop.screen((100, 40)) as ui:
        await at_message(ui, 2)
        await ui.press("e")
        ui.station.box.field.set_text("")
        await ui.press("ctrl+s")
        await ui.sees("Nothing is left of it: delete it instead (d)")
        assert ui.station.box.editing is not None


async def test_what_customers_wrote_is_not_changed(shop: Shop) -> None:
    async with shop.screen((100, 40)) as ui:
        await at_message(ui, 0)
        await ui.press("e")
        await ui.sees("Only what was sent from here can be changed")
        await ui.press("d")
        await ui.sees("Only what was sent from here can be changed")


async def test_what_was_sent_is_taken_back_after_a_question(shop: Shop) -> None:
    async with shop.screen((100, 40)) as ui:
        await at_message(ui, 2)
        await ui.press("d")
        await ui.sees("Delete it for the customer, too? “The blue won, yes.”")
        await ui.press("n")
        assert changes(shop) == []
        await ui.press("d")
        await ui.sees("Delete it for the customer, too?")
        await ui.press("y")
        await ui.sees("deletion waits", "It is about to be deleted: u takes that back.")
        await ui.press("u")
        await ui.sees_no("deletion waits")


def who_types(shop: Shop) -> list[str]:
    return [one.who for one in shop.read(lambda db: typing.fresh(db, 0))]


async def test_the_chat_is_told_that_somebody_types_a_reply_and_nothing_of_a_note(
    shop: Shop,
) -> None:
    async with shop.screen((100, 40)) as ui:
        await ui.press("enter", "i")
        await ui.type("they call again")
        await ui.press("escape")
        assert who_types(shop) == []
        await ui.press("r")
        await ui.sees("REPLY", "Telegram")
        await ui.type("It left")
        await ui.until(lambda: who_types(shop) == [AGENT])


async def test_a_long_text_says_as_how_many_messages_it_goes_out(shop: Shop) -> None:
    async with shop.screen((100, 40)) as ui:
        await ui.press("enter", "r")
        await ui.sees("REPLY", "Telegram")
        ui.station.box.field.insert_here("word " * 1000)
        await ui.sees("goes out as 2 messages")
        ui.station.box.field.set_text("short")
        await ui.sees_no("goes out as")


async def test_a_file_that_is_not_here_yet_says_so(room: Chatroom, shop: Shop) -> None:
    room.says(OLENA, 0, document=file(1, "application/pdf", 9000, file_name="bill.pdf"))
    async with shop.screen((100, 40)) as ui:
        await ui.press("enter")
        await ui.sees("bill.pdf  9.0 kB  fetching…")
        await ui.press("G", "o")
        await ui.sees("Links and attachments", "bill.pdf")
        await ui.press("enter")
        await ui.sees("bill.pdf is still being fetched: try again in a moment.")


async def test_a_mail_cannot_answer_one_message(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk")
    shop.arrive("Olena Koval", "Where is it?")
    async with shop.screen((100, 40)) as ui:
        await ui.press("enter", "less_than_sign")
        await ui.until(lambda: bool(ui.sentence))
        assert not ui.station.box.writing


async def test_a_search_says_what_a_message_without_words_is(room: Chatroom, shop: Shop) -> None:
    room.says(OLENA, 1, voice=file(2, "audio/ogg", 9000, duration=12))
    async with shop.screen((100, 40)) as ui:
        await ui.sees("voice message 0:12")
        await ui.press("slash")
        await ui.type("search channel:telegram\n")
        await ui.sees("Search", "🎤 voice message 0:12")

"""Whom and what a reply answers where a customer has several conversations, or no box is open."""

from __future__ import annotations

from connectors.contract import Address
from store import outbox
from store.model import ConversationId
from tests.tui.shell.shop import SUPPORT, Shop

OLENA, BEN = ConversationId(1), ConversationId(3)


async def test_a_draft_is_sent_without_the_box_and_nothing_came_meanwhile(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.type(":reply set It left today.\n")
        await ui.sees("Draft: It left today.")
        await ui.type(":reply send\n")
        await ui.sees("Sending in")
        assert [one.conversation_id for one in shop.read(outbox.all)] == [OLENA]


async def test_without_the_box_the_highlighted_conversation_is_answered(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.type(":reply set For Olena.\n")
        await ui.type("jj:reply set For Ben.\n:reply send\n")
        await ui.sees("Sending in")
        assert [one.conversation_id for one in shop.read(outbox.all)] == [BEN]
        assert shop.draft(OLENA) == "For Olena."


async def test_a_reply_from_the_timeline_goes_where_the_cursor_is(shop: Shop) -> None:
    other = shop.arrive("Olena Koval", "The zipper broke.", subject="Jacket", minutes_ago=10)
    assert other != OLENA
    async with shop.screen() as ui:
        await ui.press("enter")
        await ui.until(lambda: ui.station.reading.current == OLENA)
        await ui.press("r")
        await ui.sees("in “Order 17”")
        await ui.type("First")
        await ui.press("escape", "j", "r")
        await ui.sees("in “Jacket”")
        assert (ui.station.reading.current, ui.station.inbox.selected) == (other, other)
        assert ui.station.box.text == ""
        await ui.type("We mend it.")
        await ui.press("ctrl+s")
        await ui.sees("Sending in")
        assert [one.conversation_id for one in shop.read(outbox.all)] == [other]
        assert shop.draft(OLENA) == "First"


async def test_what_a_note_has_not_is_said_and_recipients_are_those_of_now(shop: Shop) -> None:
    copies = [Address(SUPPORT), Address("dan@dan.example", "Dan")]
    shop.arrive("Zoe Fox", "We two ask.", to=copies, minutes_ago=300)
    async with shop.screen() as ui:
        await ui.type(":choose-recipient\n")
        await ui.sees("Take off this reply", "dan@dan.example")
        await ui.press("escape", "escape", "escape", "j")
        await ui.type(":choose-recipient\n")
        await ui.sees("the reply goes to one address")
        await ui.press("escape", "i", "ctrl+o")
        await ui.sees("Files go with a reply only")
        await ui.press("f5")
        await ui.press("escape")
        await ui.type("Hm")
        ui.app.commander.press("choose-recipient")
        await ui.sees("Only a reply goes to somebody")

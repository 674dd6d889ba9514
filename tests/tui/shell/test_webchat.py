"""A web chat on the whole screen: who is there, who types, who looks; what this screen says."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import Address
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.link.heartbeat import BACK, EVERY, Heartbeat
from store import messages, outbox, presence, typing
from store.clock import now
from store.database import Store
from store.model import ConversationId
from tests.tui.shell.shop import AGENT, Shop
from tests.tui.shell.test_together import does
from tests.tui.views import webroom
from tests.tui.views.webroom import MAIL, MARTA, Webroom

FIRST = ConversationId(1)
YEAR = 366 * 86_400_000


@pytest.fixture
def room(tmp_path: Path) -> Webroom:
    """Marta, signed in, is there and waits; Bob has gone."""
    made = Webroom(tmp_path / "desk", now())
    made.signal("visit", MARTA, 9, page="https://acme.example/cart", title="Cart · Acme")
    made.signal("online", MARTA, 9)
    made.says(
        MARTA, "Hello?", 5, name="Marta", proofs=("jwt",), aliases=(("email", MAIL),)
    )  # fmt: skip
    webroom.bob(made)
    return made


@pytest.fixture
def shop(room: Webroom) -> Shop:
    return Shop(room.config).with_desk(after_send="stay")


async def test_who_is_there_types_and_looks_is_seen_as_it_happens(
    room: Webroom, shop: Shop
) -> None:
    async with shop.screen((200, 40)) as ui:
        # This very screen is open, so somebody is there for visitors.
        await ui.sees("◉ here · looks at “Cart · Acme”", "◉ Marta", "◉ here since")
        await ui.sees("◉ online · W 1 waits")
        room.types(FIRST)
        await ui.sees("◉ here · typing…")
        assert ui.text().count("typing…") == 2
        shop.write(lambda db: typing.clear(db, FIRST, ""))
        await ui.sees_no("typing…")
        room.looks("bob", FIRST)
        await ui.sees("bob: looking, too", "[BO]")
        room.types(FIRST, "bob")
        await ui.sees("bob: writing, too", "[BO…]")
        room.signal("offline", MARTA, 0)
        await ui.sees("○ Marta", "○ gone · your answer goes after them by mail to " + MAIL)
        await ui.sees("○ gone a moment ago")  # on the card, too
        room.signal("visit", MARTA, 0, title="Order 7")
        room.signal("online", MARTA, 0)
        await ui.sees("looks at “Order 7”")
        await ui.press("j")
        await ui.sees("○ gone 14m · no mail goes after them: no proven address")
        chat = ui.station.glance
        await ui.until(lambda: chat.chat is not None and bool(chat.chat.claimed))
        await ui.press("E", "c")
        await ui.sees("customer code bob.marsh@mail.example")
        await ui.press("escape", "enter", "G", "D")
        await ui.sees("not mailed", "No e-mail address of theirs is proven")


async def test_who_sits_in_the_chat_is_gone_to_and_stayed_with(room: Webroom) -> None:
    shop = Shop(room.config).with_desk(after_send="next")
    async with shop.screen((120, 30)) as ui:
        await ui.press("j", "W")
        await ui.until(lambda: ui.station.reading.current == FIRST)
        await ui.sees("◉ here · looks at “Cart · Acme”")
        await ui.press("r")
        await ui.type("On its way")
        await ui.press("ctrl+s")
        # They wait for it: it is held back for less long, and their answer will come here.
        await ui.sees("Reply on its way.")
        reply = shop.read(lambda db: messages.of_conversation(db, FIRST))[-1]
        until = shop.read(lambda db: outbox.get(db, reply.id)).due_at
        assert until - reply.arrived_at == 3_000
        assert ui.station.reading.current == FIRST
        await ui.press("W")
        await ui.sees("No visitor of the web chat waits.")


async def test_the_reply_box_keeps_saying_whether_they_are_there(room: Webroom, shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("enter", "r")
        await ui.sees("REPLY", "◉ here")
        await ui.type("On its way")
        await ui.until(
            lambda: [one.who for one in shop.read(lambda db: typing.fresh(db, 0))] == [AGENT]
        )
        room.signal("offline", MARTA, 0)
        await ui.sees("○ gone · your answer goes after them")
        assert ui.station.box.text == "On its way"
        assert "v_k3Jd" not in ui.text()


async def test_a_reply_goes_where_they_are_as_it_was_shown(room: Webroom, shop: Shop) -> None:
    to = [Address("help@acme.example")]
    shop.arrive("Marta", "And by mail.", address=MAIL, proofs=("dmarc",), to=to, minutes_ago=1)
    here = "› Marta is in the chat now · F2 changes"

    def sent_over() -> list[str]:
        found = shop.read(lambda db: messages.of_conversation(db, FIRST))
        return [one.channel for one in found if one.direction == "out"]

    async with shop.screen((120, 30)) as ui:
        await ui.press("r")
        await ui.sees("REPLY  ◉ web chat", here)
        await ui.type("Once")
        # What is being written stays where it was begun for.
        room.signal("offline", MARTA, 0)
        await ui.sees_no(here)
        await ui.sees("REPLY  ◉ web chat")
        does(shop, "tag add vip")  # nor does what somebody does here take it elsewhere
        inbox = ui.station.inbox
        await ui.until(lambda: "vip" in getattr(inbox.selected_conversation, "tags", ()))
        await ui.settle()
        await ui.sees("REPLY  ◉ web chat")
        await ui.press("ctrl+s")
        await ui.until(lambda: sent_over() == ["webchat"])
        await ui.press("r")
        await ui.sees("REPLY  ✉ e-mail", f"<{MAIL}>")
        await ui.type("Twice")
        room.signal("online", MARTA, 0)
        await ui.sees("REPLY  ✉ e-mail", here)
        await ui.press("ctrl+s")
        await ui.until(lambda: sent_over() == ["webchat", "email"])
        # Before a word is written the box follows them; the agent's choice stays.
        await ui.press("r")
        await ui.sees("REPLY  ◉ web chat", here)
        await ui.press("f2")
        await ui.sees("where they are, or wrote last")
        number = [one.name for one in ui.station.live.accounts].index("support") + 1
        await ui.press(str(number))
        await ui.sees("REPLY  ✉ e-mail")
        await ui.sees_no(here)


async def test_going_away_and_coming_back_are_two_keys_each(room: Webroom, shop: Shop) -> None:
    async with shop.screen((120, 30)) as ui:
        await ui.sees("◉ online")
        await ui.press("P", "a")
        await ui.sees("you: away", "○ away")
        await ui.press("u")
        await ui.sees("◉ online")
        await ui.press("P", "h")
        await ui.sees("○ hidden (by hand)")
        await ui.press("P", "u")
        await ui.sees("◉ online")
        await ui.press("E", "b")
        await ui.sees("Keep Marta out?")
        await ui.press("y")
        await ui.sees("barred: they cannot write")
        await ui.press("E", "u")
        await ui.sees_no("barred: they cannot write")


async def test_this_screen_says_what_stands_on_it_and_that_it_was_closed(
    room: Webroom, shop: Shop
) -> None:
    def told() -> list[tuple[str, ConversationId | None]]:
        found = shop.read(lambda db: presence.screens(db, 0))
        return [(one.agent, one.conversation_id) for one in found]

    async with shop.screen((80, 24)) as ui:
        await ui.until(lambda: told() == [(AGENT, None)])
        await ui.press("enter")
        await ui.until(lambda: told() == [(AGENT, FIRST)])
        await ui.press("escape")
        await ui.until(lambda: told() == [(AGENT, None)])
    assert told() == []


async def test_a_key_after_a_pause_is_told_at_once(shop: Shop) -> None:
    moment, ahead = 1_000_000, 0
    store = await Store.open(shop.config.home.store_file)
    try:
        heart = Heartbeat(
            DeskLink(store, shop.config, AGENT),
            lambda: None,
            clock=lambda: moment + ahead,
            running=lambda: moment / 1000,
        )
        assert heart._due(None)
        await heart._beat(None)
        assert not heart._due(None)
        assert heart._due(FIRST)
        moment += BACK - 1
        heart.touched()
        heart._told = (moment / 1000, (moment - BACK + 1) / 1000, None)  # a beat without a key
        assert not heart._due(None)
        moment += 1
        heart.touched()
        assert heart._due(None)
        await heart._beat(None)
        moment += round(EVERY * 1000)
        assert heart._due(None)
        await heart._beat(None)
        for ahead in (YEAR, -YEAR):  # the clock is set: nobody was away, or is there for a year
            assert heart.active_at == moment + ahead - round(EVERY * 1000)
            assert heart._due(None)
            await heart._beat(None)
            assert not heart._due(None)
            (screen,) = await store.read(presence.screens, -YEAR)
            assert screen.active_at == heart.active_at
        await heart.end()
        assert await store.read(presence.screens, 0) == []
    finally:
        await store.close()


async def test_a_desk_without_a_chat_has_none_of_it_but_presence(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk")
    async with shop.screen((100, 60)) as ui:
        # About no conversation: there is none.
        await ui.press("P", "a")
        await ui.sees("you: away")
        await ui.press("P", "b")
        await ui.sees_no("you: away")
        shop.arrive("Olena Koval", "Where is it?")
        await ui.sees("Olena Koval")
        await ui.press("enter")
        await ui.until(lambda: ui.station.glance.chat is not None)
        assert not ui.station.presence_line.told
        assert not ui.station.status.counter.display
        assert "online" not in ui.text()
        await ui.press("question_mark")
        for _ in range(12):
            if "read ✓✓  the customer has had it before their eyes" in ui.text():
                break
            await ui.press("down", "down", "down", "down", "down")
        await ui.sees("read ✓✓  the customer has had it before their eyes")
        await ui.sees("web chat: the customer is there now")

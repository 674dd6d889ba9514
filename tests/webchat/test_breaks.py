"""Networks are cut, relays die, desks go home: nothing is lost, nothing comes twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.webchat.conftest import Visits
from tests.webchat.shop import Shop

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("webchat-breaks")]


def test_a_browser_without_a_network(visits: Visits, shop: Shop) -> None:
    visitor = visits()
    visitor.chat.open().says("Before the tunnel.")
    conversation = shop.arrived("Before the tunnel.").conversation_id
    visitor.watch.quiet = True
    visitor.context.set_offline(True)
    shop.visitors.kill()
    visitor.chat.writes("In the tunnel, one.")
    visitor.chat.writes("In the tunnel, two.")
    shop.answers(conversation, "Hello? The train is in a tunnel.")
    assert shop.with_text("In the tunnel, one.") is None
    visitor.context.set_offline(False)
    shop.arrived("In the tunnel, one.")
    shop.arrived("In the tunnel, two.")
    visitor.chat.sees("Hello? The train")
    visitor.chat.says("After it.")
    shop.arrived("After it.")
    _same(visitor.chat.texts(), shop, conversation)


@pytest.mark.slow
def test_connections_cut_again_and_again(visits: Visits, shop: Shop) -> None:
    """Resets in the middle of frames, while both sides write."""
    visitor = visits()
    visitor.watch.quiet = True
    visitor.chat.open().says("Zero.")
    conversation = shop.arrived("Zero.").conversation_id
    said, answered = [], []
    for number in range(6):
        said.append(f"Word {number}.")
        answered.append(f"Answer {number}.")
        visitor.chat.writes(said[-1])
        shop.visitors.kill(reset=bool(number % 2))
        shop.answers(conversation, answered[-1])
        if number % 2:
            shop.line.kill()
    for text in said:
        shop.arrived(text)
    for text in answered:
        visitor.chat.sees(text)
    expect(visitor.chat.messages).to_have_count(13)
    _same(visitor.chat.texts(), shop, conversation)


def test_an_ack_that_never_came_back(visits: Visits, shop: Shop) -> None:
    """The relay has it and could not say so: it is sent again, and is one message."""
    visitor = visits()
    visitor.watch.quiet = True
    visitor.chat.open().says("First of all.")
    shop.arrived("First of all.")
    cut = []

    def swallow(piece: bytes, from_client: bool) -> int | None:
        if from_client or b'"ack"' not in piece:
            return None
        cut.append(piece)
        return 0 if len(cut) == 1 else None

    shop.visitors.cut_when = swallow
    try:
        visitor.chat.writes("Did you get this?")
        message = shop.arrived("Did you get this?")
        visitor.chat.is_sent("Did you get this?")
        assert cut
    finally:
        shop.visitors.cut_when = None
    visitor.page.reload()
    visitor.chat.shows(["First of all.", "Did you get this?"])
    assert len(shop.messages(message.conversation_id)) == 2


def test_a_relay_that_dies_in_the_middle(visits: Visits, shop: Shop) -> None:
    visitor = visits()
    visitor.watch.quiet = True
    visitor.chat.open().says("All is well.")
    conversation = shop.arrived("All is well.").conversation_id
    visitor.chat.writes("Is this the moment?")
    shop.kill_relay()
    visitor.chat.writes("Or this?")
    shop.answers(conversation, "We are here all the time.")
    shop.start_relay()
    for text in ("Is this the moment?", "Or this?"):
        shop.arrived(text)
        visitor.chat.is_sent(text)
    visitor.chat.sees("We are here all the time.")
    _same(visitor.chat.texts(), shop, conversation)
    visitor.page.reload()
    expect(visitor.chat.messages).to_have_count(4)


@pytest.mark.slow
def test_a_page_closed_before_the_relay_was_back(visits: Visits, shop: Shop) -> None:
    """What was written goes out when the visitor comes again, and once."""
    visitor = visits()
    visitor.watch.quiet = True
    visitor.chat.open().says("I shall close this page.")
    conversation = shop.arrived("I shall close this page.").conversation_id
    shop.kill_relay()
    visitor.chat.writes("Written into the void.")
    visitor.page.close()
    shop.start_relay()
    tab = visitor.second_tab(visitor.address)
    shop.arrived("Written into the void.")
    tab.opened()
    tab.shows(["I shall close this page.", "Written into the void."])
    assert len(shop.messages(conversation)) == 2


def test_a_desk_that_is_away_and_comes_back(visits: Visits, shop: Shop) -> None:
    shop.kill_engine()
    visitor = visits()
    visitor.chat.open().says("Nobody there?")
    visitor.chat.says("I leave this here.")
    visitor.page.reload()
    visitor.chat.shows(["Nobody there?", "I leave this here."])
    assert shop.with_text("Nobody there?") is None
    shop.start_engine()
    conversation = shop.arrived("Nobody there?").conversation_id
    shop.arrived("I leave this here.")
    shop.answers(conversation, "Here we are again.")
    visitor.chat.sees("Here we are again.")
    _same(visitor.chat.texts(), shop, conversation)


@pytest.mark.slow
def test_an_engine_that_dies_while_both_write(visits: Visits, shop: Shop) -> None:
    visitor = visits()
    visitor.chat.open().says("Start.")
    conversation = shop.arrived("Start.").conversation_id
    said = ["Start."]
    for number in range(3):
        said.append(f"Talk {number}.")
        visitor.chat.writes(said[-1])
        answer = shop.answers(conversation, f"Reply {number}.")
        shop.kill_engine()
        shop.start_engine()
        shop.eventually(lambda answer=answer: shop.state(answer) in ("sent", "unknown"))
    for text in said:
        shop.arrived(text)
    for number in range(3):
        visitor.chat.sees(f"Reply {number}.")
    expect(visitor.chat.messages).to_have_count(7)


def _same(seen: list[str], shop: Shop, conversation: int) -> None:
    """The page has what the store has, each once, each side's in the order in which it wrote."""
    stored = shop.messages(conversation)
    assert sorted(seen) == sorted(message.text for message in stored)
    for direction in ("in", "out"):
        mine = [message.text for message in stored if message.direction == direction]
        assert [text for text in seen if text in mine] == mine

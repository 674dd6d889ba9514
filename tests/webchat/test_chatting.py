"""Visitors and agents talk: each in their own chat, over reloads and tabs, on any page."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from connectors.webchat.widget import texts
from tests.webchat.conftest import Visits
from tests.webchat.pages import Pages
from tests.webchat.shop import Shop

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("webchat-chatting")]


def test_two_visitors_at_once_do_not_see_each_other(visits: Visits, shop: Shop) -> None:
    ann, ben = visits(title="Spades"), visits(title="Rakes")
    ann.chat.open().says("Is the spade sharp?")
    ben.chat.open().says("Is the rake long?")
    first, second = shop.arrived("Is the spade sharp?"), shop.arrived("Is the rake long?")
    assert first.conversation_id != second.conversation_id
    assert first.customer_id != second.customer_id
    shop.answers(first.conversation_id, "Very sharp.")
    shop.answers(second.conversation_id, "Two metres.")
    ann.chat.sees("Very sharp.")
    ben.chat.sees("Two metres.")
    ann.chat.says("Thanks!")
    ben.chat.says("Long enough.")
    ann.chat.shows(["Is the spade sharp?", "Very sharp.", "Thanks!"])
    ben.chat.shows(["Is the rake long?", "Two metres.", "Long enough."])
    said = [message.text for message in shop.messages(first.conversation_id)]
    shop.arrived("Thanks!")
    assert "Long enough." not in said


def test_the_command_line_answers_and_shows_the_visit(
    visits: Visits, shop: Shop, pages: Pages
) -> None:
    visitor = visits(title="Sheds & more", profile={"timezone_id": "Europe/Paris"})
    visitor.chat.open().says("Do you deliver to Lviv?")
    conversation = shop.arrived("Do you deliver to Lviv?").conversation_id
    message = int(shop.cli("reply", str(conversation), stdin="Yes, **tomorrow**."))
    bold = visitor.chat.sees("Yes, tomorrow.").locator("strong")
    expect(bold).to_have_text("tomorrow")
    shop.eventually(lambda: shop.state(message) == "sent")
    shown = json.loads(shop.cli("show", str(conversation), "--json"))
    assert shown["status"] == "pending"
    assert [m["channel"] for m in shown["messages"]] == ["webchat", "webchat"]
    assert shown["messages"][1]["state"] == "sent"
    card = json.loads(shop.cli("customer", str(shown["customer_id"]), "--json"))
    visit = card["visit"]
    assert visit["page"].startswith(f"{pages.origin}/plain")
    assert visit["title"] == "Sheds & more"
    assert "Chrom" in visit["browser"]
    assert visit["timezone"] == "Europe/Paris"
    assert visit["language"].startswith("en")


def test_a_reload_and_another_page_keep_the_history(
    visits: Visits, shop: Shop, pages: Pages
) -> None:
    visitor = visits()
    visitor.chat.open().says("First I was here.")
    conversation = shop.arrived("First I was here.").conversation_id
    shop.answers(conversation, "Welcome!")
    visitor.chat.sees("Welcome!")
    visitor.page.reload()
    expect(visitor.chat.log).to_be_visible()  # it was open, and is again
    visitor.chat.shows(["First I was here.", "Welcome!"])
    visitor.page.goto(pages.url("csp"))
    visitor.chat.shows(["First I was here.", "Welcome!"])
    visitor.chat.says("And now I am here.")
    assert shop.arrived("And now I am here.").conversation_id == conversation


def test_a_second_tab_is_in_step(visits: Visits, shop: Shop, pages: Pages) -> None:
    visitor = visits()
    visitor.chat.open().says("From the first tab.")
    conversation = shop.arrived("From the first tab.").conversation_id
    other = visitor.second_tab(pages.url("csp"))
    other.opened().shows(["From the first tab."])
    other.says("From the second.")
    visitor.chat.shows(["From the first tab.", "From the second."])
    shop.answers(conversation, "Seen in both.")
    for tab in (visitor.chat, other):
        tab.shows(["From the first tab.", "From the second.", "Seen in both."])
    visitor.chat.says("Once more from the first.")
    other.sees("Once more from the first.")
    shop.arrived("Once more from the first.")
    assert len(shop.messages(conversation)) == 4


def test_a_strict_policy_and_trusted_types_are_no_obstacle(visits: Visits, shop: Shop) -> None:
    visitor = visits("csp")
    visitor.chat.open().says("Behind a strict policy.")
    conversation = shop.arrived("Behind a strict policy.").conversation_id
    shop.answers(conversation, "Read [this](https://acme.test/a) and **that**.")
    link = visitor.chat.sees("Read this and that.").get_by_role("link", name="this")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_typing_and_marks_both_ways(visits: Visits, shop: Shop) -> None:
    visitor = visits()
    visitor.chat.open().says("Do you see me?")
    message = shop.arrived("Do you see me?")
    conversation, customer = message.conversation_id, message.customer_id
    # The visitor types: the desk sees it.
    visitor.chat.types("I am typ")
    shop.eventually(lambda: shop.visitor_types(conversation))
    # The agent types: the visitor sees it; then the answer takes its place.
    shop.agent_types(conversation)
    expect(visitor.chat.typing).not_to_be_empty()
    answer = shop.answers(conversation, "I do.")
    visitor.chat.sees("I do.")
    expect(visitor.chat.typing).to_be_empty()
    # The visitor has it, and has seen it: marked at the agent's message.
    shop.eventually(lambda: shop.details(answer).get("delivered_at"))
    shop.eventually(lambda: shop.details(answer).get("read_at"))
    # The agent has read: marked at the visitor's message.
    shop.reads(conversation)
    visitor.chat.is_marked("Do you see me?", "read")
    assert shop.visit(customer).online


def test_an_edit_and_a_deletion_are_seen(visits: Visits, shop: Shop) -> None:
    visitor = visits()
    visitor.chat.open().says("How much is it?")
    conversation = shop.arrived("How much is it?").conversation_id
    first = shop.answers(conversation, "It is 15 euros.")
    visitor.chat.sees("It is 15 euros.")
    second = shop.answers(conversation, "And here is your neighbour's address.")
    visitor.chat.sees("neighbour's address")
    shop.eventually(lambda: shop.state(second) == "sent")
    shop.command(conversation, f"message edit {first} It is 16 euros.")
    shop.command(conversation, f"message delete {second}")
    visitor.chat.sees("It is 16 euros.")
    expect(visitor.page.get_by_text("It is 15 euros.")).to_have_count(0)
    expect(visitor.page.get_by_text("neighbour's address")).to_have_count(0)
    visitor.page.reload()
    visitor.chat.sees("It is 16 euros.")
    expect(visitor.page.get_by_text("neighbour's address")).to_have_count(0)


def test_availability_as_the_desk_sets_it(visits: Visits, shop: Shop, pages: Pages) -> None:
    visitor = visits()
    visitor.chat.open().says("Is anybody there?")
    conversation = shop.arrived("Is anybody there?").conversation_id
    for state in ("online", "away"):
        shop.command(conversation, f"attendance {state}")
        expect(visitor.chat.status).to_have_class(re.compile(rf"\b{state}\b"))
    try:
        shop.command(conversation, "attendance hidden")
        # A chat that is closed is told when its page is loaded.
        shop.eventually(lambda: shop.told_at("acme", pages.origin) == "hidden")
        stranger = visits(profile={})  # the site's answer stays in a browser's cache for a while
        expect(stranger.page.get_by_role("heading", name="Acme")).to_be_visible()
        expect(stranger.chat.launcher).to_be_hidden()
    finally:
        shop.command(conversation, "attendance auto")
    shop.eventually(lambda: shop.told_at("acme", pages.origin) != "hidden")


def test_the_visitor_ends_the_chat(visits: Visits, shop: Shop) -> None:
    visitor = visits()
    visitor.chat.open().says("That is all.")
    message = shop.arrived("That is all.")
    visitor.chat.chooses("end")
    visitor.chat.fills_in("end")
    shop.eventually(lambda: "ended" in shop.chat_events(message.conversation_id))
    # Who writes again goes on.
    visitor.chat.says("One thing more.")
    assert shop.arrived("One thing more.").customer_id == message.customer_id


@pytest.mark.slow
def test_it_speaks_the_page_s_language(visits: Visits, pages: Pages) -> None:
    visitor = visits()
    for language in ("uk", "ru", "pl"):
        visitor.page.goto(pages.url(lang=language))
        visitor.chat.opened()
        expect(visitor.chat.box).to_have_attribute("placeholder", texts()[language]["write"])
        expect(visitor.page.locator("omnitui-chat [lang]").first).to_have_attribute(
            "lang", language
        )

"""Messages over lines that break: none lost, none doubled, whatever happens to the tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.webchat_widget.chat import Chat
from tests.webchat_widget.stage import SHOP, Stage, StageMaker

pytestmark = pytest.mark.real


def test_a_message_goes_and_an_answer_comes(stage: Stage) -> None:
    chat = Chat(stage.page(html="lang=en", path="/spades?id=1")).open()
    chat.writes("Hello")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    stage.relay.says("Good **day**")
    chat.shows("Hello", "Good day")
    expect(chat.bubbles.locator("strong")).to_have_text("day")
    (hello,) = stage.relay.line.of("hello")
    assert hello["page"] == f"{SHOP}/spades?id=1"
    assert (hello["title"], hello["language"], hello["token"]) == ("Acme", "en", None)
    stage.relay.line.tell("delivered", seq=1)
    expect(chat.log.locator(".meta.delivered")).to_be_visible()
    stage.relay.line.tell("read", seq=1)
    expect(chat.log.locator(".meta.read")).to_be_visible()
    assert stage.relay.line.of("read") == [{"type": "read", "seq": 2}]


def test_what_was_not_acknowledged_is_sent_again_after_a_reload(stage: Stage) -> None:
    relay, page = stage.relay, stage.page()
    chat = Chat(page).open()
    relay.answers = False
    chat.writes("First")
    chat.writes("Second")
    expect(chat.log.locator(".meta.sending")).to_have_count(2)
    relay.answers = True
    page.reload()
    chat.shows("First", "Second")
    expect(chat.log.locator(".meta.sent")).to_have_count(1)
    assert relay.texts() == ["First", "Second"]
    ids = [frame["id"] for frame in relay.came if frame["type"] == "message"]
    assert ids[:2] == ids[2:]
    page.reload()
    chat.shows("First", "Second")
    assert relay.texts() == ["First", "Second"]


def test_a_lost_acknowledgement_doubles_nothing(stage: Stage) -> None:
    relay = stage.relay
    chat = Chat(stage.page()).open()
    expect(chat.status).to_have_text("We are online")
    relay.answers = False
    chat.writes("Only once")
    relay.answers = True
    relay.answer(relay.came[-1])  # stored, and the line breaks before its ack
    relay.line.close()
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    chat.shows("Only once")
    assert relay.texts() == ["Only once"]
    assert relay.line.of("hello")[0]["token"] == "token-1"


def test_an_acknowledgement_that_overtakes_an_answer_hides_none(stage: Stage) -> None:
    relay = stage.relay
    chat = Chat(stage.page()).open()
    chat.writes("Anybody?")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    relay.add("agent", "Yes")  # with the answer to a long poll that got lost
    chat.writes("Hello?")
    chat.shows("Anybody?", "Yes", "Hello?")
    assert relay.texts() == ["Anybody?", "Hello?"]
    assert relay.line.of("hello")[0]["after"] == 1


def test_while_nothing_connects_messages_wait_and_the_status_says_so(stage: Stage) -> None:
    relay, page = stage.relay, stage.page()
    chat = Chat(page).open()
    expect(chat.status).to_have_text("We are online")
    stage.context.set_offline(True)
    relay.sockets_open = False
    relay.line.close()
    expect(chat.status).to_contain_text("Offline")
    chat.writes("Written in a tunnel")
    expect(chat.log.locator(".meta.sending")).to_be_visible()
    relay.sockets_open = True
    stage.context.set_offline(False)
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    assert relay.texts() == ["Written in a tunnel"]


def test_long_polls_carry_the_chat_where_web_sockets_do_not_open(stage: Stage) -> None:
    stage.relay.sockets_open = False
    chat = Chat(stage.page()).open()
    expect(chat.status).to_have_text("We are online")
    chat.writes("By post")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    assert stage.relay.texts() == ["By post"]
    assert stage.relay.polls[0]["session"] is None
    assert all(poll["session"] == "s1" for poll in stage.relay.polls[1:])
    stage.faults = [fault for fault in stage.faults if "WebSocket" not in fault]


def test_a_gap_in_the_numbers_is_asked_for(stage: Stage) -> None:
    relay = stage.relay
    relay.add("agent", "One")
    chat = Chat(stage.page()).open()
    chat.shows("One")
    relay.add("agent", "Two")  # nobody is told
    relay.says("Three")
    chat.shows("One", "Two", "Three")
    assert relay.line.of("hello")[0]["after"] == 1


def test_two_tabs_are_one_visitor_and_in_step(stage: Stage) -> None:
    relay = stage.relay
    first, second = Chat(stage.page()), Chat(stage.page())
    first.open().writes("From the first")
    expect(first.log.locator(".meta.sent")).to_be_visible()
    second.open().shows("From the first")
    second.writes("From the second")
    first.shows("From the first", "From the second")
    second.shows("From the first", "From the second")
    assert relay.texts() == ["From the first", "From the second"]
    assert [line.of("hello")[0]["token"] for line in relay.lines] == [None, "token-1"]


def test_reading_in_one_tab_clears_the_badge_of_the_other(stage: Stage) -> None:
    relay = stage.relay
    relay.add("visitor", "Hi")
    page = stage.page()
    page.evaluate("localStorage.setItem('omnitui:acme:token', '\"token-1\"')")
    page.reload()
    first, second = Chat(page), Chat(stage.page())
    relay.says("Hello")
    for chat in (first, second):
        expect(chat.launcher.locator(".badge")).to_have_text("1")
        expect(chat.launcher).to_have_accessible_name("Open chat. New messages: 1")
    second.open().shows("Hi", "Hello")
    expect(second.launcher.locator(".badge")).to_be_hidden()
    expect(first.launcher.locator(".badge")).to_be_hidden()


def test_without_storage_it_works_until_the_page_is_left(stages: StageMaker) -> None:
    stage = stages()
    denied = "{ get() { throw new DOMException('denied', 'SecurityError'); } }"
    for area in ("localStorage", "sessionStorage"):
        stage.context.add_init_script(f"Object.defineProperty(window, '{area}', {denied})")
    chat = Chat(stage.page()).open()
    chat.writes("Not kept")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    stage.relay.answers = False
    chat.writes("In memory")
    stage.relay.answers = True
    stage.relay.line.close()
    expect(chat.log.locator(".meta.sending")).to_have_count(0)
    assert stage.relay.texts() == ["Not kept", "In memory"]


@pytest.mark.parametrize(
    ("code", "words"), [("too-large", "too long"), ("bad-file", "Not sent"), ("blocked", "cannot")]
)
def test_a_refused_message_says_why_and_is_not_tried_again(
    stage: Stage, code: str, words: str
) -> None:
    chat = Chat(stage.page()).open()
    stage.relay.refuse = {"code": code}
    chat.writes("Refused")
    expect(chat.log.locator(".failed .meta")).to_contain_text(words)
    chat.page.reload()
    expect(chat.log).to_be_visible()
    expect(chat.bubbles).to_have_count(0)


def test_too_many_is_tried_again_later(stage: Stage) -> None:
    chat = Chat(stage.page()).open()
    stage.relay.refuse = {"code": "too-many", "retry_after": 0.1}
    chat.writes("Patience")
    expect(chat.notice).to_contain_text("Too many")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    assert stage.relay.texts() == ["Patience"]


def test_a_refused_token_makes_a_new_visitor_and_loses_no_message(stage: Stage) -> None:
    relay = stage.relay
    chat = Chat(stage.page()).open()
    expect(chat.status).to_have_text("We are online")
    relay.answers = False
    chat.writes("Still here")
    relay.token, relay.visitor, relay.answers = "token-2", "v_" + "b" * 22, True
    relay.line.tell("error", code="bad-token", message="")
    relay.line.close(4401)
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    assert relay.line.of("hello")[0]["token"] is None
    assert relay.texts() == ["Still here"]


def test_earlier_messages_come_on_scrolling_and_stay_in_place(stage: Stage) -> None:
    relay = stage.relay
    relay.page_size = 20
    for number in range(50):
        relay.add("agent", f"Message {number}")
    relay.read["visitor"] = 50
    chat = Chat(stage.page()).open()
    expect(chat.bubbles).to_have_count(20)
    chat.log.evaluate("log => log.scrollTop = 0")
    expect(chat.bubbles).to_have_count(40)
    expect(chat.bubbles.filter(has_text="Message 30")).to_be_in_viewport()
    expect(chat.bubbles.filter(has_text="Message 10")).not_to_be_in_viewport()
    # A mouse would scroll up to it first, which asks for them already.
    chat.window.get_by_role("button", name="Earlier messages").evaluate("button => button.click()")
    expect(chat.bubbles).to_have_count(50)
    relay.says("A newer one")
    chat.window.get_by_role("button", name="New messages").click()
    expect(chat.bubbles.filter(has_text="A newer one")).to_be_in_viewport()

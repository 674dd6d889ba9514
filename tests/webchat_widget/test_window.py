"""The window as people use it: by keyboard, by ear, on a phone, in their language."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.webchat_widget.chat import Chat
from tests.webchat_widget.stage import Relay, Stage, StageMaker

pytestmark = pytest.mark.real

PHONE = {"viewport": {"width": 390, "height": 700}, "has_touch": True, "is_mobile": True}

OFFLINE_FORM = [
    {"name": "email", "type": "email", "required": True, "label": {}, "options": []},
    {"name": "message", "type": "textarea", "required": True, "label": {}, "options": []},
]

FORM = [
    {"name": "name", "type": "text", "required": True, "label": {}, "options": []},
    {"name": "topic", "type": "select", "label": {"en": "About", "uk": "Тема"}, "options": ["A"]},
    {"name": "news", "type": "checkbox", "label": {"": "News"}, "options": []},
]

AXE_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def _is_accessible(page: Page) -> None:
    # Colours are looked at when they have stopped changing.
    page.wait_for_function("document.getAnimations().length === 0")
    result = Axe().run(page, options=AXE_RULES)
    assert not result.response["violations"], result.generate_report()


def _busy() -> Relay:
    relay = Relay()
    relay.add("visitor", "Is it in stock? https://shop.example/spade")
    relay.add("agent", "Yes, **two**:\n- `A`\n- [B](https://shop.example)", edited=True)
    relay.add("agent", "", deleted=True)
    file = {"id": "f", "type": "image/png", "size": 9_999, "url": "/v1/files/f/a.png"}
    relay.add("agent", "Look", files=[{**file, "name": "a.png"}])
    relay.add("visitor", "Thanks")
    relay.delivered = 5
    return relay


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(stages: StageMaker, scheme: str) -> None:
    stage = stages(_busy(), color_scheme=scheme, reduced_motion="reduce")
    chat = Chat(stage.page()).open()
    expect(chat.bubbles).to_have_count(5)
    stage.relay.line.tell("error", code="too-many", message="")
    expect(chat.notice).to_be_visible()
    chat.window.get_by_role("button", name="Menu").click()
    _is_accessible(chat.page)
    chat.page.keyboard.press("Escape")
    if scheme == "dark":
        return
    chat.chooses("Answers by e-mail")
    chat.panel.locator("[name=email]").fill("ann@example.test")
    chat.panel.get_by_role("button", name="Send code").click()
    stage.relay.line.tell("verification", state="wrong", email="a•••@example.test")
    expect(chat.panel.get_by_role("alert")).to_be_visible()
    _is_accessible(chat.page)


def test_axe_finds_nothing_in_a_form_on_a_phone(stages: StageMaker) -> None:
    relay = Relay()
    relay.site["form"] = FORM
    stage = stages(relay, reduced_motion="reduce", **PHONE)
    chat = Chat(stage.page()).open()
    expect(chat.panel.locator("form")).to_be_visible()
    _is_accessible(chat.page)


def test_the_keyboard_does_it_all(stage: Stage) -> None:
    chat = Chat(stage.page())
    page = chat.page
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")
    chat.launcher.focus()
    page.keyboard.press("Enter")
    expect(chat.box).to_be_focused()
    expect(chat.launcher).to_have_attribute("aria-expanded", "true")
    page.keyboard.type("One")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    chat.shows("One\ntwo")
    expect(chat.box).to_be_focused()
    menu = chat.window.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    sound = chat.window.get_by_role("switch", name="Sound")
    expect(sound).to_be_focused()
    expect(sound).not_to_be_checked()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(sound).to_be_checked()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(chat.window).to_be_visible()
    page.keyboard.press("Escape")
    expect(chat.window).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def test_news_is_read_out_and_history_is_not(stage: Stage) -> None:
    stage.relay.add("agent", "Old")
    chat = Chat(stage.page())
    page = chat.page
    page.evaluate(
        """() => { const log = document.querySelector('omnitui-chat').shadowRoot
             .querySelector('[role=log]'); window.told = [];
             new MutationObserver(all => all.forEach(m => m.addedNodes.forEach(n =>
               window.told.push([log.getAttribute('aria-live'), n.textContent]))))
             .observe(log, {childList: true}); }"""
    )
    chat.open().shows("Old")
    stage.relay.says("New")
    chat.shows("Old", "New")
    told: list[Any] = page.evaluate("told")
    assert {live for live, text in told if "Old" in text} == {"off"}
    assert {live for live, text in told if "New" in text} == {"polite"}


def test_a_phone_is_filled_and_the_page_behind_is_out_of_reach(stages: StageMaker) -> None:
    stage = stages(reduced_motion="reduce", **PHONE)
    page = stage.page(body="<a href='/x'>Shop</a>")
    chat = Chat(page).open()
    box = chat.window.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 700}
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") in ("OMNITUI-CHAT", "BODY")
    chat.window.get_by_role("button", name="Close").click()
    expect(chat.window).to_be_hidden()


def test_a_page_from_right_to_left_is_mirrored(stages: StageMaker) -> None:
    stage = stages(_busy())
    chat = Chat(stage.page(html="lang=en dir=rtl")).open()
    launcher, log = chat.launcher.bounding_box(), chat.log.bounding_box()
    mine = chat.bubbles.last.bounding_box()
    assert launcher
    assert log
    assert mine
    assert launcher["x"] < 100
    assert mine["x"] - log["x"] < 40


@pytest.mark.parametrize(
    ("html", "data", "locale", "words"),
    [
        ("lang=uk", {}, "en-GB", "Напишіть повідомлення…"),
        ("lang=uk", {"lang": "pl"}, "en-GB", "Napisz wiadomość…"),
        ("lang=de", {}, "ru-RU", "Напишите сообщение…"),
        ("", {}, "fr-FR", "Write a message…"),
    ],
)
def test_it_speaks_the_page_s_or_the_person_s_language(
    stages: StageMaker, html: str, data: dict[str, str], locale: str, words: str
) -> None:
    chat = Chat(stages(locale=locale).page(html=html, data=data)).open()
    expect(chat.box).to_have_attribute("placeholder", words)


def test_a_form_comes_before_the_first_message(stage: Stage) -> None:
    relay = stage.relay
    relay.site["form"] = FORM
    chat = Chat(stage.page()).open()
    expect(chat.box).to_be_hidden()
    name = chat.panel.get_by_label("Name")
    expect(name).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(name).to_be_visible()  # required
    name.fill("Ann")
    chat.panel.get_by_label("About").select_option("A")
    chat.panel.get_by_role("button", name="Start chat").click()
    expect(chat.box).to_be_focused()
    chat.writes("Hello")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    (form,) = relay.line.of("form")
    assert form["fields"] == {"name": "Ann", "topic": "A"}
    assert form["offline"] is False
    chat.page.reload()
    expect(chat.box).to_be_visible()


def test_the_form_for_when_nobody_is_there_becomes_a_message(stage: Stage) -> None:
    relay = stage.relay
    relay.availability["availability"] = "away"
    relay.site["offline_form"] = OFFLINE_FORM
    chat = Chat(stage.page()).open()
    expect(chat.status).to_have_text("We are away now")
    chat.panel.get_by_label("E-mail").fill("ann@example.test")
    chat.panel.get_by_label("Message").fill("Call me")
    chat.panel.get_by_role("button", name="Leave a message").click()
    chat.shows("Call me")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    (form,) = relay.line.of("form")
    assert form["fields"] == {"email": "ann@example.test"}
    assert form["offline"] is True


def test_availability_and_the_queue_are_told(stage: Stage) -> None:
    chat = Chat(stage.page()).open()
    line = stage.relay.lines
    expect(chat.status).to_have_text("We are online")
    line[-1].tell("availability", availability="online", queue=3, wait=200)
    expect(chat.status).to_have_text("You are number 3 in the queue · about 4 min")
    line[-1].tell("availability", availability="away", queue=None, wait=None)
    expect(chat.status).to_have_text("We are away now")
    line[-1].tell("availability", availability="hidden", queue=None, wait=None)
    chat.page.keyboard.press("Escape")
    expect(chat.launcher).to_be_hidden()


def test_hidden_stays_reachable_for_who_is_in_a_chat(stages: StageMaker) -> None:
    stage = stages(_busy())
    stage.relay.availability["availability"] = "hidden"
    page = stage.page()
    expect(page.get_by_role("heading", name="Acme")).to_be_visible()
    page.wait_for_function("() => typeof window.omnitui?.open === 'function'")
    expect(Chat(page).launcher).to_be_hidden()
    page.evaluate("localStorage.setItem('omnitui:acme:token', '\"token-1\"')")
    page.reload()
    expect(Chat(page).launcher).to_be_visible()


def test_a_code_proves_the_address_and_the_transcript_goes_there(stages: StageMaker) -> None:
    stage = stages(_busy())
    chat = Chat(stage.page()).open()
    expect(chat.bubbles).to_have_count(5)
    chat.chooses("Send chat to my e-mail")
    chat.panel.get_by_label("E-mail").fill("ann@example.test")
    chat.page.keyboard.press("Enter")
    line = stage.relay.line
    code = chat.panel.get_by_label("Enter the code sent to ann@example.test")
    for state, words in (("wrong", "wrong"), ("expired", "expired"), ("refused", "later")):
        expect(code).to_be_focused()
        chat.page.keyboard.type("123456")
        chat.page.keyboard.press("Enter")
        line.tell("verification", state=state, email="a•••@example.test")
        expect(chat.panel.get_by_role("alert")).to_contain_text(words)
    line.tell("verification", state="proven", email="a•••@example.test")
    expect(chat.notice).to_contain_text("a•••@example.test")
    expect(chat.box).to_be_focused()
    assert [frame["email"] for frame in line.of("verify")] == ["ann@example.test"]
    assert [frame["code"] for frame in line.of("code")] == ["123456"] * 3
    assert len(line.of("transcript")) == 1
    assert "ann@" not in chat.page.evaluate("JSON.stringify(localStorage)")


def test_ending_asks_first(stages: StageMaker) -> None:
    stage = stages(_busy())
    chat = Chat(stage.page()).open()
    expect(chat.bubbles).to_have_count(5)
    chat.chooses("End chat")
    chat.panel.get_by_role("button", name="Cancel").click()
    expect(chat.box).to_be_focused()
    assert not stage.relay.line.of("end")
    chat.chooses("End chat")
    chat.panel.get_by_role("button", name="End chat").click()
    expect(chat.box).to_be_focused()
    stage.relay.line.tell("ended")
    expect(chat.log).to_contain_text("The chat has ended")
    chat.writes("One thing more")
    expect(chat.log).not_to_contain_text("The chat has ended")


def test_typing_both_ways(stage: Stage) -> None:
    chat = Chat(stage.page()).open()
    expect(chat.status).to_have_text("We are online")
    chat.box.press_sequentially("abc")
    chat.box.fill("")
    line = stage.relay.line
    assert line.of("typing") == [{"type": "typing"}, {"type": "typing", "stopped": True}]
    line.tell("typing", name="Anna", stopped=False)
    expect(chat.log.locator(".typing")).to_contain_text("Anna is typing…")
    stage.relay.says("Hi")
    expect(chat.log.locator(".typing")).to_be_empty()

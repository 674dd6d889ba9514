"""The widget and the real relay, with a desk that is only an HTTP client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Route, expect

from tests.webchat_relay.server import DESK_TOKEN, IDENTITY_SECRET, ORIGIN, RelayProcess
from tests.webchat_widget.chat import Chat
from tests.webchat_widget.stage import PIXEL

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path_factory.mktemp("relay"), acme="") as running:
        yield running


@pytest.fixture(scope="module")
def desk(relay: RelayProcess) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {DESK_TOKEN}"}
    with httpx.Client(base_url=relay.url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def profile(browser: Browser, relay: RelayProcess) -> Iterator[BrowserContext]:
    """Pages of the allowed origin, which Playwright answers; the relay is reached for real."""
    page = (
        "<!doctype html><html lang=en><title>Acme</title><meta charset=utf-8><h1>Acme</h1>"
        f'<script src="{relay.url}/widget.js" data-site="acme" async></script>'
    )

    def answer(route: Route) -> None:
        route.fulfill(body=page, headers={"Content-Type": "text/html"})

    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(10_000)
    context.route(f"{ORIGIN}/**", answer)
    yield context
    context.close()


def _visit(profile: BrowserContext) -> Chat:
    page = profile.new_page()
    page.goto(f"{ORIGIN}/shop")
    chat = Chat(page).open()
    chat.panel.locator("[name=name]").fill("Ann")
    chat.panel.locator(".primary").click()
    expect(chat.box).to_be_focused()
    return chat


def _online(desk: httpx.Client) -> None:
    state: dict[str, Any] = {"availability": "online", "queue": {}, "wait": None}
    desk.put("/v1/availability", json=state).raise_for_status()


def _visitor(chat: Chat) -> str:
    """Of whom the token speaks."""
    token = chat.page.evaluate("JSON.parse(localStorage['omnitui:acme:token'])")
    return str(jwt.decode(token, options={"verify_signature": False})["v"])


def _says(desk: httpx.Client, visitor: str, text: str, key: str) -> None:
    message = {"visitor": visitor, "text": text, "key": key, "name": "Anna", "format": "markdown"}
    desk.post("/v1/messages", json=message).raise_for_status()


def test_a_chat_through_restarts_of_relay_and_page(
    profile: BrowserContext, relay: RelayProcess, desk: httpx.Client
) -> None:
    _online(desk)
    chat = _visit(profile)
    chat.writes("Hello")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    visitor = _visitor(chat)
    _says(desk, visitor, "Good **day**", "one")
    chat.shows("Hello", "Good day")
    relay.kill()
    expect(chat.status).to_have_text("Connecting…")
    chat.writes("Are you there?")
    expect(chat.log.locator(".meta.sending")).to_be_visible()
    relay.start()
    expect(chat.log.locator(".meta.sending")).to_have_count(0)
    _says(desk, visitor, "Yes", "two")
    chat.shows("Hello", "Good day", "Are you there?", "Yes")
    desk.patch("/v1/messages/two", json={"text": "Yes, again"}).raise_for_status()
    desk.delete("/v1/messages/one").raise_for_status()
    chat.shows("Hello", "Message deleted", "Are you there?", "Yes, again")
    chat.page.reload()
    chat.shows("Hello", "Message deleted", "Are you there?", "Yes, again")


def test_a_picture_goes_up_and_is_shown(profile: BrowserContext, desk: httpx.Client) -> None:
    _online(desk)
    chat = _visit(profile)
    expect(chat.window.get_by_role("button", name="Attach files")).to_be_visible()
    image: FilePayload = {"name": "spade.png", "mimeType": "image/png", "buffer": PIXEL}
    chat.window.locator("input[type=file]").set_input_files(image)
    expect(chat.chips).to_have_count(1)
    expect(chat.chips.locator("progress")).to_be_hidden()
    chat.box.press("Enter")
    shown = chat.log.get_by_role("img", name="spade.png")
    expect(shown).to_be_visible()
    chat.page.wait_for_function(
        "() => document.querySelector('omnitui-chat').shadowRoot.querySelector('img').naturalWidth"
    )
    fake: FilePayload = {
        "name": "fake.png",
        "mimeType": "image/png",
        "buffer": b"<html><script>x</script>",
    }
    chat.window.locator("input[type=file]").set_input_files(fake)
    expect(chat.notice).to_contain_text("not accepted")


def test_the_same_chat_by_long_poll(profile: BrowserContext, desk: httpx.Client) -> None:
    _online(desk)
    profile.route_web_socket("**/*", lambda socket: socket.close(code=1011))
    chat = _visit(profile)
    expect(chat.status).to_have_text("We are online")
    chat.writes("By post")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    _says(desk, _visitor(chat), "Answered by post", "post")
    chat.shows("By post", "Answered by post")
    chat.writes("Once more")
    expect(chat.log.locator(".meta.sending")).to_have_count(0)
    chat.shows("By post", "Answered by post", "Once more")


def test_signing_in_keeps_what_was_written_before(
    profile: BrowserContext, desk: httpx.Client
) -> None:
    _online(desk)
    chat = _visit(profile)
    chat.writes("Before signing in")
    expect(chat.log.locator(".meta.sent")).to_be_visible()
    exp = chat.page.evaluate("Math.floor(Date.now() / 1000) + 600")
    proof = jwt.encode({"sub": "ann", "exp": exp}, IDENTITY_SECRET, algorithm="HS256")
    chat.call("identify", proof)
    chat.writes("And after")
    expect(chat.log.locator(".meta.sending")).to_have_count(0)
    chat.shows("Before signing in", "And after")
    chat.call("logout")
    expect(chat.bubbles).to_have_count(0)
    # Elsewhere, signed in again: it is all there.
    chat.call("identify", proof)
    chat.shows("Before signing in", "And after")

"""Who the shop's own server says a visitor is; and those who only say so themselves."""

from __future__ import annotations

import base64
import json
import time

import pytest
from playwright.sync_api import Browser, expect

from tests.webchat.conftest import Visits
from tests.webchat.shop import Shop

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("webchat-breaks")]


def test_a_signed_in_customer_is_the_same_everywhere(visits: Visits, shop: Shop) -> None:
    token = shop.identity("42", email="olena@example.test", name="Олена")
    phone = visits(jwt=token)
    phone.chat.open().says("From my phone.")
    message = shop.arrived("From my phone.")
    assert ("email", "olena@example.test", "jwt") in shop.identities(message.customer_id)
    assert message.author == "Олена"
    laptop = visits("csp", jwt=shop.identity("42", email="olena@example.test", name="Олена"))
    laptop.chat.open().shows(["From my phone."])
    laptop.chat.says("And from my laptop.")
    assert shop.arrived("And from my laptop.").conversation_id == message.conversation_id
    phone.chat.sees("And from my laptop.")


def test_a_visitor_who_signs_in_takes_their_chat_along(visits: Visits, shop: Shop) -> None:
    visitor = visits()
    visitor.chat.open().says("I have not signed in yet.")
    before = shop.arrived("I have not signed in yet.")
    visitor.identify(shop.identity("77", email="petro@example.test", name="Petro"))
    shop.eventually(
        lambda: ("email", "petro@example.test", "jwt") in shop.identities(before.customer_id)
    )
    visitor.chat.says("Now I have.")
    after = shop.arrived("Now I have.")
    assert after.conversation_id == before.conversation_id
    # At home they were known already: what they wrote here before signing in goes there.
    home = visits()
    home.chat.open().says("Written at home, unsigned.")
    shop.arrived("Written at home, unsigned.")
    home.identify(shop.identity("77", email="petro@example.test"))
    home.chat.shows(["I have not signed in yet.", "Now I have.", "Written at home, unsigned."])
    home.chat.says("One customer now.")
    assert shop.arrived("One customer now.").customer_id == before.customer_id


def test_an_impostor_gets_nothing(visits: Visits, shop: Shop) -> None:
    token = shop.identity("1001", email="rich@example.test", name="Rich")
    rich = visits(jwt=token)
    rich.chat.open().says("My account number is 7788.")
    message = shop.arrived("My account number is 7788.")

    head, _, signature = token.split(".")
    payload = {"sub": "1001", "email": "rich@example.test", "exp": int(time.time()) + 600}

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    forged = {
        "another key": shop.identity("1001", email="rich@example.test", key="x" * 40),
        "expired": shop.identity("1001", email="rich@example.test", exp=int(time.time()) - 3600),
        "no algorithm": f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(payload)}.",
        "changed": f"{head}.{part(payload)}.{signature}",
    }
    for name, jwt in forged.items():
        visitor = visits(jwt=jwt)
        visitor.expected_alarms = True  # the widget tells the developer in the console
        visitor.chat.open()
        text = f"I am Rich, believe me: {name}."
        visitor.chat.says(text)
        visitor.chat.shows([text])
        stranger = shop.arrived(text)
        assert stranger.customer_id != message.customer_id, name
        assert not [p for c, _, p in shop.identities(stranger.customer_id) if c == "email"], name


@pytest.mark.slow
def test_who_signs_out_leaves_nothing_behind(visits: Visits, shop: Shop) -> None:
    """The next person at this computer sees nothing of it."""
    visitor = visits(jwt=shop.identity("55", email="vera@example.test"))
    visitor.chat.open().says("Private matter.")
    shop.arrived("Private matter.")
    visitor.sign_out()
    visitor.page.goto(visitor.address.split("?", maxsplit=1)[0])
    visitor.chat.opened()
    expect(visitor.chat.messages).to_have_count(0)
    visitor.chat.says("Somebody else here.")
    first, second = shop.arrived("Private matter."), shop.arrived("Somebody else here.")
    assert first.customer_id != second.customer_id


def test_a_hostile_page_gets_no_chat(browser: Browser, visits: Visits, shop: Shop) -> None:
    visitor = visits()
    visitor.chat.open().says("On the real page.")
    shop.arrived("On the real page.")
    token = visitor.token()
    thief = visits(hostile=True)
    thief.expected_alarms = True
    expect(thief.page.get_by_role("heading", name="Acme")).to_be_visible()
    tried = thief.page.evaluate(
        """async ([relay, token]) => {
          const found = [];
          await new Promise(done => {
            const socket = new WebSocket(relay.replace('http', 'ws') + '/v1/chat?site=acme');
            socket.onopen = () => { found.push('open'); socket.send(
              JSON.stringify({type: 'hello', token, after: 0, page: '', title: ''})); };
            socket.onmessage = ({data}) => found.push(data);
            socket.onclose = socket.onerror = done;
          });
          for (const [path, options] of [
            ['/v1/site?site=acme', {}],
            ['/v1/poll?site=acme', {method: 'POST', body: JSON.stringify({session: null,
              frames: [{type: 'hello', token}]})}],
            ['/v1/files?site=acme&name=a.png', {method: 'POST', body: 'x',
              headers: {Authorization: 'Bearer ' + token}}],
          ]) await fetch(relay + path, options)
              .then(async r => found.push(await r.text()), () => 0);
          return found;
        }""",
        [shop.url, token],
    )
    assert tried == []
    # And the widget itself shows no button that would lead nowhere.
    expect(thief.chat.launcher).to_be_hidden()

"""What a site asks before a chat, and what is left while nobody is there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.webchat.conftest import Visits
from tests.webchat.shop import Shop

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("webchat-chatting")]


def test_a_form_for_when_nobody_is_there_becomes_a_conversation(visits: Visits, shop: Shop) -> None:
    shop.attend("forms", "away")
    visitor = visits(site="other")
    visitor.chat.opens_form()
    visitor.chat.fills_in(
        "leave", name="Iryna", email="iryna@example.test", message="Call me on Monday."
    )
    visitor.chat.sees("Call me on Monday.")
    message = shop.arrived("Call me on Monday.")
    shop.eventually(lambda: shop.visit(message.customer_id).form)
    form = shop.visit(message.customer_id).form
    assert form["name"] == "Iryna"
    assert form["email"] == "iryna@example.test"
    # What somebody typed proves nothing.
    assert not [one for one in shop.identities(message.customer_id) if one[0] == "email"]
    # The desk answers when it is back, and they are still there.
    shop.attend("forms", "online")
    shop.answers(message.conversation_id, "We shall.")
    visitor.chat.sees("We shall.")
    shop.attend("forms", None)


@pytest.mark.slow
def test_a_form_before_the_chat(visits: Visits, shop: Shop) -> None:
    shop.attend("forms", "online")
    visitor = visits(site="other", lang="uk")
    visitor.chat.opens_form()
    expect(visitor.chat.window.get_by_label("Ваше замовлення")).to_be_visible()
    visitor.chat.fills_in("start", language="uk", name="Taras", order="A-17")
    visitor.chat.says("Where is it?")
    message = shop.arrived("Where is it?")
    shop.eventually(
        lambda: shop.visit(message.customer_id).form == {"name": "Taras", "order": "A-17"}
    )
    # They are not asked again.
    visitor.page.reload()
    visitor.chat.sees("Where is it?")
    expect(visitor.chat.box).to_be_visible()
    shop.attend("forms", None)

from __future__ import annotations

import pytest

from omnitui.desk.chats.health import BLOCKED
from omnitui.tui.widgets.card import Card
from store import customers, identities, suggestions
from store.database import transaction
from store.model import CustomerId
from tests.tui.views.desk import HOUR, NOW, Desk, Show, screen

pytestmark = pytest.mark.usefixtures("at_noon")


async def test_what_is_known_of_a_customer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = desk.customer("Olena Kovalenko", language="uk", company="Acme GmbH")
    with transaction(desk.db):
        customers.update(desk.db, customer, timezone="Europe/Kyiv")
        customers.add_tag(desk.db, customer, "vip")
        customers.add_note(desk.db, customer, "ann", "Prefers **calls**", NOW - HOUR)
        chat = identities.add(desk.db, customer, "telegram", "12345", name="@olena", at=NOW)
        identities.flag(desk.db, chat.id, BLOCKED)
    matter = desk.conversation(customer, "Where is my order?")
    desk.message(customer, matter, "Where?", ago=180)
    card = Card()
    async with Show(card, desk.path).run_test(size=(44, 30)) as pilot:
        await card.show(customer)
        text = screen(card)
        for words in (
            "Olena Kovalenko",
            "Acme GmbH",
            "Ukrainian · guessed",
            "15:00 Kyiv",
            "#vip",
            "olena@example.org ✓",
            "@olena (12345) ?",
            "⚠ has blocked us",
            "Where is my order?",
            "waits 3h",
            "1 conversation",
            "prefers ✉ e-mail · 100 % lately",
            "Prefers calls",
            "— ann, 12:00",
        ):
            assert words in text, words
        await pilot.pause()
        card._exchange_repaint_regions()
        await card.show(customer)
        card.tick()
        assert not card._exchange_repaint_regions()
        monkeypatch.setattr("omnitui.tui.widgets.card.now", lambda: NOW + HOUR)
        card.tick()
        assert "16:00 Kyiv" in screen(card)
        card.move(3)
        card.page(1)
        card.home()
        assert screen(card).startswith("▌Olena")
        await card.show(CustomerId(999))
        assert screen(card).strip() == ""
        await card.show(None)
        assert card.facts is None


async def test_who_may_be_the_same_person_is_said_with_what_says_so(desk: Desk) -> None:
    olena, other = desk.customer("Olena Kovalenko"), desk.customer("O. Kovalenko")
    evidence = {"channel": "email", "address": "olena.k@private.example"}
    with transaction(desk.db):
        suggestions.same_person(
            desk.db, other, olena, "answered-our-mail", evidence=evidence, at=NOW
        )
    card = Card()
    async with Show(card, desk.path).run_test(size=(40, 30)):
        for customer, name in ((olena, "O. Kovalenko"), (other, "Olena Kovalenko")):
            await card.show(customer)
            text = " ".join(screen(card).split())
            assert f"Perhaps the same person ? {name} · answered our mail" in text
            assert "olena.k@private.example" in text

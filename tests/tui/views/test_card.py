from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from omnitui.desk.chats.health import BLOCKED
from omnitui.desk.customers.card import CardFacts, FieldValue, MaybeSame, Person, Preferred
from omnitui.tui.widgets.card import Card
from store import customers, identities, suggestions
from store.database import transaction
from store.merging import Standing
from store.model import (
    Claim,
    Customer,
    CustomerId,
    CustomerNote,
    Identity,
    IdentityId,
    Suggestion,
)
from tests.tui.views.desk import DAY, HOUR, MINUTE, NOW, Desk, Show, screen
from tests.tui.views.test_snapshots import compare

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
            "prefers ✉ e-mail",
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


def person(number: int, name: str, **more: Any) -> Customer:
    blank = Customer(
        CustomerId(number), name, "", "", "", (), {}, NOW - 90 * DAY, None, None, 0, False, ""
    )
    return replace(blank, **more)


def known(number: int, channel: str, address: str, **more: Any) -> Identity:
    blank = Identity(IdentityId(number), CustomerId(1), channel, address, "", "", "", NOW - number)
    return replace(blank, **more)


def suggested(number: int, name: str, reason: str, **evidence: str) -> MaybeSame:
    one = Suggestion(
        number,
        "same-person",
        CustomerId(1),
        CustomerId(number),
        reason,
        evidence,
        None,
        "open",
        NOW,
    )
    return MaybeSame(one, person(number, name))


ALL = CardFacts(
    person(
        1,
        "Олена 東京 \u202eavok\x1b[31m",
        company="Світлиця",
        language="uk",
        timezone="Europe/Kyiv",
        tags=("vip", "wholesale"),
        first_contact_at=NOW - 90 * DAY,
        last_contact_at=NOW - HOUR,
        conversations=3,
    ),
    (
        known(1, "email", "olena@example.org", proof="dmarc", flag="bounced"),
        known(2, "telegram", "12345", name="Olena K", proof="link"),
        known(3, "phone", "+380671234567"),
    ),
    (
        CustomerNote(1, CustomerId(1), "ann", "Calls only\nafter 18:00.", NOW - 2 * DAY),
        CustomerNote(2, CustomerId(1), "bob", "[b]no[/b]", NOW - HOUR, NOW - MINUTE, "ann"),
    ),
    (),
    (
        suggested(7, "O. Koval", "same-phone", phone="+380671234567", seen="form"),
        suggested(8, "", "thought-up-later", address="x@example.org"),
    ),
    fields=(
        FieldValue("club", "Club", "choice", None, "", "", True),
        FieldValue("since", "Member since", "date", "soon", "soon", "“soon” is no date."),
        FieldValue("size", "Size", "number", None, ""),
    ),
    language_by="messages",
    preferred=Preferred("telegram", False, 0.82),
    claims=(Claim(CustomerId(1), "email", "o@x.example", "O@x.example", "form", None, NOW),),
    people=(
        Person(person(9, "Ira", last_contact_at=NOW - DAY), "daughter", "relation"),
        Person(person(10, "Петро"), "", "company"),
    ),
    more_people=12,
    merges=(Standing(3, CustomerId(11), "Olenka", "suggestion", NOW - DAY, "ann"),),
    matters_more=4,
)


class Told:
    """Answers with what it was given."""

    async def card(self, _customer_id: CustomerId) -> CardFacts:
        return ALL


async def test_a_card_with_everything(desk: Desk) -> None:
    card = Card()
    async with Show(card, desk.path).run_test(size=(40, 70)) as pilot:
        card.data = Told()  # type: ignore[assignment]
        card.accept_key, card.dismiss_key = "+", "-"
        await card.show(CustomerId(1))
        compare("card-40.txt", screen(card) + "\n")
        await pilot.resize_terminal(80, 20)
        await pilot.pause()
        card.end()
        compare("card-80.txt", screen(card) + "\n")
        reached = set()
        card.home()
        for _ in range(40):
            assert card.selected is not None
            reached.add(card.selected.key)
            card.move(1)
        assert reached == {row.key for row in card._rows if row.selectable}

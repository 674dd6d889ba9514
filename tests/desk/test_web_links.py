"""One-time links between the web chat, mail and Telegram: the customer stays who they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Address, Notice
from omnitui.desk.command import CommandError
from store import accounts, identities
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.model import Account, Message
from tests.desk.leaving import ANN_MAIL, PAGE, Shop
from tests.desk.office import MINUTE
from tests.desk.visiting import Visitor


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """With a bot besides."""
    with Shop.opened(tmp_path) as opened:
        yield opened
        assert check(opened.office.desk.db, for_database(opened.office.desk.db)) == []


def bot(shop: Shop) -> Account:
    able = {"text_limit": 4_000, "link": "https://t.me/acme_bot?start={payload}"}
    with transaction(shop.office.desk.db):
        return accounts.ensure(shop.office.desk.db, "bot", "telegram", capabilities=able)


def mailed(shop: Shop) -> Message:
    return shop.office.got(shop.office.letter(f"Ann <{ANN_MAIL}>", proofs=("dmarc",)))


def linked(shop: Shop, conversation: int, command: str = "link") -> str:
    """A reply with a link has gone out: its payload."""
    shop.office.do(conversation, command)
    text = shop.office.session(conversation).draft.get().text
    found = re.search(r"(?:#omnitui=|\?start=)([A-Za-z0-9]+)", text)
    assert found, text
    shop.office.sent(conversation, text)
    shop.office.do(conversation, "reply discard")
    return found[1]


def opens(shop: Shop, visitor: Visitor, payload: str) -> None:
    """The page is opened with the link: the widget names it in its first frame."""
    shop.comes(visitor)
    shop.take(replace(visitor.notice("started"), text=payload))


def results(shop: Shop) -> list[str]:
    return [event.data["result"] for event in shop.office.log("link.opened")]


def test_from_a_mail_into_the_chat(shop: Shop) -> None:
    first = mailed(shop)
    payload = linked(shop, first.conversation_id)
    browser = Visitor(shop, "v_new")
    opens(shop, browser, payload)
    assert results(shop) == ["linked"]
    assert shop.customer(browser) == first.customer_id
    shop.office.clock.pass_(MINUTE)
    went_on = shop.asks(browser, "Here I am")
    assert went_on.conversation_id == first.conversation_id
    answer = shop.office.sent(first.conversation_id, "Welcome.")
    assert (answer.channel, answer.recipients[0].address) == ("webchat", "v_new")
    # They leave, and it goes after them to where they came from.
    shop.leaves(browser)
    shop.office.clock.pass_(10 * MINUTE)
    (mail,) = shop.go_after()
    assert shop.message(mail).recipients[0].address == ANN_MAIL


def test_the_link_leads_to_the_page_and_says_so_in_their_language(shop: Shop) -> None:
    first = mailed(shop)
    words = {"en": "chat on our site", "uk": "чаті на нашому сайті", "ru": "чате на нашем сайте",
             "pl": "czacie na naszej stronie"}  # fmt: skip
    for language, said in words.items():
        shop.office.do(first.conversation_id, f"customer language {language}", "link")
        text = shop.office.session(first.conversation_id).draft.get().text
        assert said in text
        assert re.search(rf"^{re.escape(PAGE)}#omnitui=omni[A-Za-z0-9]+$", text, re.M)
        assert "Telegram" not in text
        shop.office.do(first.conversation_id, "reply discard")


def test_from_the_chat_into_telegram(shop: Shop) -> None:
    able = bot(shop)
    ann = Visitor(shop)
    first = shop.asks(ann)
    with pytest.raises(CommandError, match="writes over site already"):
        shop.office.do(first.conversation_id, "link site")
    payload = linked(shop, first.conversation_id, "link bot")
    shop.office.take(
        Notice("start-1", "started", shop.office.clock.at, chat="42", who=Address("42", "Ann"),
               text=payload, proofs=("platform",)),
        account=able,
    )  # fmt: skip
    assert results(shop) == ["linked"]
    shop.office.clock.pass_(MINUTE)
    telegram = shop.office.got(
        shop.office.line("42", "In Telegram now", proofs=("platform",)), account=able
    )
    assert telegram.conversation_id == first.conversation_id
    assert telegram.customer_id == first.customer_id


def test_from_telegram_into_the_chat(shop: Shop) -> None:
    able = bot(shop)
    first = shop.office.got(shop.office.line("42", "hi", proofs=("platform",)), account=able)
    payload = linked(shop, first.conversation_id, "link site")
    browser = Visitor(shop, "v_new")
    opens(shop, browser, payload)
    shop.office.clock.pass_(MINUTE)
    assert shop.asks(browser).conversation_id == first.conversation_id
    assert shop.customer(browser) == first.customer_id


def test_who_opens_it_second_is_a_stranger_with_a_chat_of_their_own(shop: Shop) -> None:
    """The mail was forwarded, and the page opened twice."""
    first = mailed(shop)
    payload = linked(shop, first.conversation_id)
    opens(shop, Visitor(shop, "v_first"), payload)
    second = Visitor(shop, "v_second")
    opens(shop, second, payload)
    assert results(shop) == ["linked", "used"]
    assert shop.customer(second) != first.customer_id
    assert shop.asks(second).conversation_id != first.conversation_id


def test_reloading_the_page_changes_nothing(shop: Shop) -> None:
    first = mailed(shop)
    payload = linked(shop, first.conversation_id)
    browser = Visitor(shop, "v_new")
    for _reload in range(3):
        opens(shop, browser, payload)
        shop.office.clock.pass_(MINUTE)
    assert results(shop) == ["linked"]
    assert shop.customer(browser) == first.customer_id


def test_a_visitor_who_had_a_chat_before_brings_it_along(shop: Shop) -> None:
    first = mailed(shop)
    browser = Visitor(shop, "v_known")
    before = shop.asks(browser, "Anonymous question")
    shop.office.clock.pass_(MINUTE)
    payload = linked(shop, first.conversation_id)
    opens(shop, browser, payload)
    assert shop.message(before.id).customer_id == first.customer_id
    merged = shop.office.log("customer.merged")[-1]
    assert merged.data["reason"] == "link"
    shop.office.do(first.conversation_id, f"customer unmerge {merged.data['merge']}")
    assert shop.message(before.id).customer_id != first.customer_id
    found = identities.find(shop.office.desk.db, "email", ANN_MAIL)
    assert found is not None
    assert found.customer_id == first.customer_id

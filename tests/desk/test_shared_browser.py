"""On a computer that several people use: one proves an address in the chat, then another does, by
a code or by a link. And who is kept out signs in."""

from __future__ import annotations

import pytest

from store import barred, identities, merging, messages, outbox, suggestions
from store import follow_ups as watched
from store.database import transaction
from store.model import Message
from tests.desk.leaving import Shop
from tests.desk.office import HOUR, MINUTE
from tests.desk.test_one_time_codes import ask, code_in, types
from tests.desk.test_shared_computer import addresses, prove
from tests.desk.test_web_links import linked, opens, results
from tests.desk.visiting import Visitor

EVE, BOB = "eve@home.example", "bob@work.example"


@pytest.fixture
def kiosk(shop: Shop) -> Visitor:
    return Visitor(shop, "v_kiosk")


def eve_was_here(shop: Shop, kiosk: Visitor) -> tuple[Message, Message]:
    """She asked, was answered, and proved her address by a code."""
    asked = shop.asks(kiosk, "Eve asks")
    answer = shop.answer(asked.conversation_id, kiosk, "For Eve")
    proves(shop, kiosk, EVE)
    return asked, answer


def proves(shop: Shop, visitor: Visitor, address: str) -> None:
    assert ask(shop, visitor, address) == "sent"
    assert types(shop, visitor, code_in(shop)) == "proven"


def result(shop: Shop) -> str:
    found = [e for e in shop.office.log("chat.event") if e.data["event"] == "verified"]
    return str(found[-1].data["result"])


@pytest.mark.parametrize("known", [True, False])
def test_a_code_gives_the_chat_to_who_typed_it_and_nothing_else(
    shop: Shop, kiosk: Visitor, known: bool
) -> None:
    db = shop.office.desk.db
    asked, answer = eve_was_here(shop, kiosk)
    eve = asked.customer_id
    mail = shop.office.letter(f"Bob <{BOB}>", proofs=("dmarc",)) if known else None
    before = shop.office.got(mail) if mail else None
    proves(shop, kiosk, BOB)
    assert result(shop) == "handed-over"
    bob = shop.customer(kiosk)
    assert bob != eve
    assert before is None or bob == before.customer_id
    assert addresses(shop, eve) == {("email", EVE)}
    assert addresses(shop, bob) == {("webchat", "v_kiosk"), ("email", BOB)}
    assert merging.standing(db) == []
    assert {messages.get(db, one.id).customer_id for one in (asked, answer)} == {bob}
    assert watched.get(db, answer.id) is None, "it was said to Eve: no mail takes it to Bob"
    (suggested,) = suggestions.of_customer(db, eve)
    assert (suggested.reason, suggested.other_id) == ("same-browser", bob)
    # What Bob says next is his, and goes after him alone.
    said = shop.asks(kiosk, "Bob asks")
    assert said.customer_id == bob
    shop.comes(kiosk)
    shop.answer(said.conversation_id, kiosk, "For Bob")
    shop.leaves(kiosk)
    shop.office.clock.pass_(10 * MINUTE)
    mails = [shop.message(one) for one in shop.go_after()]
    assert [[to.address for to in one.recipients] for one in mails] == [[BOB]]
    assert "For Eve" not in mails[0].text
    # Eve's mail is Eve's.
    back = shop.office.got(shop.office.letter(f"Eve <{EVE}>", proofs=("dmarc",)))
    assert back.customer_id == eve


def test_an_agent_who_knows_that_they_are_one_says_so(shop: Shop, kiosk: Visitor) -> None:
    asked, _answer = eve_was_here(shop, kiosk)
    proves(shop, kiosk, BOB)
    room = shop.message(asked.id).conversation_id
    done = shop.office.do(room, "suggestion accept")
    assert addresses(shop, shop.customer(kiosk)) == {
        ("webchat", "v_kiosk"), ("email", BOB), ("email", EVE)
    }  # fmt: skip
    shop.office.do(room, done.undo)
    assert addresses(shop, asked.customer_id) == {("email", EVE)}


@pytest.mark.parametrize("known", [True, False])
def test_a_code_that_an_agent_asked_for_is_their_word(
    shop: Shop, kiosk: Visitor, known: bool
) -> None:
    """`customer code`: they take who is there for the customer, and the code proves the rest."""
    asked, _answer = eve_was_here(shop, kiosk)
    mail = shop.office.letter(f"Eve <{BOB}>", proofs=("dmarc",)) if known else None
    before = shop.office.got(mail) if mail else None
    shop.office.do(asked.conversation_id, f"customer code {BOB}")
    assert types(shop, kiosk, code_in(shop)).endswith("proven")
    owner = shop.customer(kiosk)
    assert owner == (before.customer_id if before else asked.customer_id)
    assert addresses(shop, owner) == {("webchat", "v_kiosk"), ("email", EVE), ("email", BOB)}


def test_who_was_known_by_no_address_gives_their_first(shop: Shop, kiosk: Visitor) -> None:
    """Known from Telegram, by a link: that a mail address is new is no sign of another one."""
    asked = shop.asks(kiosk)
    prove(shop, asked.customer_id, "telegram", "77", "platform")
    proves(shop, kiosk, BOB)
    assert shop.customer(kiosk) == asked.customer_id
    assert ("email", BOB) in addresses(shop, asked.customer_id)


def test_who_is_signed_in_adds_an_address(shop: Shop) -> None:
    """The site says who they are: nobody else is there."""
    eve = Visitor(shop, "v_eve", email=EVE, sub="7")
    shop.take(eve.notice("identified", name="Eve"))
    asked = shop.asks(eve)
    proves(shop, eve, BOB)
    assert shop.customer(eve) == asked.customer_id
    assert addresses(shop, asked.customer_id) >= {("email", EVE), ("email", BOB)}


def test_an_address_that_only_sits_on_another_is_joined_to_neither(
    shop: Shop, kiosk: Visitor
) -> None:
    asked, _answer = eve_was_here(shop, kiosk)
    forged = shop.office.got(shop.office.letter(f"Bob <{BOB}>"))
    proves(shop, kiosk, BOB)
    there = shop.customer(kiosk)
    assert len({there, asked.customer_id, forged.customer_id}) == 3
    assert addresses(shop, there) == {("webchat", "v_kiosk")}
    found = suggestions.of_customer(shop.office.desk.db, there)
    assert {one.reason for one in found} == {"same-browser", "claims-address"}
    assert merging.standing(shop.office.desk.db) == []


def test_a_link_gives_the_chat_to_whom_it_was_sent(shop: Shop, kiosk: Visitor) -> None:
    asked, _answer = eve_was_here(shop, kiosk)
    mail = shop.office.got(shop.office.letter(f"Bob <{BOB}>", proofs=("dmarc",)))
    payload = linked(shop, mail.conversation_id)
    opens(shop, kiosk, payload)
    assert results(shop) == ["linked"]
    assert shop.customer(kiosk) == mail.customer_id
    assert addresses(shop, asked.customer_id) == {("email", EVE)}
    assert merging.standing(shop.office.desk.db) == []
    (suggested,) = suggestions.of_customer(shop.office.desk.db, asked.customer_id)
    assert suggested.reason == "same-browser"
    opens(shop, kiosk, payload)  # the page is loaded anew
    assert results(shop) == ["linked"]
    assert shop.asks(kiosk, "Bob here").customer_id == mail.customer_id


# -- kept out


def test_who_is_kept_out_stays_out_after_signing_in(shop: Shop) -> None:
    db = shop.office.desk.db
    mallory = Visitor(shop, "v_mallory")
    asked = shop.asks(mallory)
    shop.office.do(asked.conversation_id, "customer bar yes")
    signed = Visitor(shop, "v_signed", email="mallory@evil.example", sub="66")
    shop.take(signed.notice("identified", was="v_mallory", offset=0))
    assert shop.customer(signed) == asked.customer_id
    assert barred.among(db, shop.account.id, ["v_signed"]) == {"v_signed"}
    assert [one.address for one in barred.of_customer(shop.office.desk.db, asked.customer_id)] == [
        "v_signed"
    ]
    assert shop.take(signed.says("Me again"))[0].outcome == "ignored"
    told = shop.office.log("customer.barred")[-1]
    assert (told.actor, told.data["before"]) == ("ann", "v_mallory")
    # The channel is still to be told.
    assert "v_signed" in {one.address for one in barred.untold(db, shop.account.id)}
    shop.office.do(asked.conversation_id, "customer unbar")
    assert shop.take(signed.says("Sorry"))[0].outcome == "accepted"


def test_who_is_known_by_another_name_is_not_kept_out_with_them(shop: Shop) -> None:
    """It may have been another at the same computer: agents see it, and decide."""
    db = shop.office.desk.db
    bob = Visitor(shop, "v_bob", email=BOB, sub="7")
    shop.take(bob.notice("identified", name="Bob"))
    shop.asks(bob, "Last week")
    mallory = Visitor(shop, "v_mallory")
    asked = shop.asks(mallory)
    shop.office.do(asked.conversation_id, "customer bar yes")
    shop.take(bob.notice("identified", was="v_mallory", offset=1))
    assert barred.among(db, shop.account.id, ["v_bob"]) == set()
    assert shop.take(bob.says("Good day"))[0].outcome == "accepted"
    told = [e for e in shop.office.log("chat.event") if e.data["event"] == "identified"][-1]
    assert told.data["barred"] is True


def test_an_impostor_cannot_take_a_chat_by_asking(shop: Shop, kiosk: Visitor) -> None:
    """Asking for a code to Bob's address moves nothing; nor do wrong codes, nor an old one."""
    db = shop.office.desk.db
    asked, _answer = eve_was_here(shop, kiosk)
    with transaction(db):
        identities.add(db, asked.customer_id, "phone", "+380671234567", proof="contact", at=1)
    ask(shop, kiosk, BOB)
    code = code_in(shop)
    types(shop, kiosk, f"{(int(code) + 1) % 1_000_000:06d}")
    shop.office.clock.pass_(16 * MINUTE)
    types(shop, kiosk, code)
    assert shop.customer(kiosk) == asked.customer_id
    assert ("email", BOB) not in addresses(shop, asked.customer_id)


@pytest.mark.parametrize("first", ["message", "form", "started", "verify"])
@pytest.mark.parametrize("known", [True, False])
def test_whatever_brings_the_site_s_word_first(
    shop: Shop, kiosk: Visitor, first: str, known: bool
) -> None:
    """Before, or without, the notice that somebody has signed in."""
    asked, _answer = eve_was_here(shop, kiosk)
    mail = shop.office.letter(f"Bob <{BOB}>", proofs=("dmarc",)) if known else None
    before = shop.office.got(mail) if mail else None
    kiosk.email = BOB
    if first == "message":
        shop.asks(kiosk, "Bob speaks at once")
    else:
        shop.take(kiosk.notice(first, fields={"x": "y"}, email=BOB))
    said = shop.asks(kiosk, "Once more")
    bob = shop.customer(kiosk)
    assert said.customer_id == bob != asked.customer_id
    assert before is None or before.customer_id == bob
    assert addresses(shop, asked.customer_id) == {("email", EVE)}
    assert addresses(shop, bob) == {("webchat", "v_kiosk"), ("email", BOB)}
    assert merging.standing(shop.office.desk.db) == []
    (suggested,) = suggestions.of_customer(shop.office.desk.db, bob)
    assert suggested.reason == "same-browser"


def test_what_waits_for_the_one_before_is_not_sent_to_the_next(shop: Shop, kiosk: Visitor) -> None:
    """Eve logs off with a reply to her scheduled, or in its seconds of undo; Bob sits down."""
    asked, _answer = eve_was_here(shop, kiosk)
    office = shop.office
    at = office.clock.at + HOUR
    waiting = [
        office.reply(asked.conversation_id, "Your account's number"),
        office.reply(asked.conversation_id, "Eve's password", send_at=at),
    ]
    proves(shop, kiosk, BOB)
    for one in waiting:
        stopped = shop.message(one)
        assert (stopped.state, stopped.customer_id) == ("failed", shop.customer(kiosk))
        assert "somebody else is in this chat" in stopped.error
    assert outbox.due(office.desk.db, at) == []
    assert office.conversation(asked.conversation_id).status == "open"
    assert len(office.log("message.failed")) == 2

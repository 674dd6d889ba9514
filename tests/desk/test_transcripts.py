"""The text of a chat by mail, for the customer alone whose chat it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import Sent
from omnitui.desk import transcripts
from omnitui.desk.replying import alterations, reply
from store import one_time_codes
from store.database import transaction
from tests.desk.leaving import ANN_MAIL, Shop
from tests.desk.office import DAY, HOUR, MINUTE
from tests.desk.visiting import Visitor


@pytest.fixture
def ann(shop: Shop) -> Visitor:
    return Visitor(shop, name="Ann Lee", email=ANN_MAIL, sub="ann")


def wants(shop: Shop, visitor: Visitor) -> str:
    """How it ended."""
    return shop.take(visitor.notice("transcript"))[0].outcome


def told(shop: Shop) -> list[str]:
    return [one.state for one in one_time_codes.to_tell(shop.office.desk.db, shop.account.id)]


def test_both_sides_as_they_are_now_and_nothing_else(shop: Shop, ann: Visitor) -> None:
    room = shop.asks(
        ann, "Czy **to** jest jeszcze?\nhttp://shop.example", language="pl"
    ).conversation_id
    shop.office.clock.pass_(MINUTE)
    wrong = shop.answer(room, ann, "Ten euro.")
    gone = shop.answer(room, ann, "Not for you")
    shop.office.do(room, "note She is difficult")
    shop.office.reply(room, "Not out yet")
    # What she wrote elsewhere, and what others did.
    shop.office.got(shop.office.letter(f"Ann <{ANN_MAIL}>", "A mail", proofs=("dmarc",)))
    other = Visitor(shop, "v_other")
    shop.asks(other, "Somebody else's")
    for message, kind, text in ((wrong, "edit", "Twelve euro."), (gone, "delete", "")):
        with transaction(shop.office.desk.db):
            change = alterations.queue(
                shop.office.desk, message.id, "edit" if kind == "edit" else "delete", text
            )
            alterations.settle(shop.office.desk, change.id, None)
    assert wants(shop, ann) == "accepted"
    (stored,) = [mail for mail in shop.mails() if mail.details.get("transcript")]
    shop.office.clock.pass_(MINUTE)
    shop.asks(ann, "Later words")
    mail = shop.leaving(stored.id)
    assert ([one.address for one in mail.to], mail.automatic) == ([ANN_MAIL], True)
    assert mail.subject == "Treść czatu z Acme"
    assert mail.quote is not None
    assert mail.quote.attribution.startswith("Od 2026") or "21.09.2026" in mail.quote.attribution
    text = mail.quote.text
    assert "Ty:\nCzy **to** jest jeszcze?\nhttp://shop.example" in text
    assert "ann:\nTwelve euro." in text
    for absent in ("Ten", "Not for you", "difficult", "Not out", "A mail", "else's", "Later"):
        assert absent not in f"{mail.text}{text}"
    assert "Twelve" not in shop.message(stored.id).text, "the store has it once"
    shown = shop.office.conversation(room)
    assert shown.waiting_since is not None, "it answers nobody"
    assert shop.events(room)[-2:] == ["transcript-asked", "transcript-sent"]


def test_an_address_that_is_not_proven_gets_none(shop: Shop) -> None:
    """Mallory's form says that she is Ann; her chat would go to Ann, or Ann's to her."""
    mallory = Visitor(shop, "v_mallory")
    shop.take(mallory.notice("form", fields={"email": ANN_MAIL}))
    room = shop.asks(mallory).conversation_id
    assert wants(shop, mallory) == "ignored"
    assert told(shop) == ["refused"]
    assert shop.mails() == []
    assert shop.events(room)[-1] == "transcript-asked"


def test_of_a_customer_s_two_browsers_each_gets_its_own_chat(shop: Shop, ann: Visitor) -> None:
    """Somebody who was merged with Ann by mistake reads nothing of hers."""
    shop.asks(ann, "My secret")
    phone = Visitor(shop, "v_phone")
    room = shop.asks(phone, "From my phone").conversation_id
    shop.office.do(room, f"customer merge {shop.customer(ann)} yes")
    assert wants(shop, phone) == "accepted"
    mail = shop.leaving(shop.mails()[-1].id)
    assert mail.quote is not None
    assert "From my phone" in mail.quote.text
    assert "secret" not in mail.quote.text


def test_three_a_day(shop: Shop, ann: Visitor) -> None:
    shop.asks(ann)
    outcomes = [wants(shop, ann) for _round in range(4)]
    assert outcomes == ["accepted"] * 3 + ["ignored"]
    shop.office.clock.pass_(DAY)
    assert wants(shop, ann) == "accepted"


def test_who_never_wrote_has_no_chat(shop: Shop, ann: Visitor) -> None:
    assert wants(shop, ann) == "ignored"
    assert (shop.mails(), told(shop)) == ([], [])


def test_without_a_mailbox_it_is_refused_while_that_is_news(shop: Shop, ann: Visitor) -> None:
    shop.asks(ann)
    shop.configure(mailbox=False)
    asked = ann.notice("transcript")
    shop.office.clock.pass_(HOUR)
    shop.take(asked)
    assert told(shop) == []
    assert wants(shop, ann) == "ignored"
    assert told(shop) == ["refused"]


def test_a_long_chat_s_end_goes(shop: Shop, ann: Visitor) -> None:
    shop.asks(ann, "Beginning")
    shop.asks(ann, "x" * 300_000)
    shop.asks(ann, "y" * 300_000 + "\nEnd")
    assert wants(shop, ann) == "accepted"
    found = transcripts.chat_in(shop.office.desk, shop.mails()[-1])
    assert found is not None
    assert found.text.endswith("End")
    assert "Beginning" not in found.text
    assert len(found.text) <= 400_010


def test_a_file_is_named(shop: Shop, ann: Visitor, tmp_path: Path) -> None:
    room = shop.asks(ann).conversation_id
    file = tmp_path / "price.txt"
    file.write_text("12")
    with transaction(shop.office.desk.db):
        sent = reply.queue(shop.office.desk, room, "", files=[file])
    shop.office.settle(shop.office.claim(sent), Sent(ann.next_key()))
    wants(shop, ann)
    found = transcripts.chat_in(shop.office.desk, shop.mails()[-1])
    assert found is not None
    assert "File: price.txt" in found.text

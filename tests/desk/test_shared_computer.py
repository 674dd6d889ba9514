"""One writes in a browser and proves who they are; another signs in there after them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import follow_ups as watched
from store import identities, merging, messages, suggestions
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.model import CustomerId, Message
from tests.desk.visiting import Site, Visitor

EVE_MAIL, BOB_MAIL = "eve@home.example", "bob@work.example"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site.open(tmp_path) as opened:
        yield opened
        assert check(opened.office.desk.db, for_database(opened.office.desk.db)) == []


def prove(site: Site, customer: CustomerId, channel: str, address: str, proof: str) -> None:
    db = site.office.desk.db
    with transaction(db):
        identities.add(db, customer, channel, address, proof=proof, at=site.office.clock.at)


def addresses(site: Site, customer: CustomerId) -> set[tuple[str, str]]:
    return {(i.channel, i.address) for i in identities.of(site.office.desk.db, customer)}


def now(site: Site, message: Message) -> Message:
    return messages.get(site.office.desk.db, message.id)


@pytest.mark.parametrize(
    ("channel", "address", "proof"), [("email", EVE_MAIL, "code"), ("telegram", "77", "platform")]
)
def test_who_signs_in_gets_the_chat_and_nothing_else(
    site: Site, channel: str, address: str, proof: str
) -> None:
    db = site.office.desk.db
    eve = Visitor(site, "v_kiosk")
    asked = site.got(eve.says("Eve asks"))
    answer = site.answer(asked.conversation_id, eve)
    prove(site, asked.customer_id, channel, address, proof)
    eve.email = BOB_MAIL  # Bob, at the same computer
    site.take(eve.notice("identified", name="Bob"))
    bob = now(site, asked).customer_id
    assert bob == now(site, answer).customer_id != asked.customer_id
    assert addresses(site, bob) == {("webchat", "v_kiosk"), ("email", BOB_MAIL)}
    assert addresses(site, asked.customer_id) == {(channel, address)}
    assert merging.standing(db) == []
    (suggested,) = suggestions.of_customer(db, asked.customer_id)
    assert (suggested.reason, suggested.other_id) == ("same-browser", bob)
    assert suggested.evidence["address"] == BOB_MAIL
    assert watched.get(db, answer.id) is None, "it was said to Eve: no mail takes it to Bob"
    said = site.got(eve.says("Bob asks"))
    assert (said.customer_id, said.conversation_id) == (bob, asked.conversation_id)
    # An agent who knows better says so, and can take that back.
    site.office.do(asked.conversation_id, f"suggestion accept {suggested.id}")
    (merge,) = merging.standing(db)
    site.office.do(asked.conversation_id, f"customer unmerge {merge.id}")
    assert now(site, asked).customer_id == bob
    assert addresses(site, asked.customer_id) == {(channel, address)}


def test_a_conversation_with_mails_is_parted_from_the_chat(site: Site) -> None:
    db = site.office.desk.db
    bob = Visitor(site, "v_bob", email=BOB_MAIL)
    before = site.got(bob.says("Last week"))
    mail = site.office.got(site.office.letter(f"Eve <{EVE_MAIL}>", proofs=("dmarc",)))
    eve = Visitor(site, "v_eve")
    with transaction(db):
        identities.add(
            db, mail.customer_id, "webchat", eve.id, proof="platform", at=site.office.clock.at
        )
    chat = site.got(eve.says("And in the chat"))
    assert chat.conversation_id == mail.conversation_id
    site.take(bob.notice("identified", name="Bob", was="v_eve", offset=1))
    assert now(site, mail).customer_id == mail.customer_id
    assert addresses(site, mail.customer_id) == {("email", EVE_MAIL)}
    moved = now(site, chat)
    assert (moved.customer_id, moved.conversation_id) == (
        before.customer_id,
        before.conversation_id,
    )
    assert (moved.external_id, moved.details["chat"]) == ("v_bob:2", "v_bob")
    assert merging.standing(db) == []
    assert [one.reason for one in suggestions.of_customer(db, before.customer_id)] == [
        "same-browser"
    ]


@pytest.mark.parametrize("email", [EVE_MAIL, ""])
def test_the_same_one_goes_on(site: Site, email: str) -> None:
    eve = Visitor(site, "v_eve")
    asked = site.got(eve.says())
    prove(site, asked.customer_id, "email", EVE_MAIL, "code")
    eve.email, eve.sub = email, "7"
    site.take(eve.notice("identified", name="Eve"))
    assert addresses(site, asked.customer_id) == {("webchat", "v_eve"), ("email", EVE_MAIL)}
    assert suggestions.of_customer(site.office.desk.db, asked.customer_id) == []
    # Who changes their address with the site is who they were.
    eve.email = "eve@new.example"
    site.take(eve.notice("identified", name="Eve"))
    assert ("email", "eve@new.example") in addresses(site, asked.customer_id)

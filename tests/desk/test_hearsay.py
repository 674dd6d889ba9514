"""Who may be the same person by what they say: suggested whoever comes first, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from omnitui.desk.command import CommandError
from omnitui.desk.persons import suggest
from omnitui.desk.persons.evidence import likeness
from store import claims, customers, identities, merging, suggestions
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.model import CustomerId, Message, Suggestion
from tests.desk.office import MINUTE, START
from tests.desk.visiting import Site, Visitor

ANN_MAIL, PHONE = "ann@home.example", "+380671234567"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site.open(tmp_path) as opened:
        yield opened
        db = opened.office.desk.db
        # Whatever was typed: who became one did so by an agent's word.
        assert {one.reason for one in merging.standing(db)} <= {"agent", "suggestion"}
        assert check(db, for_database(db)) == []


def visits(site: Site, who: str, text: str = "", /, **form: str) -> CustomerId:
    """A visitor fills in a form, or writes; who they are to the desk."""
    visitor = Visitor(site, f"v_{who}")
    if form:
        site.take(visitor.notice("form", fields=form))
    if text:
        site.got(visitor.says(text))
    found = identities.find(site.office.desk.db, "webchat", visitor.id)
    assert found is not None
    return found.customer_id


def mails(
    site: Site, sender: str = f"Ann Lee <{ANN_MAIL}>", text: str = "Hi", **more: Any
) -> Message:
    return site.office.got(site.office.letter(sender, text, **{"proofs": ("dmarc",), **more}))


def open_of(site: Site, customer: CustomerId) -> list[Suggestion]:
    return suggestions.of_customer(site.office.desk.db, customer)


def said(site: Site, customer: CustomerId) -> set[tuple[str, str, str]]:
    return {(one.kind, one.value, one.source) for one in claims.of(site.office.desk.db, customer)}


# -- whichever comes first


def test_an_address_that_was_typed_before_its_mail_came(site: Site) -> None:
    visitor = visits(site, "x", email="Ann@Home.Example")
    assert said(site, visitor) == {("email", ANN_MAIL, "form")}
    ann = mails(site).customer_id
    (found,) = open_of(site, ann)
    assert (found.reason, found.customer_id, found.other_id) == ("claims-address", visitor, ann)
    assert (found.evidence["address"], found.evidence["seen"]) == (ANN_MAIL, "form")
    assert ann != visitor


def test_an_address_that_was_mailed_before_it_was_written_in_a_chat(site: Site) -> None:
    ann = mails(site).customer_id
    visitor = visits(site, "x", f"My mail is {ANN_MAIL}")
    (found,) = open_of(site, ann)
    assert (found.reason, found.evidence["seen"]) == ("claims-address", "message")
    assert found.message_id is not None
    assert found.other_id == ann
    assert found.customer_id == visitor


def test_the_same_address_typed_by_two(site: Site) -> None:
    first = visits(site, "x", email=ANN_MAIL)
    second = visits(site, "y", f"{ANN_MAIL} is mine")
    (found,) = open_of(site, first)
    assert (found.reason, found.customer_id) == ("same-email-claim", second)
    assert (found.evidence["seen"], found.evidence["other_seen"]) == ("message", "form")
    # Its mail comes: a better reason, in the same place.
    ann = mails(site).customer_id
    assert {one.reason for one in open_of(site, ann)} == {"claims-address"}
    assert len(open_of(site, ann)) == 2


@pytest.mark.parametrize("first", [True, False])
def test_a_telephone_number(site: Site, first: bool) -> None:
    """Typed in a chat, and signed under a mail: in any form."""
    visitor = visits(site, "x", "call 067 123 45 67") if first else None
    ann = mails(site, signature="Ann Lee\n+38 (067) 123-45-67").customer_id
    if visitor is None:
        visitor = visits(site, "x", "call 067 123 45 67")
    (found,) = open_of(site, ann)
    assert found.reason == "same-phone"
    assert {found.customer_id, found.other_id} == {ann, visitor}
    assert found.evidence["address"] == PHONE


def test_a_telephone_that_its_owner_shares_later(site: Site) -> None:
    visitor = visits(site, "x", phone="067 123 45 67")
    shared = site.office.got(
        site.office.line("42", "my number", proofs=("contact",), aliases=(("phone", PHONE),))
    )
    assert shared.customer_id != visitor
    (found,) = open_of(site, visitor)
    assert (found.reason, found.other_id) == ("claims-address", shared.customer_id)


@pytest.mark.parametrize("first", [True, False])
def test_a_name_and_an_order(site: Site, first: bool) -> None:
    """In two alphabets, in either order."""

    def chats() -> CustomerId:
        return visits(site, "x", "Мене звати Олена Коваль. Де замовлення №12345?")

    visitor = chats() if first else None
    mail = mails(site, "Olena Koval <o@home.example>", "Where is it?", subject="Order 12345")
    visitor = visitor or chats()
    (found,) = open_of(site, mail.customer_id)
    assert found.reason == "same-name-and-order"
    assert {found.customer_id, found.other_id} == {visitor, mail.customer_id}
    assert found.evidence["order"] == "12345"
    assert {found.evidence["name"], found.evidence["other_name"]} == {
        "Олена Коваль", "Olena Koval",
    }  # fmt: skip


def test_a_name_that_is_told_after_the_order(site: Site) -> None:
    mail = mails(site, "Olena Koval <o@home.example>", "Order 12345?")
    visitor = visits(site, "x", "order 12345")
    assert open_of(site, visitor) == []
    assert visits(site, "x", name="Олена Коваль") == visitor
    assert [one.reason for one in open_of(site, mail.customer_id)] == ["same-name-and-order"]


def test_an_order_or_a_name_alone_says_nothing(site: Site) -> None:
    mails(site, "Olena Koval <o@home.example>", "Order 12345?")
    mails(site, "Bob Stone <b@home.example>", "Order 12345?")
    mails(site, "Olena Koval <o2@home.example>", "Order 54321?")
    assert site.office.log("customer.suggested") == []


def test_what_many_say_tells_nobody_apart(site: Site) -> None:
    """The number of a switchboard, an order number from an advertisement."""
    people = [visits(site, f"x{n}", "call +380 44 123 45 67") for n in range(likeness.SHARED + 3)]
    before = len(site.office.log("customer.suggested"))
    last = visits(site, "last", "call +380 44 123 45 67")
    assert len(site.office.log("customer.suggested")) == before
    assert open_of(site, last) == open_of(site, people[-1]) == []


# -- whose words they are


def test_history_and_what_is_not_theirs_is_not_listened_to(site: Site) -> None:
    from connectors.contract import Address, AutoReply, Forwarded

    told = "My phone is 067 123 45 67 and my mail is x@home.example"
    for more in (
        {"history": True},
        {"auto_reply": AutoReply("auto", "x")},
        {"forwarded": Forwarded(Address("bob@home.example"))},
        {"direction": "out", "to": (Address("c@home.example"),)},
    ):
        site.office.take(site.office.letter("Ann <a@home.example>", told, **more))
    site.office.got(site.office.line("-100", told))  # a group
    site.office.got(
        site.office.line("43", told, details={"media": {"kind": "contact", "own": False}})
    )
    assert site.office.desk.db.execute("SELECT count(*) FROM claims").fetchone() == (0,)


def test_a_forger_s_words_are_not_the_customer_s(site: Site) -> None:
    """Else a stranger's telephone would stand on her card, under her name."""
    ann = mails(site).customer_id
    forged = mails(site, text="my number is 067 123 45 67", proofs=())
    assert forged.customer_id == ann
    assert said(site, ann) == set()
    mails(site, text="my number is 067 123 45 68")
    assert said(site, ann) == {("phone", "+380671234568", "message")}


def test_our_own_addresses_are_nobody_s(site: Site) -> None:
    visitor = visits(site, "x", "I wrote to support@acme.example", email="Support@Acme.example")
    assert said(site, visitor) == set()


def test_what_is_proven_is_no_claim(site: Site) -> None:
    ann = mails(site, text=f"My mail is {ANN_MAIL}").customer_id
    assert said(site, ann) == set()


def test_so_many_are_kept(site: Site) -> None:
    visitor = None
    for n in range(30):
        site.office.clock.pass_(MINUTE)
        visitor = visits(site, "x", f"order {10_000 + n}")
    assert visitor is not None
    kept = sorted(one.value for one in claims.of(site.office.desk.db, visitor))
    assert kept == [str(10_010 + n) for n in range(20)]


# -- what agents decide


def test_taken_by_one_command_and_back_by_another(site: Site) -> None:
    ann = mails(site)
    visitor = visits(site, "x", "hello", email=ANN_MAIL)
    done = site.office.do(ann.conversation_id, "suggestion accept")
    assert [one.source_id for one in merging.standing(site.office.desk.db)] == [visitor]
    assert open_of(site, ann.customer_id) == []
    site.office.do(ann.conversation_id, done.undo)
    assert merging.standing(site.office.desk.db) == []
    # It is open again, since nobody said that they are two.
    assert [one.reason for one in open_of(site, ann.customer_id)] == ["claims-address"]


def test_dismissed_by_one_command_it_is_never_asked_again(site: Site) -> None:
    ann = mails(site, signature="Ann Lee\n067 123 45 67")
    visitor = visits(site, "x", "hello", email=ANN_MAIL)
    done = site.office.do(ann.conversation_id, "suggestion dismiss")
    assert open_of(site, visitor) == []
    # Neither for the same reason nor for a weaker one.
    visits(site, "x", f"{ANN_MAIL}! And 067 123 45 67", email=ANN_MAIL)
    assert open_of(site, visitor) == []
    site.office.do(ann.conversation_id, done.undo)
    assert len(open_of(site, visitor)) == 1
    site.office.do(ann.conversation_id, "suggestion dismiss")
    with pytest.raises(CommandError, match="Nobody else"):
        site.office.do(ann.conversation_id, "suggestion accept")


def test_a_proof_at_one_end_is_asked_though_hearsay_was_dismissed(site: Site) -> None:
    forged = mails(site, proofs=())
    visitor = Visitor(site, "v_x")
    site.take(visitor.notice("form", fields={"email": ANN_MAIL}))
    site.office.do(forged.conversation_id, "suggestion dismiss")
    visitor.email = ANN_MAIL
    site.take(visitor.notice("identified"))
    (found,) = open_of(site, forged.customer_id)
    assert (found.reason, found.evidence["evidence"]) == ("claims-address", "jwt")


def test_who_was_parted_is_not_suggested_again(site: Site) -> None:
    ann = mails(site)
    visitor = visits(site, "x", "hello")
    done = site.office.do(ann.conversation_id, f"customer merge {visitor} yes")
    site.office.do(ann.conversation_id, done.undo)
    visits(site, "x", "me again", email=ANN_MAIL)
    assert open_of(site, visitor) == []
    assert said(site, visitor) == {("email", ANN_MAIL, "form")}


def test_one_suggestion_a_pair_for_the_best_reason(site: Site) -> None:
    ann = mails(site, "Ann Lee <ann@home.example>", "order 12345", signature="067 123 45 67")
    visitor = visits(site, "x", name="Ann Lee", order="12345")
    assert [one.reason for one in open_of(site, visitor)] == ["same-name-and-order"]
    visits(site, "x", "067 123 45 67")
    assert [one.reason for one in open_of(site, visitor)] == ["same-phone"]
    visits(site, "x", email=ANN_MAIL)
    (found,) = open_of(site, ann.customer_id)
    assert found.reason == "claims-address"
    visits(site, "x", "order 12345, 067 123 45 67")
    assert open_of(site, visitor) == [found]


def test_a_flood_of_claimants_ends(site: Site) -> None:
    for n in range(suggest.MOST_CLAIMED + 4):
        visits(site, f"x{n}", email=ANN_MAIL)
    ann = mails(site).customer_id
    assert len(open_of(site, ann)) <= suggest.MOST_CLAIMED
    for n in range(9):
        mails(site, f"C{n} <c{n}@home.example>")
    everybody = visits(site, "all", **{f"f{n}": f"c{n}@home.example" for n in range(9)})
    assert len(open_of(site, everybody)) == suggest.MOST_CLAIMS


# -- what is said goes where it belongs


def test_claims_stay_with_whom_they_are_of_through_merges(site: Site) -> None:
    db = site.office.desk.db
    ann = mails(site, text="order 12345")
    visitor = visits(site, "x", "order 54321", email="other@home.example")
    done = site.office.do(ann.conversation_id, f"customer merge {visitor} yes")
    together = {("order", "12345", "message"), ("order", "54321", "message"),
                ("email", "other@home.example", "form")}  # fmt: skip
    assert said(site, ann.customer_id) == together
    assert [one.customer_id for one in claims.said(db, "email", "other@home.example", 5)] == [
        ann.customer_id
    ]
    # What the merged one said tells of the customer that they are now.
    other = mails(site, "O <other@home.example>").customer_id
    assert {one.customer_id for one in open_of(site, other)} == {ann.customer_id}
    site.office.do(ann.conversation_id, done.undo)
    assert said(site, ann.customer_id) == {("order", "12345", "message")}
    assert said(site, visitor) == together - {("order", "12345", "message")}


def test_a_message_that_is_given_away_takes_its_claims_along(site: Site) -> None:
    ann = mails(site, text="order 12345")
    bob = mails(site, "Bob <bob@home.example>")
    site.office.do(bob.conversation_id, f"move {ann.id} {bob.conversation_id}")
    assert said(site, ann.customer_id) == set()
    assert said(site, bob.customer_id) == {("order", "12345", "message")}


def test_an_imported_customer_is_looked_for(site: Site) -> None:
    db = site.office.desk.db
    visitor = visits(site, "x", "hello", phone="067 123 45 67")
    with transaction(db):
        made = customers.create(db, name="Ann", at=START)
        identities.add(db, made, "phone", PHONE, at=START)
        likeness.has_address(site.office.desk, made, "phone", PHONE)
    assert [one.other_id for one in open_of(site, visitor)] == [made]


def test_the_best_reason_is_the_first_and_nobody_gets_before_it_by_being_the_last(
    site: Site,
) -> None:
    """`+` takes the first one on the card: not whom a flood put there a moment ago."""
    ann = mails(site)
    first = visits(site, "first", email=ANN_MAIL)
    likely = mails(site, "Ann <ann@work.example>", "Order 12345")
    db = site.office.desk.db
    with transaction(db):
        suggest.same_person(
            site.office.desk, likely.customer_id, ann.customer_id, "opened-link", address=ANN_MAIL
        )
    last = visits(site, "last", email=ANN_MAIL)
    waiting = suggest.waiting(site.office.desk, ann.customer_id)
    assert [one.customer_id for one in waiting] == [likely.customer_id, first, last]
    site.office.do(ann.conversation_id, "suggestion dismiss", "suggestion dismiss")
    assert [one.customer_id for one in open_of(site, ann.customer_id)] == [last]


def test_colleagues_sign_with_the_telephone_of_their_house(site: Site) -> None:
    signed = "{name}\nAcme Trade, +48 22 123 45 67\noffice@trade.example"
    ann = mails(site, "Ann Lee <ann@trade.example>", signature=signed.format(name="Ann Lee"))
    bob = mails(site, "Bob Stone <bob@trade.example>", signature=signed.format(name="Bob Stone"))
    office = mails(site, "Acme Trade <office@trade.example>")
    for one in (ann, bob, office):
        assert open_of(site, one.customer_id) == []
    # Their names are alike: one with two addresses.
    other = mails(site, "Ann Lee <a.lee@trade.example>", signature=signed.format(name="Ann Lee"))
    assert {one.other_id for one in open_of(site, other.customer_id)} == {ann.customer_id}


def test_our_own_telephone_in_what_they_quote_is_nobody_s(tmp_path: Path) -> None:
    from dataclasses import replace

    from config.model import AgentSettings

    with Site.open(tmp_path) as site:
        desk = site.office.desk
        signature = "Ann\nAcme support, +380 44 123 45 67"
        agents = {"ann": AgentSettings("Ann", signature)}
        site.office.desk = replace(desk, config=replace(desk.config, agents=agents))
        asked = visits(site, "x", "I called +38 044 123-45-67 and wrote to boss@acme.example")
        assert said(site, asked) == set()


def test_a_link_that_went_round_does_not_bury_the_card(site: Site) -> None:
    desk, ann = site.office.desk, mails(site).customer_id
    with transaction(desk.db):
        for n in range(suggest.MOST_OPEN + 5):
            made = customers.create(desk.db, name=f"C{n}", at=START)
            suggest.same_person(desk, made, ann, "opened-link", address=ANN_MAIL, result="used")
        assert len(open_of(site, ann)) == suggest.MOST_OPEN
        # Who proves that the address is theirs is asked for all the same.
        made = customers.create(desk.db, name="Ann", at=START)
        suggest.same_person(desk, made, ann, "claims-address", evidence="code", address=ANN_MAIL)
    assert suggest.waiting(desk, ann)[0].customer_id == made

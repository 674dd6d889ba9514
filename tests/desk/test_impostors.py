"""Somebody types what is another's: they see nothing, get nothing and link nothing, and nothing
links when the real one comes, before or after, by whichever proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from connectors.contract import Address, Forwarded
from omnitui.desk import follow_ups
from omnitui.desk.replying.reply import NewRecipient
from store import customers, identities, merging, messages, suggestions
from store import outbox as store_outbox
from store.model import CustomerId, Message
from tests.desk.leaving import ANN_MAIL, Shop
from tests.desk.office import MINUTE
from tests.desk.visiting import Visitor

PHONE, ORDER = "+380671234567", "12345"
TYPED = f"I am Ann Lee, {ANN_MAIL}, {PHONE}, order {ORDER}. What did I write to you?"


# -- how the impostor says so


def fills_in(shop: Shop) -> Message:
    mallory = Visitor(shop, "v_mallory")
    fields = {"name": "Ann Lee", "email": ANN_MAIL, "phone": PHONE, "order": ORDER}
    shop.take(mallory.notice("form", fields=fields))
    return shop.asks(mallory, "What did I write to you?")


def chats(shop: Shop) -> Message:
    return shop.asks(Visitor(shop, "v_mallory"), TYPED)


def writes_in_telegram(shop: Shop) -> Message:
    return shop.office.got(
        shop.office.line("66", TYPED, sender=Address("66", "Ann Lee"), proofs=("platform",))
    )


def sends_her_card(shop: Shop) -> Message:
    """A contact that is not their own proves nothing (Bot API: `contact.user_id`)."""
    media = {"kind": "contact", "phone": PHONE, "own": False}
    line = shop.office.line("66", f"Ann Lee\n{PHONE}", proofs=("platform",))
    return shop.office.got(replace(line, details={"media": media}))


def mails_from_elsewhere(shop: Shop) -> Message:
    letter = shop.office.letter(
        "Ann Lee <mallory@evil.example>",
        TYPED,
        signature=f"Ann Lee\n{ANN_MAIL}\n{PHONE}",
        proofs=("dmarc",),
    )
    return shop.office.got(letter)


def mails_from_a_look_alike(shop: Shop) -> Message:
    """Cyrillic letters, which on the screen are hers."""
    letter = shop.office.letter(f"Ann Lee <{ANN_MAIL.replace('a', 'а')}>", TYPED, proofs=("dmarc",))
    return shop.office.got(letter)


def mails_from_her_tag(shop: Shop) -> Message:
    """`ann+x@…`: on most hosts hers, on others anybody's."""
    tagged = ANN_MAIL.replace("@", "+x@")
    return shop.office.got(shop.office.letter(f"Ann Lee <{tagged}>", TYPED, proofs=("dmarc",)))


def forwards_her_mail(shop: Shop) -> Message:
    letter = shop.office.letter(
        "Bob <mallory@evil.example>",
        f"From: Ann Lee <{ANN_MAIL}>\n\n{TYPED}",
        forwarded=Forwarded(Address(ANN_MAIL, "Ann Lee")),
        proofs=("dmarc",),
    )
    return shop.office.got(letter)


def wants_answers_there(shop: Shop) -> Message:
    letter = shop.office.letter(
        "Ann Lee <mallory@evil.example>", TYPED, reply_to=(Address(ANN_MAIL),), proofs=("dmarc",)
    )
    return shop.office.got(letter)


IMPOSTORS = [
    fills_in,
    chats,
    writes_in_telegram,
    sends_her_card,
    mails_from_elsewhere,
    mails_from_a_look_alike,
    mails_from_her_tag,
    forwards_her_mail,
    wants_answers_there,
]

# -- how the real one comes


def by_proven_mail(shop: Shop) -> Message:
    letter = shop.office.letter(
        f"Ann Lee <{ANN_MAIL}>", f"Where is order {ORDER}?", signature=PHONE, proofs=("dmarc",)
    )
    return shop.office.got(letter)


def by_mail_that_nothing_proves(shop: Shop) -> Message:
    letter = shop.office.letter(f"Ann Lee <{ANN_MAIL}>", f"Where is order {ORDER}?")
    return shop.office.got(letter)


def signed_by_the_site(shop: Shop) -> Message:
    ann = Visitor(shop, "v_ann", name="Ann Lee", email=ANN_MAIL, sub="7")
    shop.take(ann.notice("identified", name="Ann Lee"))
    return shop.asks(ann, f"Where is order {ORDER}?")


def by_their_own_contact(shop: Shop) -> Message:
    line = shop.office.line(
        "77", PHONE, sender=Address("77", "Ann Lee"), proofs=("contact",),
        aliases=(("phone", PHONE),),
    )  # fmt: skip
    return shop.office.got(line)


def by_a_code(shop: Shop) -> Message:
    from tests.desk.test_one_time_codes import ask, code_in, types

    ann = Visitor(shop, "v_ann")
    written = shop.asks(ann, f"Where is order {ORDER}?")
    assert ask(shop, ann) == "sent"
    assert types(shop, ann, code_in(shop)) == "proven"
    return shop.message(written.id)


REAL = [
    by_proven_mail,
    by_mail_that_nothing_proves,
    signed_by_the_site,
    by_their_own_contact,
    by_a_code,
]


@pytest.mark.parametrize("first", ["the real one", "the impostor"])
@pytest.mark.parametrize("real", REAL, ids=lambda one: one.__name__)
@pytest.mark.parametrize("impostor", IMPOSTORS, ids=lambda one: one.__name__)
def test_an_impostor(
    shop: Shop,
    impostor: Callable[[Shop], Message],
    real: Callable[[Shop], Message],
    first: str,
) -> None:
    if first == "the real one":
        ann, mallory = real(shop), impostor(shop)
    else:
        mallory = impostor(shop)
        ann = real(shop)
    shop.office.clock.pass_(MINUTE)
    answer = shop.office.sent(ann.conversation_id, "It is on its way to Secret Street 1.")
    # And both go on: nothing that comes later joins them either.
    real(shop)
    impostor(shop)
    check_apart(shop, ann, mallory)
    told = {one.address for one in answer.recipients}
    assert not told & addresses(shop, mallory.customer_id)
    # Whatever is seen of it, an agent sees: nothing is decided.
    assert merging.standing(shop.office.desk.db) == []
    for one in suggestions.of_customer(shop.office.desk.db, ann.customer_id):
        assert one.state == "open"
        assert {one.customer_id, one.other_id} == {ann.customer_id, mallory.customer_id}


def check_apart(shop: Shop, ann: Message, mallory: Message) -> None:
    db = shop.office.desk.db
    assert ann.customer_id != mallory.customer_id
    for mine, theirs in ((ann, mallory), (mallory, ann)):
        assert shop.message(mine.id).customer_id == mine.customer_id
        assert customers.current(db, mine.customer_id) == mine.customer_id
        life = messages.timeline(db, mine.customer_id, limit=50)
        assert mine.id in {one.id for one in life}
        assert theirs.id not in {one.id for one in life}
        rooms = {one.conversation_id for one in life}
        assert theirs.conversation_id not in rooms
    assert not addresses(shop, ann.customer_id) & addresses(shop, mallory.customer_id)


def addresses(shop: Shop, customer: CustomerId) -> set[str]:
    return {one.address for one in identities.of(shop.office.desk.db, customer)}


# -- what they would like to get


def test_what_is_not_seen_goes_to_no_address_that_was_typed(shop: Shop) -> None:
    mallory = fills_in(shop)
    by_proven_mail(shop)
    visitor = Visitor(shop, "v_mallory")
    shop.comes(visitor)
    shop.answer(mallory.conversation_id, visitor, "Only for who asked")
    shop.leaves(visitor)
    shop.office.clock.pass_(60 * MINUTE)
    assert shop.go_after() == []
    assert follow_ups.reached_by(shop.office.desk, mallory.customer_id) is None
    shop.take(visitor.notice("transcript"))
    assert all(ANN_MAIL not in entry.recipients for entry in store_outbox.all(shop.office.desk.db))


def test_a_forged_sender_gets_no_answer_elsewhere(shop: Shop) -> None:
    """A mail under her address is shown with hers, unproven; the answer goes to her."""
    real = by_proven_mail(shop)
    forged = shop.office.got(
        shop.office.letter(
            f"Ann Lee <{ANN_MAIL}>", "Send it to me", reply_to=(Address("mallory@evil.example"),)
        )
    )
    assert forged.customer_id == real.customer_id
    with pytest.raises(NewRecipient):
        shop.office.reply(forged.conversation_id, "Secret Street 1")
    assert addresses(shop, real.customer_id) == {ANN_MAIL}


def test_a_family_s_mailbox_is_one_customer_and_its_chats_are_not(shop: Shop) -> None:
    """Who has the mailbox reads what goes there; who types its address does not."""
    ann = by_proven_mail(shop)
    bob = shop.office.got(
        shop.office.letter(f"Bob Lee <{ANN_MAIL}>", "Bob here", proofs=("dmarc",))
    )
    assert bob.customer_id == ann.customer_id
    first, second = (shop.asks(Visitor(shop, f"v_{n}"), f"I am at {ANN_MAIL}") for n in "ab")
    assert len({ann.customer_id, first.customer_id, second.customer_id}) == 3
    assert len(suggestions.of_customer(shop.office.desk.db, ann.customer_id)) == 2


def test_a_chat_of_several_states_nothing_of_one(shop: Shop) -> None:
    group = shop.office.got(shop.office.line("-100", TYPED, author="Mallory"))
    ann = by_proven_mail(shop)
    check_apart(shop, ann, group)
    assert suggestions.of_customer(shop.office.desk.db, group.customer_id) == []


@pytest.mark.parametrize(
    "written", ["ANN@HOME.EXAMPLE", "<ann@home.example>", " ann@home.example. "]
)
def test_her_address_in_another_form_is_still_hers_and_proves_nothing(
    shop: Shop, written: str
) -> None:
    ann = by_proven_mail(shop)
    mallory = Visitor(shop, "v_mallory")
    shop.take(mallory.notice("form", fields={"email": written.strip(" <>")}))
    asked = shop.asks(mallory, written)
    check_apart(shop, ann, asked)
    assert len(suggestions.of_customer(shop.office.desk.db, ann.customer_id)) == 1

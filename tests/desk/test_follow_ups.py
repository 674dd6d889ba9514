"""What a visitor missed goes after them by mail: when, to whom, what of it, and what not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Rejected, Unreachable
from omnitui.desk import follow_ups
from omnitui.desk.persons import merging
from omnitui.desk.replying import alterations, outbox, reply
from store import accounts, customers, identities, messages
from store.database import transaction
from store.model import ConversationId
from tests.desk.leaving import ANN_MAIL, PAGE, Shop
from tests.desk.office import DAY, HOUR, MINUTE, SALES, SUPPORT
from tests.desk.visiting import Visitor


@pytest.fixture
def ann(shop: Shop) -> Visitor:
    """Signed in on the site; she asks and leaves."""
    visitor = Visitor(shop, name="Ann Lee", email=ANN_MAIL, sub="ann")
    shop.asks(visitor, language="uk")
    shop.leaves(visitor)
    return visitor


def room(shop: Shop, visitor: Visitor) -> int:
    return shop.message(messages.newest_id(shop.office.desk.db)).conversation_id


def wait(shop: Shop, minutes: float = 10) -> None:
    shop.office.clock.pass_(round(minutes * MINUTE))


# -- when


def test_ten_minutes_after_the_answer_it_goes_after_her(shop: Shop, ann: Visitor) -> None:
    answer = shop.answer(room(shop, ann), ann, "Yes, **two**.")
    wait(shop, 9.9)
    assert shop.go_after() == []
    assert shop.due_at() == int(answer.details["sent_at"]) + 10 * MINUTE
    wait(shop, 0.1)
    (mail_id,) = shop.go_after()
    mail = shop.leaving(mail_id)
    assert [one.address for one in mail.to] == [ANN_MAIL]
    assert mail.envelope == (ANN_MAIL,)
    assert not mail.automatic, "it is the agent's answer"
    assert shop.message(answer.id).details["followed_up"] == mail_id
    assert shop.message(mail_id).details["follows"] == [answer.id]
    wait(shop, 60 * 24)
    assert shop.go_after() == []
    assert follow_ups.why_not(shop.office.desk, shop.message(answer.id)) == ""


def test_it_counts_from_when_she_left_if_that_was_later(shop: Shop, ann: Visitor) -> None:
    shop.comes(ann)
    shop.answer(room(shop, ann), ann)
    wait(shop, 30)
    assert shop.go_after() == [], "the page is open; she may yet look"
    assert shop.due_at() is None
    shop.leaves(ann)
    wait(shop, 9)
    assert shop.go_after() == []
    wait(shop, 1)
    assert len(shop.go_after()) == 1


def test_what_she_has_read_stays_in_the_chat(shop: Shop, ann: Visitor) -> None:
    conversation = room(shop, ann)
    shop.comes(ann)
    seen = shop.answer(conversation, ann, "One")
    shop.take(ann.read(seen))
    shop.leaves(ann)
    missed = shop.answer(conversation, ann, "Two")
    wait(shop)
    (mail,) = shop.go_after()
    assert shop.message(mail).details["follows"] == [missed.id]
    assert "One" not in shop.message(mail).text


def test_delivered_into_a_page_that_was_then_closed_is_not_seen(shop: Shop, ann: Visitor) -> None:
    shop.comes(ann)
    answer = shop.answer(room(shop, ann), ann)
    shop.take(ann.read(answer, "delivered"))
    shop.leaves(ann)
    wait(shop)
    assert len(shop.go_after()) == 1


def test_a_channel_without_read_marks_counts_what_was_delivered(shop: Shop, ann: Visitor) -> None:
    with transaction(shop.office.desk.db):
        able = {**shop.account.capabilities, "read_marks": False}
        accounts.ensure(shop.office.desk.db, "site", "webchat", capabilities=able)
    answer = shop.answer(room(shop, ann), ann)
    shop.take(ann.read(answer, "delivered"))
    wait(shop)
    assert shop.go_after() == []


def test_show_says_why_nothing_goes(shop: Shop) -> None:
    from omnitui.desk.view import conversation_json

    bob = Visitor(shop, "v_bob")
    conversation = shop.asks(bob).conversation_id
    answer = shop.answer(conversation, bob)
    shown = conversation_json(
        shop.office.desk, shop.office.conversation(conversation), messages=[answer]
    )
    assert "No e-mail address" in shown["messages"][0]["not_followed_up"]


def test_nothing_goes_while_nobody_knows_who_is_there(shop: Shop, ann: Visitor) -> None:
    shop.answer(room(shop, ann), ann)
    wait(shop)
    with transaction(shop.office.desk.db):
        assert follow_ups.go_after(shop.office.desk, []) == []
    assert len(shop.go_after()) == 1


def test_a_quarter_of_an_hour_between_two_mails(shop: Shop, ann: Visitor) -> None:
    conversation = room(shop, ann)
    shop.answer(conversation, ann, "One")
    wait(shop)
    (first,) = shop.go_after()
    shop.leaving(first)
    sent_at = shop.message(first).details["sent_at"]
    shop.answer(conversation, ann, "Two")
    wait(shop, 10)
    assert shop.go_after() == []
    assert shop.due_at() == sent_at + 15 * MINUTE
    wait(shop, 5)
    (second,) = shop.go_after()
    assert "One" not in shop.message(second).text


def test_the_next_one_waits_for_one_that_has_not_left(shop: Shop, ann: Visitor) -> None:
    """The mail server is down for an hour: not two mails within a minute after it."""
    conversation = room(shop, ann)
    shop.answer(conversation, ann, "One")
    wait(shop)
    (first,) = shop.go_after()
    shop.office.settle(shop.office.claim(first), Unreachable("down"))
    shop.answer(conversation, ann, "Two")
    wait(shop, 60)
    assert shop.go_after() == []
    shop.leaving(first)
    wait(shop, 14)
    assert shop.go_after() == []
    wait(shop, 1)
    assert len(shop.go_after()) == 1


def test_another_browser_of_hers_counts_with_it(shop: Shop, ann: Visitor) -> None:
    shop.answer(room(shop, ann), ann, "One")
    phone = Visitor(shop, "v_phone", email=ANN_MAIL, sub="ann-phone")
    shop.asks(phone)
    assert shop.customer(phone) == shop.customer(ann)
    shop.answer(room(shop, phone), phone, "Two")
    shop.leaves(phone)
    wait(shop)
    assert len(shop.go_after()) == 1
    shop.leaving(shop.mails()[-1].id)
    wait(shop, 14)
    assert shop.go_after() == []
    wait(shop, 1)
    assert len(shop.go_after()) == 1


def test_what_is_three_days_old_stays_where_it_is(shop: Shop) -> None:
    bob = Visitor(shop, "v_bob")
    shop.asks(bob)
    shop.leaves(bob)
    answer = shop.answer(room(shop, bob), bob)
    assert "No e-mail address" in follow_ups.why_not(shop.office.desk, answer)
    wait(shop, 3 * 24 * 60 + 1)
    shop.go_after()
    shop.office.do(answer.conversation_id, f"customer address email {ANN_MAIL}")
    assert shop.go_after() == []
    assert "too old" in follow_ups.why_not(shop.office.desk, shop.message(answer.id))


# -- what


def test_a_burst_is_one_mail_in_order(shop: Shop, ann: Visitor) -> None:
    conversation = room(shop, ann)
    texts = ["First", "Second", "Third"]
    for text in texts:
        shop.answer(conversation, ann, text)
        wait(shop, 2)
    wait(shop, 4.5)
    (mail,) = shop.go_after()
    text = shop.message(mail).text
    assert [text.index(one) for one in texts] == sorted(text.index(one) for one in texts)
    assert len(shop.message(mail).details["follows"]) == 3


def test_more_than_the_most_is_the_next_mails(shop: Shop, ann: Visitor) -> None:
    conversation = room(shop, ann)
    ids = [shop.answer(conversation, ann, f"Part {n}").id for n in range(23)]
    wait(shop)
    carried = []
    for _round in range(3):
        (mail,) = shop.go_after()
        shop.leaving(mail)
        carried.append(shop.message(mail).details["follows"])
        wait(shop, 15)
    assert carried == [ids[:10], ids[10:20], ids[20:]]
    assert shop.go_after() == []


def test_it_says_who_wrote_what_and_when_in_her_language(shop: Shop, ann: Visitor) -> None:
    conversation = room(shop, ann)
    with transaction(shop.office.desk.db):
        customers.update(shop.office.desk.db, shop.customer(ann), timezone="Europe/Warsaw")
    desk = shop.office.desk
    shop.answer(conversation, ann, "Yes.")
    shop.office.desk = replace(desk, agent="bob")
    shop.answer(conversation, ann, "Two of them.")
    wait(shop)
    (mail_id,) = shop.go_after()
    mail = shop.leaving(mail_id)
    assert mail.subject == "Ваш чат із Acme"
    assert "Ви вийшли з нашого чату" in mail.text
    assert "**bob**, 21.09.2026 16:13" in mail.text
    assert mail.text.index("**ann**") < mail.text.index("**bob**")
    assert f"Або поверніться до чату: {PAGE}" in mail.text
    assert mail.sender is not None
    assert mail.sender.name == "bob via Acme", "whose words are the last"
    assert mail.quote is not None
    assert "Is it in stock?" in mail.quote.text
    assert shop.message(mail_id).author == "bob"


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "You had left"), ("ru", "Вы вышли"), ("pl", "po wyjściu"), ("de", "You had left")],
)
def test_every_language_it_is_written_in(shop: Shop, language: str, words: str) -> None:
    visitor = Visitor(shop, email=ANN_MAIL)
    message = shop.asks(visitor, language=language)
    shop.leaves(visitor)
    shop.answer(message.conversation_id, visitor)
    wait(shop)
    (mail,) = shop.go_after()
    assert words in shop.message(mail).text


def test_without_a_page_there_is_no_way_back_but_the_answer(shop: Shop, ann: Visitor) -> None:
    shop.configure(page="")
    shop.answer(room(shop, ann), ann)
    wait(shop)
    (mail,) = shop.go_after()
    assert "http" not in shop.message(mail).text


def test_files_go_along_as_far_as_a_mail_holds_them(
    shop: Shop, ann: Visitor, tmp_path: Path
) -> None:
    with transaction(shop.office.desk.db):
        able = {"file_limit": 1_000, "subject": True, "cc": True, "write_first": True}
        accounts.ensure(shop.office.desk.db, "support", "email", capabilities=able)
    small, large = tmp_path / "price.txt", tmp_path / "film.mp4"
    small.write_bytes(b"12 euro")
    large.write_bytes(bytes(2_000))
    conversation = room(shop, ann)
    with transaction(shop.office.desk.db):
        sent = reply.queue(
            shop.office.desk, ConversationId(conversation), "Here.", files=[large, small]
        )
    shop.office.settle(shop.office.claim(sent), _sent(ann))
    wait(shop)
    (mail_id,) = shop.go_after()
    mail = shop.leaving(mail_id)
    assert [(file.name, file.read()) for file in mail.files] == [("price.txt", b"12 euro")]
    assert "film.mp4" in mail.text


def _sent(visitor: Visitor) -> object:
    from connectors.contract import Sent

    return Sent(visitor.next_key())


def test_automatic_answers_stay_in_the_chat(shop: Shop, ann: Visitor) -> None:
    conversation = ConversationId(room(shop, ann))
    with transaction(shop.office.desk.db):
        sent = reply.queue(shop.office.desk, conversation, "We have it.", automatic="receipt")
    shop.office.settle(shop.office.claim(sent), _sent(ann))
    wait(shop)
    assert shop.go_after() == []


# -- what changes meanwhile


def test_an_edit_goes_out_as_it_is_now_and_what_was_deleted_not_at_all(
    shop: Shop, ann: Visitor
) -> None:
    conversation = room(shop, ann)
    wrong = shop.answer(conversation, ann, "It costs 10.")
    gone = shop.answer(conversation, ann, "Wrong chat!")
    for message, kind in ((wrong, "edit"), (gone, "delete")):
        _alter(shop, message.id, kind, "It costs 12.")
    wait(shop)
    (mail,) = shop.go_after()
    text = shop.message(mail).text
    assert "It costs 12." in text
    assert "10" not in text
    assert "Wrong chat" not in text


@pytest.mark.parametrize("kind", ["edit", "delete"])
def test_a_change_takes_the_waiting_mail_back(shop: Shop, ann: Visitor, kind: str) -> None:
    answer = shop.answer(room(shop, ann), ann, "It costs 10.")
    wait(shop)
    (first,) = shop.go_after()
    _alter(shop, answer.id, kind, "It costs 12.")
    assert shop.message(first).state == "cancelled"
    assert "followed_up" not in shop.message(answer.id).details
    again = shop.go_after()
    if kind == "edit":
        assert "It costs 12." in shop.message(again[0]).text
    else:
        assert again == []


def test_while_a_change_is_on_its_way_nothing_goes(shop: Shop, ann: Visitor) -> None:
    answer = shop.answer(room(shop, ann), ann, "It costs 10.")
    wait(shop)
    with transaction(shop.office.desk.db):
        alterations.queue(shop.office.desk, answer.id, "edit", "It costs 12.")
    assert shop.go_after() == []


def _alter(shop: Shop, message_id: int, kind: str, text: str) -> None:
    from store.model import MessageId

    with transaction(shop.office.desk.db):
        change = alterations.queue(
            shop.office.desk,
            MessageId(message_id),
            "edit" if kind == "edit" else "delete",
            text if kind == "edit" else "",
        )
        alterations.settle(shop.office.desk, change.id, None)


@pytest.mark.parametrize("how", ["reads", "comes back"])
def test_who_comes_back_gets_no_mail(shop: Shop, ann: Visitor, how: str) -> None:
    """It waits in the outbox: the mail server is down."""
    answer = shop.answer(room(shop, ann), ann)
    wait(shop)
    (mail,) = shop.go_after()
    shop.office.settle(shop.office.claim(mail), Unreachable("down"))
    shop.comes(ann)
    if how == "reads":
        shop.take(ann.read(answer))
        assert shop.message(mail).state == "cancelled", "at once"
    shop.go_after()
    assert shop.message(mail).state == "cancelled"
    shop.leaves(ann)
    wait(shop)
    assert len(shop.go_after()) == (how == "comes back"), "unless it stayed unread"


def test_an_agent_who_takes_the_mail_back_means_it(shop: Shop, ann: Visitor) -> None:
    answer = shop.answer(room(shop, ann), ann)
    wait(shop)
    (mail,) = shop.go_after()
    with transaction(shop.office.desk.db):
        outbox.cancel(shop.office.desk, mail)
    assert shop.office.session(answer.conversation_id).draft.get().text == ""
    assert shop.go_after() == []
    assert "taken back" in follow_ups.why_not(shop.office.desk, shop.message(answer.id))
    assert "followed_up" not in shop.message(answer.id).details


def test_a_mail_that_is_refused_calls_an_agent_and_is_not_made_again(
    shop: Shop, ann: Visitor
) -> None:
    conversation = room(shop, ann)
    shop.answer(conversation, ann)
    wait(shop)
    (mail,) = shop.go_after()
    shop.office.settle(shop.office.claim(mail), Rejected("550 no such user"))
    assert shop.office.conversation(conversation).status == "open"
    wait(shop, 60)
    assert shop.go_after() == []


# -- the conversation


def test_the_mail_changes_nothing_about_who_waits(shop: Shop, ann: Visitor) -> None:
    """She wrote a mail of her own meanwhile, and waits for an answer to it."""
    conversation = room(shop, ann)
    shop.answer(conversation, ann)
    letter = shop.office.got(
        shop.office.letter(f"Ann <{ANN_MAIL}>", "Hello? Anybody?", proofs=("dmarc",))
    )
    assert letter.conversation_id == conversation
    before = shop.office.conversation(conversation)
    assert before.waiting_since is not None
    wait(shop)
    (mail,) = shop.go_after()
    after = shop.office.conversation(conversation)
    assert (after.waiting_since, after.status) == (before.waiting_since, "open")
    assert after.preview == before.preview
    made = shop.leaving(mail)
    assert made.in_reply_to == letter.external_id
    assert made.subject == "Re: My order"


def test_her_answer_to_the_mail_goes_on_in_the_same_conversation(shop: Shop, ann: Visitor) -> None:
    conversation = room(shop, ann)
    shop.answer(conversation, ann, "One")
    wait(shop)
    (first,) = shop.go_after()
    mail = shop.leaving(first)
    wait(shop)
    back = shop.office.got(
        shop.office.letter(
            f"Ann <{ANN_MAIL}>",
            "Thank you!",
            subject=f"Re: {mail.subject}",
            in_reply_to=mail.key,
            references=(mail.key,),
        )
    )
    assert (back.conversation_id, back.channel) == (conversation, "email")
    assert shop.office.conversation(conversation).status == "open"
    assert shop.office.sent(conversation, "You are welcome.").channel == "email"
    # And back to the chat, and after her once more: one thread in her mailbox.
    wait(shop, 60)
    assert shop.asks(ann, "One more thing").conversation_id == conversation
    shop.leaves(ann)
    shop.answer(conversation, ann, "Two")
    wait(shop, 15)
    (second,) = shop.go_after()
    assert mail.key in shop.leaving(second).references


# -- to whom


def test_to_an_unproven_address_nothing_goes_and_the_agent_sees_why(shop: Shop) -> None:
    bob = Visitor(shop, "v_bob")
    shop.take(bob.notice("form", fields={"email": "victim@home.example"}))
    conversation = shop.asks(bob).conversation_id
    shop.leaves(bob)
    answer = shop.answer(conversation, bob)
    wait(shop)
    assert shop.go_after() == []
    assert "customer code" in follow_ups.why_not(shop.office.desk, answer)
    with transaction(shop.office.desk.db):
        at = shop.office.clock.at
        identities.add(shop.office.desk.db, shop.customer(bob), "email", ANN_MAIL, at=at)
    assert shop.go_after() == []
    assert f"{ANN_MAIL} is not proven" in follow_ups.why_not(shop.office.desk, answer)
    shop.office.do(conversation, f"customer verify {ANN_MAIL}")
    (mail,) = shop.go_after()
    assert shop.message(mail).recipients[0].address == ANN_MAIL


def test_an_address_that_bounces_gets_nothing(shop: Shop, ann: Visitor) -> None:
    answer = shop.answer(room(shop, ann), ann)
    found = identities.find(shop.office.desk.db, "email", ANN_MAIL)
    assert found is not None
    with transaction(shop.office.desk.db):
        identities.flag(shop.office.desk.db, found.id, "bounced: no such user")
    wait(shop)
    assert shop.go_after() == []
    assert "no such user" in follow_ups.why_not(shop.office.desk, answer)


@pytest.mark.parametrize("address", [SUPPORT, SALES])
def test_our_own_mailbox_is_nobody_s_address(shop: Shop, address: str) -> None:
    visitor = Visitor(shop, email=address)
    conversation = shop.asks(visitor).conversation_id
    shop.leaves(visitor)
    answer = shop.answer(conversation, visitor)
    wait(shop)
    assert shop.go_after() == []
    assert "address of our own" in follow_ups.why_not(shop.office.desk, answer)


def test_whose_conversation_it_is_not_any_more_gets_nothing(shop: Shop, ann: Visitor) -> None:
    """The agent gives the conversation to another customer: what was said to Ann's browser does
    not go to that one's mailbox."""
    conversation = room(shop, ann)
    answer = shop.answer(conversation, ann, "Your password is 1234")
    other = shop.office.got(shop.office.letter("Bob <bob@x.example>", proofs=("dmarc",)))
    shop.office.do(conversation, f"customer switch {other.customer_id}")
    wait(shop)
    assert shop.go_after() == []
    assert "not this conversation's customer" in follow_ups.why_not(
        shop.office.desk, shop.message(answer.id)
    )


def test_a_merge_that_is_undone_takes_the_mail_back(shop: Shop) -> None:
    bob = Visitor(shop, "v_bob")
    conversation = shop.asks(bob).conversation_id
    shop.leaves(bob)
    other = shop.office.got(shop.office.letter(f"Ann <{ANN_MAIL}>", proofs=("dmarc",)))
    desk = shop.office.desk
    with transaction(desk.db):
        merged = merging.merge(desk, shop.customer(bob), other.customer_id, "agent", {})
    shop.answer(conversation, bob)
    wait(shop)
    (mail,) = shop.go_after()
    with transaction(desk.db):
        merging.unmerge(desk, merged)
    shop.go_after()
    assert shop.message(mail).state == "cancelled"


# -- settings


def test_switched_off_nothing_goes(shop: Shop, ann: Visitor) -> None:
    answer = shop.answer(room(shop, ann), ann)
    shop.configure(follow_up=False)
    wait(shop)
    assert shop.go_after() == []
    assert "follow_up" in follow_ups.why_not(shop.office.desk, answer)


@pytest.mark.parametrize(
    "settings", [{"mailbox": False}, {"follow_up_account": "sales"}, {"follow_up_account": "site"}]
)
def test_without_a_mailbox_nothing_goes(shop: Shop, ann: Visitor, settings: dict[str, str]) -> None:
    answer = shop.answer(room(shop, ann), ann)
    shop.configure(**settings)  # type: ignore[arg-type]
    wait(shop)
    assert shop.go_after() == []
    assert "no mailbox" in follow_ups.why_not(shop.office.desk, answer)


def test_times_and_numbers_are_settings(shop: Shop, ann: Visitor) -> None:
    shop.configure(follow_up_after=60, follow_up_every=120, follow_up_most=1)
    conversation = room(shop, ann)
    for text in ("One", "Two"):
        shop.answer(conversation, ann, text)
    wait(shop, 1)
    (first,) = shop.go_after()
    shop.leaving(first)
    wait(shop, 1.9)
    assert shop.go_after() == []
    wait(shop, 0.2)
    assert len(shop.go_after()) == 1


def test_who_was_never_seen_there_counts_as_gone(shop: Shop) -> None:
    """The engine came up when they had left already."""
    visitor = Visitor(shop, email=ANN_MAIL)
    message = shop.got(visitor.says("Hello?"))
    shop.answer(message.conversation_id, visitor)
    shop.office.clock.pass_(HOUR)
    assert len(shop.go_after()) == 1


def test_a_relay_whose_clock_is_ahead_puts_nothing_off(shop: Shop, ann: Visitor) -> None:
    from connectors.contract import Signal

    shop.comes(ann)
    shop.answer(room(shop, ann), ann)
    shop.signal(Signal("offline", shop.office.clock.at + DAY, ann.id, ann.who))
    wait(shop)
    assert len(shop.go_after()) == 1

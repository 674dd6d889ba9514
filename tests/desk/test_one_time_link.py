"""A link by which a customer goes on in another channel, and what it must never do."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Address, Notice, Rejected, Sent
from omnitui.desk.command import CommandError
from omnitui.desk.links import one_time_link
from omnitui.desk.links.one_time_link import Opened
from omnitui.desk.links.stops import LinkForSomebodyElse, LinkSpent, LinkToSeveral
from store import accounts, customers, identities, one_time_links, suggestions
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.model import Account, CustomerId, Message
from tests.desk.office import DAY, HOUR, MINUTE, Office

ANN = "ann@home.example"
BOB = "bob@elsewhere.example"
BOT = {"text_limit": 100, "link": "https://t.me/acme_bot?start={payload}"}


@pytest.fixture
def desk(office: Office) -> Office:
    """With a bot that has links."""
    return with_links(office)


def with_links(office: Office) -> Office:
    with transaction(office.desk.db):
        office.chat = accounts.ensure(office.desk.db, "bot", "telegram", capabilities=BOT)
    return office


def another_bot(office: Office, name: str = "sales-bot") -> Account:
    able = {**BOT, "link": f"https://t.me/{name}?start={{payload}}"}
    with transaction(office.desk.db):
        return accounts.ensure(office.desk.db, name, "telegram", capabilities=able)


def asked(office: Office, who: str = ANN, *, proven: bool = True, **more: Any) -> Message:
    """A customer's mail."""
    proofs = ("dmarc",) if proven else ()
    return office.got(office.letter(f"Ann Lee <{who}>", proofs=proofs, **more))


def drafted(office: Office, conversation: int, *words: str) -> str:
    """The draft after `link`."""
    office.do(conversation, " ".join(("link", *words)))
    return office.session(conversation).draft.get().text


def payload_of(text: str) -> str:
    found = re.search(r"\?start=([A-Za-z0-9_-]{1,64})\b", text)
    assert found, text
    return found[1]


def mailed(office: Office, conversation: int, *words: str) -> str:
    """A reply with a link has gone out: its payload."""
    text = drafted(office, conversation, *words)
    office.sent(conversation, text)
    office.do(conversation, "reply discard")
    return payload_of(text)


def start(
    office: Office,
    payload: str,
    who: str = "42",
    name: str = "Ann (private)",
    account: Account | None = None,
    **more: Any,
) -> Opened | None:
    """Somebody opens the bot by a link."""
    given: dict[str, Any] = {
        "external_id": str(next(office.numbers)),
        "kind": "started",
        "at": office.clock.at,
        "chat": who,
        "who": Address(who, name),
        "text": payload,
        "proofs": ("platform",),
    }
    bot = account or office.chat
    known = identities.find(office.desk.db, "telegram", who)
    with transaction(office.desk.db):
        return one_time_link.opened(
            office.desk,
            bot,
            Notice(**{**given, **more}),
            known.customer_id if known else None,
        )


def says(
    office: Office, who: str = "42", text: str = "hi again", account: Account | None = None
) -> Message:
    return office.got(office.line(who, text, proofs=("platform",)), account=account)


def results(office: Office) -> list[str]:
    return [event.data["result"] for event in office.log("link.opened")]


def owner(office: Office, channel: str, address: str) -> CustomerId:
    found = identities.find(office.desk.db, channel, address)
    assert found is not None
    return found.customer_id


# -- making one


def test_the_link_is_put_into_the_draft_and_taken_out_again(desk: Office) -> None:
    first = asked(desk)
    desk.do(first.conversation_id, "reply set 'Dear Ann,'")
    done = desk.do(first.conversation_id, "link")
    text = desk.session(first.conversation_id).draft.get().text
    assert text.startswith("Dear Ann,\n\n")
    assert "https://t.me/acme_bot?start=" in text
    assert len(payload_of(text)) <= 64
    desk.do(first.conversation_id, done.undo)
    assert desk.session(first.conversation_id).draft.get().text == "Dear Ann,"


@pytest.mark.parametrize(
    ("language", "words"),
    [("uk", "Посилання"), ("ru", "Ссылка"), ("pl", "Link jest"), ("en", "for you alone")],
)
def test_the_sentence_is_in_the_customers_language(desk: Office, language: str, words: str) -> None:
    first = asked(desk)
    desk.do(first.conversation_id, f"customer language {language}")
    assert words in drafted(desk, first.conversation_id)


def test_a_team_words_the_sentence_itself(desk: Office) -> None:
    own = desk.desk.config.home.config / "templates"
    own.mkdir(parents=True)
    (own / "link.md").write_text("---\ntitle: Chat\n---\nChat with {{ link.name }}!\n")
    first = asked(desk)
    text = drafted(desk, first.conversation_id)
    assert text.startswith("Chat with ")
    assert "?start=" in text, "a template that forgets the link gets it all the same"


def test_a_second_link_in_one_draft_is_none(desk: Office) -> None:
    first = asked(desk)
    text = drafted(desk, first.conversation_id)
    assert drafted(desk, first.conversation_id) == text


def test_payloads_are_long_unlike_each_other_and_kept_as_digests_only(desk: Office) -> None:
    first = asked(desk)
    with transaction(desk.desk.db):
        made = {
            payload_of(one_time_link.create(desk.desk, first.conversation_id).url)
            for _n in range(50)
        }
    assert len(made) == 50
    assert all(one_time_link.is_ours(one) for one in made)
    assert {len(set(one)) > 8 for one in made} == {True}
    kept = str(desk.desk.db.execute("SELECT * FROM one_time_links").fetchall())
    assert not any(one in kept for one in made)
    assert all(hashlib.sha256(one.encode()).hexdigest() in kept for one in made)


def test_somebody_elses_payload_is_none_of_ours() -> None:
    for payload in ("", "campaign-7", "omni", "omni" + "a" * 27, "omni" + "-" * 28):
        assert not one_time_link.is_ours(payload)


def test_without_a_bot_there_is_no_link(office: Office) -> None:
    first = asked(office)
    with pytest.raises(CommandError, match="connect a Telegram bot"):
        office.do(first.conversation_id, "link")


def test_of_several_bots_one_is_named(desk: Office) -> None:
    another_bot(desk)
    first = asked(desk)
    with pytest.raises(CommandError, match=r"“link bot” or “link sales-bot”"):
        desk.do(first.conversation_id, "link")
    with pytest.raises(CommandError, match="support"):
        desk.do(first.conversation_id, "link support")
    assert "t.me/sales-bot" in drafted(desk, first.conversation_id, "sales-bot")


def test_who_is_there_already_needs_no_link(desk: Office) -> None:
    first = says(desk)
    with pytest.raises(CommandError, match="reply via bot"):
        desk.do(first.conversation_id, "link")
    another_bot(desk)
    assert "sales-bot" in drafted(desk, first.conversation_id, "sales-bot")


def test_who_has_blocked_the_bot_may_get_a_link_back(desk: Office) -> None:
    first = says(desk)
    known = identities.find(desk.desk.db, "telegram", "42")
    assert known is not None
    with transaction(desk.desk.db):
        identities.flag(desk.desk.db, known.id, "blocked")
    assert "?start=" in drafted(desk, first.conversation_id)


# -- opening it


def test_opening_the_link_links_and_the_matter_goes_on(desk: Office) -> None:
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    assert desk.conversation(first.conversation_id).status == "pending"
    found = start(desk, payload)
    assert found == Opened(first.customer_id, first.conversation_id)
    known = identities.find(desk.desk.db, "telegram", "42")
    assert known is not None
    assert (known.customer_id, known.proof) == (first.customer_id, "link")
    assert results(desk) == ["linked"]
    assert [e.customer_id for e in desk.log("identity.linked")] == [first.customer_id]
    desk.clock.pass_(MINUTE)
    went_on = says(desk)
    assert went_on.conversation_id == first.conversation_id
    shown = desk.conversation(first.conversation_id)
    assert (shown.status, shown.channels[0]) == ("open", "telegram")
    answer = desk.sent(first.conversation_id, "Here I am.")
    assert (answer.channel, answer.recipients[0].address) == ("telegram", "42")
    assert says(desk, text="and on").conversation_id == first.conversation_id
    assert check(desk.desk.db, for_database(desk.desk.db)) == []


def test_before_they_write_there_replies_go_where_they_went(desk: Office) -> None:
    first = asked(desk)
    start(desk, mailed(desk, first.conversation_id))
    assert desk.sent(first.conversation_id, "One more thing.").channel == "email"
    assert desk.sent(first.conversation_id, "Now here.", account="bot").channel == "telegram"


def test_it_goes_on_also_where_channels_are_kept_apart(tmp_path: Path) -> None:
    with Office.open(tmp_path, continuity="channel") as office:
        with_links(office)
        first = asked(office)
        start(office, mailed(office, first.conversation_id))
        assert says(office).conversation_id == first.conversation_id


def test_a_closed_matter_is_opened_again_while_that_is_usual(desk: Office) -> None:
    first = asked(desk)
    start(desk, mailed(desk, first.conversation_id))
    desk.do(first.conversation_id, "close")
    desk.clock.pass_(HOUR)
    assert says(desk).conversation_id == first.conversation_id
    assert desk.conversation(first.conversation_id).status == "open"


def test_long_after_it_was_closed_a_new_matter_begins(desk: Office) -> None:
    first = asked(desk)
    start(desk, mailed(desk, first.conversation_id))
    desk.do(first.conversation_id, "close")
    desk.clock.pass_(30 * DAY)
    later = says(desk)
    assert later.conversation_id != first.conversation_id
    assert later.customer_id == first.customer_id


def test_the_link_follows_a_conversation_that_was_joined_to_another(desk: Office) -> None:
    first = asked(desk)
    other = asked(desk, subject="Another thing")
    payload = mailed(desk, first.conversation_id)
    desk.do(first.conversation_id, f"join {other.conversation_id}")
    start(desk, payload)
    assert says(desk).conversation_id == other.conversation_id


def test_a_chat_that_went_on_elsewhere_since_stays_there(desk: Office) -> None:
    first = asked(desk)
    start(desk, mailed(desk, first.conversation_id))
    chat = says(desk)
    desk.clock.pass_(MINUTE)
    new = split(desk, chat)
    desk.clock.pass_(MINUTE)
    assert says(desk).conversation_id == new


def split(office: Office, message: Message) -> int:
    from omnitui.desk import organise

    with transaction(office.desk.db):
        return organise.split(office.desk, message.conversation_id, message.id)[0]


def test_opening_it_once_more_changes_nothing(desk: Office) -> None:
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    start(desk, payload)
    desk.clock.pass_(30 * DAY)
    events = len(desk.log("link.opened"))
    again = start(desk, payload)
    assert again == Opened(first.customer_id, first.conversation_id, again=True)
    assert len(desk.log("link.opened")) == events


def test_the_address_it_was_sent_to_is_proven_by_it(desk: Office) -> None:
    first = asked(desk, proven=False)
    payload = mailed(desk, first.conversation_id)
    mail = identities.find(desk.desk.db, "email", ANN)
    assert mail is not None
    assert mail.proof == ""
    start(desk, payload)
    mail = identities.find(desk.desk.db, "email", ANN)
    assert mail is not None
    assert mail.proof == "link"


def test_a_link_that_was_wrong_is_taken_back(desk: Office) -> None:
    first = asked(desk, proven=False)
    start(desk, mailed(desk, first.conversation_id))
    chat = says(desk)
    linked = desk.log("identity.linked")[-1]
    desk.do(first.conversation_id, f"customer unmerge {linked.data['merge']}")
    stranger = owner(desk, "telegram", "42")
    assert stranger != first.customer_id
    moved = says(desk)
    assert moved.customer_id == stranger
    assert desk.texts(moved.conversation_id) == [chat.text, moved.text]
    assert first.text in desk.texts(first.conversation_id)
    mail = identities.find(desk.desk.db, "email", ANN)
    assert mail is not None
    assert mail.proof == ""
    assert check(desk.desk.db, for_database(desk.desk.db)) == []


def test_somebody_known_there_becomes_one_with_the_customer(desk: Office) -> None:
    chat = says(desk, text="long ago")
    desk.do(chat.conversation_id, "customer note 'likes tea'", "customer tag vip", "close")
    desk.clock.pass_(30 * DAY)
    first = asked(desk)
    start(desk, mailed(desk, first.conversation_id))
    assert owner(desk, "telegram", "42") == first.customer_id
    assert customers.current(desk.desk.db, chat.customer_id) == first.customer_id
    assert desk.conversation(chat.conversation_id).customer_id == first.customer_id
    assert [n.text for n in customers.notes(desk.desk.db, first.customer_id)] == ["likes tea"]
    assert customers.get(desk.desk.db, first.customer_id).tags == ("vip",)
    assert [e.data["reason"] for e in desk.log("customer.merged")] == ["link"]
    assert says(desk).conversation_id == first.conversation_id
    assert [c.id for c in customers.find(desk.desk.db)] == [first.customer_id]


def notice(office: Office, payload: str, who: str = "42", **more: Any) -> Notice:
    given: dict[str, Any] = {
        "external_id": str(next(office.numbers)),
        "kind": "started",
        "at": office.clock.at,
        "chat": who,
        "who": Address(who, "Ann (private)"),
        "text": payload,
        "proofs": ("platform",),
        "details": {"username": "ann"},
    }
    return Notice(**{**given, **more})


@pytest.mark.parametrize("together", [True, False])
def test_as_it_comes_from_the_channel(desk: Office, together: bool) -> None:
    """What was said before, the opening, and what is said then: at once after an outage, or one
    by one."""
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    before = desk.line("42", "first contact", proofs=("platform",))
    opening = notice(desk, payload)
    after = desk.line("42", "here I am", proofs=("platform",))
    later = desk.line("42", "still there?", proofs=("platform",))
    batch = [before, opening, after, later]
    if together:
        receipts = desk.take(*batch, account=desk.chat)
    else:
        receipts = [desk.take(item, account=desk.chat)[0] for item in batch]
    assert [one.outcome for one in receipts] == ["accepted"] * 4
    texts = desk.texts(first.conversation_id)
    assert texts[0] == first.text
    assert texts[2:] == ["here I am", "still there?"]
    assert owner(desk, "telegram", "42") == first.customer_id
    kept = str(desk.desk.db.execute("SELECT data FROM events").fetchall())
    assert payload not in kept
    assert desk.log("link.opened")[-1].data["username"] == "ann"
    again = desk.take(*batch, account=desk.chat)
    assert [one.outcome for one in again] == ["duplicate"] * 4
    assert len(desk.log("link.opened")) == 1
    assert check(desk.desk.db, for_database(desk.desk.db)) == []


def test_taken_back_what_they_are_called_there_goes_along(desk: Office) -> None:
    first = asked(desk)
    desk.take(notice(desk, mailed(desk, first.conversation_id)), account=desk.chat)
    assert customers.get(desk.desk.db, first.customer_id).fields["telegram"] == "@ann"
    desk.do(first.conversation_id, "customer unmerge")
    assert "telegram" not in customers.get(desk.desk.db, first.customer_id).fields
    stranger = customers.get(desk.desk.db, owner(desk, "telegram", "42"))
    assert stranger.fields["telegram"] == "@ann"


def test_it_goes_on_in_a_topic_of_the_chat(desk: Office) -> None:
    first = asked(desk)
    start(desk, mailed(desk, first.conversation_id))
    item = desk.line("42", "in a topic", proofs=("platform",))
    assert desk.got(replace(item, chat="42/7")).conversation_id == first.conversation_id


def test_somebody_who_starts_with_a_dead_link_starts_like_everybody(desk: Office) -> None:
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    desk.clock.pass_(2 * DAY)
    dead, plain = notice(desk, payload, "66"), notice(desk, "", "67")
    outcomes = [(one.outcome, one.reason) for one in desk.take(dead, plain, account=desk.chat)]
    assert outcomes[0] == outcomes[1]
    people = [identities.find(desk.desk.db, "telegram", who) for who in ("66", "67")]
    assert [(one.proof, one.flag) for one in people if one] == [("platform", "")] * 2


# -- what it must not do


def refused(office: Office, payload: str, first: Message, result: str, **more: Any) -> None:
    """Nobody is linked, nobody is told, the agents see what was tried."""
    assert start(office, payload, "66", "Mallory", **more) is None
    assert results(office)[-1] == result
    event = office.log("link.opened")[-1]
    assert (event.data["address"], event.data["name"]) == ("66", "Mallory")
    known = identities.find(office.desk.db, "telegram", "66")
    assert known is None or known.customer_id != first.customer_id
    chat = says(office, "66", "who is there?", more.get("account"))
    assert chat.customer_id != first.customer_id
    assert office.texts(chat.conversation_id) == ["who is there?"]
    answer = office.sent(chat.conversation_id, "For Mallory alone.")
    assert [a.address for a in answer.recipients] == ["66"]
    assert "For Mallory alone." not in office.texts(first.conversation_id)


def test_it_is_over_after_a_day(desk: Office) -> None:
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    desk.clock.pass_(DAY + MINUTE)
    refused(desk, payload, first, "expired")
    event = desk.log("link.opened")[-1]
    assert event.conversation_id == first.conversation_id
    mine = suggestions.of_customer(desk.desk.db, first.customer_id)
    assert [(one.reason, one.evidence["address"]) for one in mine] == [("opened-link", ANN)]
    assert {mine[0].customer_id, mine[0].other_id} == {
        first.customer_id, owner(desk, "telegram", "66")
    }  # fmt: skip


def test_who_opened_it_in_time_is_linked_also_when_we_hear_of_it_late(desk: Office) -> None:
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    opened_at = desk.clock.pass_(HOUR)
    desk.clock.pass_(5 * DAY)
    assert start(desk, payload, at=opened_at) is not None


def test_the_day_begins_when_the_reply_is_due(desk: Office) -> None:
    first = asked(desk)
    text = drafted(desk, first.conversation_id)
    desk.clock.pass_(2 * DAY)
    desk.sent(first.conversation_id, text, send_at=desk.clock.at + DAY)
    desk.clock.pass_(20 * HOUR)
    assert start(desk, payload_of(text)) is not None


def test_a_mail_server_that_was_down_costs_the_customer_nothing(desk: Office) -> None:
    first = asked(desk)
    text = drafted(desk, first.conversation_id)
    entry = desk.claim(desk.reply(first.conversation_id, text))
    desk.clock.pass_(23 * HOUR)
    desk.settle(entry, Sent(entry.key))
    desk.clock.pass_(23 * HOUR)
    assert start(desk, payload_of(text)) is not None


def test_used_by_the_wrong_one_it_is_used_and_the_right_one_is_suggested(desk: Office) -> None:
    """The mail was forwarded, and its reader opened the link. The customer comes second."""
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    start(desk, payload, "66", "Mallory")
    event = desk.log("link.opened")[-1]
    assert event.conversation_id == first.conversation_id
    assert (event.data["name"], event.data["sent_to"]["address"]) == ("Mallory", ANN)
    assert start(desk, payload, "42", "Ann") is None
    assert results(desk) == ["linked", "used"]
    assert owner(desk, "telegram", "42") != first.customer_id
    ann = says(desk, "42", "It was me!")
    assert ann.customer_id != first.customer_id
    found = suggestions.of_customer(desk.desk.db, ann.customer_id)
    assert [one.evidence["result"] for one in found] == ["used"]
    # The agent sorts it out: Mallory goes, Ann stays.
    number = desk.log("identity.linked")[-1].data["merge"]
    desk.do(first.conversation_id, f"customer unmerge {number}")
    desk.do(first.conversation_id, f"suggestion accept {found[0].id}")
    assert owner(desk, "telegram", "42") == first.customer_id
    assert owner(desk, "telegram", "66") != first.customer_id


def test_after_it_was_taken_back_its_first_user_cannot_use_it_again(desk: Office) -> None:
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    start(desk, payload, "66", "Mallory")
    number = desk.log("identity.linked")[-1].data["merge"]
    desk.do(first.conversation_id, f"customer unmerge {number}")
    refused(desk, payload, first, "used")


def test_a_guess_finds_nothing(desk: Office) -> None:
    first = asked(desk)
    mailed(desk, first.conversation_id)
    refused(desk, "omni" + "a" * 28, first, "unknown")
    assert desk.log("link.opened")[-1].conversation_id is None
    assert suggestions.of_customer(desk.desk.db, first.customer_id) == []


def test_another_bot_knows_nothing_of_it(desk: Office) -> None:
    other = another_bot(desk)
    first = asked(desk)
    payload = mailed(desk, first.conversation_id, "bot")
    refused(desk, payload, first, "other-account", account=other)
    assert start(desk, payload) is not None, "it is still good where it belongs"


def test_a_link_in_a_draft_opens_nothing(desk: Office) -> None:
    """An agent who tries the link is not the customer."""
    first = asked(desk)
    text = drafted(desk, first.conversation_id)
    refused(desk, payload_of(text), first, "unsent")
    message = desk.reply(first.conversation_id, text)
    assert start(desk, payload_of(text), "66") is None, "nor while it can be taken back"
    desk.claim(message)
    assert start(desk, payload_of(text)) is not None


def test_a_link_in_a_reply_that_was_refused_opens_nothing(desk: Office) -> None:
    first = asked(desk)
    desk.do(first.conversation_id, "customer address email ann@work.example")
    text = drafted(desk, first.conversation_id)
    entry = desk.claim(desk.reply(first.conversation_id, text))
    desk.settle(entry, Rejected("No such mailbox."))
    assert start(desk, payload_of(text)) is None
    desk.sent(first.conversation_id, text, to=["ann@work.example"], confirm_new=True)
    assert start(desk, payload_of(text)) is not None


def test_in_a_group_it_links_nobody(desk: Office) -> None:
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    assert start(desk, payload, "-100123", "Our group") is None
    assert start(desk, payload, "66", proofs=()) is None
    assert results(desk) == []
    assert start(desk, payload) is not None


def test_a_link_to_several_is_not_sent(desk: Office) -> None:
    first = asked(desk, cc=(Address(BOB, "Bob"),))
    text = drafted(desk, first.conversation_id)
    with pytest.raises(LinkToSeveral, match="2 recipients"):
        desk.reply(first.conversation_id, text, confirm_new=True)
    desk.do(first.conversation_id, "reply trim", "reply send")
    assert start(desk, payload_of(text)) is None, "not before it has gone out"


def test_a_link_is_not_sent_to_another_address(desk: Office) -> None:
    first = asked(desk)
    text = drafted(desk, first.conversation_id)
    with pytest.raises(LinkForSomebodyElse):
        desk.reply(first.conversation_id, text, to=[BOB], confirm_new=True)


def test_a_link_is_not_sent_where_answers_are_asked_for_elsewhere(desk: Office) -> None:
    """What is sent there proves nothing about the address that wrote."""
    first = asked(desk, reply_to=(Address("mallory@evil.example"),))
    text = drafted(desk, first.conversation_id)
    with pytest.raises(LinkForSomebodyElse):
        desk.reply(first.conversation_id, text, confirm_new=True)


def test_a_link_is_not_sent_in_another_customers_conversation(desk: Office) -> None:
    first = asked(desk)
    other = asked(desk, BOB, subject="Mine")
    text = drafted(desk, first.conversation_id)
    with pytest.raises(LinkForSomebodyElse):
        desk.reply(other.conversation_id, text)


def test_a_link_that_went_to_one_address_does_not_go_to_the_next(desk: Office) -> None:
    first = asked(desk)
    desk.do(first.conversation_id, "customer address email ann@work.example")
    text = drafted(desk, first.conversation_id)
    desk.sent(first.conversation_id, text)
    desk.reply(first.conversation_id, f"Once more: {text}")
    with pytest.raises(LinkForSomebodyElse):
        desk.reply(first.conversation_id, text, to=["ann@work.example"], confirm_new=True)


def test_a_reply_taken_back_frees_its_link(desk: Office) -> None:
    first = asked(desk)
    desk.do(first.conversation_id, "customer address email ann@work.example")
    text = drafted(desk, first.conversation_id)
    message = desk.reply(first.conversation_id, text)
    desk.do(first.conversation_id, f"outbox cancel {message}")
    desk.sent(first.conversation_id, text, to=["ann@work.example"], confirm_new=True)
    start(desk, payload_of(text))
    work = identities.find(desk.desk.db, "email", "ann@work.example")
    assert work is not None
    assert work.customer_id == owner(desk, "telegram", "42")
    assert desk.log("link.created")[-1].data["address"] == "ann@work.example"


@pytest.mark.parametrize("used", [True, False])
def test_a_dead_link_is_not_sent(desk: Office, used: bool) -> None:
    first = asked(desk)
    text = drafted(desk, first.conversation_id)
    desk.sent(first.conversation_id, text)
    if used:
        start(desk, payload_of(text))
    else:
        desk.clock.pass_(2 * DAY)
    with pytest.raises(LinkSpent):
        desk.reply(first.conversation_id, f"Did you get this? {text}", account="support")


def test_a_link_that_the_customer_quotes_is_not_spread(desk: Office) -> None:
    from tests.desk.post import configure

    configure(desk, quote="last")
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    desk.clock.pass_(MINUTE)
    url = f"https://t.me/acme_bot?start={payload}"
    asked(desk, text=f"This does not work: {url}", cc=(Address(BOB),),
          in_reply_to="", subject="Re: My order",
          references=(desk.log("message.queued")[-1] and key_of(desk),))  # fmt: skip
    with pytest.raises(LinkToSeveral):
        desk.reply(first.conversation_id, "Try once more.", confirm_new=True)
    desk.do(first.conversation_id, "reply quote none")
    desk.do(first.conversation_id, "reply set 'Try once more.'", "reply send", confirm_new=True)


def test_a_link_is_found_behind_any_number_of_others(desk: Office) -> None:
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    assert start(desk, payload) is not None
    others = " ".join(f"omni{n:028d}" for n in range(1200))
    with pytest.raises(LinkSpent):
        desk.reply(first.conversation_id, f"{others} {payload}")


def key_of(office: Office) -> str:
    """The Message-ID of the last reply."""
    from store import messages

    last = office.log("message.queued")[-1].message_id
    assert last is not None
    return messages.get(office.desk.db, last).external_id


def test_a_conversation_that_was_given_away_does_not_go_with_it(desk: Office) -> None:
    """Sent to Ann, then found to be Bob's matter: the link proves Ann, who sees nothing of it."""
    bob = asked(desk, BOB, subject="Mine")
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    desk.do(first.conversation_id, f"customer switch {bob.customer_id}")
    found = start(desk, payload)
    assert found == Opened(owner(desk, "email", ANN), None)
    chat = says(desk)
    assert chat.conversation_id != first.conversation_id
    assert chat.customer_id == owner(desk, "email", ANN) != bob.customer_id


def test_drafted_links_are_forgotten(desk: Office) -> None:
    first = asked(desk)
    drafted(desk, first.conversation_id)
    desk.do(first.conversation_id, "reply discard")
    desk.clock.pass_(8 * DAY)
    drafted(desk, first.conversation_id)
    count = desk.desk.db.execute("SELECT count(*) FROM one_time_links").fetchone()[0]
    assert count == 1


def test_two_openings_at_once_have_one_winner(desk: Office) -> None:
    first = asked(desk)
    payload = mailed(desk, first.conversation_id)
    digest = hashlib.sha256(payload.encode()).hexdigest()
    with transaction(desk.desk.db):
        now = desk.clock.at
        assert one_time_links.use(desk.desk.db, digest, by="42", chat="42", at=now)
        assert not one_time_links.use(desk.desk.db, digest, by="66", chat="66", at=now)
    found = one_time_links.find(desk.desk.db, [digest])
    assert [one.used_by for one in found] == ["42"]

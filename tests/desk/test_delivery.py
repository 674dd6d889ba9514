"""What an agent decides about one reply: who gets it, what stands under it; and what is asked."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.model import AgentSettings, EmailAccount
from connectors.contract import Address, Sent
from omnitui.desk.command import CommandError
from omnitui.desk.mail import quoting
from omnitui.desk.replying import outbox, reply
from omnitui.desk.replying.reply import BadFile, NewRecipient, NoAddress
from store import customers, drafts, messages
from store.database import transaction
from store.model import Delivery, Message, MessageId
from tests.desk.office import MINUTE, SALES, SUPPORT, Office, support_mailbox

BOB, EVE, ZOE = "bob@home.example", "eve@home.example", "zoe@work.example"


@pytest.fixture
def crowd(office: Office) -> Message:
    """Joe wrote to us, with Bob and Eve in copy."""
    return office.got(office.letter(cc=(Address(BOB, "Bob"), Address(EVE))))


def configured(office: Office, *, agent: dict[str, str] | None = None, **account: Any) -> Office:
    config = dataclasses.replace(
        office.desk.config,
        accounts={"support": support_mailbox(**account)},
        agents={"ann": AgentSettings(**agent)} if agent else {},
    )
    return dataclasses.replace(office, desk=dataclasses.replace(office.desk, config=config))


def going(office: Office, conversation: int) -> tuple[list[str], list[str], list[str]]:
    """To, CC and BCC of the draft as the screen shows them."""
    draft = drafts.get(office.desk.db, conversation, "ann")  # type: ignore[arg-type]
    flight = reply.preflight(
        office.desk,
        conversation,  # type: ignore[arg-type]
        delivery=draft.delivery if draft else Delivery(),
    )
    to, cc, bcc = ([a.address for a in group] for group in (flight.to, flight.cc, flight.bcc))
    return to, cc, bcc


# -- recipients ------------------------------------------------------------------------------


def test_copies_are_added_and_taken_off_and_all_of_it_can_be_undone(
    office: Office, crowd: Message
) -> None:
    id_ = crowd.conversation_id
    steps = [
        ("reply trim eve@home.example", (["joe@home.example"], [BOB], [])),
        (
            f"reply cc Zoe Work <{ZOE}>, eve@HOME.example",
            (["joe@home.example"], [BOB, EVE, ZOE], []),
        ),
        (f"reply bcc {ZOE}", (["joe@home.example"], [BOB, EVE], [ZOE])),
        ("reply trim", (["joe@home.example"], [], [])),
        (f"reply to {BOB}", ([BOB], [], [])),
        ("reply to", (["joe@home.example"], [BOB, EVE], [])),
    ]
    undo = []
    for line, shown in steps:
        before = going(office, id_)
        undo.append((office.do(id_, line).undo, before))
        to, cc, bcc = going(office, id_)
        assert (to, [a.lower() for a in cc], bcc) == shown, line
    for line, before in reversed(undo):
        office.do(id_, line)
        assert going(office, id_) == before, line
    assert drafts.get(office.desk.db, id_, "ann") is None


def test_what_was_chosen_goes_out_and_comes_back_with_an_undo(
    office: Office, crowd: Message
) -> None:
    id_ = crowd.conversation_id
    office.do(id_, "reply set Hello", f"reply trim {EVE}", f"reply bcc {ZOE}", confirm_new=True)
    chosen = drafts.get(office.desk.db, id_, "ann")
    assert chosen is not None
    done = office.do(id_, "reply send", confirm_new=True)
    message = messages.of_conversation(office.desk.db, id_)[-1]
    entry = office.entry(message.id)
    assert entry.recipients == ("joe@home.example", BOB, ZOE)
    out = outbox.outgoing(office.desk, entry)
    assert [a.address for a in out.bcc] == [ZOE]
    assert [a.address for a in out.cc] == [BOB]
    assert tuple(out.envelope) == entry.recipients
    office.do(id_, done.undo)
    back = drafts.get(office.desk.db, id_, "ann")
    assert back is not None
    assert back.delivery == chosen.delivery
    # And who was copied blindly is in no later reply.
    office.do(id_, "reply discard")
    assert ZOE not in str(going(office, id_))


def test_discarding_can_be_undone_as_a_whole(office: Office, crowd: Message, tmp_path: Any) -> None:
    id_ = crowd.conversation_id
    file = tmp_path / "it's a file.txt"
    file.write_text("x")
    office.do(id_, "reply set It's 5", f"attach {file}", f"reply cc {ZOE}", "reply quote last")
    before = drafts.get(office.desk.db, id_, "ann")
    done = office.do(id_, "reply discard")
    assert drafts.get(office.desk.db, id_, "ann") is None
    office.do(id_, done.undo)
    assert drafts.get(office.desk.db, id_, "ann") == before


def test_who_was_asked_aside_gets_no_copy_of_what_the_customer_is_told(
    office: Office, crowd: Message
) -> None:
    id_ = crowd.conversation_id
    usual = (["joe@home.example"], [BOB, EVE], [])
    asked = office.sent(id_, "Do you have one left?", to=(ZOE,), confirm_new=True)
    assert going(office, id_) == usual
    office.clock.pass_(MINUTE)
    office.got(office.letter(ZOE, "Yes, two.", in_reply_to=asked.external_id))
    assert going(office, id_) == usual
    office.clock.pass_(MINUTE)
    office.got(office.letter(BOB, "Any news?", in_reply_to=crowd.external_id))
    assert going(office, id_) == (["joe@home.example"], [BOB], [])


@pytest.mark.parametrize("line", ["reply cc", "reply bcc", "reply to"])
def test_mistyped_and_own_addresses_are_refused_at_once(
    office: Office, crowd: Message, line: str
) -> None:
    for address in ("zoe@", "zoe", SUPPORT, SALES, "support+x@acme.example"):
        with pytest.raises(NoAddress):
            office.do(crowd.conversation_id, f"{line} {address}")
    assert drafts.get(office.desk.db, crowd.conversation_id, "ann") is None


def test_somebody_always_gets_the_reply(office: Office, crowd: Message) -> None:
    id_ = crowd.conversation_id
    with pytest.raises(CommandError, match="does not get"):
        office.do(id_, f"reply trim {ZOE}")
    with pytest.raises(CommandError, match="Somebody"):
        office.do(id_, f"reply trim joe@home.example {BOB} {EVE}")
    office.do(id_, "reply trim joe@home.example")
    assert going(office, id_) == ([BOB, EVE], [], [])


def test_a_new_copy_needs_a_second_key_on_the_screen_but_not_in_one_script(
    office: Office, crowd: Message
) -> None:
    id_ = crowd.conversation_id
    office.do(id_, "reply set Hi", "reply trim", f"reply cc {ZOE}")
    with pytest.raises(NewRecipient) as stop:
        office.do(id_, "reply send")
    assert stop.value.addresses == (ZOE,)
    # Other addresses that somebody confirmed are not this one.
    with pytest.raises(NewRecipient):
        office.do(id_, "reply send", confirm_new=frozenset({BOB}))
    office.do(id_, f"reply cc {ZOE}", "reply send")
    # Trimmed is trimmed: the next reply goes to those of the last one.
    assert going(office, id_) == (["joe@home.example"], [ZOE], [])


def test_naming_one_address_confirms_no_other(office: Office, crowd: Message) -> None:
    with pytest.raises(NewRecipient) as stop:
        office.do(crowd.conversation_id, "reply set Hi", f"reply bcc {ZOE}", "reply send")
    assert stop.value.addresses == (BOB, EVE)


def test_a_chat_has_no_copies(office: Office) -> None:
    first = office.got(office.line("77"))
    flight = reply.preflight(
        office.desk, first.conversation_id, delivery=Delivery(cc=("78",), bcc=("79",))
    )
    assert [a.address for a in flight.recipients] == ["77"]
    assert "no copies" in flight.problems[0]
    assert flight.signature == ""


_SOME = st.lists(st.sampled_from([BOB, EVE, ZOE, "joe@home.example"]), max_size=3).map(tuple)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_nobody_gets_it_twice_or_against_the_agents_word(data: st.DataObject) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder, Office.open(Path(folder)) as office:
        first = office.got(office.letter(cc=(Address(BOB), Address(SALES), Address(EVE))))
        delivery = Delivery(
            to=data.draw(_SOME), cc=data.draw(_SOME), bcc=data.draw(_SOME), without=data.draw(_SOME)
        )
        try:
            flight = reply.preflight(office.desk, first.conversation_id, delivery=delivery)
        except NoAddress:
            return
        addresses = [a.address for a in flight.recipients]
        assert len(set(addresses)) == len(addresses)
        assert not set(addresses) & set(delivery.without)
        assert SALES not in addresses
        assert flight.to or flight.bcc
        if delivery.to:
            assert set(addresses) <= {*delivery.to, *delivery.cc, *delivery.bcc}
        assert set(flight.new_recipients) == set(addresses) - {"joe@home.example"}


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        ("My order", "Re: My order"),
        ("RE: Re[2]: AW: Відп: My order", "Re: My order"),
        ("Отв: Odp: 回复：  My  order", "Re: My order"),
        ("Fwd: My order", "Re: Fwd: My order"),
        ("Re:", "Re:"),
        ("", "Re:"),
        ("Reading: a list", "Re: Reading: a list"),
        ("Order\r\nBcc: x@y.example", "Re: Order Bcc: x@y.example"),
    ],
)
def test_a_subject_is_answered_once(office: Office, subject: str, answered: str) -> None:
    first = office.got(office.letter(subject=subject))
    assert reply.preflight(office.desk, first.conversation_id).subject == answered


# -- who writes ------------------------------------------------------------------------------


def test_the_sender_and_the_signature_are_as_the_config_has_them(office: Office) -> None:
    first = office.got(office.letter())
    office = configured(
        office,
        agent={"name": "Іван {desk} П.", "signature": "{agent}\nсервіс"},
        sender_name="{agent} · {company}",
        signature="{company} / {desk}",
    )
    message = messages.get(office.desk.db, office.reply(first.conversation_id, "Hi"))
    out = outbox.outgoing(office.desk, office.entry(message.id))
    assert out.sender == Address(SUPPORT, "Іван {desk} П. · Acme")
    assert out.signature == "Іван {desk} П.\nсервіс\nAcme / Acme"
    assert message.author == "Іван {desk} П."
    office.do(first.conversation_id, "reply set Hi", "reply signature off", "reply send")
    bare = messages.of_conversation(office.desk.db, first.conversation_id)[-1]
    assert (bare.text, bare.signature) == ("Hi", "")


@pytest.mark.parametrize(
    ("own", "shared", "shown"),
    [
        ("", "", ""),
        ("", "Acme", "Acme"),
        ("Ann", "", "Ann"),
        ("Ann", "Dear regards\n{signature}\nAcme", "Dear regards\nAnn\nAcme"),
        ("", "Regards\n{agent}", "Regards\nAnn K."),
    ],
)
def test_where_the_agents_own_signature_stands(
    office: Office, own: str, shared: str, shown: str
) -> None:
    first = office.got(office.letter())
    office = configured(office, agent={"name": "Ann K.", "signature": own}, signature=shared)
    assert reply.preflight(office.desk, first.conversation_id).signature == shown


# -- the quote -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(quoting._ATTRIBUTIONS))
def test_the_quote_is_introduced_in_the_customers_language_and_cut_off_again(
    office: Office, language: str
) -> None:
    from datetime import UTC, datetime

    from connectors.email.read import read_mail
    from connectors.email.writing.compose import compose

    first = office.got(office.letter("Joe Smith <joe@home.example>", "Where is my order?"))
    with transaction(office.desk.db):
        customers.update(office.desk.db, first.customer_id, language=language)
    office = configured(office, quote="last", signature="Acme")
    entry = office.entry(office.reply(first.conversation_id, "It left today."))
    out = outbox.outgoing(office.desk, entry)
    assert out.quote is not None
    assert out.quote.text == "Where is my order?"
    assert "Joe Smith" in out.quote.attribution
    account = office.desk.config.accounts["support"]
    assert isinstance(account, EmailAccount)
    found = read_mail(compose(out, account, date=datetime(2026, 1, 1, tzinfo=UTC)))
    assert "Where is my order?" not in found.text
    assert "Joe Smith" not in found.text
    assert "Where is my order?" in found.quoted


def test_nothing_is_quoted_unless_wanted_and_it_is_shown(office: Office, crowd: Message) -> None:
    id_ = crowd.conversation_id
    assert reply.preflight(office.desk, id_).quote is None
    office.do(id_, "reply quote")
    draft = drafts.get(office.desk.db, id_, "ann")
    assert draft is not None
    assert draft.delivery.quote == "last"
    assert reply.preflight(office.desk, id_, delivery=draft.delivery).quote is not None
    office.do(id_, "reply quote")
    draft = drafts.get(office.desk.db, id_, "ann")
    assert draft is not None
    assert draft.delivery.quote == "none"


def test_only_the_customers_own_words_are_quoted(office: Office) -> None:
    wanted = Delivery(quote="last")
    first = office.got(office.letter(text="Mine"))
    id_ = first.conversation_id
    office.clock.pass_(MINUTE)
    office.do(id_, "note He is angry")
    quote = reply.preflight(office.desk, id_, delivery=wanted).quote
    assert quote is not None
    assert quote.text == "Mine"
    office.sent(id_, "Ours")
    quote = reply.preflight(office.desk, id_, delivery=wanted).quote
    assert quote is not None
    assert quote.text == "Mine"


def test_somebody_elses_words_do_not_go_to_whom_they_were_not_written(
    office: Office, crowd: Message
) -> None:
    """Bob answers in the conversation; a reply that Bob does not get does not quote him."""
    id_ = crowd.conversation_id
    office.clock.pass_(MINUTE)
    office.got(
        office.letter(
            BOB, "Secret of Bob", in_reply_to=crowd.external_id, cc=(Address("joe@home.example"),)
        )
    )
    wanted = Delivery(quote="last")
    quote = reply.preflight(office.desk, id_, delivery=wanted).quote
    assert quote is not None
    assert quote.text == "Secret of Bob"
    without = reply.preflight(
        office.desk, id_, delivery=dataclasses.replace(wanted, to=("joe@home.example",))
    )
    assert [a.address for a in without.recipients] == ["joe@home.example"]
    assert without.quote is None


def test_a_long_message_is_quoted_in_part(office: Office) -> None:
    first = office.got(office.letter(text="line\n" * 5_000))
    quote = reply.preflight(
        office.desk, first.conversation_id, delivery=Delivery(quote="last")
    ).quote
    assert quote is not None
    assert len(quote.text) <= 4_100
    assert quote.text.count("\n") <= 80
    assert quote.text.endswith("[…]")


# -- files --------------------------------------------------------------------------------------


def test_files_that_are_too_large_are_refused_when_they_are_attached(
    office: Office, tmp_path: Any
) -> None:
    chat = office.got(office.line())
    small, large = tmp_path / "small.txt", tmp_path / "large.txt"
    small.write_bytes(b"x" * 900)
    large.write_bytes(b"x" * 200)
    office.do(chat.conversation_id, f"attach {small}")
    with pytest.raises(BadFile, match="this channel takes"):
        office.do(chat.conversation_id, f"attach {large}")
    draft = drafts.get(office.desk.db, chat.conversation_id, "ann")
    assert draft is not None
    assert draft.attachments == (str(small),)


# -- refused by some -------------------------------------------------------------------------


class TestPartlyRefused:
    @pytest.fixture
    def message(self, office: Office, crowd: Message, tmp_path: Any) -> MessageId:
        file = tmp_path / "a.txt"
        file.write_text("x")
        message_id = office.reply(crowd.conversation_id, "Dear Joe", confirm_new=True, files=[file])
        entry = office.claim(message_id)
        office.settle(entry, Sent(entry.key, {BOB: "550 no Bob", EVE: "451 later"}))
        return message_id

    def test_sent_again_to_those_alone(
        self, office: Office, crowd: Message, message: MessageId
    ) -> None:
        done = office.do(crowd.conversation_id, "outbox retry")
        again = messages.of_conversation(office.desk.db, crowd.conversation_id)[-1]
        entry = office.entry(again.id)
        first = outbox.outgoing(office.desk, office.entry(message))
        out = outbox.outgoing(office.desk, entry)
        assert tuple(out.envelope) == entry.recipients == (BOB, EVE)
        assert (out.to, out.cc, out.text, out.subject) == (
            first.to, first.cc, first.text, first.subject,
        )  # fmt: skip
        assert out.key != first.key
        assert [f.name for f in out.files] == ["a.txt"]
        # Not a second time, unless the agent took it back.
        with pytest.raises(CommandError):
            office.do(crowd.conversation_id, f"outbox retry {message}")
        office.do(crowd.conversation_id, done.undo)
        assert drafts.get(office.desk.db, crowd.conversation_id, "ann") is None
        office.do(crowd.conversation_id, f"outbox retry {message}")

    def test_refused_once_more_it_goes_only_to_who_is_left(
        self, office: Office, crowd: Message, message: MessageId
    ) -> None:
        office.do(crowd.conversation_id, "outbox retry")
        again = messages.of_conversation(office.desk.db, crowd.conversation_id)[-1]
        entry = office.claim(again.id)
        office.settle(entry, Sent(entry.key, {BOB: "550 no Bob"}))
        office.do(crowd.conversation_id, "outbox retry")
        third = messages.of_conversation(office.desk.db, crowd.conversation_id)[-1]
        assert office.entry(third.id).recipients == (BOB,)

    def test_who_was_refused_is_said_before_the_next_send(
        self, office: Office, crowd: Message, message: MessageId
    ) -> None:
        said = reply.preflight(office.desk, crowd.conversation_id).problems
        assert said == (
            f"Mail to {BOB} failed: 550 no Bob",
            f"Mail to {EVE} failed: 451 later",
        )
        office.sent(crowd.conversation_id, "Once more")
        assert reply.preflight(office.desk, crowd.conversation_id).problems == ()

    def test_only_a_refused_customer_makes_it_ours_again(
        self, office: Office, crowd: Message, message: MessageId
    ) -> None:
        assert office.conversation(crowd.conversation_id).status == "pending"
        entry = office.claim(office.reply(crowd.conversation_id))
        office.settle(entry, Sent(entry.key, {"joe@home.example": "550 who?"}))
        assert office.conversation(crowd.conversation_id).status == "open"


def test_a_desk_of_any_script_writes_ids_that_every_header_takes(office: Office) -> None:
    from omnitui.desk.replying.reply_token import message_id, token_of

    key = message_id(office.desk, 7, "пошта.укр")  # type: ignore[arg-type]
    assert key.isascii()
    assert token_of(key)


def test_an_answer_to_the_plus_address_finds_its_conversation(office: Office) -> None:
    """As a mail program writes it that drops every header that threads."""
    from datetime import UTC, datetime

    from connectors.email.read import read_mail
    from connectors.email.writing.compose import compose

    first = office.got(office.letter())
    desk = configured(office, plus_address=True)
    out = outbox.outgoing(desk.desk, desk.entry(desk.sent(first.conversation_id).id))
    account = desk.desk.config.accounts["support"]
    assert isinstance(account, EmailAccount)
    asked = read_mail(compose(out, account, date=datetime(2026, 1, 1, tzinfo=UTC))).reply_to[0]
    raw = f"From: joe@home.example\r\nTo: {asked.address.lower()}\r\n\r\nhi".encode()
    bare = read_mail(raw)
    office.clock.pass_(MINUTE)
    back = office.got(office.letter(to=bare.to, tokens=bare.tokens, subject="Something else"))
    assert back.conversation_id == first.conversation_id
    assert [a.address for a in reply.preflight(office.desk, first.conversation_id).recipients] == [
        "joe@home.example"
    ]


def test_our_own_mail_that_comes_back_is_known_by_its_text_though_links_read_otherwise(
    office: Office,
) -> None:
    """As a list or an alias sends it back: under our address, with our id."""
    from datetime import UTC, datetime

    from connectors.email.read import read_mail
    from connectors.email.writing.compose import compose

    first = office.got(office.letter())
    desk = configured(office, quote="last", signature="Acme")
    sent = desk.sent(first.conversation_id, "See [our page](https://acme.example/x), **please**.")
    account = desk.desk.config.accounts["support"]
    assert isinstance(account, EmailAccount)
    out = outbox.outgoing(desk.desk, desk.entry(sent.id))
    back = read_mail(compose(out, account, date=datetime(2026, 1, 1, tzinfo=UTC)))
    receipt = office.take(
        dataclasses.replace(back, external_id="INBOX/1/77", arrived_at=office.clock.at)
    )[0]
    assert (receipt.outcome, receipt.message_id) == ("duplicate", sent.id)

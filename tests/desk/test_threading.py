"""Which conversation a message joins, and who may."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Address
from omnitui.desk.replying import reply_token
from omnitui.desk.replying.reply_token import message_id, sign, token_of, verify
from store import conversations, identities
from store.database import transaction
from store.model import ConversationId, CustomerId
from tests.desk.office import DAY, HOUR, MINUTE, SALES, SUPPORT, Office


def test_in_reply_to_joins(office: Office) -> None:
    first = office.got(office.letter())
    sent = office.sent(first.conversation_id)
    back = office.got(office.letter(in_reply_to=sent.external_id))
    assert back.conversation_id == first.conversation_id


def test_references_join_when_in_reply_to_says_nothing(office: Office) -> None:
    first = office.got(office.letter())
    back = office.got(office.letter(in_reply_to="lost@x", references=(first.external_id, "lost@x")))
    assert back.conversation_id == first.conversation_id


def test_the_same_subject_alone_joins_nothing(office: Office) -> None:
    first = office.got(office.letter(subject="Order 5"))
    second = office.got(office.letter(subject="Re: Order 5"))
    assert second.conversation_id != first.conversation_id


def test_knowing_a_message_id_lets_nobody_in(office: Office) -> None:
    first = office.got(office.letter())
    sent = office.sent(first.conversation_id)
    stranger = office.got(office.letter("eve@other.example", in_reply_to=sent.external_id))
    assert stranger.conversation_id != first.conversation_id
    assert stranger.customer_id != first.customer_id
    assert office.conversation(stranger.conversation_id).related_id == first.conversation_id


def test_who_was_in_copy_may_answer(office: Office) -> None:
    first = office.got(office.letter(cc=(Address("bob@home.example"),)))
    bob = office.got(office.letter("Bob <bob@home.example>", in_reply_to=first.external_id))
    assert bob.conversation_id == first.conversation_id
    assert bob.customer_id == first.customer_id
    assert bob.author == "Bob"


def test_another_account_is_another_thread_with_a_link(office: Office) -> None:
    first = office.got(office.letter())
    to_sales = office.letter(in_reply_to=first.external_id, to=(Address(SALES),))
    other = office.got(to_sales, account=office.sales)
    assert other.conversation_id != first.conversation_id
    assert office.conversation(other.conversation_id).related_id == first.conversation_id


def test_the_token_in_an_unknown_id_of_ours_finds_the_conversation(office: Office) -> None:
    first = office.got(office.letter())
    lost = message_id(office.desk, first.conversation_id, "acme.example")
    back = office.got(office.letter(in_reply_to=lost.upper()))
    assert back.conversation_id == first.conversation_id
    assert back.details["placed"] == "reply-token"


def test_a_token_from_a_plus_address_counts_for_participants_only(office: Office) -> None:
    first = office.got(office.letter())
    token = sign(office.desk, first.conversation_id)
    assert office.got(office.letter(tokens=(token,))).conversation_id == first.conversation_id
    stranger = office.got(office.letter("eve@other.example", tokens=(token,)))
    assert office.conversation(stranger.conversation_id).related_id == first.conversation_id
    assert stranger.conversation_id != first.conversation_id


@pytest.mark.parametrize("token", ["", "1", "1-", "1-aaaaaaaaaaaaaaaa", "zzz-!", "1-" + "a" * 999])
def test_a_token_nobody_signed_is_nothing(office: Office, token: str) -> None:
    assert verify(office.desk, token) is None
    office.got(office.letter(tokens=(token,)))


def test_a_token_names_one_conversation_only(office: Office) -> None:
    token = sign(office.desk, ConversationId(7))
    assert verify(office.desk, token) == 7
    assert verify(office.desk, token.upper()) == 7
    assert verify(office.desk, "8" + token[1:]) is None
    assert token_of(message_id(office.desk, ConversationId(7), "x.example")) == token


def test_the_key_is_made_once_and_for_its_owner_only(office: Office) -> None:
    token = sign(office.desk, ConversationId(1))
    key = office.desk.config.home.state / "reply-token.key"
    assert key.stat().st_mode & 0o777 == 0o600
    reply_token._key.cache_clear()
    assert sign(office.desk, ConversationId(1)) == token


def test_siblings_of_a_mail_that_was_never_here_stay_together(office: Office) -> None:
    one = office.got(office.letter(in_reply_to="before@x"))
    two = office.got(office.letter(in_reply_to="before@x"))
    start = office.got(office.letter(message_key="before@x"))
    assert one.conversation_id == two.conversation_id == start.conversation_id
    stranger = office.got(office.letter("eve@other.example", in_reply_to="before@x"))
    assert stranger.conversation_id != one.conversation_id


def test_mail_that_brings_thousands_of_references_is_taken(office: Office) -> None:
    first = office.got(office.letter())
    many = (first.external_id, *(f"r{n}@x" for n in range(20_000)))
    assert office.got(office.letter(references=many)).conversation_id == first.conversation_id


def test_ten_thousand_recipients_are_taken(office: Office) -> None:
    crowd = tuple(Address(f"p{n}@x.example") for n in range(10_000))
    first = office.got(office.letter(to=crowd))
    assert len(first.recipients) == 10_000
    back = office.got(office.letter("p9999@x.example", in_reply_to=first.external_id))
    assert back.conversation_id == first.conversation_id


def test_our_own_mail_to_a_third_party_does_not_join(office: Office) -> None:
    first = office.got(office.letter())
    to_supplier = office.letter(
        SUPPORT,
        direction="out",
        to=(Address("supplier@parts.example"),),
        in_reply_to=first.external_id,
    )
    message = office.got(to_supplier)
    assert message.conversation_id != first.conversation_id
    assert office.conversation(message.conversation_id).related_id == first.conversation_id


class TestChat:
    def test_lines_of_a_chat_are_one_conversation(self, office: Office) -> None:
        one, two = office.got(office.line()), office.got(office.line())
        other = office.got(office.line("88"))
        assert one.conversation_id == two.conversation_id != other.conversation_id

    def test_within_the_window_it_is_reopened(self, office: Office) -> None:
        first = office.got(office.line())
        office.do(first.conversation_id, "close")
        office.clock.pass_(71 * HOUR)
        assert office.got(office.line()).conversation_id == first.conversation_id
        assert office.conversation(first.conversation_id).status == "open"

    def test_after_the_window_it_is_a_new_matter(self, office: Office) -> None:
        first = office.got(office.line())
        office.do(first.conversation_id, "close")
        office.clock.pass_(73 * HOUR)
        assert office.got(office.line()).conversation_id != first.conversation_id

    def test_a_week_of_outage_does_not_stretch_the_window(self, office: Office) -> None:
        first = office.got(office.line())
        office.do(first.conversation_id, "close")
        late = replace(office.line(), arrived_at=office.clock.at + HOUR)
        office.clock.pass_(7 * DAY)
        assert office.got(late).conversation_id == first.conversation_id


class TestContinuity:
    """The same customer on another channel goes on with the open matter, if both are proven."""

    def both(self, office: Office, mail_proof: str = "dmarc", chat_proof: str = "agent") -> int:
        first = office.got(office.letter(proofs=(mail_proof,) if mail_proof else ()))
        with transaction(office.desk.db):
            identities.add(
                office.desk.db, first.customer_id, "telegram", "77", proof=chat_proof, at=1
            )
        return first.conversation_id

    def test_it_goes_on(self, office: Office) -> None:
        here = self.both(office)
        assert office.got(office.line("77")).conversation_id == here
        assert office.conversation(here).channels == ("telegram", "email")

    def test_not_when_the_matter_is_closed(self, office: Office) -> None:
        here = self.both(office)
        office.do(here, "close")
        assert office.got(office.line("77")).conversation_id != here

    @pytest.mark.parametrize(("mail", "chat"), [("", "agent"), ("dmarc", "")])
    def test_not_on_hearsay_at_either_end(self, office: Office, mail: str, chat: str) -> None:
        here = self.both(office, mail, chat)
        assert office.got(office.line("77")).conversation_id != here

    def test_a_forged_from_continues_nothing(self, office: Office) -> None:
        first = office.got(office.line("77"))
        with transaction(office.desk.db):
            known = identities.find(office.desk.db, "telegram", "77")
            assert known is not None
            identities.prove(office.desk.db, known.id, "contact")
            identities.add(
                office.desk.db, first.customer_id, "email", "joe@home.example", proof="dmarc", at=1
            )
        forged = office.got(office.letter("joe@home.example"))
        assert forged.conversation_id != first.conversation_id
        proven = office.got(office.letter("joe@home.example", proofs=("dmarc",)))
        assert proven.conversation_id == first.conversation_id

    def test_a_new_mail_is_a_new_matter(self, office: Office) -> None:
        first = office.got(office.letter(proofs=("dmarc",)))
        second = office.got(office.letter(proofs=("dmarc",)))
        assert second.conversation_id != first.conversation_id

    def test_the_setting_turns_it_off(self, tmp_path: Path) -> None:
        with Office.open(tmp_path, continuity="channel") as office:
            here = self.both(office)
            assert office.got(office.line("77")).conversation_id != here


class TestWhichMatterGoesOn:
    """docs/continuity.md."""

    def signed_up(self, office: Office, customer: int) -> None:
        """The customer is known in Telegram, by proof."""
        with transaction(office.desk.db):
            identities.add(
                office.desk.db, CustomerId(customer), "telegram", "77", proof="link", at=1
            )

    def test_of_several_the_last_touched_and_it_says_so(self, office: Office) -> None:
        old = office.got(office.letter(proofs=("dmarc",)))
        office.clock.pass_(MINUTE)
        new = office.got(office.letter(proofs=("dmarc",), subject="Another thing"))
        self.signed_up(office, old.customer_id)
        came = office.got(office.line("77"))
        assert came.conversation_id == new.conversation_id
        assert came.details["placed"] == "continued-last"

    def test_what_only_we_wrote_there_is_no_matter_of_that_channel(self, office: Office) -> None:
        """A mail went after who left the chat: their next mail, in answer to nothing, goes on."""
        first = office.got(office.line("77"))
        with transaction(office.desk.db):
            known = identities.find(office.desk.db, "telegram", "77")
            assert known is not None
            identities.prove(office.desk.db, known.id, "link")
            identities.add(
                office.desk.db, first.customer_id, "email", "joe@home.example", proof="jwt", at=1
            )
        office.sent(first.conversation_id, account="support")
        mail = office.got(office.letter("joe@home.example", proofs=("dmarc",)))
        assert mail.conversation_id == first.conversation_id
        second = office.got(office.letter("joe@home.example", proofs=("dmarc",), subject="B"))
        assert second.conversation_id != first.conversation_id, "a new matter"

    def test_a_forged_mail_is_not_what_they_go_on_with(self, office: Office) -> None:
        """Anybody can write a known address into a mail, also one that was proven before."""
        first = office.got(office.letter(proofs=("dmarc",)))
        self.signed_up(office, first.customer_id)
        office.clock.pass_(MINUTE)
        forged = office.got(office.letter(subject="Send it elsewhere"))
        assert forged.conversation_id != first.conversation_id
        assert office.got(office.line("77")).conversation_id == first.conversation_id

    def test_what_an_agent_made_one_counts_as_theirs(self, office: Office) -> None:
        """Nothing proves the mail's sender, but an agent said that it is them."""
        mail = office.got(office.letter("joe@work.example"))
        chat = office.got(office.line("77", proofs=("contact",)))
        office.do(chat.conversation_id, "close")
        office.clock.pass_(100 * HOUR)
        office.do(chat.conversation_id, f"customer merge {mail.customer_id} yes")
        assert office.got(office.line("77")).conversation_id == mail.conversation_id

    def test_an_open_matter_is_nearer_than_a_closed_one(self, office: Office) -> None:
        chat = office.got(office.line("77", proofs=("contact",)))
        office.do(chat.conversation_id, "close")
        with transaction(office.desk.db):
            identities.add(
                office.desk.db, chat.customer_id, "email", "joe@home.example", proof="jwt", at=1
            )
        office.clock.pass_(HOUR)
        mail = office.got(office.letter("joe@home.example", proofs=("dmarc",)))
        assert mail.conversation_id != chat.conversation_id
        office.clock.pass_(HOUR)
        again = office.got(office.line("77"))
        assert again.conversation_id == mail.conversation_id
        office.do(mail.conversation_id, "close")
        assert office.got(office.line("77")).details["placed"] == "reopened"

    def test_an_answer_of_ours_there_brings_theirs_here(self, office: Office) -> None:
        """They wrote a mail, the agent answered in Telegram, where an old matter is closed."""
        old = office.got(office.line("77", proofs=("contact",)))
        office.do(old.conversation_id, "close")
        office.clock.pass_(100 * HOUR)
        with transaction(office.desk.db):
            identities.add(
                office.desk.db, old.customer_id, "email", "joe@home.example", proof="jwt", at=1
            )
        mail = office.got(office.letter("joe@home.example", proofs=("dmarc",)))
        office.sent(mail.conversation_id, account="bot")
        assert office.got(office.line("77")).conversation_id == mail.conversation_id

    def test_a_mail_to_no_address_of_the_customer_s_is_not_theirs(self, office: Office) -> None:
        """A colleague wrote last: whose matter it is, the customer's own words tell."""
        mail = office.got(office.letter("joe@home.example", proofs=("dmarc",)))
        colleague = office.letter(
            "bob@home.example", in_reply_to=mail.external_id, to=mail.recipients
        )
        with transaction(office.desk.db):
            identities.add(office.desk.db, mail.customer_id, "telegram", "77", proof="link", at=1)
        office.got(colleague)
        assert office.got(office.line("77")).conversation_id == mail.conversation_id


class TestIdentity:
    def test_an_address_is_one_customer_in_any_spelling(self, office: Office) -> None:
        one = office.got(office.letter("Joe <Joe@Home.Example>"))
        two = office.got(office.letter("joe@home.example"))
        assert one.customer_id == two.customer_id

    def test_the_same_name_is_not_the_same_person(self, office: Office) -> None:
        one = office.got(office.letter("Joe <joe@home.example>"))
        two = office.got(office.letter("Joe <joe@work.example>"))
        assert one.customer_id != two.customer_id

    def test_a_proven_alias_links_to_where_it_is_proven(self, office: Office) -> None:
        mail = office.got(office.letter(proofs=("dmarc",)))
        visitor = office.line("v1", proofs=("jwt",), aliases=(("email", "joe@home.example"),))
        assert office.got(visitor).customer_id == mail.customer_id
        linked = office.log("identity.linked")
        assert [e.data["address"] for e in linked] == ["v1"]

    def test_not_to_an_address_that_is_only_claimed(self, office: Office) -> None:
        mail = office.got(office.letter())
        visitor = office.line("v1", proofs=("jwt",), aliases=(("email", "joe@home.example"),))
        assert office.got(visitor).customer_id != mail.customer_id
        (suggestion,) = office.log("customer.suggested")
        assert suggestion.data["same_as"] == mail.customer_id

    def test_not_without_a_proof_of_its_own(self, office: Office) -> None:
        mail = office.got(office.letter(proofs=("dmarc",)))
        visitor = office.line("v1", aliases=(("email", "joe@home.example"),))
        assert office.got(visitor).customer_id != mail.customer_id

    def test_a_proof_is_noted_when_it_comes(self, office: Office) -> None:
        office.got(office.letter())
        office.got(office.letter(proofs=("dmarc",)))
        found = identities.find(office.desk.db, "email", "joe@home.example")
        assert found is not None
        assert found.proof == "dmarc"

    @pytest.mark.parametrize(
        ("shown", "name"),
        [
            ('"Lee, Ann"', "Ann Lee"),
            ("Acme, Inc.", "Acme, Inc."),
            ('"ann@home.example"', ""),
            ("  Олена   Коваль ", "Олена Коваль"),
        ],
    )
    def test_names_from_mail_programs(self, office: Office, shown: str, name: str) -> None:
        from store import customers

        message = office.got(replace(office.letter(), sender=Address("a@b.example", shown)))
        assert customers.get(office.desk.db, message.customer_id).name == name
        shown_in_lists = office.conversation(message.conversation_id).customer_name
        assert shown_in_lists == (name or "a@b.example")

    def test_the_language_is_guessed_from_the_letter(self, office: Office) -> None:
        from store import customers

        uk = office.got(office.letter("o@x.example", "Добрий день! Коли буде моє замовлення?"))
        assert customers.get(office.desk.db, uk.customer_id).language == "uk"


def test_conversations_exist_once_for_all_that_was_threaded(office: Office) -> None:
    first = office.got(office.letter())
    for _ in range(5):
        office.got(office.letter(in_reply_to=first.external_id))
    assert len(conversations.all(office.desk.db)) == 1

"""Which conversation a mail joins, from the raw mail on."""

from __future__ import annotations

import base64

import pytest

from omnitui.desk import view
from omnitui.desk.replying import reply_token
from store import customers, ledger, messages, suggestions
from tests.desk.office import DAY, HOUR, MINUTE, SALES, SUPPORT, Office
from tests.desk.post import ANN, PROVEN, asked, post, read, replied


class TestIds:
    def test_mails_that_share_an_id_are_answered_each_in_its_own_conversation(
        self, office: Office
    ) -> None:
        same = "Message-ID: <form@site.example>"
        first = asked(office, same)
        office.clock.pass_(MINUTE)
        other = asked(office, same, who="bob@work.example", subject="My tap")
        assert other.conversation_id != first.conversation_id
        assert "message-id-reused" in other.details["defects"]
        for message, who in ((other, "bob@work.example"), (first, "ann@home.example")):
            back = post(office, f"From: {who}\nIn-Reply-To: <form@site.example>\n\nand?")
            assert back.conversation_id == message.conversation_id

    def test_of_ones_own_mails_with_one_id_the_nearest_is_answered(self, office: Office) -> None:
        same = "Message-ID: <form@site.example>"
        asked(office, same)
        office.clock.pass_(DAY)
        later = asked(office, same, subject="My tap")
        office.clock.pass_(HOUR)
        back = post(office, f"From: {ANN}\nIn-Reply-To: <form@site.example>\n\nand?")
        assert back.conversation_id == later.conversation_id

    def test_every_mail_that_is_answered_counts(self, office: Office) -> None:
        first = asked(office, "Message-ID: <one@home.example>")
        back = post(office, f"From: {ANN}\nIn-Reply-To: <gone@x> <one@home.example>\n\nand?")
        assert back.conversation_id == first.conversation_id

    @pytest.mark.parametrize("broken", ["<>", "", "<@>", "no id at all"])
    def test_mails_without_an_id_are_each_their_own(self, office: Office, broken: str) -> None:
        one = asked(office, f"Message-ID: {broken}")
        two = asked(office, f"Message-ID: {broken}", subject="My tap")
        assert one.conversation_id != two.conversation_id
        assert one.external_id != two.external_id


class TestCopies:
    RAW = (
        f"From: {ANN}\nTo: {SUPPORT}, {SALES}\nSubject: My boiler\nMessage-ID: <one@home.example>\n"
        "Date: Tue, 22 Sep 2026 10:00:00 +0000\n\nIt leaks since Monday.\n"
    )

    def test_a_mail_to_two_of_our_mailboxes_is_one_message(self, office: Office) -> None:
        first = post(office, f"Received: by a\n{self.RAW}")
        copy = office.take(read(office, f"Delivered-To: {SALES}\n{self.RAW}"), account=office.sales)
        assert (copy[0].outcome, copy[0].message_id) == ("duplicate", first.id)
        assert office.conversation(first.conversation_id).account_id == office.mail.id
        assert len(ledger.all(office.desk.db)) == 2

    def test_its_thread_goes_on_in_both(self, office: Office) -> None:
        first = post(office, self.RAW)
        office.take(read(office, self.RAW), account=office.sales)
        more = f"From: {ANN}\nTo: {SALES}\nIn-Reply-To: <one@home.example>\n\nStill."
        assert post(office, more, office.sales).conversation_id == first.conversation_id

    def test_also_when_the_copy_came_in_the_same_batch(self, office: Office) -> None:
        first = post(office, self.RAW)
        more = f"From: {ANN}\nTo: {SALES}\nIn-Reply-To: <one@home.example>\n\nStill."
        copy, answer = office.take(read(office, self.RAW), read(office, more), account=office.sales)
        assert copy.outcome == "duplicate"
        assert answer.message_id is not None
        found = messages.get(office.desk.db, answer.message_id)
        assert found.conversation_id == first.conversation_id

    def test_an_answer_to_both_belongs_to_the_thread_whichever_copy_comes_first(
        self, office: Office
    ) -> None:
        first = asked(office)
        sent = replied(office, first.conversation_id)
        raw = (
            f"From: {ANN}\nTo: {SUPPORT}\nCc: {SALES}\nSubject: Re: My boiler\n"
            f"Message-ID: <two@home.example>\nIn-Reply-To: <{sent.external_id}>\n\nThanks."
        )
        early = post(office, raw, office.sales)
        assert early.conversation_id == first.conversation_id
        assert early.account == "support"
        assert office.conversation(first.conversation_id).account_id == office.mail.id
        assert office.take(read(office, raw))[0].outcome == "duplicate"

    def test_a_copy_encoded_anew_on_its_way_is_the_same_mail(self, office: Office) -> None:
        head = self.RAW.partition("\n\n")[0] + "\nMIME-Version: 1.0\n"
        text = "Es tröpfelt seit Montag.\n"
        plain = f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}"
        coded = base64.b64encode(text.encode()).decode()
        other = (
            f"{head}Content-Type: text/plain; charset=utf-8\n"
            f"Content-Transfer-Encoding: base64\n\n{coded}\n"
        )
        first = post(office, plain)
        again = office.take(read(office, other), account=office.sales)[0]
        assert (again.outcome, again.message_id) == ("duplicate", first.id)

    LISTED = (
        RAW.replace("Subject: My", "Subject: [acme-users] My")
        + "\n_______________________________________________\nacme-users mailing list\n"
        "acme-users@lists.example\nhttps://lists.example/acme-users\n"
    ).replace("\n\n", "\nList-Id: <acme-users.lists.example>\nPrecedence: list\n\n", 1)

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_copy_through_a_list_is_the_same_mail(self, office: Office, turned: bool) -> None:
        pair = (self.LISTED, self.RAW) if turned else (self.RAW, self.LISTED)
        first = post(office, pair[0])
        again = office.take(read(office, pair[1]))[0]
        assert (again.outcome, again.message_id) == ("duplicate", first.id)

    @pytest.mark.parametrize(
        ("was", "is_"),
        [
            ("It leaks since Monday.", "It leaks since Monday. Also the tap."),
            ("It leaks since Monday.", "It leaks."),
            ("Date: Tue, 22 Sep 2026 10:00", "Date: Tue, 22 Sep 2026 11:00"),
            ("Subject: My boiler", "Subject: My tap"),
            ("From: Ann Lee <ann@home", "From: Ann Lee <ann@work"),
        ],
    )
    def test_what_differs_in_what_a_person_writes_is_another_mail(
        self, office: Office, was: str, is_: str
    ) -> None:
        first = post(office, self.RAW)
        other = post(office, self.RAW.replace(was, is_), office.sales)
        assert other.id != first.id
        assert "message-id-reused" in other.details["defects"]


OUTLOOK = base64.b64encode(bytes(range(22))).decode()
LATER = base64.b64encode(bytes(range(27))).decode()


class TestOutlook:
    def test_its_thread_index_finds_the_conversation_when_nothing_else_does(
        self, office: Office
    ) -> None:
        first = asked(office, f"Thread-Index: {OUTLOOK}")
        back = asked(office, f"Thread-Index: {LATER}", subject="RE: My boiler")
        assert back.conversation_id == first.conversation_id
        assert back.details["placed"] == "thread-index"

    def test_in_one_batch_too(self, office: Office) -> None:
        raw = f"From: {ANN}\nTo: {SUPPORT}\nSubject: %s\nThread-Index: %s\n\nIt leaks."
        one, two = office.take(
            read(office, raw % ("My boiler", OUTLOOK)), read(office, raw % ("AW: My boiler", LATER))
        )
        assert one.message_id
        assert two.message_id
        found = messages.many(office.desk.db, [one.message_id, two.message_id])
        assert found[0].conversation_id == found[1].conversation_id

    def test_not_for_another_subject(self, office: Office) -> None:
        first = asked(office, f"Thread-Index: {OUTLOOK}")
        other = asked(office, f"Thread-Index: {LATER}", subject="My tap")
        assert other.conversation_id != first.conversation_id

    def test_not_for_a_stranger(self, office: Office) -> None:
        first = asked(office, f"Thread-Index: {OUTLOOK}")
        other = asked(
            office, f"Thread-Index: {LATER}", subject="RE: My boiler", who="eve@x.example"
        )
        assert other.conversation_id != first.conversation_id

    def test_not_in_another_account(self, office: Office) -> None:
        first = asked(office, f"Thread-Index: {OUTLOOK}")
        raw = (
            f"From: {ANN}\nTo: {SALES}\nSubject: RE: My boiler\nThread-Index: {LATER}\n\nIt leaks."
        )
        assert post(office, raw, office.sales).conversation_id != first.conversation_id

    def test_headers_say_more(self, office: Office) -> None:
        asked(office, f"Thread-Index: {OUTLOOK}")
        other = asked(office, "Message-ID: <tap@home.example>", subject="My tap")
        back = asked(
            office, f"Thread-Index: {LATER}", "In-Reply-To: <tap@home.example>",
            subject="RE: My boiler",
        )  # fmt: skip
        assert back.conversation_id == other.conversation_id


class TestLostHeaders:
    """Apple Mail, phones, webmail, relays that rename what we send."""

    def test_re_and_the_subject_of_what_we_answered(self, office: Office) -> None:
        first = asked(office)
        replied(office, first.conversation_id)
        for subject in ("Re: My boiler", "Odp: My boiler", "RE[2]: Re: My boiler"):
            back = asked(office, subject=subject)
            assert back.conversation_id == first.conversation_id
            assert back.details["placed"] == "subject"

    def test_also_when_a_relay_gave_our_mail_another_id(self, office: Office) -> None:
        first = asked(office)
        replied(office, first.conversation_id)
        back = asked(office, "In-Reply-To: <0102-ses@mail.example>", subject="Re: My boiler")
        assert back.conversation_id == first.conversation_id

    def test_a_conversation_that_was_closed_opens(self, office: Office) -> None:
        first = asked(office)
        replied(office, first.conversation_id)
        office.do(first.conversation_id, "close")
        office.clock.pass_(20 * DAY)
        asked(office, subject="Re: My boiler")
        assert office.conversation(first.conversation_id).status == "open"

    def test_of_several_the_newest(self, office: Office) -> None:
        ones = []
        for _ in range(2):
            ones.append(asked(office))
            replied(office, ones[-1].conversation_id)
        back = asked(office, subject="Re: My boiler")
        assert back.conversation_id == ones[1].conversation_id
        assert back.details["placed"] == "newest-with-subject"

    def test_what_it_quotes_says_which(self, office: Office) -> None:
        ones = []
        for tip in (
            "Please close the tap below the sink.",
            "Please ring the plumber in the morning.",
        ):
            ones.append(asked(office))
            replied(office, ones[-1].conversation_id, tip)
        quote = "On Tuesday, Acme wrote:\n> Please close the tap below\n> the sink."
        back = post(
            office,
            f"From: {ANN}\nTo: {SUPPORT}\nSubject: Re: My boiler\n\nDone, thanks.\n\n{quote}\n",
        )
        assert back.quoted
        assert back.conversation_id == ones[0].conversation_id
        assert back.details["placed"] == "quoted-our-text"

    def test_a_quote_is_enough_without_a_subject(self, office: Office) -> None:
        first = asked(office)
        replied(office, first.conversation_id, "Please close the tap below the sink.")
        quote = "On Tuesday, Acme wrote:\n> Please close the tap below the sink."
        back = post(office, f"From: {ANN}\nTo: {SUPPORT}\n\nDone, thanks.\n\n{quote}\n")
        assert back.conversation_id == first.conversation_id

    @pytest.mark.parametrize(
        ("subject", "who", "days"),
        [
            ("My boiler", ANN, 1),
            ("Re: My tap", ANN, 1),
            ("Re:", ANN, 1),
            ("Re: My boiler", "eve@other.example", 1),
            ("Re: My boiler", "Ann Lee <ann@other.example>", 1),
            ("Re: My boiler", ANN, 40),
        ],
    )
    def test_what_is_a_matter_of_its_own(
        self, office: Office, subject: str, who: str, days: int
    ) -> None:
        first = asked(office)
        replied(office, first.conversation_id)
        office.clock.pass_(days * DAY)
        assert asked(office, subject=subject, who=who).conversation_id != first.conversation_id

    def test_there_must_be_something_to_answer(self, office: Office) -> None:
        first = asked(office)
        assert asked(office, subject="Re: My boiler").conversation_id != first.conversation_id

    def test_not_what_was_sent_from_another_account(self, office: Office) -> None:
        first = asked(office)
        replied(office, first.conversation_id)
        raw = f"From: {ANN}\nTo: {SALES}\nSubject: Re: My boiler\n\nIt leaks."
        assert post(office, raw, office.sales).conversation_id != first.conversation_id

    def test_an_absence_note_without_headers_is_kept_where_it_belongs(self, office: Office) -> None:
        first = asked(office)
        replied(office, first.conversation_id)
        note = asked(office, "Auto-Submitted: auto-replied", subject="Automatic reply: My boiler")
        assert note.conversation_id == first.conversation_id
        assert office.conversation(first.conversation_id).status == "pending"

    def test_in_one_batch_as_alone(self, office: Office) -> None:
        first = asked(office)
        sent = replied(office, first.conversation_id)
        raw = f"From: {ANN}\nTo: {SUPPORT}\nSubject: Re: My boiler\n%s\n"
        one, two = office.take(
            read(office, raw % f"In-Reply-To: <{sent.external_id}>\n\nOne."),
            read(office, raw % "\nTwo."),
        )
        assert one.message_id
        assert two.message_id
        found = messages.many(office.desk.db, [one.message_id, two.message_id])
        assert {m.conversation_id for m in found} == {first.conversation_id}


class TestToken:
    def test_in_the_quoted_text_alone(self, office: Office) -> None:
        first = asked(office)
        token = reply_token.sign(office.desk, first.conversation_id)
        quote = f"On Tuesday, Acme <support+omnitui.{token}@acme.example> wrote:\n> Hello"
        back = post(office, f"From: {ANN}\nTo: {SUPPORT}\nSubject: Fine\n\nYes.\n\n{quote}\n")
        assert back.conversation_id == first.conversation_id
        assert back.details["placed"] == "reply-token"

    @pytest.mark.parametrize("where", ["Delivered-To", "X-Original-To", "Envelope-To", "To"])
    def test_in_the_address_it_was_delivered_to(self, office: Office, where: str) -> None:
        first = asked(office)
        token = reply_token.sign(office.desk, first.conversation_id)
        back = post(
            office,
            f"From: {ANN}\n{where}: support+omnitui.{token}@acme.example\nSubject: Fine\n\nYes.",
        )
        assert back.conversation_id == first.conversation_id

    def test_a_stranger_who_quotes_it_gets_a_link_and_no_more(self, office: Office) -> None:
        first = asked(office)
        sent = replied(office, first.conversation_id)
        for header in (f"In-Reply-To: <{sent.external_id}>", f"References: <{sent.external_id}>"):
            other = asked(office, header, subject="Re: My boiler", who="eve@other.example")
            assert other.conversation_id != first.conversation_id
            assert office.conversation(other.conversation_id).related_id == first.conversation_id


class TestSecondAddress:
    def test_is_suggested_with_its_evidence_and_linked_to_nothing(self, office: Office) -> None:
        first = asked(office)
        sent = replied(office, first.conversation_id)
        header = f"In-Reply-To: <{sent.external_id}>"
        other = asked(office, header, subject="Re: My boiler", who="Ann <ann@work.example>")
        assert other.customer_id != first.customer_id
        assert office.conversation(other.conversation_id).related_id == first.conversation_id
        (found,) = suggestions.of_customer(office.desk.db, first.customer_id)
        assert suggestions.of_customer(office.desk.db, other.customer_id) == [found]
        assert (found.customer_id, found.other_id) == (other.customer_id, first.customer_id)
        assert (found.reason, found.state) == ("answered-our-mail", "open")
        assert found.message_id == other.id
        assert found.evidence["address"] == "ann@work.example"
        assert found.evidence["written_to"] == ["ann@home.example"]
        assert [e.data["suggestion"] for e in office.log("customer.suggested")] == [found.id]
        ann = customers.get(office.desk.db, first.customer_id)
        (shown,) = view.customer_json(office.desk, ann, full=True)["suggestions"]
        assert (shown["other"], shown["reason"]) == (other.customer_id, "answered-our-mail")
        asked(office, header, subject="Re: My boiler", who="Ann <ann@work.example>")
        assert len(suggestions.of_customer(office.desk.db, first.customer_id)) == 1

    def test_by_the_token_alone_too(self, office: Office) -> None:
        first = asked(office)
        token = reply_token.sign(office.desk, first.conversation_id)
        post(
            office,
            f"From: ann@work.example\nTo: support+omnitui.{token}@acme.example\n\nYes.",
        )
        assert len(suggestions.of_customer(office.desk.db, first.customer_id)) == 1

    def test_a_proof_of_the_second_alone_links_nothing(self, office: Office) -> None:
        first = asked(office)
        sent = replied(office, first.conversation_id)
        other = asked(
            office, f"{PROVEN}work.example", f"In-Reply-To: <{sent.external_id}>",
            who="ann@work.example",
        )  # fmt: skip
        assert other.customer_id != first.customer_id

    def test_one_that_is_the_customers_already_joins(self, office: Office) -> None:
        first = asked(office)
        sent = replied(office, first.conversation_id)
        office.do(first.conversation_id, "customer address email ann@work.example")
        back = asked(office, f"In-Reply-To: <{sent.external_id}>", who="ann@work.example")
        assert back.conversation_id == first.conversation_id
        assert suggestions.of_customer(office.desk.db, first.customer_id) == []

    def test_robots_and_strangers_who_answer_nothing_of_ours_are_not_suggested(
        self, office: Office
    ) -> None:
        first = asked(office, "Message-ID: <one@home.example>")
        sent = replied(office, first.conversation_id)
        asked(office, "In-Reply-To: <one@home.example>", who="bob@other.example")
        asked(
            office, f"In-Reply-To: <{sent.external_id}>", "Auto-Submitted: auto-replied",
            who="robot@other.example",
        )  # fmt: skip
        assert suggestions.of_customer(office.desk.db, first.customer_id) == []


class TestOldConversations:
    @pytest.mark.parametrize("days", [1, 30, 400])
    def test_an_answer_by_its_headers_reopens_however_old(self, office: Office, days: int) -> None:
        first = asked(office)
        sent = replied(office, first.conversation_id)
        office.do(first.conversation_id, "close")
        office.clock.pass_(days * DAY)
        back = asked(office, f"In-Reply-To: <{sent.external_id}>", subject="Re: My boiler")
        assert back.conversation_id == first.conversation_id
        assert office.conversation(first.conversation_id).status == "open"


class TestOrder:
    def test_answers_that_come_before_what_they_answer_are_put_together(
        self, office: Office
    ) -> None:
        one = asked(office, "Message-ID: <1@home.example>")
        three = asked(office, "Message-ID: <3@home.example>", "In-Reply-To: <2@home.example>")
        four = asked(office, "Message-ID: <4@home.example>", "In-Reply-To: <3@home.example>")
        assert three.conversation_id == four.conversation_id != one.conversation_id
        asked(office, "Message-ID: <2@home.example>", "In-Reply-To: <1@home.example>")
        assert len(office.texts(one.conversation_id)) == 4
        gone = office.conversation(three.conversation_id)
        assert (gone.messages, gone.status, gone.related_id) == (0, "closed", one.conversation_id)
        later = asked(office, "In-Reply-To: <4@home.example>")
        assert later.conversation_id == one.conversation_id

    def test_not_what_an_agent_has_taken_up(self, office: Office) -> None:
        one = asked(office, "Message-ID: <1@home.example>")
        three = asked(office, "Message-ID: <3@home.example>", "In-Reply-To: <2@home.example>")
        office.do(three.conversation_id, "assign me")
        asked(office, "Message-ID: <2@home.example>", "In-Reply-To: <1@home.example>")
        assert len(office.texts(three.conversation_id)) == 1
        assert len(office.texts(one.conversation_id)) == 2


def test_a_mail_to_sales_that_quotes_ones_own_to_support_is_sales_own_matter(
    office: Office,
) -> None:
    first = asked(office, "Message-ID: <one@home.example>")
    raw = f"From: {ANN}\nTo: {SALES}\nIn-Reply-To: <one@home.example>\n\nAnd the price?"
    other = post(office, raw, office.sales)
    assert other.conversation_id != first.conversation_id
    assert office.conversation(other.conversation_id).related_id == first.conversation_id


def test_an_answer_to_ours_is_known_by_its_token_wherever_it_is_sent(office: Office) -> None:
    first = asked(office)
    sent = replied(office, first.conversation_id)
    raw = f"From: {ANN}\nTo: {SALES}\nIn-Reply-To: <{sent.external_id}>\n\nAnd the price?"
    other = post(office, raw, office.sales)
    assert (other.conversation_id, other.details["placed"]) == (
        first.conversation_id,
        "reply-token",
    )

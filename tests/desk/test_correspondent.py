"""Whose a mail is and who gets the answer: copies, lists, forms, our own mail, forwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract import Address, Forwarded, Inbound
from connectors.email.own_mail import placed
from omnitui.desk.command import CommandError
from omnitui.desk.replying import reply
from store import accounts, customers, identities, messages
from store.database import transaction
from store.model import Message
from tests.desk.office import SALES, START, SUPPORT, Office
from tests.desk.post import ANN, PROVEN, asked, configure, post, read, replied


class TestColleagues:
    def test_who_was_in_copy_answers_as_themselves_and_stays_in_copy(self, office: Office) -> None:
        first = asked(office, "Cc: Bob <bob@home.example>")
        sent = replied(office, first.conversation_id)
        bob = post(
            office,
            f"From: Bob <bob@home.example>\nTo: {SUPPORT}\nCc: {ANN}\nSubject: Re: My boiler\n"
            f"In-Reply-To: <{sent.external_id}>\n\nI am her plumber.",
        )
        assert bob.conversation_id == first.conversation_id
        assert (bob.author, bob.customer_id) == ("Bob", first.customer_id)
        planned = reply.preflight(office.desk, first.conversation_id)
        assert [a.address for a in planned.to] == ["ann@home.example"]
        assert [a.address for a in planned.cc] == ["bob@home.example"]

    def test_their_own_matters_are_their_own(self, office: Office) -> None:
        first = asked(office, "Cc: Bob <bob@home.example>")
        own = asked(office, who="Bob <bob@home.example>", subject="My tap")
        assert own.customer_id != first.customer_id
        back = asked(office, f"In-Reply-To: <{first.external_id}>", who="Bob <bob@home.example>")
        assert back.conversation_id == first.conversation_id

    def test_our_own_people_in_copy_are_never_answered_to(self, office: Office) -> None:
        first = asked(office, f"Cc: {SALES}, info@acme.example")
        configure(office, aliases=("info@acme.example",))
        planned = reply.preflight(office.desk, first.conversation_id)
        assert [a.address for a in (*planned.to, *planned.cc)] == ["ann@home.example"]


class TestReplyTo:
    def test_the_person_is_who_wrote_and_the_answer_goes_where_they_ask(
        self, office: Office
    ) -> None:
        first = asked(office, "Reply-To: ann@other.example")
        assert office.conversation(first.conversation_id).customer_name == "Ann Lee"
        found = [i.address for i in identities.of(office.desk.db, first.customer_id)]
        assert found == ["ann@home.example"]
        planned = reply.preflight(office.desk, first.conversation_id)
        assert [a.address for a in planned.to] == ["ann@other.example"]
        assert "ann@other.example" in planned.new_recipients

    def test_a_proven_site_proves_nobody_in_reply_to(self, office: Office) -> None:
        form = (
            f"{PROVEN}acme.example\nFrom: {SUPPORT}\nTo: {SUPPORT}\nReply-To: {ANN}\n"
            "Subject: Contact\n\nIt leaks."
        )
        message = post(office, form)
        (ann,) = identities.of(office.desk.db, message.customer_id)
        assert (ann.address, ann.proof) == ("ann@home.example", "")
        assert "proofs" not in message.details


class TestLists:
    HEAD = (
        "List-Id: Acme users <acme-users.lists.example>\n"
        "List-Post: <mailto:acme-users@lists.example>\nPrecedence: list\n"
    )

    def test_the_answer_goes_to_the_person_not_to_the_list(self, office: Office) -> None:
        message = post(
            office,
            f"From: {ANN}\nTo: acme-users@lists.example\nReply-To: acme-users@lists.example\n"
            f"{self.HEAD}Subject: [acme-users] My boiler\n\nIt leaks.",
        )
        planned = reply.preflight(office.desk, message.conversation_id)
        assert [a.address for a in planned.to] == ["ann@home.example"]
        assert planned.cc == planned.new_recipients == ()

    @pytest.mark.parametrize(
        ("sender", "more"),
        [
            ("Ann Lee via acme-users <acme-users@lists.example>", f"Reply-To: {ANN}"),
            (
                "Ann Lee via acme-users <acme-users@lists.example>",
                f"Reply-To: acme-users@lists.example, {ANN}",
            ),
            (
                "Ann Lee via acme-users <acme-users@lists.example>",
                f"Reply-To: acme-users@lists.example\nCc: {ANN}",
            ),
            (
                "'Ann Lee' via acme-users <acme-users@lists.example>",
                f"X-Original-From: {ANN}\nX-Original-Sender: ann@home.example",
            ),
        ],
    )
    def test_a_list_that_writes_in_its_own_name_hides_nobody(
        self, office: Office, sender: str, more: str
    ) -> None:
        raw = (
            f"{PROVEN}lists.example\nFrom: {sender}\nTo: acme-users@lists.example\n{more}\n"
            f"{self.HEAD}Subject: [acme-users] My boiler\n\nIt leaks."
        )
        message = post(office, raw)
        assert (message.author, message.author_address) == ("Ann Lee", "ann@home.example")
        assert customers.get(office.desk.db, message.customer_id).name == "Ann Lee"
        assert [i.proof for i in identities.of(office.desk.db, message.customer_id)] == [""]
        planned = reply.preflight(office.desk, message.conversation_id)
        assert [a.address for a in planned.to] == ["ann@home.example"]
        bob = sender.replace("Ann Lee", "Bob"), more.replace(ANN, "Bob <bob@x.example>")
        other = post(office, raw.replace(sender, bob[0]).replace(more, bob[1]))
        assert other.customer_id != message.customer_id or "Sender" in more

    def test_a_group_that_is_our_own_mailbox(self, office: Office) -> None:
        message = post(
            office,
            f"From: 'Ann Lee' via Support <{SUPPORT}>\nTo: {SUPPORT}\nX-Original-From: {ANN}\n"
            "List-Id: <support.acme.example>\nList-Post: <mailto:support@acme.example>\n"
            "Subject: My boiler\n\nIt leaks.",
        )
        assert message.author_address == "ann@home.example"
        conversation = office.conversation(message.conversation_id)
        assert conversation.waiting_since == message.arrived_at

    def test_threads_of_a_list_are_conversations_each(self, office: Office) -> None:
        raw = f"From: {ANN}\nTo: acme-users@lists.example\n{self.HEAD}Subject: %s\n\nIt leaks."
        one = post(office, raw % "One")
        two = post(office, raw % "Two")
        more = post(office, raw % f"Re: One\nIn-Reply-To: <{one.external_id}>")
        assert more.conversation_id == one.conversation_id != two.conversation_id


class TestOurOwnMail:
    def test_what_we_sent_and_comes_back_through_a_list_is_no_new_mail(
        self, office: Office
    ) -> None:
        first = asked(office, "Cc: acme-users@lists.example")
        sent = replied(office, first.conversation_id)
        back = (
            "From: Acme via acme-users <acme-users@lists.example>\nTo: acme-users@lists.example\n"
            f"Reply-To: Acme <{SUPPORT}>\n{TestLists.HEAD}Subject: [acme-users] Re: My boiler\n"
            f"Message-ID: <{sent.external_id}>\n\nPlease close the tap.\n\n"
            "____________\nacme-users list\n"
        )
        receipt = office.take(read(office, back))[0]
        assert (receipt.outcome, receipt.message_id) == ("duplicate", sent.id)

    def test_a_blind_copy_to_ourselves_is_no_new_mail(self, office: Office) -> None:
        first = asked(office)
        sent = replied(office, first.conversation_id)
        back = (
            f"From: Acme <{SUPPORT}>\nTo: {ANN}\nMessage-ID: <{sent.external_id}>\n"
            "Subject: Re: My boiler\n\nPlease close the tap.\n"
        )
        for account in (office.mail, office.sales):
            receipt = office.take(read(office, back), account=account)[0]
            assert (receipt.outcome, receipt.message_id) == ("duplicate", sent.id)

    def test_what_another_of_our_mailboxes_wrote_is_ours_when_proven(self, office: Office) -> None:
        first = asked(office, f"Cc: {SALES}", "Message-ID: <one@home.example>")
        raw = (
            f"{PROVEN}acme.example\nFrom: Acme sales <{SALES}>\nTo: {ANN}\nCc: {SUPPORT}\n"
            "Subject: Re: My boiler\nIn-Reply-To: <one@home.example>\n\nWe sell new ones.\n"
        )
        ours = post(office, raw)
        assert (ours.direction, ours.conversation_id) == ("out", first.conversation_id)
        forged = post(office, raw.replace("dmarc=pass", "dmarc=none"))
        assert forged.direction == "in"
        assert "from-own-address" in forged.details["defects"]

    @pytest.mark.parametrize(
        "trace",
        [
            "X-Forwarded-To: support@acme.example\nX-Forwarded-For: info@acme.example",
            "Delivered-To: support@acme.example\nDelivered-To: info@acme.example",
            "Resent-From: boss@acme.example\nResent-To: support@acme.example",
        ],
    )
    def test_a_mail_that_was_redirected_is_its_authors(self, office: Office, trace: str) -> None:
        raw = f"{trace}\nFrom: {ANN}\nTo: info@acme.example\nSubject: My boiler\n\nIt leaks."
        message = post(office, raw)
        assert message.author_address == "ann@home.example"
        configure(office, aliases=("info@acme.example",))
        planned = reply.preflight(office.desk, message.conversation_id)
        assert [a.address for a in planned.recipients] == ["ann@home.example"]

    def test_mail_to_an_alias_with_a_detail_is_ours_to_read(self, office: Office) -> None:
        message = post(
            office, f"From: {ANN}\nTo: support+shop@acme.example\nSubject: My boiler\n\nIt leaks."
        )
        planned = reply.preflight(office.desk, message.conversation_id)
        assert [a.address for a in planned.recipients] == ["ann@home.example"]


def test_a_name_that_is_another_address_is_not_shown_as_the_author(office: Office) -> None:
    message = asked(office, who='"ceo@bank.example" <eve@other.example>')
    assert message.author == message.author_address == "eve@other.example"
    assert message.details["from"]["name"] == "ceo@bank.example"


class TestForms:
    """Mail of the site's own programs, filled in by a customer."""

    ROBOT = "no-reply@acme.example"
    FILLED = "Name: Ann Lee\nE-mail: ann@home.example\nPhone: 044 1234567\n\nMessage:\nIt leaks.\n"

    @pytest.fixture
    def site(self, office: Office) -> Office:
        configure(office, forms=(self.ROBOT,))
        return office

    def filled(self, site: Office, *headers: str, text: str = "", sender: str = ROBOT) -> Message:
        more = "".join(f"{header}\n" for header in headers)
        text = text or self.FILLED
        return post(
            site,
            f"From: Acme site <{sender}>\nTo: {SUPPORT}\nSubject: Contact form\n{more}\n{text}",
        )

    def test_the_customer_is_in_the_text(self, site: Office) -> None:
        message = self.filled(site, "Auto-Submitted: auto-generated")
        assert (message.author, message.author_address) == ("Ann Lee", "ann@home.example")
        assert message.text == "It leaks."
        assert "Phone: 044 1234567" in message.quoted
        form = message.details["form"]
        assert (form["name"], form["phone"], form["sender"]) == (
            "Ann Lee", "044 1234567", self.ROBOT,
        )  # fmt: skip
        assert {"label": "E-mail", "value": "ann@home.example"} in form["fields"]
        conversation = site.conversation(message.conversation_id)
        assert (conversation.status, conversation.waiting_since) == ("open", message.arrived_at)
        planned = reply.preflight(site.desk, message.conversation_id)
        assert [a.address for a in planned.recipients] == ["ann@home.example"]

    @pytest.mark.parametrize(
        "body",
        [
            "<table><tr><td><b>Name</b></td><td>Ann Lee</td></tr><tr><td><b>E-Mail</b></td>"
            "<td>ann@home.example</td></tr><tr><td>Message</td><td>It leaks.</td></tr></table>",
            "<table><tr><td colspan=2><b>Name</b></td></tr><tr><td>&nbsp;</td><td>Ann Lee</td></tr>"
            "<tr><td colspan=2><b>Email</b></td></tr><tr><td>&nbsp;</td><td>"
            "<a href='mailto:ann@home.example'>ann@home.example</a></td></tr>"
            "<tr><td colspan=2>Message</td></tr><tr><td>&nbsp;</td><td>It leaks.</td></tr></table>",
            "<p><b>Name:</b> Ann Lee<br><b>Email:</b> ann@home.example<br><b>Message:</b><br>"
            "It leaks.</p><p>-- <br>Sent from a form</p>",
        ],
    )
    def test_forms_in_html(self, site: Office, body: str) -> None:
        message = self.filled(site, "Content-Type: text/html; charset=utf-8", text=body)
        assert (message.author, message.author_address) == ("Ann Lee", "ann@home.example")
        assert message.text == "It leaks."

    def test_reply_to_goes_before_the_text(self, site: Office) -> None:
        message = self.filled(site, "Reply-To: Ann <ann@work.example>")
        assert message.author_address == "ann@work.example"
        message = self.filled(site, f"Reply-To: {self.ROBOT}")
        assert message.author_address == "ann@home.example"

    def test_nothing_is_proven_by_a_form(self, site: Office) -> None:
        message = self.filled(site, f"{PROVEN}acme.example")
        assert [i.proof for i in identities.of(site.desk.db, message.customer_id)] == [""]

    def test_submissions_are_conversations_of_their_own(self, site: Office) -> None:
        one = self.filled(site, "Message-ID: <form@acme.example>", "References: <all@acme.example>")
        again = self.filled(site, "References: <all@acme.example>")
        bob = self.filled(
            site, "Message-ID: <form@acme.example>", "References: <all@acme.example>",
            text="Name: Bob\nE-mail: bob@x.example\nMessage: Me too.\n",
        )  # fmt: skip
        assert len({m.conversation_id for m in (one, again, bob)}) == 3
        assert one.customer_id == again.customer_id != bob.customer_id

    def test_the_answer_to_our_answer_comes_back(self, site: Office) -> None:
        message = self.filled(site)
        sent = replied(site, message.conversation_id)
        back = asked(site, f"In-Reply-To: <{sent.external_id}>", subject="Re: Contact form")
        assert back.conversation_id == message.conversation_id

    def test_the_forms_own_subject_is_the_matter(self, site: Office) -> None:
        message = self.filled(
            site, text="Email: a@b.example\nSubject: My boiler\nMessage: Leaks.\n"
        )
        assert site.conversation(message.conversation_id).subject == "My boiler"

    def test_without_an_address_it_is_still_somebodys(self, site: Office) -> None:
        one, two = (
            self.filled(site, text=f"Name: {name}\nPhone: 044 1234567\nMessage: Call me.\n")
            for name in ("Ann", "Bob")
        )
        assert one.customer_id != two.customer_id
        assert customers.get(site.desk.db, two.customer_id).name == "Bob"
        assert identities.of(site.desk.db, two.customer_id) == []

    def test_other_mail_of_the_same_program_is_left_as_it_is(self, site: Office) -> None:
        message = self.filled(site, text="Your backup is done.\n")
        assert message.author_address == self.ROBOT
        assert "form" not in message.details

    def test_other_senders_mail_is_no_form(self, site: Office) -> None:
        message = self.filled(site, sender="eve@other.example")
        assert message.author_address == "eve@other.example"

    def test_a_form_that_writes_in_our_own_name(self, office: Office) -> None:
        configure(office, forms=(SUPPORT,))
        message = post(
            office,
            f"From: {SUPPORT}\nTo: {SUPPORT}\nSubject: Form\n\nEmail: ann@home.example\n",
            own_addresses=frozenset(),
        )
        assert (message.direction, message.author_address) == ("in", "ann@home.example")
        letter = post(
            office,
            f"From: {SUPPORT}\nTo: {ANN}\nSubject: Re: Form\n\nPlease call us.\n",
            own_addresses=frozenset(),
        )
        assert (letter.direction, letter.customer_id) == ("out", message.customer_id)


class TestForwards:
    """What a colleague passes on is the first sender's matter, when an agent says so."""

    BOSS = "Boss <boss@acme.example>"

    def passed_on(self, office: Office, sender: str = BOSS) -> Message:
        mail = read(
            office, f"From: {sender}\nTo: {SUPPORT}\nSubject: Fwd: My boiler\n\nPlease help her."
        )
        forwarded = Forwarded(Address("ann@home.example", "Lee, Ann"), START, "My boiler")
        return office.got(replace(mail, forwarded=forwarded))

    def test_is_offered_and_taken_and_taken_back(self, office: Office) -> None:
        message = self.passed_on(office)
        assert message.details["forwarded"]["offered"] is True
        done = office.do(message.conversation_id, "customer from-forwarded")
        conversation = office.conversation(message.conversation_id)
        assert conversation.customer_name == "Ann Lee"
        assert conversation.customer_id != message.customer_id
        assert messages.get(office.desk.db, message.id).customer_id == conversation.customer_id
        planned = reply.preflight(office.desk, message.conversation_id)
        assert [a.address for a in planned.to] == ["ann@home.example"]
        assert [a.address for a in planned.cc] == ["boss@acme.example"]
        assert len(office.log("conversation.given")) == 2
        office.do(message.conversation_id, done.undo)
        assert office.conversation(message.conversation_id).customer_id == message.customer_id

    def test_from_the_raw_mail(self, office: Office) -> None:
        message = post(
            office,
            f"From: {self.BOSS}\nTo: {SUPPORT}\nSubject: Fwd: My boiler\n\nPlease help her.\n\n"
            f"---------- Forwarded message ---------\nFrom: {ANN}\n"
            "Date: Tue, Sep 22, 2026 at 10:00 AM\nSubject: My boiler\nTo: boss@acme.example\n"
            "\nIt leaks.\n",
        )
        assert message.details["forwarded"]["address"] == "ann@home.example"
        office.do(message.conversation_id, f"customer from-forwarded {message.id}")
        assert office.conversation(message.conversation_id).customer_name == "Ann Lee"

    def test_to_the_customer_who_is_known_already(self, office: Office) -> None:
        first = asked(office)
        message = self.passed_on(office)
        office.do(message.conversation_id, "customer from-forwarded")
        assert office.conversation(message.conversation_id).customer_id == first.customer_id
        done = office.do(message.conversation_id, "customer from-forwarded")
        assert done.undo == ""

    def test_her_answer_joins_it(self, office: Office) -> None:
        message = self.passed_on(office)
        office.do(message.conversation_id, "customer from-forwarded")
        sent = replied(office, message.conversation_id)
        back = asked(office, f"In-Reply-To: <{sent.external_id}>")
        assert back.conversation_id == message.conversation_id

    @pytest.mark.parametrize(
        ("sender", "colleagues", "offered"),
        [
            ("boss@acme.example", (), True),
            (SALES, (), True),
            ("bob@home.example", (), False),
            ("bob@partner.example", ("partner.example",), True),
            ("bob@partner.example", ("@partner.example",), True),
            ("Bob <Bob@partner.example>", ("bob@partner.example",), True),
            ("eve@partner.example", ("bob@partner.example",), False),
        ],
    )
    def test_who_is_a_colleague(
        self, office: Office, sender: str, colleagues: tuple[str, ...], offered: bool
    ) -> None:
        desk = replace(office.desk.config.desk, colleagues=colleagues)
        office.desk = replace(office.desk, config=replace(office.desk.config, desk=desk))
        assert self.passed_on(office, sender).details["forwarded"]["offered"] is offered

    def test_at_a_public_provider_nobody_is_a_colleague_by_the_domain(self, office: Office) -> None:
        with transaction(office.desk.db):
            office.mail = accounts.ensure(office.desk.db, "gm", "email", address="acme@gmail.com")
        assert self.passed_on(office, "eve@gmail.com").details["forwarded"]["offered"] is False

    def test_where_nothing_was_forwarded_there_is_nothing_to_take(self, office: Office) -> None:
        first = asked(office)
        with pytest.raises(CommandError):
            office.do(first.conversation_id, "customer from-forwarded")
        with pytest.raises(CommandError):
            office.do(first.conversation_id, f"customer from-forwarded {first.id}")


class TestForged:
    """What a stranger writes into headers decides nothing that an agent does not see."""

    def claimed(self, office: Office, first: Message, *lines: str, text: str = "Done.") -> Message:
        """A mail in our name to the customer, as it comes into the mailbox itself."""
        head = "\n".join([*lines, f"From: {SUPPORT}", f"To: {ANN}", f"Cc: {SUPPORT}"])
        raw = f"{head}\nSubject: Re: My boiler\nIn-Reply-To: <one@home.example>\n\n{text}\n"
        inbound = read(office, raw)
        own = frozenset({SUPPORT})
        as_ours = replace(inbound, direction="out")
        found = placed(as_ours, own, sent_folder=False)
        assert isinstance(found, Inbound)
        return office.got(found)

    def test_our_name_on_a_mail_takes_no_question_out_of_sight(self, office: Office) -> None:
        first = asked(office, "Message-ID: <one@home.example>")
        claim = self.claimed(office, first)
        assert claim.conversation_id == first.conversation_id
        assert "from-own-address" in claim.details["defects"]
        assert office.conversation(first.conversation_id).status == "open"

    def test_our_own_proven_mail_does(self, office: Office) -> None:
        first = asked(office, "Message-ID: <one@home.example>")
        self.claimed(office, first, f"{PROVEN}acme.example")
        assert office.conversation(first.conversation_id).status == "pending"

    def test_our_message_id_on_other_words_is_another_message(self, office: Office) -> None:
        first = asked(office, "Message-ID: <one@home.example>")
        sent = replied(office, first.conversation_id)
        claim = self.claimed(
            office, first, f"Message-ID: <{sent.external_id}>", text="Pay to another account."
        )
        assert claim.id != sent.id
        assert "message-id-reused" in claim.details["defects"]

    @pytest.mark.parametrize(
        "lines",
        [
            "From: Ann via News <evil@evil.test>\nX-Original-From: Ann <ann@home.example>\n"
            "Reply-To: evil@evil.test",
            "From: Ann via News <evil@evil.test>\nReply-To: ann@home.example, evil@evil.test",
            "From: Ann <evil@evil.test>\nList-Post: <mailto:evil@evil.test>\n"
            "Reply-To: ann@home.example\nCc: other@evil.test",
            "From: Ann <ann@home.example>, Ann <evil@evil.test>",
            "From: Friends: ann@home.example, evil@evil.test;\nSender: evil@evil.test",
            "From: =?utf-8?q?ann=40home=2Eexample?= <evil@evil.test>",
            "From: ann@home.example\nReply-To: Ann <=?utf-8?q?evil=40evil=2Etest?=>",
            'From: "Ann\\" <ann@home.example>" <evil@evil.test>',
            "From: Ann <ann@home.example>\nReply-To: ann@home.example <evil@evil.test>",
            "From: Ann <ann@hоme.example>",
        ],
    )
    def test_nobody_new_is_answered_unseen(self, office: Office, lines: str) -> None:
        """Every address of an answer is shown, and a second key is asked for each that is not
        the customer's own."""
        first = asked(office, "Message-ID: <one@home.example>")
        raw = (
            f"{lines}\nTo: {SUPPORT}\nSubject: Re: My boiler\n"
            "In-Reply-To: <one@home.example>\n\nSend it here.\n"
        )
        message = post(office, raw)
        planned = reply.preflight(office.desk, message.conversation_id)
        if message.conversation_id == first.conversation_id:
            strangers = {p.address for p in planned.recipients} - {"ann@home.example"}
            assert strangers == set(planned.new_recipients)
        else:
            assert message.customer_id != first.customer_id or planned.new_recipients == ()
            proven = office.desk.db.execute("SELECT count(*) FROM identities WHERE proof <> ''")
            assert proven.fetchone()[0] == 0

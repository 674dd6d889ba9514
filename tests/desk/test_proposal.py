"""Where a reply goes unless the agent says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import AutoReply
from omnitui.desk.replying.preflight import preflight
from omnitui.desk.replying.proposal import propose
from omnitui.desk.replying.reply_stops import NewRecipient
from store import conversations, customers, identities, messages, visits
from store.database import transaction
from store.model import Message
from tests.desk.office import HOUR, MINUTE, Office
from tests.desk.visiting import Site, Visitor

JOE = "joe@home.example"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site.open(tmp_path) as opened:
        opened.online()
        yield opened


def proposed(office: Office, conversation: int) -> tuple[str, str, str]:
    found = propose(office.desk, office.conversation(conversation))
    return found.account.name, found.reason, found.said


def mailed(site: Site, **more: str) -> Message:
    """A customer's mail, proven."""
    return site.office.got(site.office.letter(f"Joe <{JOE}>", proofs=("dmarc",), **more))


def comes_to_the_chat(site: Site) -> Visitor:
    """The one who mailed opens the site's chat, signed in, and writes a while later."""
    visitor = Visitor(site, name="Joe", email=JOE)
    site.office.clock.pass_(MINUTE)
    site.signal(visitor.signal("online"))
    return visitor


class TestInTheChat:
    def test_whoever_mailed_and_is_there_is_answered_there(self, site: Site) -> None:
        office = site.office
        visitor = comes_to_the_chat(site)
        site.got(visitor.says("earlier"))
        office.do(1, "close")
        office.clock.pass_(100 * HOUR)
        mail = mailed(site)
        site.signal(visitor.signal("offline"))
        assert proposed(office, mail.conversation_id) == ("support", "last", "")
        site.signal(visitor.signal("online"))
        assert proposed(office, mail.conversation_id) == (
            "site",
            "here",
            "Joe is in the chat now",
        )
        flight = preflight(office.desk, mail.conversation_id)
        assert (flight.channel, flight.chat) == ("webchat", visitor.id)
        assert flight.why == "Joe is in the chat now"
        assert flight.new_recipients == ()
        # An agent's word stands.
        assert preflight(office.desk, mail.conversation_id, account="support").why == ""
        sent = messages.get(office.desk.db, office.reply(mail.conversation_id))
        assert (sent.channel, sent.details["chat"]) == ("webchat", visitor.id)

    def test_who_is_there_and_wrote_nothing_yet_has_a_chat(self, site: Site) -> None:
        mail = mailed(site)
        with transaction(site.office.desk.db):
            identities.add(
                site.office.desk.db, mail.customer_id, "webchat", "v_ann7", proof="jwt", at=1
            )
        comes_to_the_chat(site)
        assert preflight(site.office.desk, mail.conversation_id).chat == "v_ann7"

    def test_not_a_visitor_whom_nothing_proves(self, site: Site) -> None:
        """Who sits at that browser may be anybody."""
        mail = mailed(site)
        with transaction(site.office.desk.db):
            identities.add(site.office.desk.db, mail.customer_id, "webchat", "v_ann7", at=1)
        comes_to_the_chat(site)
        assert proposed(site.office, mail.conversation_id)[0] == "support"

    def test_nor_when_nobody_knows_who_is_there(self, site: Site) -> None:
        mail = mailed(site)
        visitor = comes_to_the_chat(site)
        with transaction(site.office.desk.db):
            db = site.office.desk.db
            identities.add(db, mail.customer_id, "webchat", visitor.id, proof="jwt", at=1)
            visits.nobody(db, site.account.id, site.office.clock.at)
        assert proposed(site.office, mail.conversation_id)[0] == "support"

    def test_nor_who_has_written_in_another_chat_since(self, site: Site) -> None:
        """A page may stand open for hours."""
        office = site.office
        visitor = comes_to_the_chat(site)
        here = site.got(visitor.says())
        with transaction(office.desk.db):
            identities.add(office.desk.db, here.customer_id, "telegram", "77", proof="link", at=1)
        office.clock.pass_(MINUTE)
        there = office.got(office.line("77"))
        assert there.conversation_id == here.conversation_id
        assert proposed(office, here.conversation_id) == ("bot", "last", "")
        office.clock.pass_(MINUTE)
        site.signal(visitor.signal("page", page="https://shop.example/"))
        assert proposed(office, here.conversation_id)[:2] == ("site", "here")


class TestWhereTheyWrote:
    def test_a_report_is_no_writing(self, office: Office) -> None:
        """An absence that answers what went after them does not make mail the channel."""
        chat = office.got(office.line("77", proofs=("platform",)))
        mail = office.sent(chat.conversation_id, account="support", to=(JOE,), confirm_new=True)
        with transaction(office.desk.db):
            identities.add(office.desk.db, chat.customer_id, "email", JOE, proof="jwt", at=1)
        answer: dict[str, Any] = {
            "in_reply_to": mail.external_id,
            "references": (mail.external_id,),
        }
        away = AutoReply("out-of-office", "Auto-Submitted")
        absence = office.got(office.letter(f"Joe <{JOE}>", auto_reply=away, **answer))
        assert absence.conversation_id == chat.conversation_id
        assert proposed(office, chat.conversation_id)[0] == "bot"
        office.got(office.letter(f"Joe <{JOE}>", text="I am back", **answer))
        assert proposed(office, chat.conversation_id)[0] == "support"

    def test_nothing_goes_where_it_fails_while_something_else_works(self, office: Office) -> None:
        chat = office.got(office.line("77", proofs=("platform",)))
        with transaction(office.desk.db):
            db = office.desk.db
            known = identities.find(db, "telegram", "77")
            assert known is not None
            identities.flag(db, known.id, "blocked")
        assert proposed(office, chat.conversation_id)[:2] == ("bot", "last")
        with transaction(office.desk.db):
            identities.add(db, chat.customer_id, "email", "hearsay@home.example", at=1)
        assert proposed(office, chat.conversation_id)[:2] == ("bot", "last")
        with transaction(office.desk.db):
            identities.add(db, chat.customer_id, "email", JOE, proof="code", at=1)
        found = propose(office.desk, office.conversation(chat.conversation_id))
        assert (found.account.channel, found.reason) == ("email", "instead")
        assert found.said == "Joe gets nothing in Telegram: it goes out by e-mail"
        assert preflight(office.desk, chat.conversation_id).new_recipients == ()

    def test_another_address_of_theirs_on_the_same_channel(self, office: Office) -> None:
        mail = office.got(office.letter(f"Joe <{JOE}>", proofs=("dmarc",)))
        with transaction(office.desk.db):
            db = office.desk.db
            known = identities.find(db, "email", JOE)
            assert known is not None
            identities.flag(db, known.id, "bounced: no such mailbox")
            identities.add(db, mail.customer_id, "email", "joe@work.example", proof="dmarc", at=1)
        flight = preflight(office.desk, mail.conversation_id)
        assert [one.address for one in flight.to] == ["joe@work.example"]
        assert flight.why == f"{JOE} gets nothing: it goes to joe@work.example"
        assert flight.new_recipients == ()

    def test_a_reply_elsewhere_that_they_asked_for_still_needs_a_second_key(
        self, office: Office
    ) -> None:
        mail = office.got(
            office.letter(
                f"Joe <{JOE}>",
                proofs=("dmarc",),
                details={"reply_to": [{"address": "other@x.example", "name": ""}]},
            )
        )
        with pytest.raises(NewRecipient):
            office.reply(mail.conversation_id)


class TestPreferred:
    def test_who_wrote_nothing_here_is_answered_where_they_use_to_write(
        self, office: Office
    ) -> None:
        """A matter that we began, or whose messages of theirs were moved away."""
        chat = office.got(office.line("77", proofs=("contact",)))
        with transaction(office.desk.db):
            db = office.desk.db
            identities.add(db, chat.customer_id, "email", JOE, proof="jwt", at=office.clock.at + 9)
            made = conversations.create(db, chat.customer_id, subject="Ours", at=office.clock.at)
        assert proposed(office, made)[:2] == ("bot", "preferred")
        with transaction(office.desk.db):
            customers.update(db, chat.customer_id, channel="email")
        found = propose(office.desk, office.conversation(made))
        assert (found.account.channel, found.reason) == ("email", "preferred")

    def test_it_is_told_where_they_wrote_elsewhere(self, office: Office) -> None:
        mail = office.got(office.letter(f"Joe <{JOE}>", proofs=("dmarc",)))
        with transaction(office.desk.db):
            db = office.desk.db
            identities.add(db, mail.customer_id, "telegram", "77", proof="link", at=1)
            customers.update(db, mail.customer_id, channel="telegram")
        # Nobody can write first there.
        assert proposed(office, mail.conversation_id) == ("support", "last", "")
        office.got(office.line("77"))
        office.got(office.letter(f"Joe <{JOE}>", proofs=("dmarc",), in_reply_to="m1@home.example"))
        assert proposed(office, mail.conversation_id) == (
            "support",
            "last",
            "Joe prefers to be answered in Telegram",
        )

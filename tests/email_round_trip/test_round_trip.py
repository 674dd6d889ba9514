"""Question, answer and what real servers make of it: replies, bounces, delays, vacations."""

from __future__ import annotations

import json
import time
from email import message_from_bytes

import pytest

from tests.email_round_trip.conftest import SLOW_DOMAIN, Desk, MailSystem, write_sieve
from tests.servers.dovecot import Mailbox, mail

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("round trip")]


def ask(
    system: MailSystem, support: Mailbox, sender: str, subject: str = "Parcel?", **headers: str
) -> None:
    raw = mail(f"Ann <{sender}>", support.address, subject, **headers)
    system.hand_in(raw, sender, support.address)


def test_agent_to_customer_to_agent(system: MailSystem, desk: Desk, support: Mailbox) -> None:
    customer = system.customer()
    ask(system, support, customer.address, message_id="<q1@customer.test>")
    conversation = desk.conversation_with(customer.address)
    message = desk.reply(conversation, "It left **today**.")
    (raw,) = desk.until(customer.messages)
    answer = message_from_bytes(raw)
    assert answer["In-Reply-To"] == "<q1@customer.test>"
    desk.until(lambda: desk.message_state(message) == "sent")
    system.hand_in(
        mail(
            f"Ann <{customer.address}>",
            support.address,
            "Re: Parcel?",
            "Thank you!\n",
            In_Reply_To=answer["Message-ID"],
            References=f"<q1@customer.test> {answer['Message-ID']}",
        ),
        customer.address,
        support.address,
    )
    desk.until(lambda: len(desk.show(conversation)["messages"]) == 3)
    shown = desk.show(conversation)
    assert [m["direction"] for m in shown["messages"]] == ["in", "out", "in"]
    assert shown["status"] == "open"
    assert len(customer.messages()) == 1


def test_nobody_lives_there(system: MailSystem, desk: Desk, support: Mailbox) -> None:
    """Postfix takes the answer, Dovecot knows nobody of that name: a bounce comes back."""
    ask(system, support, "ghost@example.test")
    conversation = desk.conversation_with("ghost@example.test")
    message = desk.reply(conversation, "It left today.")
    desk.until(lambda: desk.message_state(message) == "failed")
    shown = desk.show(conversation)
    (answer,) = [m for m in shown["messages"] if m["id"] == message]
    assert "ghost@example.test" in answer["error"]
    assert shown["failed"] == 1
    (bounce,) = [m for m in shown["messages"] if m["bounce"]]
    assert bounce["bounce"]["recipient"] == "ghost@example.test"
    customer = desk.json("customer", str(shown["customer_id"]))
    (identity,) = [i for i in customer["identities"] if i["address"] == "ghost@example.test"]
    assert "bounced" in identity["flag"]
    assert len(desk.json("conversations", "from:ghost@example.test")) == 1


def test_one_of_two_is_refused(system: MailSystem, desk: Desk, support: Mailbox) -> None:
    customer = system.customer()
    ask(system, support, customer.address)
    conversation = desk.conversation_with(customer.address)
    message = desk.reply(conversation, "Both of you.", "--cc", "x@outside.example")
    desk.until(customer.messages)
    desk.until(lambda: desk.events("message.refused", message))
    assert desk.message_state(message) == "sent"
    ((details,),) = desk.read("SELECT details FROM messages WHERE id = ?", message)
    assert list(json.loads(details)["refused"]) == ["x@outside.example"]


def test_a_delay_is_told_and_nothing_has_failed(
    system: MailSystem, desk: Desk, support: Mailbox
) -> None:
    address = f"bob@{SLOW_DOMAIN}"
    ask(system, support, address)
    conversation = desk.conversation_with(address)
    message = desk.reply(conversation, "It may take a while.")
    desk.until(lambda: desk.events("message.delayed", message))
    assert desk.message_state(message) == "sent"
    shown = desk.show(conversation)
    assert shown["failed"] == 0
    assert shown["status"] == "pending"
    flags = desk.read("SELECT flag FROM identities WHERE address = ?", address)
    assert flags == [("",)]


VACATION = """\
require ["vacation"];
vacation :days 1 :addresses ["{address}"] :subject "Out of office"
  "I am away until Monday. For urgent matters write to my colleague.";
"""


def test_out_of_office_by_sieve(system: MailSystem, desk: Desk, support: Mailbox) -> None:
    customer = system.customer()
    write_sieve(customer, VACATION.format(address=customer.address))
    ask(system, support, customer.address, "Broken lamp")
    conversation = desk.conversation_with(customer.address)
    message = desk.reply(conversation, "We send a new one.")
    desk.until(lambda: len(desk.show(conversation)["messages"]) == 3)
    shown = desk.show(conversation)
    absence = shown["messages"][-1]
    assert absence["auto_reply"]["kind"] == "out-of-office"
    assert absence["text"].startswith("I am away until Monday")
    assert shown["status"] == "pending", "nobody waits for an answer to it"
    assert shown["waiting_since"] is None
    # No loop: the vacation answered once, and nothing answered the vacation.
    second = desk.reply(conversation, "It is on its way.")
    desk.until(lambda: len(customer.messages()) == 2)
    desk.until(lambda: desk.message_state(second) == "sent")
    assert desk.message_state(message) == "sent"
    assert len(customer.messages()) == 2
    assert len(desk.show(conversation)["messages"]) == 4


def test_out_of_office_opens_nothing(system: MailSystem, desk: Desk, support: Mailbox) -> None:
    """To mail that the desk knows nothing of, and into a conversation that is closed."""
    customer = system.customer()
    write_sieve(customer, VACATION.format(address=customer.address))
    raw = mail(support.address, customer.address, "Our summer sale")
    system.hand_in(raw, support.address, customer.address)
    conversation = desk.conversation_with(customer.address)
    shown = desk.show(conversation)
    assert shown["status"] == "closed"
    assert shown["messages"][-1]["auto_reply"]["kind"] == "out-of-office"


def test_a_read_receipt_and_a_list_footer(system: MailSystem, desk: Desk, support: Mailbox) -> None:
    customer = system.customer()
    ask(system, support, customer.address, message_id="<q7@customer.test>")
    conversation = desk.conversation_with(customer.address)
    message = desk.reply(conversation, "It left today.")
    (raw,) = desk.until(customer.messages)
    key = message_from_bytes(raw)["Message-ID"]
    receipt = (
        f"From: Ann <{customer.address}>\r\nTo: {support.address}\r\nSubject: Read: Parcel?\r\n"
        f"Message-ID: <mdn1@customer.test>\r\nIn-Reply-To: {key}\r\nReferences: {key}\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nYour message was displayed.\r\n"
        "--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        f"Final-Recipient: rfc822;{customer.address}\r\nOriginal-Message-ID: {key}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n"
    )
    system.hand_in(receipt.encode(), customer.address, support.address)
    desk.until(lambda: len(desk.show(conversation)["messages"]) == 3)
    shown = desk.show(conversation)
    assert shown["status"] == "pending"
    assert shown["messages"][-1]["auto_reply"] is not None
    assert desk.message_state(message) == "sent"
    footer = "Thank you.\n\n_______________________________________________\nShop mailing list\n"
    footer += "Shop@lists.customer.test\nhttps://lists.customer.test/listinfo/shop\n"
    system.hand_in(
        mail(
            f"Ann <{customer.address}>",
            support.address,
            "Re: [Shop] Parcel?",
            footer,
            In_Reply_To=key,
            List_Id="<shop.lists.customer.test>",
        ),
        customer.address,
        support.address,
    )
    desk.until(lambda: len(desk.show(conversation)["messages"]) == 4)
    assert "Thank you." in desk.show(conversation)["messages"][-1]["text"]


def test_closed_mail_is_put_away_and_seen_there_as_the_same(
    system: MailSystem, desk: Desk, support: Mailbox
) -> None:
    customer = system.customer()
    ask(system, support, customer.address, "Case to close")
    conversation = desk.conversation_with(customer.address)
    before = desk.read("SELECT count(*) FROM messages")
    assert any(b"Case to close" in raw for raw in support.messages())
    done = desk.run("do", str(conversation), "close")
    assert done.returncode == 0, done.stderr
    desk.until(lambda: any(b"Case to close" in raw for raw in support.messages("Archive")))
    assert not any(b"Case to close" in raw for raw in support.messages())
    # The engine reads the Archive too: the same mail, another receipt, no new message.
    receipts = "SELECT outcome FROM ledger l JOIN messages m ON m.id = l.message_id WHERE"
    receipts += " m.conversation_id = ? ORDER BY l.at"
    desk.until(lambda: len(desk.read(receipts, conversation)) == 2)
    assert desk.read(receipts, conversation) == [("accepted",), ("duplicate",)]
    assert desk.read("SELECT count(*) FROM messages") == before
    assert desk.show(conversation)["status"] == "closed"
    # The customer writes again: it opens, and the Archive's mail stays where it is.
    ask(
        system,
        support,
        customer.address,
        "Re: Case to close",
        In_Reply_To=desk.show(conversation)["messages"][0]["external_id"].join("<>"),
    )
    desk.until(lambda: desk.show(conversation)["status"] == "open")


def test_the_account_shows_that_it_works(desk: Desk) -> None:
    ((state, reason, success),) = desk.read(
        "SELECT state, state_reason, last_success_at FROM accounts"
    )
    assert (state, reason) == ("online", "")
    assert 0 <= time.time() * 1000 - success < 600_000
    assert "Traceback" not in desk.log

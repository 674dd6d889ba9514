"""The connector as the engine uses it: answers out, copies and proofs, the doctor's look."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from config.model import EmailAccount
from connectors.contract import (
    Address,
    Connector,
    Deferred,
    File,
    MaybeSent,
    Outgoing,
    Rejected,
    Unreachable,
)
from connectors.email.connector import EmailConnector
from tests.email_transport.conftest import receiving
from tests.email_transport.ledger import MemoryIntake
from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.fixtures import AccountMaker
from tests.servers.postfix import Postfix
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.real


def answer(account: EmailAccount, *to: str, key: str = "answer.1@example.test") -> Outgoing:
    return Outgoing(
        key=key,
        account=account.name,
        to=[Address(each) for each in to],
        text="It is on its way.",
        subject="Re: Where is my order?",
        in_reply_to="question.1@customer.test",
        references=["question.0@customer.test", "question.1@customer.test"],
        created_at=int(time.time() * 1000),
    )


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


async def closed(connector: EmailConnector) -> None:
    """Ends it as the engine does, with its copies to the Sent folder made."""
    await connector.close()


async def test_it_is_a_connector(mailbox: Mailbox, email_account: AccountMaker) -> None:
    connector = EmailConnector("support", email_account(mailbox))
    assert isinstance(connector, Connector)
    assert connector.channel == "email"
    await connector.close()


async def test_an_answer_arrives_threaded_and_a_copy_is_kept(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
) -> None:
    account = email_account(mailbox, smtp_server)
    connector = EmailConnector("support", account)
    message = answer(account, customer_mailbox.address)
    sent = await connector.send(message)
    assert (sent.external_id, sent.refused) == (message.key, {})
    await closed(connector)

    (raw,) = customer_mailbox.messages()
    arrived = parsed(raw)
    assert arrived["Message-ID"] == "<answer.1@example.test>"
    assert arrived["In-Reply-To"] == "<question.1@customer.test>"
    assert arrived["References"].split()[-1] == "<question.1@customer.test>"
    (copy,) = mailbox.messages("Sent")
    assert parsed(copy)["Message-ID"] == "<answer.1@example.test>"
    assert "\\Seen" in mailbox.flags(1, "Sent")
    assert raw.endswith(copy)


async def test_a_copy_that_the_server_made_is_not_made_twice(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
) -> None:
    account = email_account(mailbox, smtp_server)
    connector = EmailConnector("support", account)
    message = answer(account, customer_mailbox.address)
    mailbox.plant(
        mail(mailbox.address, customer_mailbox.address, message_id=f"<{message.key}>"), "Sent"
    )
    await connector.send(message)
    await closed(connector)
    assert len(mailbox.messages("Sent")) == 1


@pytest.mark.parametrize("trouble", ["no folder", "no imap", "not wanted"])
async def test_a_copy_that_fails_changes_nothing(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
    caplog: pytest.LogCaptureFixture,
    trouble: str,
) -> None:
    settings: dict[str, dict[str, Any]] = {
        "no folder": {"sent_folder": "Nowhere"},
        "no imap": {"imap_port": 9},
        "not wanted": {"save_sent": False},
    }
    account = email_account(mailbox, smtp_server, **settings[trouble])
    connector = EmailConnector("support", account)
    caplog.set_level(logging.WARNING, "connectors.email")
    sent = await connector.send(answer(account, customer_mailbox.address))
    await closed(connector)
    assert sent.external_id == "answer.1@example.test"
    assert len(customer_mailbox.messages()) == 1
    assert mailbox.messages("Sent") == []
    warned = [record for record in caplog.records if record.name.startswith("connectors.")]
    assert bool(warned) == (trouble != "not wanted")


async def test_a_named_sent_folder(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
) -> None:
    mailbox.create("Team.Out")
    account = email_account(mailbox, smtp_server, sent_folder="Team/Out")
    connector = EmailConnector("support", account)
    await connector.send(answer(account, customer_mailbox.address))
    await closed(connector)
    assert len(mailbox.messages("Team.Out")) == 1


async def test_attachments_that_cannot_be_read_stop_the_send(
    mailbox: Mailbox, smtp_server: SmtpServer, email_account: AccountMaker, tmp_path: Path
) -> None:
    account = email_account(mailbox, smtp_server)
    connector = EmailConnector("support", account)
    gone = File("photo.jpg", "image/jpeg", tmp_path / "gone.jpg")
    message = Outgoing("k@example.test", "support", [Address("a@b.test")], "see", files=[gone])
    with pytest.raises(Rejected, match=r"gone\.jpg cannot be read"):
        await connector.send(message)
    await connector.close()


async def test_an_answer_of_unknown_fate_is_proven_by_the_mailbox(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
    chaos: Callable[[int], ChaosProxy],
    own_smtp: Callable[..., SmtpServer],
) -> None:
    """Cut between the final dot and its answer: sent, but who knows? The agent would have to
    ask; here the customer's own answer, or a copy the server kept, is the proof."""
    plain = own_smtp(security="plain", auth=False)
    proxy = chaos(plain.port)
    dot_seen = False

    def cut(piece: bytes, from_client: bool) -> int | None:
        nonlocal dot_seen
        dot_seen = dot_seen or (from_client and piece.endswith(b".\r\n") and b"MAIL" not in piece)
        return 0 if dot_seen and not from_client else None

    proxy.cut_when = cut
    account = email_account(mailbox, proxy.port, smtp_scheme="smtp", smtp_user="")
    connector = EmailConnector("support", account)
    message = answer(account, customer_mailbox.address)
    with pytest.raises(MaybeSent):
        await connector.send(message)
    async with asyncio.timeout(10):
        while not customer_mailbox.messages():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert await connector.find_sent(message) is None

    reply = mail(
        customer_mailbox.address,
        mailbox.address,
        "Re: Re: Where is my order?",
        In_Reply_To=f"<{message.key}>",
    )
    mailbox.deliver(reply)
    found = await connector.find_sent(message)
    assert found is not None
    assert found.external_id == message.key
    assert await connector.find_sent(answer(account, "x@y.test", key="answer.2@x.test")) is None
    await connector.close()


async def test_proof_in_the_sent_folder(mailbox: Mailbox, email_account: AccountMaker) -> None:
    account = email_account(mailbox)
    connector = EmailConnector("support", account)
    message = answer(account, "ann@customer.test")
    mailbox.plant(mail(mailbox.address, "x@y.test", message_id=f"<{message.key}>"), "Sent")
    assert await connector.find_sent(message) is not None
    await connector.close()


async def test_looking_for_proof_without_a_server(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    account = email_account(mailbox, imap_port=9)
    connector = EmailConnector("support", account)
    with pytest.raises(Unreachable):
        await connector.find_sent(answer(account, "ann@customer.test"))
    await connector.close()


async def test_question_answer_and_reply_in_one_thread(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
) -> None:
    account = email_account(mailbox, smtp_server)
    connector = EmailConnector("support", account)
    intake = MemoryIntake()
    question = mail(customer_mailbox.address, mailbox.address, message_id="<q1@customer.test>")
    async with receiving(account, intake):
        mailbox.deliver(question, customer_mailbox.address)
        await intake.count(1)
        asked = intake.inbound[0]
        message = Outgoing(
            key="a1@example.test",
            account="support",
            to=[asked.sender],
            text="Tomorrow.",
            subject=f"Re: {asked.subject}",
            in_reply_to=asked.message_key,
            references=[asked.message_key],
            created_at=int(time.time() * 1000),
        )
        await connector.send(message)
        arrived = parsed(customer_mailbox.messages()[0])
        reply = mail(
            customer_mailbox.address,
            mailbox.address,
            f"Re: {arrived['Subject']}",
            In_Reply_To=arrived["Message-ID"],
            References=f"{arrived['References']} {arrived['Message-ID']}",
        )
        mailbox.deliver(reply, customer_mailbox.address)
        await intake.count(2)
    await connector.close()
    back = intake.inbound[1]
    assert back.in_reply_to == "a1@example.test"
    assert list(back.references) == ["q1@customer.test", "a1@example.test"]


async def test_a_real_bounce_comes_back(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    postfix: Postfix,
    email_account: AccountMaker,
) -> None:
    account = email_account(mailbox, postfix)
    connector = EmailConnector("support", account)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await connector.send(answer(account, customer_mailbox.address))
        await connector.send(answer(account, "nobody@example.test", key="lost@example.test"))
        await intake.count(1)
        async with asyncio.timeout(20):
            while not customer_mailbox.messages():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        with pytest.raises(Rejected, match="outside"):
            await connector.send(answer(account, "x@outside.example", key="out@example.test"))
    await connector.close()
    (bounced,) = intake.inbound
    assert bounced.bounce is not None
    assert bounced.bounce.recipient == "nobody@example.test"
    assert bounced.bounce.original_message_id == "lost@example.test"
    assert bounced.direction == "in"


async def test_greylisting_then_success(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
) -> None:
    account = email_account(mailbox, smtp_server, save_sent=False)
    connector = EmailConnector("support", account)
    smtp_server.script.data = ["451 4.7.1 greylisted"]
    message = answer(account, customer_mailbox.address)
    with pytest.raises(Deferred):
        await connector.send(message)
    await connector.send(message)
    await connector.close()
    assert len(customer_mailbox.messages()) == 1


# -- check -----------------------------------------------------------------------------------


async def test_everything_is_well(
    mailbox: Mailbox, smtp_server: SmtpServer, email_account: AccountMaker
) -> None:
    mailbox.plant(mail("ann@customer.test", mailbox.address))
    connector = EmailConnector("support", email_account(mailbox, smtp_server))
    checks = await connector.check()
    await connector.close()
    assert [(c.name, c.ok, c.detail) for c in checks] == [
        ("IMAP log-in", True, "logged in; new mail is told at once (IDLE)"),
        ("Folder INBOX", True, "1 message"),
        ("Sent folder", True, "Sent"),
        ("SMTP log-in", True, "logged in"),
    ]


async def test_everything_is_wrong(
    own_dovecot: Callable[..., Dovecot], smtp_server: SmtpServer, email_account: AccountMaker
) -> None:
    server = own_dovecot(extra="namespace inbox {\n mailbox Sent {\n auto = no\n }\n}\n")
    box = server.user()
    account = email_account(box, smtp_server, folders=("Inbox", "Archiv"), tls_ca=None)
    checks = await EmailConnector("support", account).check()
    assert [(c.name, c.ok) for c in checks] == [("IMAP log-in", False), ("SMTP log-in", False)]
    assert all("tls_ca" in c.detail for c in checks)

    account = email_account(box, 9, folders=("Inbox", "Archiv"), sent_folder="Gone")
    checks = await EmailConnector("support", account).check()
    assert [(c.name, c.ok) for c in checks] == [
        ("IMAP log-in", True),
        ("Folder INBOX", True),
        ("Folder Archiv", False),
        ("Sent folder", False),
        ("SMTP log-in", False),
    ]
    assert "did you mean Archive?" in checks[2].detail
    assert "sent_folder" in checks[3].detail
    assert "refuses connections" in checks[4].detail

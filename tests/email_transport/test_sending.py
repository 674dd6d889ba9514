"""What goes over the wire and arrives: any script, any server, each recipient once."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from typing import Any

import pytest

from connectors.contract import Address, File, Outgoing, Quote, Rejected
from connectors.email.connector import ROOM_FOR_TEXT, EmailConnector
from connectors.email.imap import sent_folder
from connectors.email.read import read_mail
from connectors.email.smtp.client import Envelope, send_mail, size_limit
from connectors.email.smtp.reports import mail_options, recipient_options, xtext
from connectors.tls import client_context
from tests.email_transport.conftest import OpenSession, receiving
from tests.email_transport.ledger import MemoryIntake
from tests.email_transport.test_smtp import server, smtp_script
from tests.servers.dovecot import Mailbox, mail
from tests.servers.fixtures import AccountMaker
from tests.servers.postfix import Postfix
from tests.servers.scripted import scripted_server
from tests.servers.smtp import SmtpServer

real = pytest.mark.real
OwnSmtp = Callable[..., SmtpServer]
LONG = "Слова, яких багато, і жодного ASCII. " * 40 + "Кінець."


def letter(*to: str, **changes: Any) -> Outgoing:
    given: dict[str, Any] = {
        "key": "omnitui.7-abcdefghijklmnop.1@example.test",
        "account": "support",
        "to": [Address(each) for each in to],
        "text": f"Добрий день!\n\n{LONG}\n\n- **раз**\n- два",
        "subject": "Re: Де моє замовлення № 17 і що з ним сталося, бо я не розумію?",
        "sender": Address("", "Іван через Acme"),
        "created_at": int(time.time() * 1000),
        **changes,
    }
    return Outgoing(**given)


# -- any script, any server ------------------------------------------------------------------


@real
@pytest.mark.parametrize("without", [set(), {"8BITMIME", "SMTPUTF8", "SIZE"}])
async def test_any_text_goes_through_any_server(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
    without: set[str],
) -> None:
    smtp_server.script.without = without
    connector = EmailConnector("support", email_account(mailbox, smtp_server, save_sent=False))
    file = File("Рахунок № 17.pdf", "application/pdf", bytes(range(256)))
    message = letter(
        customer_mailbox.address,
        files=[file],
        signature="Acme\nПідтримка",
        quote=Quote("22.11.2026 о 14:05, Ганна пише:", "Де?"),
    )
    await connector.send(message)
    await connector.close()
    (taken,) = smtp_server.taken
    assert taken.content.isascii()
    found = read_mail(customer_mailbox.messages()[0])
    assert found.text.startswith(message.text)
    assert (found.subject, found.sender.name) == (message.subject, "Іван через Acme")
    assert "Де?" in found.quoted
    assert [(f.name, f.read()) for f in found.files] == [(file.name, file.content)]


@real
async def test_an_address_of_another_script_needs_a_server_that_takes_it(
    mailbox: Mailbox, smtp_server: SmtpServer, email_account: AccountMaker
) -> None:
    connector = EmailConnector("support", email_account(mailbox, smtp_server, save_sent=False))
    international = letter("ганна@пошта.example", cc=[Address("bob@bücher.example", "Böb")])
    await connector.send(international)
    (taken,) = smtp_server.taken
    assert "SMTPUTF8" in taken.options
    assert taken.recipients == ("ганна@пошта.example", "bob@bücher.example")
    assert "ганна@".encode() in taken.content
    smtp_server.script.without = {"SMTPUTF8"}
    with pytest.raises(Rejected, match=r"ганна@пошта\.example"):
        await connector.send(international)
    # A domain of another script needs nothing.
    await connector.send(letter("bob@bücher.example", "eve@straße.example"))
    await connector.close()
    taken = smtp_server.taken[1]
    assert len(smtp_server.taken) == 2
    assert taken.recipients == ("bob@xn--bcher-kva.example", "eve@xn--strae-oqa.example")
    assert not any("UTF8" in option for option in taken.options)
    assert b"bob@xn--bcher-kva.example" in taken.content


@real
async def test_somebody_in_the_header_alone_may_need_it_too(
    mailbox: Mailbox, smtp_server: SmtpServer, email_account: AccountMaker
) -> None:
    smtp_server.script.without = {"SMTPUTF8"}
    connector = EmailConnector("support", email_account(mailbox, smtp_server, save_sent=False))
    again = letter("ганна@a.example", cc=[Address("bob@b.example")], envelope=["bob@b.example"])
    with pytest.raises(Rejected, match=r"ганна@a\.example"):
        await connector.send(again)
    await connector.close()
    assert smtp_server.taken == []


# -- sizes -----------------------------------------------------------------------------------


@real
async def test_what_the_server_takes_is_known_before_the_first_send(
    mailbox: Mailbox, own_smtp: OwnSmtp, email_account: AccountMaker
) -> None:
    running = own_smtp(size_limit=2_000_000)
    account = email_account(mailbox, running, save_sent=False)
    assert await size_limit(account.smtp, mailbox.tls()) == 2_000_000
    connector = EmailConnector("support", account)
    intake = MemoryIntake()
    run = asyncio.create_task(connector.run(intake), name="run")
    async with asyncio.timeout(10):
        while connector.capabilities.file_limit == EmailConnector.capabilities.file_limit:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    limit = connector.capabilities.file_limit
    assert limit is not None
    assert limit == (2_000_000 - ROOM_FOR_TEXT) * 57 // 78
    # What is said to fit does, and what does not is refused before it is sent.
    fits = File("a.bin", "application/octet-stream", b"\xff" * limit)
    await connector.send(letter("ann@a.example", files=[fits]))
    large = dataclasses.replace(fits, content=b"\xff" * 1_600_000)
    with pytest.raises(Rejected, match=r"at most 2\.0 MB"):
        await connector.send(letter("ann@a.example", files=[large]))
    await connector.close()
    assert len(running.taken) == 1


# -- recipients ------------------------------------------------------------------------------


@real
async def test_those_refused_get_it_later_and_the_others_once(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    dovecot: Any,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
) -> None:
    bob = dovecot.user()
    smtp_server.script.rcpt = {bob.address: "550 5.2.1 disabled"}
    connector = EmailConnector("support", email_account(mailbox, smtp_server, save_sent=False))
    message = letter(customer_mailbox.address, cc=[Address(bob.address)])
    sent = await connector.send(message)
    assert list(sent.refused) == [bob.address]
    smtp_server.script.rcpt = {}
    again = dataclasses.replace(message, key="again@example.test", envelope=tuple(sent.refused))
    assert (await connector.send(again)).refused == {}
    await connector.close()
    assert len(customer_mailbox.messages()) == 1
    (late,) = bob.messages()
    assert read_mail(late).to[0].address == customer_mailbox.address


@real
async def test_a_hidden_copy_is_hidden_from_all_but_ourselves(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    dovecot: Any,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
) -> None:
    boss = dovecot.user()
    connector = EmailConnector("support", email_account(mailbox, smtp_server))
    await connector.send(letter(customer_mailbox.address, bcc=[Address(boss.address, "Boss")]))
    await connector.close()
    for box in (customer_mailbox, boss):
        (arrived,) = box.messages()
        assert boss.address.encode() not in arrived.partition(b"From:")[2]
    (copy,) = mailbox.messages("Sent")
    assert b"Bcc: Boss <" + boss.address.encode() in copy


@real
async def test_a_copy_that_the_provider_makes_itself_is_waited_for(
    mailbox: Mailbox, open_session: OpenSession
) -> None:
    # The folder is there before two write to it at once.
    mailbox.plant(mail(mailbox.address, "x@y.test", message_id="<k0@example.test>"), "Sent")
    session = await open_session()
    raw = mail(mailbox.address, "x@y.test", message_id="<k@example.test>")
    saving = asyncio.create_task(
        sent_folder.save_copy(session, "", "k@example.test", raw, looks=(0.05,) * 400),
        name="copy",
    )
    await asyncio.to_thread(mailbox.plant, raw, "Sent")
    async with asyncio.timeout(20):
        assert await saving is False
    assert len(mailbox.messages("Sent")) == 2
    other = mail(mailbox.address, "x@y.test", message_id="<k2@example.test>")
    assert await sent_folder.save_copy(session, "", "k2@example.test", other, looks=(0.01,))
    assert len(mailbox.messages("Sent")) == 3


# -- reports ---------------------------------------------------------------------------------


@real
@pytest.mark.parametrize("wanted", [True, False])
async def test_a_real_server_reports_under_our_id(
    mailbox: Mailbox, postfix: Postfix, email_account: AccountMaker, wanted: bool
) -> None:
    account = email_account(mailbox, postfix, save_sent=False, delivery_reports=wanted)
    connector = EmailConnector("support", account)
    intake = MemoryIntake()
    message = letter("No+body@example.test", key=f"omnitui.1+=.{wanted}@example.test")
    async with receiving(account, intake):
        await connector.send(message)
        await intake.count(1)
    await connector.close()
    (report,) = mailbox.messages()
    assert (f"Original-Envelope-Id: {message.key}".encode() in report) is wanted
    assert (b"Original-Recipient: rfc822;No+body@example.test" in report) is True
    # Headers alone come back, not the whole mail.
    assert (b"text/rfc822-headers" in report) is wanted
    (bounced,) = intake.inbound
    assert bounced.bounce is not None
    assert bounced.bounce.original_message_id == message.key


async def test_reports_are_asked_for_where_offered_and_never_in_the_way() -> None:
    ehlo = "250-hi\r\n250-DSN\r\n250 SIZE 1000000"
    raw = b"Subject: x\r\n\r\nhi\r\n"
    for answers, said_last in [
        ({"EHLO": ehlo}, "RCPT TO:<ann@a.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ann@a.test"),
        ({"EHLO": "250 hi"}, "RCPT TO:<ann@a.test>"),
    ]:
        said: list[str] = []
        async with scripted_server(smtp_script(answers, said)) as port:
            envelope = Envelope("me@b.test", ["ann@a.test"], raw, report_as="k+1@b.test")
            await send_mail(server(port), "", client_context(None), envelope, all_or_none=True)
        lines = [line for line in said if line.startswith(("MAIL", "RCPT"))]
        assert lines[-1] == said_last
        assert ("RET=HDRS ENVID=k+2B1@b.test" in lines[0]) is ("DSN" in answers["EHLO"])


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
async def test_a_server_that_offers_reports_and_does_not_know_them(stage: str) -> None:
    said: list[str] = []

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := (await reader.readline()).decode().strip():
            said.append(line)
            answer = "250 fine"
            if line.startswith("EHLO"):
                answer = "250-hi\r\n250 DSN"
            elif line.startswith(stage) and ("RET=" in line or "NOTIFY=" in line):
                answer = "555 5.5.4 Unsupported option"
            elif line == "DATA":
                writer.write(b"354 go\r\n")
                while await reader.readline() != b".\r\n":
                    pass
            elif line == "QUIT":
                answer = "221 bye"
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()

    async with scripted_server(dialogue) as port:
        envelope = Envelope("me@b.test", ["ann@a.test"], b"Subject: x\r\n\r\nhi\r\n", "k@b.test")
        handed = await send_mail(server(port), "", client_context(None), envelope, all_or_none=True)
    assert handed.refused == {}
    assert f"{stage} {'FROM:<me@b.test>' if stage == 'MAIL' else 'TO:<ann@a.test>'}" in said


@pytest.mark.parametrize(
    ("given", "believed"),
    [("omnitui.7-abcdefghijklmnop.1+2B2@acme.example", True), ("QQ314159", False)],
)
def test_a_report_that_quotes_nothing_still_names_its_message(given: str, believed: bool) -> None:
    report = f"""\
From: MAILER-DAEMON@mx.example
To: support@acme.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It could not be delivered.
--b
Content-Type: message/delivery-status

Original-Envelope-Id: {given}
Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ann@mx.example
Action: failed
Status: 5.1.1

--b--
"""
    found = read_mail(report.replace("\n", "\r\n").encode())
    assert found.bounce is not None
    assert found.bounce.original_message_id == (
        "omnitui.7-abcdefghijklmnop.1+2@acme.example" if believed else ""
    )


def test_ids_and_addresses_in_reports() -> None:
    assert xtext("a+b=c d@x") == "a+2Bb+3Dc+20d@x"
    assert xtext("ä@x") == "\\x{E4}@x"
    assert mail_options("x" * 101) == ["RET=HDRS"]
    assert recipient_options("ганна@x")[1].startswith("ORCPT=utf-8;\\x{433}")

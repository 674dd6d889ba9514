"""The test servers themselves: a test that leans on them must be able to trust them."""

from __future__ import annotations

import smtplib
import time

import pytest

from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.fixtures import AccountMaker
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.real


def test_dovecot_delivers_by_lmtp_and_keeps_planted_bytes(mailbox: Mailbox) -> None:
    mailbox.deliver(mail("ann@customer.test", mailbox.address, "first"))
    planted = mail("ann@customer.test", mailbox.address, "second")
    mailbox.plant(planted, at=1_600_000_000)
    assert len(mailbox.uids()) == 2
    assert planted in mailbox.messages()


def test_a_killed_dovecot_comes_back_with_its_mail(own_dovecot: object) -> None:
    server: Dovecot = own_dovecot()  # type: ignore[operator]
    box = server.user()
    box.deliver(mail("ann@customer.test", box.address))
    server.kill()
    with pytest.raises(OSError):  # noqa: PT011 - refused or reset, as the kernel likes
        box.imap()
    server.start()
    assert len(box.messages()) == 1


def test_mail_sent_by_smtp_is_in_the_customers_mailbox(
    mailbox: Mailbox, customer_mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    with smtplib.SMTP("127.0.0.1", smtp_server.port) as client:
        client.starttls(context=mailbox.tls())
        client.login(mailbox.address, mailbox.password)
        raw = mail(mailbox.address, customer_mailbox.address, "an answer")
        client.sendmail(mailbox.address, [customer_mailbox.address], raw)
    assert b"an answer" in customer_mailbox.messages()[0]
    assert smtp_server.taken[0].recipients == (customer_mailbox.address,)


def test_settings_name_the_servers(
    mailbox: Mailbox, smtp_server: SmtpServer, email_account: AccountMaker
) -> None:
    account = email_account(mailbox, smtp_server)
    assert account.imap.port == mailbox.server.imaps_port
    assert account.smtp.port == smtp_server.port


def test_a_new_user_can_log_in_at_once(dovecot: Dovecot) -> None:
    started = time.monotonic()
    for _ in range(5):
        assert dovecot.user().uids() == []
    assert time.monotonic() - started < 20


def test_postfix_delivers_and_bounces(
    mailbox: Mailbox, customer_mailbox: Mailbox, postfix: object
) -> None:
    raw = mail(mailbox.address, customer_mailbox.address, "through the queue")
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:  # type: ignore[attr-defined]
        client.sendmail(mailbox.address, [customer_mailbox.address], raw)
        client.sendmail(mailbox.address, ["nobody@example.test"], raw)
    deadline = time.monotonic() + 30
    while not (mailbox.uids() and customer_mailbox.uids()):
        assert time.monotonic() < deadline, postfix.log()  # type: ignore[attr-defined]
        time.sleep(0.05)
    assert b"multipart/report" in mailbox.messages()[0]

"""Mail over XOAUTH2 and OAUTHBEARER: a real Dovecot, IMAP and submission, and a real provider."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import ssl
from collections.abc import Iterator

import pytest

from config.model import EmailAccount, ServerUrl
from config.token_store import Tokens, TokenStore
from connectors.contract import Address, AuthFailed, ChannelError, Deferred, Misconfigured, Outgoing
from connectors.email.connector import EmailConnector
from connectors.email.credential import Bearer, refusal_words
from connectors.email.imap.session import ImapSession
from connectors.email.login.oauth import access_tokens
from connectors.email.smtp.client import check_log_in
from connectors.tls import client_context
from tests.email_transport.conftest import receiving
from tests.email_transport.ledger import MemoryIntake
from tests.servers.authorisation import AuthorisationServer
from tests.servers.dovecot import Mailbox, mail
from tests.servers.oauth_mail import OAuthAccountMaker, OAuthMailHost
from tests.servers.scripted import Dialogue, imap_script, scripted_server

real = pytest.mark.real


@pytest.fixture
def box(mail_host: OAuthMailHost) -> Mailbox:
    return mail_host.dovecot.user()


@pytest.fixture
def account(
    oauth_account: OAuthAccountMaker, mail_host: OAuthMailHost, box: Mailbox
) -> EmailAccount:
    """Logged in."""
    made = oauth_account(mail_host, box)
    log_in(made, mail_host)
    return made


def log_in(account: EmailAccount, host: OAuthMailHost) -> None:
    assert account.oauth is not None
    token = host.authorisation.new_refresh_token(account.address)
    TokenStore(account.oauth).write(Tokens(token))


def question(box: Mailbox, subject: str) -> bytes:
    return mail("ann@customer.test", box.address, subject)


def answer(box: Mailbox, key: str, to: str) -> Outgoing:
    return Outgoing(key=key, account="support", to=[Address(to)], text="Yes.", subject="Re: x")


@real
async def test_mail_comes_in_and_goes_out_and_is_proven(
    account: EmailAccount, box: Mailbox, mail_host: OAuthMailHost
) -> None:
    customer = mail_host.dovecot.user()
    box.deliver(question(box, "first"))
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.count(1)
        box.deliver(question(box, "second"))
        await intake.count(2)
        connector = EmailConnector("support", account)
        out = answer(box, "answer-1@example.test", customer.address)
        assert (await connector.send(out)).external_id == out.key
        await connector.close()  # the copy in Sent is on its way
        assert await EmailConnector("support", account).find_sent(out) is not None
    (raw,) = customer.messages()
    assert b"answer-1@example.test" in raw
    assert mail_host.authorisation.access, "there were tokens"


@real
async def test_a_token_that_ends_while_idle_loses_no_mail(
    account: EmailAccount, box: Mailbox, mail_host: OAuthMailHost
) -> None:
    """The server drops the line, as the large ones do when a token ends."""
    box.deliver(question(box, "before"))
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.count(1)
        first = await access_tokens(account).bearer()
        mail_host.authorisation.end_access(account.address)
        mail_host.dovecot.kill()
        mail_host.dovecot.start()
        box.deliver(question(box, "meanwhile"))
        await intake.count(2)
        assert (await access_tokens(account).bearer()).token != first.token
        box.deliver(question(box, "after"))
        await intake.count(3)
    assert [item.subject for item in intake.inbound] == ["before", "meanwhile", "after"]


@real
async def test_withdrawn_access_is_one_sentence_that_says_what_to_do(
    account: EmailAccount, box: Mailbox, mail_host: OAuthMailHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connector = EmailConnector("support", account)
    assert all(check.ok for check in await connector.check())
    mail_host.authorisation.revoke_all(account.address)
    with pytest.raises(AuthFailed, match="init --account support") as receiving_failed:
        await connector.run(MemoryIntake())
    with pytest.raises(AuthFailed, match="init --account support") as sending_failed:
        await connector.send(answer(box, "x@example.test", "ann@customer.test"))
    (check,) = await connector.check()
    assert isinstance(check.error, AuthFailed)
    await connector.close()
    log_in(account, mail_host)
    assert all(check.ok for check in await connector.check())
    shown = [str(receiving_failed.value), str(sending_failed.value), check.detail, caplog.text]
    for token in mail_host.authorisation.secrets():
        assert all(token not in text for text in shown)
        packed = Bearer(token).xoauth2(account.address)
        assert packed[len(packed) // 2 :] not in caplog.text


@real
async def test_somebody_elses_token_is_refused_with_the_servers_words(
    account: EmailAccount, mail_host: OAuthMailHost
) -> None:
    other = mail_host.dovecot.user()
    assert account.oauth is not None
    token = mail_host.authorisation.new_refresh_token(other.address)
    TokenStore(account.oauth).write(Tokens(token))
    checks = {check.name: check for check in await EmailConnector("support", account).check()}
    assert checks["OAuth"].ok
    for name in ("IMAP log-in", "SMTP log-in"):
        assert isinstance(checks[name].error, AuthFailed)
        assert f"log in as {account.address} again" in checks[name].detail
    assert "AUTHENTICATIONFAILED" in checks["IMAP log-in"].detail


@pytest.fixture(scope="module")
def oauthbearer_host(authorisation: AuthorisationServer) -> Iterator[OAuthMailHost]:
    host = OAuthMailHost(authorisation, mechanisms="plain login oauthbearer")
    try:
        yield host.start()
    finally:
        host.close()


@real
async def test_where_only_oauthbearer_is_offered(
    oauthbearer_host: OAuthMailHost, oauth_account: OAuthAccountMaker
) -> None:
    account = oauth_account(oauthbearer_host, oauthbearer_host.dovecot.user())
    log_in(account, oauthbearer_host)
    connector = EmailConnector("support", account)
    checks = await connector.check()
    assert all(check.ok for check in checks), checks
    oauthbearer_host.authorisation.end_access(account.address)
    checks = await connector.check()
    assert all(check.ok for check in checks), checks
    with pytest.raises(AuthFailed, match=r"invalid_token"):
        await ImapSession.open(
            account.imap, Bearer("stale", "omnitui init"), client_context(account.tls_ca)
        )


@real
async def test_where_no_token_is_taken(mailbox: Mailbox) -> None:
    plain = ServerUrl("imaps", "localhost", mailbox.server.imaps_port, mailbox.address)
    context = client_context(mailbox.server.certificate.cert)
    with pytest.raises(Misconfigured, match="no log-in by OAuth"):
        await ImapSession.open(plain, Bearer("x"), context)


async def test_where_no_password_is_taken() -> None:
    only = {"CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2"}
    async with scripted_server(imap_script(only)) as port:
        server = ServerUrl("imap", "127.0.0.1", port, "ann@example.test")
        with pytest.raises(Misconfigured, match="only OAuth; set it up with: omnitui init"):
            await ImapSession.open(server, "secret", ssl_context(), patience=5)


WHY = {"status": "400", "schemes": "bearer", "scope": "https://mail.example/"}
CHALLENGE = base64.b64encode(json.dumps(WHY).encode()).decode()


def gmail(
    heard: list[str], *, initial: bool, no: str = "Invalid credentials (Failure)"
) -> Dialogue:
    """How Gmail refuses a token: a challenge first, and the refusal after an empty line."""

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        more = " SASL-IR" if initial else ""
        writer.write(f"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2{more}] ready\r\n".encode())
        while line := (await reader.readline()).decode().strip():
            tag, _space, command = line.partition(" ")
            if command.startswith("AUTHENTICATE"):
                if not initial:
                    assert command == "AUTHENTICATE XOAUTH2"
                    writer.write(b"+ \r\n")
                    heard.append((await reader.readline()).decode().strip())
                else:
                    heard.append(command.rpartition(" ")[2])
                writer.write(f"+ {CHALLENGE}\r\n".encode())
                heard.append((await reader.readline()).decode())
                writer.write(f"{tag} NO [AUTHENTICATIONFAILED] {no}\r\n".encode())
            else:
                writer.write(f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2{more}\r\n{tag} OK\r\n".encode())

    return dialogue


@pytest.mark.parametrize("initial", [True, False])
async def test_a_challenge_is_answered_so_that_the_refusal_comes(initial: bool) -> None:
    heard: list[str] = []
    async with scripted_server(gmail(heard, initial=initial)) as port:
        server = ServerUrl("imap", "127.0.0.1", port, "ann@example.test")
        with pytest.raises(AuthFailed, match=r"Invalid credentials.*400") as caught:
            await ImapSession.open(
                server, Bearer("ya29.TOKEN", "omnitui init --account x"), ssl_context(), patience=5
            )
    assert base64.b64decode(heard[0]) == (
        b"user=ann@example.test\x01auth=Bearer ya29.TOKEN\x01\x01"
    )
    assert heard[1] == "\r\n"
    assert str(caught.value).endswith("log in as ann@example.test again with: omnitui init"
                                      " --account x")  # fmt: skip


async def test_a_server_that_repeats_the_token_is_not_quoted() -> None:
    token = "ya29.A0AVERYLONGTOKEN-THAT-MUST-NOT-BE-SHOWN"
    packed = Bearer(token).xoauth2("ann@example.test")
    no = f"bad token {token} in {packed}"
    async with scripted_server(gmail([], initial=True, no=no)) as port:
        server = ServerUrl("imap", "127.0.0.1", port, "ann@example.test")
        with pytest.raises(AuthFailed, match="bad token … in …") as caught:
            await ImapSession.open(server, Bearer(token), ssl_context(), patience=5)
    assert token not in repr(caught.value)
    assert token not in repr(Bearer(token))


def smtp(heard: list[str], last: str, *, offers: str = "XOAUTH2 LOGIN") -> Dialogue:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        while line := (await reader.readline()).decode():
            if line.startswith("EHLO"):
                writer.write(f"250-mail.example\r\n250 AUTH {offers}\r\n".encode())
            elif line.startswith("AUTH"):
                heard.append(line.strip())
                writer.write(f"334 {CHALLENGE}\r\n".encode())
            elif line.startswith("QUIT"):
                writer.write(b"221 bye\r\n")
            else:
                heard.append(line)
                writer.write(f"{last}\r\n".encode())

    return dialogue


async def refused_by_smtp(last: str, offers: str = "XOAUTH2 LOGIN") -> tuple[Exception, list[str]]:
    heard: list[str] = []
    async with scripted_server(smtp(heard, last, offers=offers)) as port:
        server = ServerUrl("smtp", "127.0.0.1", port, "ann@example.test")
        with pytest.raises(ChannelError) as caught:
            await check_log_in(server, Bearer("ya29.TOKEN", "omnitui init"), ssl_context())
    return caught.value, heard


async def test_smtps_challenge_is_answered_too() -> None:
    error, heard = await refused_by_smtp("535 5.7.8 Username and Password not accepted")
    assert isinstance(error, AuthFailed)
    assert "535 5.7.8 Username and Password not accepted: 400" in str(error)
    assert heard[0].startswith("AUTH XOAUTH2 ")
    assert heard[1] == "\r\n"
    error, heard = await refused_by_smtp("535 no", offers="OAUTHBEARER")
    assert isinstance(error, AuthFailed)
    assert base64.b64decode(heard[0].rpartition(" ")[2]).startswith(b"n,a=ann@example.test,\x01")
    assert heard[1] == "AQ==\r\n"


async def test_what_smtp_cannot_check_now_is_tried_again() -> None:
    error, _heard = await refused_by_smtp("454 4.7.0 Temporary authentication failure")
    assert isinstance(error, Deferred)
    error, _heard = await refused_by_smtp("", offers="LOGIN PLAIN")
    assert isinstance(error, Misconfigured)


@pytest.mark.parametrize(
    ("challenge", "words"),
    [
        (CHALLENGE, "400"),
        (base64.b64encode(b'{"status":"invalid_token","scope":"mail"}').decode(), "invalid_token"),
        (base64.b64encode(b'{"error":"invalid_grant","error_description":"ended"}').decode(),
         "invalid_grant, ended"),
        ("", ""), ("no base64!", ""), ("W10=", ""), ("/////w==", ""),
    ],
)  # fmt: skip
def test_the_words_of_a_challenge(challenge: str, words: str) -> None:
    assert refusal_words(challenge) == words


def ssl_context() -> ssl.SSLContext:
    return client_context(None)

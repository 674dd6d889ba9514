"""One connection against a real Dovecot: every pitfall of the library below, closed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.model import ServerUrl
from connectors.contract import AuthFailed, CertificateInvalid, Misconfigured, Unreachable
from connectors.email.imap.mailbox_name import encode_mailbox
from connectors.email.imap.session import ImapSession, Refused
from connectors.tls import client_context
from tests.email_transport.conftest import OpenSession
from tests.servers import certificates
from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.scripted import Dialogue, imap_script, scripted_server

BODY = "(UID BODY.PEEK[])"

real = pytest.mark.real


@real
@pytest.mark.parametrize("scheme", ["imap", "imaps"])
async def test_more_lines_in_one_answer_than_python_recurses(
    mailbox: Mailbox, open_session: OpenSession, scheme: str
) -> None:
    raw = mail("ann@customer.test", mailbox.address)
    for _ in range(1500):
        mailbox.plant(raw)
    session = await open_session(scheme)
    await session.select("INBOX")
    found = await session.fetch(range(1, 1501), "(UID FLAGS)")
    assert [each.uid for each in found] == list(range(1, 1501))


@real
async def test_what_mail_says_is_never_taken_for_protocol(
    mailbox: Mailbox, open_session: OpenSession, chaos: Callable[[int], ChaosProxy]
) -> None:
    hostile = [
        mail("ann@customer.test", mailbox.address, subject)
        for subject in ("5* hotel * review", "smile :(", 'quote " and \\', "{10}", ") A1 OK")
    ]
    hostile.append(
        b"Subject: x\r\n\r\n* 9 FETCH (UID 9 BODY[] {3}\r\nabc)\r\nA1 OK done\r\n* BYE\r\n+ go\r\n"
    )
    hostile.append(b"\r\n")
    hostile.append(b"no header at all, no line end, and \xff")
    for raw in hostile:
        mailbox.plant(raw)
    proxy = chaos(mailbox.server.imap_port)
    for chunk in (None, 7):
        proxy.chunk = chunk
        session = await open_session(port=proxy.port)
        await session.select("INBOX")
        found = await session.fetch(range(1, 100), BODY)
        assert [each.body for each in found] == hostile


@real
async def test_commands_at_once_wait_for_each_other(
    mailbox: Mailbox, open_session: OpenSession
) -> None:
    for _ in range(20):
        mailbox.plant(mail("ann@customer.test", mailbox.address))
    session = await open_session()
    await session.select("INBOX")
    results = await asyncio.gather(
        *(session.fetch([uid], BODY) for uid in range(1, 21)),
        session.search("ALL"),
        session.noop(),
    )
    assert [len(found) for found in results[:20]] == [1] * 20  # type: ignore[arg-type]
    assert results[20] == list(range(1, 21))


@real
@pytest.mark.parametrize("scheme", ["imap", "imap+starttls", "imaps"])
async def test_a_silent_server_costs_its_patience_and_the_connection(
    own_dovecot: Callable[..., Dovecot], open_session: OpenSession, scheme: str
) -> None:
    server = own_dovecot()
    session = await open_session(scheme, box=server.user(), patience=0.5)
    server.freeze()
    try:
        with pytest.raises(Unreachable, match="did not answer in time"):
            await session.noop()
    finally:
        server.thaw()
    started = time.monotonic()
    with pytest.raises(Unreachable):
        await session.noop()
    assert time.monotonic() - started < 0.4, "a dropped connection waits for nothing"


@real
@pytest.mark.parametrize("scheme", ["imap", "imap+starttls", "imaps"])
async def test_a_lost_connection_wakes_who_waits(
    own_dovecot: Callable[..., Dovecot], open_session: OpenSession, scheme: str
) -> None:
    server = own_dovecot()
    session = await open_session(scheme, box=server.user())
    await session.select("INBOX")
    session.clear_news()
    idling = asyncio.create_task(session.idle(60))
    await asyncio.sleep(0.1)
    server.kill()
    async with asyncio.timeout(5):
        with pytest.raises(Unreachable, match="ended the connection"):
            await idling


@real
async def test_a_reset_in_the_middle_of_a_message(
    mailbox: Mailbox, open_session: OpenSession, chaos: Callable[[int], ChaosProxy]
) -> None:
    mailbox.plant(mail("ann@customer.test", mailbox.address, text="x" * 70 + "\n"))
    proxy = chaos(mailbox.server.imap_port)
    session = await open_session(port=proxy.port)
    await session.select("INBOX")
    proxy.cut_when = lambda piece, up: None if up else piece.find(b"xxxx")
    with pytest.raises(Unreachable):
        await session.fetch([1], BODY)


@real
async def test_cancelling_a_command_ends_the_connection(
    own_dovecot: Callable[..., Dovecot], open_session: OpenSession
) -> None:
    server = own_dovecot()
    session = await open_session(box=server.user())
    server.freeze()
    command = asyncio.create_task(session.noop())
    await asyncio.sleep(0.05)
    command.cancel()
    server.thaw()
    with pytest.raises(asyncio.CancelledError):
        await command
    with pytest.raises(Unreachable):
        await session.noop()


@real
async def test_mail_that_arrives_during_another_command_is_not_lost(
    mailbox: Mailbox, open_session: OpenSession
) -> None:
    session = await open_session()
    await session.select("INBOX")
    session.clear_news()
    mailbox.deliver(mail("ann@customer.test", mailbox.address))
    await session.noop()  # Dovecot tells of it here, where aioimaplib ignores it
    assert await session.idle(0.01), "news from before IDLE counts"
    assert await session.search("UID 1:*") == [1]


@real
async def test_idle_tells_of_mail_and_only_of_mail(
    own_dovecot: Callable[..., Dovecot], open_session: OpenSession
) -> None:
    server = own_dovecot(extra="imap_idle_notify_interval = 1 s\n")
    box = server.user()
    session = await open_session(box=box)
    await session.select("INBOX")
    session.clear_news()
    assert not await session.idle(1.3), "`* OK Still here` is no mail"
    idling = asyncio.create_task(session.idle(30))
    await asyncio.sleep(0.05)
    box.deliver(mail("ann@customer.test", box.address))
    assert await idling
    assert await session.search("ALL") == [1]


@real
@pytest.mark.parametrize("name", ["My Folder", 'quo"te \\ back', "Підтримка & Co", "日本.語"])
async def test_folder_names(mailbox: Mailbox, open_session: OpenSession, name: str) -> None:
    session = await open_session()
    mailbox.create(encode_mailbox(name).replace("\\", "\\\\").replace('"', '\\"'))
    assert name in {folder.name for folder in await session.folders()}
    await session.append(name, b"Subject: x\r\n\r\nbody {3}\r\n", "\\Seen")
    assert (await session.select(name)).exists == 1
    assert (await session.status("INBOX"))["MESSAGES"] == 0


@real
async def test_a_line_break_in_a_name_never_becomes_a_command(open_session: OpenSession) -> None:
    session = await open_session()
    with pytest.raises(Refused):
        await session.select("x\r\nA1 DELETE INBOX")
    await session.select("INBOX")
    assert await session.search_header("Subject", 'a" \r\nA1 LOGOUT') == []
    await session.noop()


@real
async def test_searching_for_a_header(mailbox: Mailbox, open_session: OpenSession) -> None:
    mailbox.plant(mail("a@x.test", mailbox.address, 'odd "one" \\', message_id="<one@x.test>"))
    mailbox.plant(mail("a@x.test", mailbox.address, message_id="<other@x.test>"))
    session = await open_session()
    await session.select("INBOX")
    assert await session.search_header("Message-ID", "<one@x.test>") == [1]
    assert await session.search_header("Subject", 'odd "one" \\') == [1]
    assert await session.search_header("Message-ID", "<none@x.test>") == []


@real
async def test_wrong_password(open_session: OpenSession) -> None:
    with pytest.raises(AuthFailed, match=r"localhost:\d+ does not accept the log-in of user"):
        await open_session(password="wrong")


@real
@pytest.mark.parametrize("mechanisms", ["plain", "login"])
async def test_passwords_in_other_scripts(
    own_dovecot: Callable[..., Dovecot], open_session: OpenSession, mechanisms: str
) -> None:
    """AUTHENTICATE PLAIN where it is offered, AUTHENTICATE LOGIN elsewhere."""
    server = own_dovecot(extra="" if mechanisms == "plain" else "auth_mechanisms = login\n")
    for password in ("пароль€ß", 'with "quotes" \\ {3}'):
        box = Mailbox(server, f"p{abs(hash(password))}@example.test", password)
        with server._passwd.open("a", encoding="utf-8") as passwd:
            passwd.write(f"{box.address}:{{PLAIN}}{password}::::::\n")
        for _ in range(30):
            try:
                session = await open_session(box=box)
                break
            except AuthFailed:
                await asyncio.sleep(0.1)  # Dovecot looks for new users once a second
        assert (await session.select("INBOX")).exists == 0


@real
async def test_an_unknown_authority(dovecot: Dovecot, mailbox: Mailbox) -> None:
    for scheme, port in (("imaps", dovecot.imaps_port), ("imap+starttls", dovecot.imap_port)):
        with pytest.raises(CertificateInvalid, match="tls_ca"):
            await ImapSession.open(
                ServerUrl(scheme, "localhost", port, mailbox.address),
                mailbox.password,
                client_context(None),
            )


@real
@pytest.mark.parametrize("fault", ["expired", "other host"])
async def test_a_bad_certificate(
    own_dovecot: Callable[..., Dovecot], fault: str, tmp_path: Path
) -> None:
    made = (
        certificates.make(tmp_path, "expired", days=0)
        if fault == "expired"
        else certificates.make(tmp_path, "other", san="DNS:mail.other.test")
    )
    server = own_dovecot(certificate=made)
    box = server.user()
    with pytest.raises(CertificateInvalid, match="expired" if fault == "expired" else "mismatch"):
        await ImapSession.open(
            ServerUrl("imaps", "localhost", server.imaps_port, box.address),
            box.password,
            client_context(made.cert),
        )


@real
async def test_encryption_spoken_on_the_wrong_port(dovecot: Dovecot, mailbox: Mailbox) -> None:
    with pytest.raises(CertificateInvalid, match="scheme"):
        await ImapSession.open(
            ServerUrl("imaps", "localhost", dovecot.imap_port, mailbox.address),
            mailbox.password,
            client_context(dovecot.certificate.cert),
        )


async def test_nobody_listens(free_port: int) -> None:
    with pytest.raises(Unreachable, match="refuses connections; check the port"):
        await _open(free_port)


async def test_an_unknown_host() -> None:
    server = ServerUrl("imap", "no-such-host.invalid", 143, "u")
    with pytest.raises(Unreachable, match=r"no-such-host\.invalid"):
        await ImapSession.open(server, "p", client_context(None))


@pytest.fixture
def free_port() -> int:
    from tests.servers.process import free_port

    return free_port()


async def _open(port: int, scheme: str = "imap", patience: float = 5) -> ImapSession:
    server = ServerUrl(scheme, "127.0.0.1", port, "ann@example.test")
    session = await ImapSession.open(server, "secret", client_context(None), patience=patience)
    await session.close()
    return session


async def _silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    return


def _says(text: bytes) -> Dialogue:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        await writer.drain()
        await reader.read()

    return dialogue


PLAIN = {"CAPABILITY": "* CAPABILITY IMAP4rev1"}


@pytest.mark.parametrize(
    ("dialogue", "error", "sentence"),
    [
        (_silence, Unreachable, "did not answer in time"),
        (_hang_up, Unreachable, "ended the connection"),
        (_says(b"* BYE Too many connections\r\n"), Unreachable, "Too many connections"),
        (_says(b"220 mail ESMTP\r\n"), Misconfigured, "no IMAP server.*220 mail ESMTP"),
        (_says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Misconfigured, "no IMAP server"),
        (
            _says(b"* OK ready\r\n* 1 FETCH (BODY[] {99999999999}\r\n"),
            Unreachable,
            "not speak IMAP",
        ),
        (
            imap_script(PLAIN | {"LOGIN": "{tag} NO [UNAVAILABLE] come back"}),
            Unreachable,
            "come back",
        ),
        (
            imap_script(PLAIN | {"LOGIN": "{tag} NO [AUTHENTICATIONFAILED] no"}),
            AuthFailed,
            "app password",
        ),
        (imap_script(PLAIN | {"LOGIN": ""}), Unreachable, "ended the connection"),
        (
            imap_script({"CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED"}),
            Misconfigured,
            "no way to log in",
        ),
        (
            imap_script(
                {
                    "CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR",
                    "AUTHENTICATE": "* BYE shutting down\r\n{tag} NO shutting down",
                }
            ),
            Unreachable,
            "shutting down",
        ),
    ],
)
async def test_servers_that_do_not_let_us_in(
    dialogue: Dialogue, error: type[Exception], sentence: str
) -> None:
    async with scripted_server(dialogue) as port:
        with pytest.raises(error, match=sentence) as caught:
            await _open(port, patience=0.5)
    assert "\n" not in str(caught.value)


async def test_plain_text_after_the_starttls_answer_is_refused() -> None:
    """Somebody in between may have put it there, to be taken for the server's own words."""
    script = imap_script({"STARTTLS": "{tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN"})
    async with scripted_server(script) as port:
        with pytest.raises(Unreachable):
            await _open(port, "imap+starttls", patience=2)


async def test_no_password_is_sent_when_starttls_is_refused() -> None:
    said: list[bytes] = []

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            said.append(line)
            writer.write(line.split(b" ")[0] + b" NO not here\r\n")

    async with scripted_server(dialogue) as port:
        with pytest.raises(Misconfigured, match="refuses STARTTLS"):
            await _open(port, "imap+starttls")
    assert not any(b"LOGIN" in line or b"AUTHENTICATE" in line for line in said)


async def test_a_preauthenticated_connection_needs_no_log_in() -> None:
    async with scripted_server(imap_script(PLAIN, greeting="* PREAUTH hello")) as port:
        await _open(port)


async def test_secrets_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for capability in ("IMAP4rev1", "IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 AUTH=PLAIN SASL-IR"):
        script = imap_script({"CAPABILITY": f"* CAPABILITY {capability}", "LOGIN": "{tag} OK in",
                              "AUTHENTICATE": "{tag} OK in"})  # fmt: skip
        async with scripted_server(script) as port:
            await _open(port)
    packed = "AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0"
    assert "secret" not in caplog.text
    assert packed not in caplog.text


async def test_login_with_literals() -> None:
    """Where there is neither SASL nor a quoted string that could hold the password."""
    heard: list[bytes] = []

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        while line := await reader.readline():
            tag, name = line.split()[:2]
            if name == b"CAPABILITY":
                writer.write(b"* CAPABILITY IMAP4rev1\r\n")
            while line.endswith(b"}\r\n"):
                writer.write(b"+ go on\r\n")
                heard.append(await reader.readexactly(int(line[line.rindex(b"{") + 1 : -3])))
                line = await reader.readline()
            writer.write(tag + b" OK done\r\n")

    async with scripted_server(dialogue) as port:
        server = ServerUrl("imap", "127.0.0.1", port, "ann@example.test")
        session = await ImapSession.open(server, 'пароль "x"\r\n', client_context(None))
        await session.close()
    assert heard == [b"ann@example.test", 'пароль "x"\r\n'.encode()]

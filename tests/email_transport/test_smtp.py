"""Sending: each way it can end, told apart, and never twice."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.model import ServerUrl
from connectors.contract import (
    AuthFailed,
    CertificateInvalid,
    ChannelError,
    Deferred,
    MaybeSent,
    Misconfigured,
    Rejected,
    Unreachable,
)
from connectors.email.smtp.client import Envelope, check_log_in, send_mail
from connectors.email.smtp.data import wire_form
from connectors.tls import client_context
from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Mailbox, mail
from tests.servers.scripted import Dialogue, scripted_server
from tests.servers.smtp import SmtpServer

real = pytest.mark.real
OwnSmtp = Callable[..., SmtpServer]


def server(port: int, scheme: str = "smtp", user: str = "") -> ServerUrl:
    return ServerUrl(scheme, "localhost", port, user)


def envelope(*to: str, size: int = 0) -> Envelope:
    raw = mail("support@example.test", ", ".join(to), text="hello\n.\n..dots\n")
    return Envelope("support@example.test", to, raw + b"x" * size)


async def send(
    url: ServerUrl,
    what: Envelope,
    context: ssl.SSLContext | None = None,
    password: str = "secret",
    *,
    all_or_none: bool = True,
) -> dict[str, str]:
    handed = await send_mail(
        url, password, context or client_context(None), what, all_or_none=all_or_none
    )
    return handed.refused


@real
@pytest.mark.parametrize("security", ["starttls", "tls", "plain"])
async def test_it_arrives_as_it_was_written(
    customer_mailbox: Mailbox, own_smtp: OwnSmtp, security: str
) -> None:
    scheme = {"starttls": "smtp+starttls", "tls": "smtps", "plain": "smtp"}[security]
    running = own_smtp(security=security)
    what = envelope(customer_mailbox.address)
    url = server(running.port, scheme, "support@example.test")
    assert await send(url, what, customer_mailbox.tls()) == {}
    (arrived,) = customer_mailbox.messages()
    assert arrived.endswith(what.raw[what.raw.index(b"From:") :])


# -- the dialogue cut at every stage -------------------------------------------------------

STAGES = [b"EHLO", b"AUTH", b"MAIL", b"RCPT", b"DATA", b"From:", b"\r\n.\r\n", b"QUIT"]


def cutter(stage: bytes, lost: str) -> Callable[[bytes, bool], int | None]:
    """Cut when the client says `stage`: before the server hears it, or after, so that the
    server acts on it and its answer is lost."""
    heard = False

    def cut(piece: bytes, from_client: bool) -> int | None:
        nonlocal heard
        if from_client:
            # The mail and its end are writes of their own; together they are searched as one.
            found = piece.find(stage) if stage != b"\r\n.\r\n" else _end(piece)
            if found >= 0 and lost == "request":
                return found
            heard = heard or found >= 0
            return None
        return 0 if heard else None

    return cut


def _end(piece: bytes) -> int:
    return 0 if piece == b".\r\n" else piece.find(b"\r\n.\r\n")


@real
@pytest.mark.parametrize("lost", ["request", "answer"])
@pytest.mark.parametrize("stage", STAGES)
async def test_cut_at_every_stage(
    customer_mailbox: Mailbox,
    own_smtp: OwnSmtp,
    chaos: Callable[[int], ChaosProxy],
    stage: bytes,
    lost: str,
) -> None:
    running = own_smtp(security="plain")
    proxy = chaos(running.port)
    proxy.cut_when = cutter(stage, lost)
    what = envelope(customer_mailbox.address)
    url = server(proxy.port, user="support@example.test")
    outcome = await _outcome(send(url, what))

    if stage == b"QUIT":
        assert outcome is None, "the answer to the dot was there: it is sent"
    elif stage == b"\r\n.\r\n" or (stage == b"From:" and lost == "answer"):
        assert isinstance(outcome, MaybeSent)
        assert outcome.maybe_sent
        assert not outcome.retry
    elif stage == b"From:":
        # The whole small mail and its dot were on their way before the cut could be seen.
        assert isinstance(outcome, Unreachable | MaybeSent)
    else:
        assert isinstance(outcome, Unreachable)
        assert outcome.retry
    if outcome is not None and outcome.retry:
        proxy.cut_when = None
        assert await send(url, what) == {}
    arrived = len(customer_mailbox.messages())
    assert arrived <= 1, "never twice"
    if outcome is None or outcome.retry:
        assert arrived == 1, "and what is safe to try again is not lost"


async def _outcome(sending: Awaitable[object]) -> ChannelError | None:
    try:
        await sending
    except ChannelError as error:
        return error
    return None


@real
async def test_cut_while_the_mail_is_still_being_written(
    customer_mailbox: Mailbox, own_smtp: OwnSmtp, chaos: Callable[[int], ChaosProxy]
) -> None:
    """More than the buffers on the way hold: the dot was never said, so it is safe to retry."""
    running = own_smtp(security="plain", auth=False)
    proxy = chaos(running.port)
    passed = 0

    def cut(piece: bytes, from_client: bool) -> int | None:
        nonlocal passed
        passed += len(piece) if from_client else 0
        return len(piece) // 2 if passed > 2_000_000 else None

    proxy.cut_when = cut
    what = envelope(customer_mailbox.address, size=16_000_000)
    with pytest.raises(Unreachable):
        await send(server(proxy.port), what)
    assert running.taken == []
    assert customer_mailbox.messages() == []


@real
@pytest.mark.parametrize("point", ["connect", "starttls"])
async def test_cut_before_or_in_encryption(
    mailbox: Mailbox, own_smtp: OwnSmtp, chaos: Callable[[int], ChaosProxy], point: str
) -> None:
    proxy = chaos(own_smtp().port)
    proxy.refuse = point == "connect"
    proxy.cut_when = cutter(b"STARTTLS", "answer")
    url = server(proxy.port, "smtp+starttls", mailbox.address)
    with pytest.raises(Unreachable):
        await send(url, envelope(mailbox.address), mailbox.tls())


def smtp_script(answers: dict[str, str], log: list[str] | None = None) -> Dialogue:
    """A server that says yes to everything but what `answers` names: commands, `banner`, `dot`
    (the end of the mail) and `body` (said after the first line of it). Empty: hang up."""

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(point: str, usual: str) -> bool:
            text = answers.get(point, usual)
            if text:
                writer.write(text.encode() + b"\r\n")
                await writer.drain()
            return bool(text)

        if not await say("banner", "220 ready"):
            return
        while line := await reader.readline():
            command = line.split()[0].decode().upper()
            if log is not None:
                log.append(line.decode().strip())
            usual = {"EHLO": "250-hi\r\n250-AUTH PLAIN\r\n250 SIZE 1000000", "DATA": "354 go",
                     "AUTH": "235 in", "QUIT": "221 bye"}.get(command, "250 fine")  # fmt: skip
            if not await say(command, usual):
                return
            if command == "DATA" and answers.get("DATA", "354").startswith("354"):
                if "body" in answers:
                    await reader.readline()
                    if await say("body", ""):
                        while await reader.read(65536):
                            pass
                    return
                while await reader.readline() != b".\r\n":
                    pass
                if not await say("dot", "250 taken"):
                    return

    return dialogue


@pytest.mark.parametrize(
    ("answers", "error", "sentence"),
    [
        ({"banner": ""}, Unreachable, "ended the connection"),
        ({"banner": "421 too busy"}, Deferred, "421 too busy"),
        ({"banner": "554 blocked"}, Unreachable, "from this machine .*554 blocked"),
        ({"banner": "* OK IMAP ready"}, Unreachable, "not SMTP"),
        ({"EHLO": "421 later"}, Deferred, "421 later"),
        ({"AUTH": "535 5.7.8 wrong"}, AuthFailed, "app password"),
        ({"AUTH": "454 4.7.0 not now"}, Deferred, "not now"),
        ({"EHLO": "250 hi"}, Misconfigured, "no log-in by password"),
        ({"MAIL": "451 4.3.0 later"}, Deferred, "later"),
        ({"MAIL": "550 not yours"}, Rejected, "550 not yours"),
        ({"MAIL": "530 5.7.0 Authentication required"}, AuthFailed, "wants a log-in"),
        ({"RCPT": "450 greylisted, try again in 5 minutes"}, Deferred, "greylisted"),
        ({"RCPT": "550 5.1.1 no such user"}, Rejected, "no such user.*check the address"),
        ({"RCPT": "421 closing"}, Deferred, "421 closing"),
        ({"DATA": "452 full"}, Deferred, "452 full"),
        ({"DATA": "554 no valid recipients"}, Rejected, "no valid"),
        ({"dot": "451 4.7.1 later"}, Deferred, "later"),
        ({"dot": "554 5.7.1 spam"}, Rejected, "554 5.7.1 spam"),
        ({"dot": ""}, MaybeSent, "did not say whether"),
        ({"dot": "hello?"}, MaybeSent, "did not say whether"),
        ({"dot": "354 more"}, MaybeSent, "did not say whether"),
        ({"QUIT": ""}, None, ""),
        ({"QUIT": "500 what?"}, None, ""),
    ],
)
async def test_answers(
    answers: dict[str, str], error: type[ChannelError] | None, sentence: str
) -> None:
    async with scripted_server(smtp_script(answers)) as port:
        url = server(port, user="support")
        if error is None:
            assert await send(url, envelope("ann@customer.test")) == {}
            return
        with pytest.raises(error, match=sentence) as caught:
            await send(url, envelope("ann@customer.test"))
    assert "\n" not in str(caught.value)
    if isinstance(caught.value, Deferred) and "5 minutes" in sentence:
        assert caught.value.retry_after == 300


async def test_a_greylisting_server_says_when() -> None:
    script = smtp_script({"RCPT": "450 greylisted, try again in 5 minutes"})
    async with scripted_server(script) as port:
        with pytest.raises(Deferred) as caught:
            await send(server(port), envelope("ann@customer.test"))
    assert caught.value.retry_after == 300


@pytest.mark.parametrize(
    ("said", "seconds"), [("in 0 seconds", 10), ("in 99999 min", 4 * 3600), ("soon", None)]
)
async def test_no_server_makes_us_hammer_or_wait_for_ever(said: str, seconds: int | None) -> None:
    script = smtp_script({"RCPT": f"450 try again {said}"})
    async with scripted_server(script) as port:
        with pytest.raises(Deferred) as caught:
            await send(server(port), envelope("ann@customer.test"))
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("body", "error"),
    [("552 too much", Rejected), ("451 disk full", Deferred), ("", Unreachable)],
)
async def test_refused_in_the_middle_of_the_mail(body: str, error: type[ChannelError]) -> None:
    """The server speaks or leaves before the dot, which is then never sent."""
    script = smtp_script({"body": body, "EHLO": "250 hi"})
    async with scripted_server(script) as port:
        with pytest.raises(error):
            await send(server(port), envelope("ann@customer.test", size=16_000_000))


async def test_no_answer_to_the_dot_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.email.smtp import data as smtp_data

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while line := await reader.readline():
            if line == b"DATA\r\n":
                writer.write(b"354 go\r\n")
                await reader.read()
            writer.write(b"250 fine\r\n")

    monkeypatch.setattr(smtp_data, "ANSWER_PATIENCE", 0.3)
    async with scripted_server(silent) as port:
        with pytest.raises(MaybeSent):
            await send(server(port), envelope("ann@customer.test"))


@real
async def test_what_was_refused_before_the_silence_is_kept(
    customer_mailbox: Mailbox, own_smtp: OwnSmtp, chaos: Callable[[int], ChaosProxy]
) -> None:
    running = own_smtp(security="plain", auth=False)
    running.script.rcpt = {"gone@example.test": "550 5.1.1 no such user"}
    proxy = chaos(running.port)
    proxy.cut_when = cutter(b"\r\n.\r\n", "answer")
    with pytest.raises(MaybeSent) as caught:
        await send(server(proxy.port), envelope(customer_mailbox.address, "gone@example.test"))
    assert caught.value.refused == {"gone@example.test": "550 5.1.1 no such user"}


async def test_the_line_falls_silent_while_the_mail_is_being_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bounded, and before the dot: it is tried again."""
    from connectors.email.smtp import data as smtp_data

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while line := await reader.readline():
            if line == b"DATA\r\n":
                writer.write(b"354 go\r\n")
                await asyncio.Event().wait()
            writer.write(b"250 fine\r\n")

    monkeypatch.setattr(smtp_data, "LINE_PATIENCE", 0.3)
    large = b"From: a@b.test\r\n\r\n" + b"x" * 70 * 300_000
    async with scripted_server(silent) as port:
        what = Envelope("support@example.test", ["ann@customer.test"], large)
        with pytest.raises(Unreachable) as caught:
            await send(server(port), what)
    assert caught.value.retry


SENDING, KEEPALIVE = 1, 2
"""Timers in /proc/net/tcp."""


async def test_the_kernel_watches_the_line() -> None:
    """A timer of the client's socket runs while nothing is asked (proc(5), /proc/net/tcp)."""
    timers: list[int] = []

    async def watching(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while line := await reader.readline():
            if line.startswith(b"RCPT"):
                client = writer.get_extra_info("peername")[1]
                here = writer.get_extra_info("sockname")[1]
                async with asyncio.timeout(20):
                    # What was said may not be acknowledged yet; the kernel tells nobody when.
                    while (timer := _timer(client, here)) == SENDING:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                timers.append(timer)
            writer.write(b"550 enough\r\n" if line.startswith(b"RCPT") else b"250 fine\r\n")

    async with scripted_server(watching) as port:
        with pytest.raises(Rejected):
            await send(server(port), envelope("ann@customer.test"))
    assert timers == [KEEPALIVE]


def _timer(port: int, to: int) -> int:
    """Which timer runs for the connection between two local ports."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}") and fields[2].endswith(f":{to:04X}"):
            return int(fields[5].partition(":")[0])
    return -1


@pytest.mark.parametrize("point", ["DATA", "body"])
async def test_a_yes_before_the_dot_is_none(point: str) -> None:
    answers = {point: "250 taken", "EHLO": "250 hi"}
    async with scripted_server(smtp_script(answers)) as port:
        with pytest.raises(Unreachable):
            await send(server(port), envelope("ann@customer.test", size=20_000_000))


async def test_cancelled_while_the_server_thinks() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with scripted_server(silent) as port:
        sending = asyncio.create_task(send(server(port), envelope("ann@customer.test")))
        await asyncio.sleep(0.1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


# -- recipients ------------------------------------------------------------------------------


@real
async def test_some_recipients_refused(customer_mailbox: Mailbox, own_smtp: OwnSmtp) -> None:
    running = own_smtp(security="plain", auth=False)
    running.script.rcpt = {"gone@example.test": "550 5.1.1 no such user"}
    what = envelope(customer_mailbox.address, "gone@example.test")
    assert await send(server(running.port), what) == {"gone@example.test": "550 5.1.1 no such user"}
    assert len(customer_mailbox.messages()) == 1


@real
async def test_a_recipient_refused_for_now_holds_the_mail_back_for_a_while(
    customer_mailbox: Mailbox, own_smtp: OwnSmtp
) -> None:
    """Sent to the others at once, the mail could never be sent to that one without doubling."""
    running = own_smtp(security="plain", auth=False)
    running.script.rcpt = {"busy@example.test": "450 4.2.1 busy"}
    what = envelope(customer_mailbox.address, "busy@example.test")
    with pytest.raises(Deferred, match="busy"):
        await send(server(running.port), what)
    assert customer_mailbox.messages() == []
    assert await send(server(running.port), what, all_or_none=False) == {
        "busy@example.test": "450 4.2.1 busy"
    }
    assert len(customer_mailbox.messages()) == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "no-at-sign",
        "a@",
        "@b.test",
        "a@b c.test",
        "a@b.test>\r\nRCPT TO:<x@y.test",
        "a@..ß",
        '"a\r\n"@b.test',
        "a b@c.test",
        '"a" <x@y.test>, "b"@c.test',
        '"a\\"@c.test',
    ],
)
async def test_addresses_that_are_none(address: str) -> None:
    said: list[str] = []
    async with scripted_server(smtp_script({}, said)) as port:
        what = Envelope("support@example.test", [address], b"Subject: x\r\n\r\n")
        with pytest.raises(Rejected):
            await send(server(port), what)
    assert not any(line.startswith("RCPT") for line in said)


# -- extensions ------------------------------------------------------------------------------


async def test_what_the_server_can_decides_what_is_said() -> None:
    said: list[str] = []
    ehlo = "250-hi\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 SMTPUTF8"
    raw = "Subject: x\r\n\r\nпривіт\r\n".encode()
    async with scripted_server(smtp_script({"EHLO": ehlo}, said)) as port:
        url = server(port)
        await send(url, Envelope("support@example.test", ["ann@пошта.укр"], raw))
        await send(url, Envelope("support@example.test", ["анна@пошта.укр"], raw))
    mails = [line for line in said if line.startswith(("MAIL", "RCPT"))]
    assert mails == [
        f"MAIL FROM:<support@example.test> SIZE={len(raw)} BODY=8BITMIME",
        "RCPT TO:<ann@" + "пошта.укр".encode("idna").decode() + ">",
        f"MAIL FROM:<support@example.test> SIZE={len(raw)} BODY=8BITMIME SMTPUTF8",
        "RCPT TO:<анна@пошта.укр>",
    ]


@pytest.mark.parametrize(
    ("to", "raw", "sentence"),
    [
        ("ann@customer.test", b"x" * 2_000_000, "2.0 MB .* at most 1.0 MB"),
        ("ann@customer.test", b"\xff", "7-bit"),
        ("анна@customer.test", b"x", "before the @"),
    ],
)
async def test_what_the_server_cannot_take(to: str, raw: bytes, sentence: str) -> None:
    said: list[str] = []
    script = smtp_script({"EHLO": "250-hi\r\n250 SIZE 1000000"}, said)
    async with scripted_server(script) as port:
        with pytest.raises(Rejected, match=sentence):
            await send(server(port), Envelope("support@example.test", [to], raw))
    assert not any(line.startswith("MAIL") for line in said)


async def test_a_server_that_only_knows_helo() -> None:
    said: list[str] = []
    async with scripted_server(smtp_script({"EHLO": "500 what?"}, said)) as port:
        await send(server(port), envelope("ann@customer.test"))
    assert said[1].startswith("HELO [")


# -- encryption and log-in -------------------------------------------------------------------


@real
async def test_log_in(mailbox: Mailbox, smtp_server: SmtpServer) -> None:
    url = server(smtp_server.port, "smtp+starttls", mailbox.address)
    await check_log_in(url, "secret", mailbox.tls())
    smtp_server.users[mailbox.address] = "пароль€"
    await check_log_in(url, "пароль€", mailbox.tls())
    with pytest.raises(AuthFailed, match="check user and password"):
        await check_log_in(url, "secret", mailbox.tls())


@real
async def test_encryption_that_cannot_be_trusted(
    mailbox: Mailbox, smtp_server: SmtpServer, own_smtp: OwnSmtp
) -> None:
    tls = own_smtp(security="tls")
    for url in (server(smtp_server.port, "smtp+starttls"), server(tls.port, "smtps")):
        with pytest.raises(CertificateInvalid, match="tls_ca"):
            await send(url, envelope(mailbox.address))
    with pytest.raises(CertificateInvalid, match="scheme"):
        await send(server(smtp_server.port, "smtps"), envelope(mailbox.address), mailbox.tls())


async def test_no_password_without_encryption() -> None:
    said: list[str] = []
    async with scripted_server(smtp_script({}, said)) as port:
        with pytest.raises(Misconfigured, match="STARTTLS"):
            await send(server(port, "smtp+starttls", "support"), envelope("ann@customer.test"))
    assert not any("AUTH" in line for line in said)


async def test_nobody_there() -> None:
    from tests.servers.process import free_port

    with pytest.raises(Unreachable, match="refuses connections"):
        await send(server(free_port()), envelope("ann@customer.test"))
    with pytest.raises(Unreachable, match="nowhere"):
        await send(ServerUrl("smtp", "nowhere.invalid", 25, ""), envelope("ann@customer.test"))


# -- the wire --------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"a", b"\r\n.\r\n", b"\xff"])))
def test_no_mail_holds_its_own_end(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    wire = wire_form(raw)
    assert wire.endswith(b"\r\n")
    assert b"\r\n.\r\n" not in b"\r\n" + wire
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")
    read = b"\r\n".join(line.removeprefix(b".") for line in wire.split(b"\r\n"))
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines[-1] == b"" and len(lines) > 1:
        lines.pop()
    assert read == b"\r\n".join([*lines, b""])

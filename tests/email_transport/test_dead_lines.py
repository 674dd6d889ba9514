"""Lines that die without a word: a router that forgot the connection passes nothing on and closes
nothing. Mail must come in again by itself, soon, whatever was going on at that moment.

By default a quiet connection is tried out after 120 s (`probe`) and counts as gone 30 s later;
one from which bytes are awaited after 60 s without any. The tests shorten these.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from connectors.contract import Address, Outgoing, Unreachable
from connectors.email import quiet_line
from connectors.email.connector import EmailConnector
from connectors.email.imap import session as imap_session
from connectors.email.quiet_line import keep_alive
from tests.email_transport.conftest import receiving
from tests.email_transport.ledger import MemoryIntake
from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.fixtures import AccountMaker
from tests.servers.load import mails
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.real

PROBE = 0.6
QUICK = 0.6
PATIENCE = 1.2
BOUND = 10.0
"""Seconds: the longest of the above and a log-in, with room for a busy machine. Without them it
would be minutes."""


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_session, "PATIENCE", PATIENCE)
    monkeypatch.setattr(imap_session, "QUICK_PATIENCE", QUICK)


class Silence:
    """Drops the connection on which the client says `word`: then, or at the answer's first
    bytes."""

    def __init__(self, proxy: ChaosProxy, word: bytes, *, at_answer: bool = False) -> None:
        self.dropped = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._proxy = proxy
        self._word = word
        self._at_answer = at_answer
        self._met = False
        proxy.cut_when = self._look

    def _look(self, piece: bytes, from_client: bool) -> None:
        if self._proxy.silent:
            return
        if from_client and self._word in piece:
            self._met = True
            if self._at_answer:
                return
        if self._met and (not self._at_answer or not from_client):
            self._proxy.silent = self._proxy.connections
            self._loop.call_soon_threadsafe(self.dropped.set)


async def test_while_waiting_for_mail(
    mailbox: Mailbox, email_account: AccountMaker, chaos: Callable[[int], ChaosProxy]
) -> None:
    proxy = chaos(mailbox.server.imap_port)
    silence = Silence(proxy, b"IDLE")
    account = email_account(mailbox, imap_scheme="imap", imap_port=proxy.port, probe=PROBE)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await asyncio.wait_for(silence.dropped.wait(), BOUND)
        mailbox.deliver(mail("ann@customer.test", mailbox.address))
        await intake.count(1, BOUND)
        # And again, on the new connection, once it waits too.
        proxy.silent = proxy.connections
        mailbox.deliver(mail("ann@customer.test", mailbox.address))
        await intake.count(2, BOUND)
    assert intake.uids() == [1, 2]


async def test_in_the_middle_of_a_fetch(
    mailbox: Mailbox, email_account: AccountMaker, chaos: Callable[[int], ChaosProxy]
) -> None:
    for raw, at in mails(120, mailbox.address):
        mailbox.plant(raw, at=at)
    proxy = chaos(mailbox.server.imap_port)
    silence = Silence(proxy, b"UID FETCH", at_answer=True)
    account = email_account(mailbox, imap_scheme="imap", imap_port=proxy.port, probe=PROBE)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await asyncio.wait_for(silence.dropped.wait(), BOUND)
        await intake.count(120, 2 * BOUND)
    assert sorted(intake.uids()) == list(range(1, 121))
    assert not intake.quarantined


async def test_the_server_is_killed_in_the_middle_of_a_fetch(
    own_dovecot: Callable[..., Dovecot],
    email_account: AccountMaker,
    chaos: Callable[[int], ChaosProxy],
) -> None:
    server = own_dovecot()
    box = server.user()
    for raw, at in mails(400, box.address):
        box.plant(raw, at=at)
    proxy = chaos(server.imap_port)
    account = email_account(box, imap_scheme="imap", imap_port=proxy.port)
    intake = MemoryIntake()
    passed = 0

    def kill(piece: bytes, from_client: bool) -> None:
        nonlocal passed
        passed += 0 if from_client else len(piece)
        if passed > 1_500_000 and not server.killed:
            server.kill()

    proxy.cut_when = kill
    with pytest.raises(Unreachable):
        async with receiving(account, intake) as run:
            await asyncio.wait({run}, timeout=BOUND)
    assert 0 < len(intake.items) < 400, "what had come is kept"
    proxy.cut_when = None
    server.start()
    async with receiving(account, intake):
        await intake.count(400)
    assert sorted(intake.uids()) == list(range(1, 401))


@pytest.mark.parametrize("word", [b"EXAMINE", b"UID SEARCH"])
async def test_in_the_middle_of_any_other_command(
    mailbox: Mailbox,
    email_account: AccountMaker,
    chaos: Callable[[int], ChaosProxy],
    word: bytes,
) -> None:
    proxy = chaos(mailbox.server.imap_port)
    account = email_account(mailbox, imap_scheme="imap", imap_port=proxy.port, probe=PROBE)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.until(lambda: bool(intake.details))
        silence = Silence(proxy, word)
        proxy.kill()
        await asyncio.wait_for(silence.dropped.wait(), BOUND)
        mailbox.deliver(mail("ann@customer.test", mailbox.address))
        await intake.count(1, BOUND)


async def test_slow_is_not_dead(
    mailbox: Mailbox, email_account: AccountMaker, chaos: Callable[[int], ChaosProxy]
) -> None:
    """A fetch may take many times as long as the patience, as long as bytes keep coming."""
    for raw, at in mails(15, mailbox.address):
        mailbox.plant(raw, at=at)
    proxy = chaos(mailbox.server.imap_port)
    proxy.rate, proxy.chunk, proxy.latency = 80_000, 4_000, 0.1
    account = email_account(mailbox, imap_scheme="imap", imap_port=proxy.port, probe=60)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.count(15)
    assert proxy.connections == 1, "not given up once"


async def test_while_a_copy_of_an_answer_goes_up(
    mailbox: Mailbox,
    customer_mailbox: Mailbox,
    smtp_server: SmtpServer,
    email_account: AccountMaker,
    chaos: Callable[[int], ChaosProxy],
) -> None:
    """The answer is sent; the copy is lost with the line; mail comes in meanwhile."""
    proxy = chaos(mailbox.server.imap_port)
    account = email_account(
        mailbox, smtp_server, imap_scheme="imap", imap_port=proxy.port, probe=PROBE
    )
    connector = EmailConnector("support", account)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.until(lambda: bool(intake.details))
        silence = Silence(proxy, b"APPEND")
        to = [Address(customer_mailbox.address)]
        await connector.send(Outgoing("k@example.test", "support", to, "On its way."))
        await asyncio.wait_for(silence.dropped.wait(), BOUND)
        mailbox.deliver(mail("ann@customer.test", mailbox.address))
        await intake.count(1, BOUND)
    async with asyncio.timeout(BOUND):
        await connector.close()
    assert len(customer_mailbox.messages()) == 1
    assert mailbox.messages("Sent") == []


def test_the_kernel_asks_too() -> None:
    """Silence by the network itself, not by a program behind it: at most 90 s either way."""
    with socket.socket() as connected:
        keep_alive(connected)

        def option(name: str) -> int:
            return connected.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))

        assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        quiet = option("TCP_KEEPIDLE") + option("TCP_KEEPINTVL") * option("TCP_KEEPCNT")
        assert quiet <= 90
        assert option("TCP_KEEPIDLE") == quiet_line.QUIET
        assert option("TCP_USER_TIMEOUT") <= 90_000

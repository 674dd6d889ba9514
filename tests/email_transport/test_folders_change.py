"""Folders made, renamed and deleted while the engine runs; servers that grant few connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator

import pytest

from connectors.contract import Address, Misconfigured, Outgoing
from connectors.email.connector import EmailConnector
from connectors.email.imap import account_watch
from connectors.email.task_group import task_group
from tests.email_transport.conftest import receiving
from tests.email_transport.ledger import MemoryIntake
from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.fixtures import AccountMaker
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.real


def plant(mailbox: Mailbox, subject: str, folder: str = "INBOX") -> None:
    mailbox.plant(mail("ann@customer.test", mailbox.address, subject), folder)


def subjects(intake: MemoryIntake) -> set[str]:
    return {each.subject for each in intake.inbound}


async def test_folders_made_renamed_and_deleted_while_it_runs(
    mailbox: Mailbox, email_account: AccountMaker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "connectors.email")
    plant(mailbox, "old")
    account = email_account(mailbox, folders=("INBOX", "Shop/*", "!Shop/Spam"), poll=0.2)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.count(1)
        for name in ("Shop.Returns", "Shop.Spam"):
            mailbox.create(name)
            plant(mailbox, name, name)
        await intake.until(lambda: "Shop.Returns" in subjects(intake))
        # Renamed: its mails come again under the new name, and the intake knows them again.
        with mailbox.imap() as client:
            client.rename("Shop.Returns", "Shop.Refunds")
        plant(mailbox, "after the rename", "Shop.Refunds")
        await intake.until(lambda: "after the rename" in subjects(intake))
        mailbox.delete_folder("Shop.Refunds")
        async with asyncio.timeout(30):
            while "folder Shop.Refunds is gone" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.02)  # the intake hears nothing of it
        mailbox.deliver(mail("ann@customer.test", mailbox.address, "still here"))
        await intake.until(lambda: "still here" in subjects(intake))
        assert intake.details[-1] == "", "nothing that the settings name is missing"
    assert caplog.text.count("folder Shop.Refunds is gone") == 1
    assert "Shop.Spam" not in subjects(intake)
    assert "Traceback" not in caplog.text


async def test_a_named_folder_that_goes_is_told_once_and_read_when_it_is_back(
    mailbox: Mailbox, email_account: AccountMaker, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.create("Shop")
    account = email_account(mailbox, folders=("INBOX", "Shop"), poll=0.1)
    intake = MemoryIntake()
    rounds = 0
    async with receiving(account, intake):
        await intake.until(lambda: bool(intake.details))
        mailbox.delete_folder("Shop")
        # Dovecot says nothing of it in IDLE; a new connection notices.
        mailbox.server.kick(mailbox.address)
        await intake.until(lambda: "Shop" in intake.details[-1])
        while rounds < 10:  # looks at the list of folders meanwhile
            rounds += 1
            await asyncio.sleep(0.1)
        mailbox.create("Shop")
        plant(mailbox, "back again", "Shop")
        await intake.count(1)
        await intake.until(lambda: intake.details[-1] == "")
    warnings = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(warnings) == len(set(warnings)), "each said once"
    assert 1 <= len([w for w in warnings if "Shop" in w]) <= 2


async def test_the_only_folder_goes_while_it_runs(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    mailbox.create("Shop")
    plant(mailbox, "one", "Shop")
    intake = MemoryIntake()
    with pytest.raises(Misconfigured, match="Shop"):  # noqa: PT012
        async with receiving(email_account(mailbox, folders=("Shop",), poll=0.2), intake) as run:
            await intake.count(1)
            mailbox.delete_folder("Shop")
            mailbox.server.kick(mailbox.address)
            await asyncio.wait({run}, timeout=20)


async def test_no_folder_fits_yet(mailbox: Mailbox, email_account: AccountMaker) -> None:
    intake = MemoryIntake()
    async with receiving(email_account(mailbox, folders=("Team/*",), poll=0.2), intake):
        await intake.until(lambda: bool(intake.details))
        assert "No folder fits" in intake.details[-1]
        mailbox.create("Team.Ann")
        plant(mailbox, "first", "Team.Ann")
        await intake.count(1)
        await intake.until(lambda: intake.details[-1] == "")


@pytest.fixture(scope="module")
def narrow() -> Iterator[Callable[[int], Dovecot]]:
    """A server that grants a user so many connections."""
    made: dict[int, Dovecot] = {}

    def start(most: int) -> Dovecot:
        if most not in made:
            extra = f"protocol imap {{\n mail_max_userip_connections = {most}\n}}\n"
            made[most] = Dovecot(extra=extra).start()
        return made[most]

    yield start
    for server in made.values():
        server.close()


@pytest.mark.parametrize("most", [1, 2])
async def test_a_server_that_grants_few_connections(
    narrow: Callable[[int], Dovecot],
    email_account: AccountMaker,
    own_smtp: Callable[..., SmtpServer],
    customer_mailbox: Mailbox,
    most: int,
) -> None:
    box = narrow(most).user()
    with box.imap() as client:
        for name in ("A", "B", "C", "D"):
            client.create(name)
    account = email_account(
        box,
        own_smtp(security="plain", auth=False).port,
        smtp_scheme="smtp",
        smtp_user="",
        folders=("INBOX", "A", "B", "C", "D"),
        poll=0.3,
    )
    intake = MemoryIntake()
    connector = EmailConnector("support", account)
    async with task_group() as group:
        run = group.create_task(connector.run(intake))
        await intake.until(lambda: bool(intake.details))
        for name in ("INBOX", "A", "D"):
            plant(box, name, name)
        await intake.until(lambda: subjects(intake) >= {"INBOX", "A", "D"})
        if most == 1:
            # With more, log-ins at the same moment may all get past Dovecot's counting.
            await intake.until(lambda: "grants 1 connection" in intake.details[-1])
        # The connection that receives also keeps the copy and looks for proof.
        message = Outgoing(
            key="k1@example.test",
            account="support",
            to=[Address(customer_mailbox.address)],
            text="It is on its way.",
        )
        assert await connector.find_sent(message) is None
        await connector.send(message)
        async with asyncio.timeout(20):
            while await connector.find_sent(message) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        plant(box, "after all", "C")
        await intake.until(lambda: "after all" in subjects(intake))
        run.cancel()
    await connector.close()


async def test_more_connections_are_tried_again_later(
    mailbox: Mailbox,
    email_account: AccountMaker,
    chaos: Callable[[int], ChaosProxy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account_watch, "MORE_AGAIN", 0.3)
    proxy = chaos(mailbox.server.imaps_port)
    with mailbox.imap() as client:
        client.create("A")
    account = email_account(mailbox, folders=("INBOX", "A"), imap_port=proxy.port, poll=0.2)
    intake = MemoryIntake()
    real = EmailConnector._imap
    calls = 0

    async def one_only(self: EmailConnector) -> object:
        nonlocal calls
        calls += 1
        proxy.refuse = 1 < calls <= 4
        return await real(self)

    monkeypatch.setattr(EmailConnector, "_imap", one_only)
    async with receiving(account, intake):
        await intake.until(lambda: any("grants 1 connection" in d for d in intake.details))
        plant(mailbox, "one", "A")
        await intake.count(1)
        await intake.until(lambda: intake.details[-1] == "")
        plant(mailbox, "two", "A")
        await intake.count(2)
    assert proxy.connections >= 5

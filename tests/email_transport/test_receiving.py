"""The connector bringing mail in from a real Dovecot."""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from connectors.contract import AuthFailed, Inbound, Misconfigured, Received, Unreachable
from connectors.email.connector import EmailConnector
from connectors.email.imap import folder_sync, message_fetch
from connectors.email.imap import session as imap_session
from connectors.email.reading import shared_readers
from tests.email_transport.conftest import receiving
from tests.email_transport.ledger import MemoryIntake
from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.fixtures import AccountMaker
from tests.servers.load import mails

pytestmark = pytest.mark.real
DAY = 86400


def plant(mailbox: Mailbox, count: int, folder: str = "INBOX", **options: float) -> None:
    for number in range(count):
        raw = mail("ann@customer.test", mailbox.address, f"mail {number}")
        mailbox.plant(raw, folder, **options)  # type: ignore[arg-type]


async def test_what_is_there_then_what_arrives(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    plant(mailbox, 250)
    intake = MemoryIntake()
    async with receiving(email_account(mailbox), intake):
        await intake.count(250)
        assert intake.uids() == list(range(1, 251)), "oldest first"
        await intake.until(lambda: intake.stored_cursor["folders"]["INBOX"]["complete"] == 250)
        mailbox.deliver(mail("bob@customer.test", mailbox.address, "just now"))
        await intake.count(251)
    newest = intake.items[intake.order[-1]]
    assert isinstance(newest, Inbound)
    assert (newest.subject, newest.sender.address) == ("just now", "bob@customer.test")
    assert newest.external_id == f"INBOX/{mailbox.uidvalidity()}/251"
    assert abs(newest.arrived_at / 1000 - time.time()) < 60
    assert set(intake.details) == {""}
    # What is kept is byte for byte what the server has.
    assert list(intake.raw.values()) == mailbox.messages()
    assert "\\Seen" not in mailbox.flags(1), "nothing is marked as seen"


@pytest.mark.parametrize("scheme", ["imap", "imap+starttls", "imaps"])
async def test_each_kind_of_connection(
    mailbox: Mailbox, email_account: AccountMaker, scheme: str
) -> None:
    plant(mailbox, 3)
    intake = MemoryIntake()
    async with receiving(email_account(mailbox, imap_scheme=scheme), intake):
        await intake.count(3)


async def test_an_outage_is_filled_and_nothing_comes_twice(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    account = email_account(mailbox)
    intake = MemoryIntake()
    plant(mailbox, 5)
    async with receiving(account, intake):
        await intake.count(5)
    plant(mailbox, 120)
    async with receiving(account, intake):
        await intake.count(125)
    # A cursor that was lost costs a look at the ledger, no message.
    intake.stored_cursor = {}
    plant(mailbox, 1)
    async with receiving(account, intake):
        await intake.count(126)
    assert intake.uids() == list(range(1, 127))


async def test_long_backlogs_begin_with_the_newest_and_let_new_mail_pass(
    mailbox: Mailbox, email_account: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_sync, "LONG_BACKLOG", 100)
    monkeypatch.setattr(folder_sync, "HEAD", 40)
    monkeypatch.setattr(message_fetch, "BATCH", 20)
    plant(mailbox, 300)
    intake = MemoryIntake()
    fresh = mail("bob@customer.test", mailbox.address, "urgent")

    def deliver_once(batch: Sequence[Received]) -> None:
        # Batches that wait are stored together: it may be more.
        if len(intake.items) >= 60:
            intake.before_accept = None
            mailbox.deliver(fresh)

    intake.before_accept = deliver_once
    async with receiving(email_account(mailbox), intake):
        await intake.count(301)
        await intake.until(lambda: intake.stored_cursor["folders"]["INBOX"]["complete"] == 301)
    uids = intake.uids()
    assert uids[:40] == list(range(261, 301)), "the newest 40, in their order"
    assert uids[40:60] == list(range(1, 21)), "then from the oldest on"
    assert uids.index(301) < 300, "mail that arrives meanwhile does not wait for all the old"
    assert sorted(uids) == list(range(1, 302))


async def test_a_crash_anywhere_in_a_backlog_leaves_no_gap(
    mailbox: Mailbox, email_account: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_sync, "LONG_BACKLOG", 50)
    monkeypatch.setattr(folder_sync, "HEAD", 20)
    monkeypatch.setattr(message_fetch, "BATCH", 20)
    plant(mailbox, 80)
    account = email_account(mailbox)
    intake = MemoryIntake()

    class DiskFull(Exception):
        pass

    def fail_sometimes(batch: Sequence[Received]) -> None:
        failures.append(len(failures))
        if len(failures) % 2:
            raise DiskFull

    failures: list[int] = []
    intake.before_accept = fail_sometimes
    for _ in range(30):
        try:
            async with receiving(account, intake) as run:
                done = asyncio.create_task(intake.count(80))
                await asyncio.wait({run, done}, return_when=asyncio.FIRST_COMPLETED)
                done.cancel()
        except DiskFull:
            continue
        break
    intake.before_accept = None
    async with receiving(account, intake):
        await intake.until(lambda: intake.stored_cursor["folders"]["INBOX"]["complete"] == 80)
    assert len(failures) > 3
    assert sorted(intake.uids()) == list(range(1, 81))
    assert intake.stored_cursor["folders"]["INBOX"]["complete"] == 80


async def test_a_folder_made_anew_is_read_anew(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    account = email_account(mailbox, folders=("Shop",))
    intake = MemoryIntake()
    mailbox.create("Shop")
    plant(mailbox, 3, "Shop")
    async with receiving(account, intake):
        await intake.count(3)
    first = mailbox.uidvalidity("Shop")
    mailbox.delete_folder("Shop")
    await asyncio.sleep(1.1)  # Dovecot's UIDVALIDITY is the time in seconds
    mailbox.create("Shop")
    plant(mailbox, 2, "Shop")
    second = mailbox.uidvalidity("Shop")
    assert second != first
    async with receiving(account, intake):
        await intake.count(5)
    assert sorted(intake.items) == sorted(
        [f"Shop/{first}/{uid}" for uid in (1, 2, 3)] + [f"Shop/{second}/{uid}" for uid in (1, 2)]
    )


async def test_many_folders_few_connections(
    mailbox: Mailbox, email_account: AccountMaker, chaos: Callable[[int], ChaosProxy]
) -> None:
    names = ["INBOX", *(f"Team {n}" for n in range(1, 7)), "Повернення"]
    with mailbox.imap() as client:
        for name in names[1:-1]:
            client.create(f'"{name}"')
        client.create('"&BB8EPgQyBDUEQAQ9BDUEPQQ9BE8-"')
    encoded = {names[-1]: "&BB8EPgQyBDUEQAQ9BDUEPQQ9BE8-"}
    for name in names:
        plant(mailbox, 2, encoded.get(name, name))
    proxy = chaos(mailbox.server.imaps_port)
    account = email_account(mailbox, folders=tuple(names), imap_port=proxy.port, poll=1)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.count(2 * len(names))
        for name in ("INBOX", "Team 6", names[-1]):
            plant(mailbox, 1, encoded.get(name, name))
        await intake.count(2 * len(names) + 3)
    assert proxy.connections <= 4
    assert {each.rsplit("/", 2)[0] for each in intake.items} == set(names)


async def test_a_folder_that_vanishes_stops_no_other(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    mailbox.create("Shop")
    account = email_account(mailbox, folders=("INBOX", "Shop", "Nowhere"), poll=1)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.until(lambda: any("Nowhere" in detail for detail in intake.details))
        assert not any("Shop" in detail for detail in intake.details)
        mailbox.delete_folder("Shop")
        await intake.until(lambda: "Shop" in intake.details[-1])
        mailbox.deliver(mail("ann@customer.test", mailbox.address))
        await intake.count(1)
        mailbox.create("Shop")
        plant(mailbox, 1, "Shop")
        await intake.count(2)
        assert "Shop" not in intake.details[-1]
    assert re.search(
        r"The folder Nowhere of \S+ is not on the server; correct folders", intake.details[-1]
    )


async def test_no_folder_at_all(mailbox: Mailbox, email_account: AccountMaker) -> None:
    intake = MemoryIntake()
    with pytest.raises(Misconfigured, match="Nowhere"):
        async with receiving(email_account(mailbox, folders=("Nowhere",)), intake) as run:
            await asyncio.wait({run}, timeout=20)
    assert intake.details == []


async def test_a_server_without_idle_is_asked_again_and_again(
    own_dovecot: Callable[..., Dovecot], email_account: AccountMaker
) -> None:
    server = own_dovecot(extra="protocol imap {\n imap_capability = IMAP4rev1 UIDPLUS\n}\n")
    box = server.user()
    intake = MemoryIntake()
    async with receiving(email_account(box, poll=1), intake):
        await intake.until(lambda: bool(intake.details))
        for number in range(1, 3):
            box.deliver(mail("ann@customer.test", box.address))
            await intake.count(number)


async def test_a_look_at_the_folder_between_two_idles(
    mailbox: Mailbox, email_account: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that forgets to tell of mail costs one renewal, not the mail."""
    from connectors.email.imap.protocol import ImapProtocol

    def deaf(self: ImapProtocol, response: tuple[bytes, ...]) -> None:
        if b"EXISTS" not in response[0]:
            hear(self, response)

    hear = ImapProtocol._untagged
    monkeypatch.setattr(ImapProtocol, "_untagged", deaf)
    intake = MemoryIntake()
    async with receiving(email_account(mailbox, probe=0.3), intake):
        await intake.until(lambda: bool(intake.details))
        mailbox.deliver(mail("ann@customer.test", mailbox.address))
        await intake.count(1)


async def test_mail_expunged_while_it_is_being_fetched(
    mailbox: Mailbox, email_account: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_fetch, "BATCH", 10)
    plant(mailbox, 100)
    intake = MemoryIntake()

    def expunge(batch: Sequence[Received]) -> None:
        if not intake.items:
            mailbox.expunge(range(61, 91))

    intake.before_accept = expunge
    async with receiving(email_account(mailbox), intake):
        await intake.until(
            lambda: intake.stored_cursor.get("folders", {}).get("INBOX", {}).get("complete") == 100
        )
    assert set(intake.uids()) == {*range(1, 61), *range(91, 101)}
    assert not intake.quarantined


async def test_a_lost_connection_is_made_again_without_the_engine(
    mailbox: Mailbox, email_account: AccountMaker, chaos: Callable[[int], ChaosProxy]
) -> None:
    proxy = chaos(mailbox.server.imaps_port)
    account = email_account(mailbox, imap_port=proxy.port)
    intake = MemoryIntake()
    plant(mailbox, 1)
    async with receiving(account, intake):
        for number in range(1, 4):
            await intake.count(number)
            await asyncio.sleep(0.1)
            proxy.kill(reset=number % 2 == 1)
            mailbox.deliver(mail("ann@customer.test", mailbox.address))
        await intake.count(4)
    assert intake.uids() == [1, 2, 3, 4]


async def test_a_dead_line_is_noticed_while_nothing_happens(
    mailbox: Mailbox,
    email_account: AccountMaker,
    chaos: Callable[[int], ChaosProxy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing passes and nothing is closed, as when a router forgot the connection."""
    monkeypatch.setattr(imap_session, "PATIENCE", 2.0)
    proxy = chaos(mailbox.server.imaps_port)
    account = email_account(mailbox, imap_port=proxy.port, probe=0.3)
    intake = MemoryIntake()
    with pytest.raises(Unreachable, match="did not answer in time"):  # noqa: PT012
        async with receiving(account, intake), asyncio.timeout(60):
            await intake.until(lambda: bool(intake.details))
            proxy.blackhole = True
            mailbox.deliver(mail("ann@customer.test", mailbox.address))
            await intake.count(1)
    proxy.blackhole = False
    monkeypatch.undo()
    async with receiving(account, intake):
        await intake.count(1)


async def test_nothing_that_a_mailbox_may_hold_stops_the_folder(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    many = ", ".join(f"user{n}@customer.test" for n in range(10_000))
    nasty = [
        b"",
        b"\r\n",
        b"\0" * 1000,
        bytes(range(256)) * 40,
        b"From: a@customer.test\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\nbody\r\n",
        f"From: a@customer.test\r\nTo: {many}\r\n\r\nto all\r\n".encode(),
        b"Content-Type: text/plain; charset=no-such-charset\r\n\r\n\xd0\x9f\r\n",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n" * 20_000,
        b"Subject: =?utf-8?b?" + b"A" * 100_000 + b"?=\r\n\r\n",
    ]
    for raw in [*nasty, mail("ann@customer.test", mailbox.address, "still here")]:
        mailbox.plant(raw)
    intake = MemoryIntake()
    async with receiving(email_account(mailbox), intake):
        await intake.count(len(mailbox.uids()))
    assert len(intake.items) >= len(nasty)
    assert "still here" in {each.subject for each in intake.inbound}
    assert not intake.quarantined


async def test_a_server_that_dies_in_the_middle_of_a_fetch(
    mailbox: Mailbox, email_account: AccountMaker, chaos: Callable[[int], ChaosProxy]
) -> None:
    for raw, at in mails(300, mailbox.address):
        mailbox.plant(raw, at=at)
    proxy = chaos(mailbox.server.imap_port)
    account = email_account(mailbox, imap_scheme="imap", imap_port=proxy.port)
    passed = 0

    def cut(piece: bytes, from_client: bool) -> int | None:
        nonlocal passed
        passed += 0 if from_client else len(piece)
        if passed > 700_000:
            passed = 0
            return len(piece) // 2
        return None

    proxy.cut_when = cut
    intake = MemoryIntake()
    for _ in range(40):
        try:
            async with receiving(account, intake) as run:
                reading = asyncio.create_task(intake.count(300, 60))
                await asyncio.wait({run, reading}, return_when=asyncio.FIRST_COMPLETED)
                reading.cancel()
        except Unreachable as error:
            assert "ended the connection" in str(error)  # noqa: PT017
        if len(intake.items) >= 300:
            break
    assert proxy.connections > 4
    assert sorted(intake.uids()) == list(range(1, 301))
    assert not intake.quarantined
    assert sorted(intake.raw.values()) == sorted(mailbox.messages())


async def test_a_dead_server_is_the_engines_to_retry(
    own_dovecot: Callable[..., Dovecot], email_account: AccountMaker
) -> None:
    server = own_dovecot()
    box = server.user()
    account = email_account(box)
    plant(box, 2)
    intake = MemoryIntake()
    with pytest.raises(Unreachable, match="refuses connections"):  # noqa: PT012
        async with receiving(account, intake) as run:
            await intake.count(2)
            server.kill()
            await asyncio.wait({run}, timeout=20)
    server.start()
    plant(box, 1)
    async with receiving(account, intake):
        await intake.count(3)


async def test_a_wrong_password(mailbox: Mailbox, email_account: AccountMaker) -> None:
    account = email_account(mailbox, password="wrong")
    with pytest.raises(AuthFailed, match="check user and password"):
        async with receiving(account, MemoryIntake()) as run:
            await asyncio.wait({run}, timeout=20)


async def test_a_secret_that_is_not_there(mailbox: Mailbox, email_account: AccountMaker) -> None:
    account = email_account(mailbox)
    assert account.password is not None
    Path(account.password.value).unlink()  # noqa: ASYNC240
    with pytest.raises(Misconfigured, match="no file"):
        async with receiving(account, MemoryIntake()) as run:
            await asyncio.wait({run}, timeout=20)


async def test_fifty_megabytes_never_lie_in_memory(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    line = b"A" * 75 + b"\r\n"
    head = (
        b"From: ann@customer.test\r\nSubject: big\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="big.bin"\r\n\r\n'
    )
    raw = head + line * (52_000_000 // len(line))
    mailbox.plant(raw)
    mailbox.plant(mail("ann@customer.test", mailbox.address, "after it"))
    intake = MemoryIntake()
    kept: list[object] = []
    intake.before_accept = lambda batch: kept.extend(item.raw for item in batch)  # type: ignore[union-attr]
    async with receiving(email_account(mailbox), intake):
        await intake.count(2)
    assert isinstance(kept[0], Path)
    assert not kept[0].exists(), "the file went when the store had its own"
    big, small = intake.inbound
    assert hashlib.sha256(intake.raw[big.external_id]).digest() == hashlib.sha256(raw).digest()
    assert small.subject == "after it"
    (file,) = big.files
    assert isinstance(file.content, Path)
    assert not file.content.exists()


async def test_a_mail_just_over_a_piece_is_whole(
    mailbox: Mailbox, email_account: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_fetch, "FIRST_PIECE", 1000)
    monkeypatch.setattr(message_fetch, "NEXT_PIECE", 700)
    monkeypatch.setattr(message_fetch, "IN_MEMORY", 3000)
    sizes = [999, 1000, 1001, 1700, 1701, 2400, 3000, 9999]
    sent = []
    for size in sizes:
        head = b"From: a@customer.test\r\nSubject: %d\r\n\r\n" % size
        sent.append(head + b"x" * (size - len(head)))
        mailbox.plant(sent[-1])
    intake = MemoryIntake()
    async with receiving(email_account(mailbox), intake):
        await intake.count(len(sizes))
    assert list(intake.raw.values()) == sent


async def test_old_mail_is_history_only_by_the_first_look(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    now = time.time()
    account = email_account(mailbox, history=14 * DAY)
    plant(mailbox, 1, at=now - 20 * DAY)
    plant(mailbox, 1, at=now - 13 * DAY)
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.count(2)
    assert [each.history for each in intake.inbound] == [True, False]
    # The desk was down for a month: what waited is not history.
    place = intake.stored_cursor["folders"]["INBOX"]
    place["since"] = int((now - 30 * DAY) * 1000)
    plant(mailbox, 1, at=now - 25 * DAY)
    async with receiving(account, intake):
        await intake.count(3)
    assert not intake.inbound[2].history


async def test_mail_is_marked_as_seen_where_that_is_wanted(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    plant(mailbox, 2)
    intake = MemoryIntake()
    async with receiving(email_account(mailbox, mark_seen=True), intake):
        await intake.count(2)
        async with asyncio.timeout(10):
            while not all("\\Seen" in mailbox.flags(uid) for uid in (1, 2)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_what_is_no_customers_mail(mailbox: Mailbox, email_account: AccountMaker) -> None:
    own = mailbox.address
    mailbox.plant(mail("ann@customer.test", own), flags="D")
    mailbox.plant(mail("ann@customer.test", own), flags="T")
    mailbox.plant(mail(own, own, "note to self"))
    mailbox.plant(mail(own.upper(), "ann@customer.test", "sent from a phone"))
    mailbox.plant(mail(own, own, "web form", Reply_To="ann@customer.test"))
    mailbox.plant(mail("ann@customer.test", own, "a customer"))
    intake = MemoryIntake()
    async with receiving(email_account(mailbox), intake):
        await intake.count(6)
    assert [each.reason for each in intake.ignored] == [
        "a draft",
        "marked as deleted in the mailbox",
        "from this account to itself",
    ]
    assert [(each.subject, each.direction) for each in intake.inbound] == [
        ("sent from a phone", "out"),
        ("web form", "in"),
        ("a customer", "in"),
    ]


async def test_the_sent_folder_is_outbound(mailbox: Mailbox, email_account: AccountMaker) -> None:
    plant(mailbox, 1)
    mailbox.plant(mail(mailbox.address, "ann@customer.test", "answered"), "Sent")
    mailbox.plant(mail("alias@shop.test", "ann@customer.test", "as an alias"), "Sent")
    intake = MemoryIntake()
    async with receiving(email_account(mailbox, folders=("INBOX", "Sent")), intake):
        await intake.count(3)
    assert {(each.subject, each.direction) for each in intake.inbound} == {
        ("mail 0", "in"),
        ("answered", "out"),
        ("as an alias", "out"),
    }


@pytest.mark.parametrize("damage", ["unreadable", "wrong size"])
async def test_a_mail_that_the_server_cannot_hand_over(
    own_dovecot: Callable[..., Dovecot], email_account: AccountMaker, damage: str
) -> None:
    server = own_dovecot()
    box = server.user()
    plant(box, 5)
    current = box.maildir / "cur"
    files = sorted(current.iterdir(), key=lambda path: int(path.name.split(".")[1]))
    if damage == "unreadable":
        files[2].chmod(0)
    else:
        wrong = files[2].name.replace(",S=", ",S=9")
        files[2].rename(current / wrong)
    account = email_account(box)
    intake = MemoryIntake()
    for _ in range(12):
        try:
            async with receiving(account, intake) as run:
                reading = asyncio.create_task(intake.count(5, 5))
                await asyncio.wait({run, reading}, return_when=asyncio.FIRST_COMPLETED)
                reading.cancel()
                await asyncio.wait({reading})
        except Unreachable:
            pass
        if len(intake.items) >= 5:
            break
    (bad,) = intake.quarantined
    assert bad.external_id.endswith("/3")
    assert {each.subject for each in intake.inbound} >= {"mail 0", "mail 1", "mail 3", "mail 4"}


async def test_stopping_leaves_nothing_behind(
    mailbox: Mailbox, email_account: AccountMaker
) -> None:
    plant(mailbox, 150)
    for moment in (0.0, 0.02, 0.15, 0.4):
        intake = MemoryIntake()
        before = asyncio.all_tasks()
        async with receiving(email_account(mailbox), intake):
            await asyncio.sleep(moment)
            started = time.monotonic()
        assert time.monotonic() - started < 2
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == before


async def test_what_cannot_be_stored_leaves_no_files_behind(
    mailbox: Mailbox, email_account: AccountMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each try fetches and unpacks anew, and a full disk is why it fails: another account keeps
    the readers, with their directory, in use all the time."""
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    file = b'Content-Type: image/png; name="x.png"\r\nContent-Disposition: attachment\r\n\r\n'
    for number in range(2):
        raw = mail("ann@customer.test", mailbox.address, message_id=f"<{number}@c.test>")
        head = raw.partition(b"Content-Type")[0]
        mailbox.plant(head + file + b"p\r\n" * 700_000)
    intake = MemoryIntake()

    def full(_batch: object) -> None:
        raise OSError("no space left")

    intake.before_accept = full
    async with shared_readers():
        for _ in range(2):
            connector = EmailConnector("support", email_account(mailbox))
            with pytest.raises(OSError, match="no space"):
                await connector.run(intake)
            await connector.close()
        assert [each for each in spool.rglob("*") if each.is_file()] == []
        intake.before_accept = None
        async with receiving(email_account(mailbox), intake):
            await intake.count(2)
        assert [each for each in spool.rglob("*") if each.is_file()] == []

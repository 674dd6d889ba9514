"""The engine on real mailboxes through weeks, outages, full disks and changed passwords."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.email_round_trip.conftest import Desk
from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.load import mails
from tests.servers.process import free_port

pytestmark = pytest.mark.real

MakeDesk = Callable[..., Desk]
SMTP = "smtp://localhost:9"
PROMPT = 10.0
"""Seconds in which mail arrives on a busy machine; a dead server costs 30 or more."""


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[MakeDesk]:
    made: list[Desk] = []

    def make(mailbox: Mailbox, *, at: Path | None = None, **settings: Any) -> Desk:
        made.append(Desk(at or tmp_path / f"desk{len(made)}", mailbox, SMTP, **settings))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


def count(desk: Desk) -> int:
    if not (desk.directory / "desk.sqlite").exists():
        return 0
    return int(desk.read("SELECT count(*) FROM messages")[0][0])


def has(desk: Desk, number: int) -> bool:
    return count(desk) == number


def state(desk: Desk, account: str = "support") -> tuple[str, str]:
    query = "SELECT state, state_reason FROM accounts WHERE name = ?"
    if not (desk.directory / "desk.sqlite").exists():
        return "", ""
    return next(((row[0], row[1]) for row in desk.read(query, account)), ("", ""))


def deliver(mailbox: Mailbox, subject: str = "Where is it?") -> None:
    mailbox.deliver(mail("ann@customer.test", mailbox.address, subject))


def another(name: str, mailbox: Mailbox, port: int) -> str:
    user = mailbox.address.replace("@", "%40")
    return f"""
[accounts.{name}]
channel = "email"
address = "{name}-{mailbox.address}"
imap = "imap://{user}@localhost:{port}"
smtp = "{SMTP}"
password = "env:NOT_NEEDED"
"""


def test_dead_servers_touch_no_other_account(
    make_desk: MakeDesk,
    dovecot: Dovecot,
    mailbox: Mailbox,
    chaos: Callable[[int], ChaosProxy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One swallows everything, one refuses, one has no name, one falls silent later."""
    monkeypatch.setenv("NOT_NEEDED", mailbox.password)
    hole, dying = chaos(dovecot.imap_port), chaos(dovecot.imap_port)
    hole.blackhole = True
    other = dovecot.user()
    accounts = another("hole", other, hole.port) + another("refusing", other, free_port())
    accounts += another("dying", other, dying.port)
    accounts += another("nameless", other, 143).replace("@localhost:143", "@no-such-host.invalid")
    accounts = accounts.replace("imap://", "imaps://").replace(
        f"imaps://{other.address.replace('@', '%40')}@localhost",
        f"imap://{other.address.replace('@', '%40')}@localhost",
    )
    desk = make_desk(mailbox, settings=accounts)
    desk.serve()
    desk.eventually(lambda: state(desk)[0] == "online")
    desk.eventually(lambda: state(desk, "dying")[0] == "online")
    desk.eventually(lambda: state(desk, "refusing")[0] == "retrying")
    for number in range(1, 7):
        if number == 4:
            dying.blackhole = True
        deliver(mailbox)
        desk.eventually(partial(has, desk, number), PROMPT)
    assert state(desk) == ("online", "")
    assert state(desk, "hole")[0] in ("starting", "retrying")
    assert "refuses connections" in state(desk, "refusing")[1]


def test_weeks_of_mail_newest_first_with_progress_and_a_kill(
    make_desk: MakeDesk, mailbox: Mailbox
) -> None:
    total = 2500
    for raw, at in mails(total, mailbox.address, size=3000):
        mailbox.plant(raw, at=at)
    desk = make_desk(mailbox, settings='history = "365d"')
    process = desk.serve()
    desk.eventually(lambda: count(desk) >= 200)
    ((first_arrived,),) = desk.read("SELECT max(arrived_at) FROM messages")
    assert time.time() - first_arrived / 1000 < 86400, "an agent sees today's mail at once"
    progress = "SELECT count(*) FROM events WHERE kind = 'account.state' AND data LIKE ?"
    told = "%catching up: % of 2,500 in INBOX%"
    desk.eventually(lambda: desk.read(progress, told)[0][0])
    desk.kill(process)
    before = count(desk)
    assert 0 < before < total
    desk.serve()
    desk.eventually(lambda: count(desk) >= total, 120)
    desk.eventually(lambda: state(desk) == ("online", ""))
    assert count(desk) == total
    ((told_often,),) = desk.read(progress, "%catching up%")
    assert told_often <= 100, "the log is not filled with it"
    assert desk.read("SELECT DISTINCT outcome FROM ledger") == [("accepted",)]


def test_the_password_changes_while_it_runs(
    make_desk: MakeDesk, dovecot: Dovecot, mailbox: Mailbox
) -> None:
    desk = make_desk(mailbox)
    process = desk.serve()
    desk.eventually(lambda: state(desk)[0] == "online")
    changed = dovecot.set_password(mailbox, "another secret")
    dovecot.kick(mailbox.address)
    desk.eventually(lambda: state(desk)[0] == "failed")
    assert "check user and password" in state(desk)[1]
    deliver(changed)
    (desk.directory / "password").write_text("another secret")
    process.send_signal(signal.SIGHUP)  # or wait: it is tried again, slowly
    desk.eventually(lambda: count(desk) == 1)
    desk.eventually(lambda: state(desk) == ("online", ""))
    assert "another secret" not in desk.log


def test_the_mailbox_is_renumbered_emptied_and_filled_while_it_runs(
    make_desk: MakeDesk, dovecot: Dovecot, mailbox: Mailbox
) -> None:
    for number in range(20):
        deliver(mailbox, f"n{number}")
    desk = make_desk(mailbox)
    desk.serve()
    desk.eventually(lambda: count(desk) == 20)
    # Its number is the second of its making: made in the same one, the new one would have it, too.
    before = mailbox.uidvalidity()
    desk.eventually(lambda: time.time() >= before + 1)
    # As after a restore from a backup: other UIDVALIDITY, the same mails.
    for path in mailbox.maildir.glob("dovecot*"):
        path.unlink() if path.is_file() else shutil.rmtree(path)
    dovecot.kick(mailbox.address)
    desk.eventually(lambda: mailbox.uidvalidity() != before)
    deliver(mailbox, "after it")
    desk.eventually(lambda: count(desk) == 21)
    desk.eventually(
        lambda: desk.read("SELECT count(*) FROM ledger WHERE outcome = 'duplicate'") == [(20,)]
    )
    # The whole mailbox goes, and comes to life again with the next mail.
    made = mailbox.uidvalidity()
    desk.eventually(lambda: time.time() >= made + 1)
    shutil.rmtree(mailbox.maildir)
    dovecot.kick(mailbox.address)
    deliver(mailbox, "in the new one")
    desk.eventually(lambda: count(desk) == 22)
    assert "Traceback" not in desk.log


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "none", str(disk)]
    if subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can be mounted by root only")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_the_disk_fills_up_during_a_back_fill(
    make_desk: MakeDesk, mailbox: Mailbox, small_disk: Path
) -> None:
    for raw, at in mails(300, mailbox.address, size=30_000):
        mailbox.plant(raw, at=at)
    desk = make_desk(mailbox, at=small_disk / "desk")
    process = desk.serve()
    desk.eventually(lambda: "No room left" in desk.log)
    stored = count(desk)
    assert stored < 300
    assert process.poll() is None
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    desk.eventually(lambda: count(desk) == 300)
    desk.eventually(lambda: state(desk) == ("online", ""))
    assert desk.read("SELECT DISTINCT outcome FROM ledger") == [("accepted",)]
    assert desk.run("check").returncode == 0


@pytest.mark.parametrize(
    "total", [500, pytest.param(100_000, marks=pytest.mark.slow)], ids=["lean", "full"]
)
def test_a_large_folder_in_flat_memory(make_desk: MakeDesk, mailbox: Mailbox, total: int) -> None:
    """First connect to a folder of this size; new mail comes through meanwhile and after."""
    for raw, at in mails(total, mailbox.address, size=2000):
        mailbox.plant(raw, at=at)
    desk = make_desk(mailbox, settings='history = "7d"')
    process = desk.serve()
    desk.eventually(lambda: count(desk) > min(total * 0.2, 5000), 300)
    early = _memory(process.pid)
    deliver(mailbox, "in the midst of it")
    here = "SELECT count(*) FROM messages WHERE subject = ?"
    desk.eventually(lambda: desk.read(here, "in the midst of it") == [(1,)], 2 * PROMPT)
    at_most = early

    def done() -> bool:
        nonlocal at_most
        at_most = max(at_most, _memory(process.pid))
        return count(desk) == total + 1

    started = time.monotonic()
    desk.eventually(done, 900)
    print(f"{total} mails, {time.monotonic() - started:.0f} s, {early} → {at_most} MB")
    assert at_most - early < 64, "megabytes"
    desk.eventually(lambda: state(desk) == ("online", ""))
    deliver(mailbox, "when all is done")
    desk.eventually(lambda: desk.read(here, "when all is done") == [(1,)], PROMPT)
    # Old mail arrives closed; what is younger than the setting is open.
    ((opened,),) = desk.read("SELECT count(*) FROM conversations WHERE status = 'open'")
    assert 2 <= opened < total / 2


def _memory(pid: int) -> int:
    """Resident megabytes of the engine itself; 0 when it has gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) // 1024
    return 0

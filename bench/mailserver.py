"""A private Dovecot with a mailbox to sync, and the engine on a desk that syncs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import desks
from bench.programs import PACKAGES
from bench.report import Report
from store.database import open_database
from store.driver import Connection
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.process import executable

PATIENCE = 1800.0


@contextmanager
def dovecot(report: Report) -> Iterator[Dovecot | None]:
    """A running server; None, and said so, where it is not installed."""
    if not executable("dovecot"):
        report.missing("Dovecot, the mail server of this bench", PACKAGES["dovecot"])
        yield None
        return
    server = Dovecot()
    try:
        yield server.start()
    finally:
        server.close()


def fill(mailbox: Mailbox, mails: int) -> None:
    """Put `desks.maildir(mails)` into the mailbox; the newest arrived just now."""
    source = desks.maildir(mails) / "cur"
    target = mailbox.maildir / "cur"
    for part in ("cur", "new", "tmp"):
        (mailbox.maildir / part).mkdir(parents=True, exist_ok=True)
    stamps = {path: int(path.name.partition(".")[0]) for path in source.iterdir()}
    later = int(time.time()) - max(stamps.values())
    for path, stamp in stamps.items():
        copied = target / path.name
        copied.write_bytes(path.read_bytes())
        os.utime(copied, (stamp + later, stamp + later))
        mailbox.server.own(copied)
    for directory in (mailbox.maildir.parent, mailbox.maildir, *mailbox.maildir.iterdir()):
        mailbox.server.own(directory)


def configure(home: Path, mailbox: Mailbox, *, engine: str = "auto") -> None:
    """A desk whose one account is this mailbox."""
    secret = home / "password"
    secret.write_text(mailbox.password)
    secret.chmod(0o600)
    user = mailbox.address.replace("@", "%40")
    (home / "config.toml").write_text(
        f'[desk]\nname = "Bench"\nengine = "{engine}"\n\n'
        f'[accounts.mailbox]\nchannel = "email"\naddress = "{mailbox.address}"\n'
        f'imap = "imaps://{user}@localhost:{mailbox.server.imaps_port}"\n'
        f'smtp = "smtps://{user}@localhost:{mailbox.server.imaps_port}"\n'
        f'password = "file:{secret}"\ntls_ca = "{mailbox.server.certificate.cert}"\n'
    )


@contextmanager
def engine(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`omnitui serve` from exec on; its log is in the home."""
    with (home / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "omnitui", "--home", str(home), "serve"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=desks.ROOT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def processes(leader: int) -> list[int]:
    """The process and everything it has started."""
    found = [leader]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            group = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(group[2]) == leader and int(stat.parent.name) != leader:
            found.append(int(stat.parent.name))
    return found


class Progress:
    """How far the engine has come, seen from another process as a screen would."""

    def __init__(self, home: Path, process: subprocess.Popen[bytes]) -> None:
        self._home = home
        self._process = process
        self._db: Connection | None = None

    def received(self) -> int:
        """Rows of the ledger; each is committed together with its search entry."""
        if self._process.poll() is not None:
            raise RuntimeError(f"the engine ended:\n{(self._home / 'serve.log').read_text()}")
        if self._db is None:
            if not (self._home / "desk.sqlite").exists():
                return 0
            self._db = open_database(self._home / "desk.sqlite", readonly=True)
        return int(self._db.execute("SELECT count(*) FROM ledger").fetchone()[0])

    def wait(self, enough: Callable[[int], bool], pause: float = 0.05) -> int:
        deadline = time.monotonic() + PATIENCE
        while not enough(found := self.received()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{found} mails after {PATIENCE:.0f} s")
            time.sleep(pause)
        return found

    def close(self) -> None:
        if self._db is not None:
            self._db.close()

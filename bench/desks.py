"""Desks and mailboxes to measure on: made once, kept under ~/.cache/omnitui-bench."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from store import conversations, customers, identities, messages
from store.database import open_database, transaction
from store.driver import Connection
from store.model import CustomerId, NewMessage
from tests.servers.load import write_maildir
from tests.store.generate import START, Speech, fill

ROOT = Path(__file__).parents[1]
LONG = 10_000
"""Messages of the one customer whose history is long."""
REGULAR = "Regular Customer"
_SHAPE = ("store/migrations/*.sql",)


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    directory = Path(base) / "omnitui-bench"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def desk(number: int) -> Path:
    """The home of a desk with `number` messages, made anew when the schema has changed."""
    return made(f"desk-{number}-{shape()}", lambda home: _fill(home, number))


def maildir(number: int) -> Path:
    """A Maildir of `number` varied mails, about 11 KB each."""
    return made(f"maildir-{number}", lambda directory: write_maildir(directory, number))


def mail_desk(number: int) -> Path:
    """The home of a desk that has taken in the mails of `maildir(number)`."""
    source = maildir(number)

    def take_in(home: Path) -> None:
        (home / "config.toml").write_text(
            '[desk]\nname = "Bench"\n[accounts.support]\nchannel = "email"\n'
            'address = "support@example.test"\nimap = "imaps://support@localhost:1"\n'
            'smtp = "smtps://support@localhost:1"\npassword = "env:OMNITUI_BENCH_PASSWORD"\n'
        )
        subprocess.run(
            [sys.executable, "-m", "omnitui", "--home", home, "import", source,
             "--account", "support"],
            check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        # Without an account no engine tries to reach a server while we measure.
        (home / "config.toml").write_text('[desk]\nname = "Bench"\n')
        _open_newest(home, 500)

    return made(f"mail-desk-{number}-{shape()}", take_in)


def notmuch(number: int) -> Path | None:
    """A notmuch configuration whose index holds `maildir(number)`; None without notmuch."""
    if not shutil.which("notmuch"):
        return None
    source = maildir(number)

    def index(directory: Path) -> None:
        shutil.copytree(source, directory / "mail" / "INBOX")
        configure_notmuch(directory / "config", directory / "mail")
        subprocess.run(
            ["notmuch", f"--config={directory / 'config'}", "new", "--quiet"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    directory = made(f"notmuch-{number}", index)
    configure_notmuch(directory / "config", directory / "mail")
    return directory / "config"


def configure_notmuch(file: Path, mail: Path) -> None:
    file.write_text(
        f"[database]\npath={mail}\n[user]\nname=Bench\nprimary_email=support@example.test\n"
        "[new]\ntags=inbox\nignore=.uidvalidity;.mbsyncstate\n[maildir]\nsynchronize_flags=false\n"
    )


def regular(home: Path) -> CustomerId:
    """The customer with the long history."""
    db = open_database(home / "desk.sqlite", readonly=True)
    try:
        return customers.find(db, REGULAR, 1)[0].id
    finally:
        db.close()


@contextmanager
def scratch(home: Path | None = None) -> Iterator[Path]:
    """A copy of a desk, or an empty one, that may be written to; gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="scratch-", dir=cache()))
    try:
        if home is not None:
            shutil.copytree(home, directory, dirs_exist_ok=True)
            _settle(directory)
        directory.chmod(0o700)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _settle(directory: Path) -> None:
    """Wait for the disk: what was copied must not be written out under the measurements."""
    for path in directory.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def shape() -> str:
    """What a store looks like today: another schema, another desk."""
    shape = hashlib.sha256()
    for pattern in _SHAPE:
        for path in sorted(ROOT.glob(pattern)):
            shape.update(path.read_bytes())
    return shape.hexdigest()[:12]


def made(name: str, make: Callable[[Path], None]) -> Path:
    """The directory called `name` in the cache; a making that was cut short leaves none."""
    directory = cache() / name
    if directory.exists():
        return directory
    started = time.perf_counter()
    print(f"  (making {name}, once …", end="", flush=True)
    half = Path(tempfile.mkdtemp(prefix="making-", dir=cache()))
    half.chmod(0o700)
    try:
        make(half)
        half.rename(directory)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    stem = name.rpartition("-")[0] if name.startswith(("desk-", "mail-desk-", "life-")) else ""
    for other in cache().glob(f"{stem}-*") if stem else ():
        if other != directory:
            shutil.rmtree(other, ignore_errors=True)  # of an older schema
    print(f" {time.perf_counter() - started:.0f} s)", flush=True)
    return directory


def _fill(home: Path, number: int) -> None:
    (home / "config.toml").write_text('[desk]\nname = "Bench"\n')
    db = open_database(home / "desk.sqlite")
    try:
        _write_regular(db, min(LONG, number))
        fill(db, number - min(LONG, number))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()


def _write_regular(db: Connection, number: int) -> None:
    """One conversation that nobody answers: it waits longest, so the inbox begins with it."""
    speech = Speech(7)
    start = START - (number + 1) * 3_600_000
    with transaction(db):
        customer = customers.create(db, name=REGULAR, at=start)
        identities.add(db, customer, "email", "regular@example.org", at=start)
        room = conversations.create(db, customer, subject="Always the same", at=start)
    for first in range(0, number, 2000):
        with transaction(db):
            messages.insert_many(
                db,
                [
                    NewMessage(
                        conversation_id=room,
                        customer_id=customer,
                        account_id=None,
                        channel="email",
                        direction="in",
                        state="received",
                        external_id=f"regular-{index}@example.org",
                        author=REGULAR,
                        author_address="regular@example.org",
                        subject="Always the same",
                        text=speech.say(speech.random.randint(10, 120)),
                        sent_at=start + index * 3_600_000,
                        arrived_at=start + index * 3_600_000,
                    )
                    for index in range(first, min(first + 2000, number))
                ],
            )


def _open_newest(home: Path, number: int) -> None:
    """History comes in closed; the newest are waiting again."""
    db = open_database(home / "desk.sqlite")
    try:
        with transaction(db):
            for found in conversations.all(db, limit=number):
                conversations.set_status(db, found.id, "open", at=found.last_message_at)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()

"""Mails read in processes of their own: what happens there stays there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.contract import Inbound, Misconfigured, Quarantined
from connectors.email import reading
from connectors.email.reading import Readers
from connectors.email.reading_worker import Job
from connectors.email.spool import Spool
from tests.servers.dovecot import mail


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    made = Readers(Spool())
    yield made
    await made.close()


def job(number: int, raw: bytes | Path = b"") -> Job:
    raw = raw or mail("ann@customer.test", "support@example.test", f"mail {number}")
    return Job(raw, f"INBOX/1/{number}", 1_700_000_000_000, False, frozenset(), "")


async def test_in_order_with_the_raw_mail(readers: Readers) -> None:
    jobs = [job(number) for number in range(50)]
    batches = await asyncio.gather(*(readers.read(jobs[n : n + 10]) for n in range(0, 50, 10)))
    found = [each for batch in batches for each in batch]
    assert [each.external_id for each in found] == [each.external_id for each in jobs]
    assert [each.raw for each in found] == [each.raw for each in jobs]
    assert all(isinstance(each, Inbound) for each in found)


async def test_large_attachments_travel_as_files(readers: Readers) -> None:
    head = b'Content-Type: image/png; name="x.png"\r\nContent-Disposition: attachment\r\n\r\n'
    (found,) = await readers.read([job(1, head + b"p" * 3_000_000)])
    assert isinstance(found, Inbound)
    (file,) = found.files
    assert isinstance(file.content, Path)
    assert readers.spool.directory in file.content.parents
    assert file.content.stat().st_size == 3_000_000


# Mails that do to the reader what no mail should: it dies, or never ends.
_SICK = """
import os, sys, time
from connectors.email import reading_worker
healthy = reading_worker.read_mail
def read_mail(raw, **rest):
    if b"DIE" in raw: os._exit(1)
    if b"HANG" in raw: time.sleep(600)
    if b"RAISE" in raw: raise RecursionError("too deep")
    if b"PRINT" in raw: print("noise on stdout")
    return healthy(raw, **rest)
reading_worker.read_mail = read_mail
"""


@pytest.fixture
def sick_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    sick = repr(_SICK).replace("{", "{{").replace("}", "}}")
    monkeypatch.setattr(
        reading, "_PROGRAM", reading._PROGRAM.replace("serve()", f"exec({sick}); serve()")
    )
    monkeypatch.setattr(reading, "START_PATIENCE", 3.0)


@pytest.mark.usefixtures("sick_readers")
async def test_one_bad_mail_takes_no_other_with_it() -> None:
    readers = Readers(Spool(), mail_patience=0.1)
    raws = [b"Subject: a\r\n\r\n", b"DIE", b"RAISE", b"PRINT", b"HANG", b"Subject: b\r\n\r\n"]
    found = await readers.read([job(n, raw) for n, raw in enumerate(raws)])
    await readers.close()
    assert [type(each) for each in found] == [
        Inbound, Quarantined, Quarantined, Inbound, Quarantined, Inbound,
    ]  # fmt: skip
    bad = [each for each in found if isinstance(each, Quarantined)]
    assert [each.raw for each in bad] == [b"DIE", b"RAISE", b"HANG"]
    assert [each.reason for each in bad] == [
        "reading it ended the reader",
        "RecursionError: too deep",
        "reading it took too long",
    ]


async def test_a_reader_that_does_not_start_condemns_no_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "_PROGRAM", "import sys; sys.exit({path!r} and 1)")
    readers = Readers(Spool())
    with pytest.raises(Misconfigured, match="does not start"):
        await readers.read([job(1)])
    await readers.close()


async def test_a_killed_reader_is_replaced(readers: Readers) -> None:
    await readers.warm()
    for worker in readers._all:
        os.kill(worker.pid, signal.SIGKILL)
    (found,) = await readers.read([job(1)])
    assert isinstance(found, Inbound)


async def test_cancelled_work_never_answers_for_the_next(readers: Readers) -> None:
    for _ in range(3):
        work = asyncio.create_task(readers.read([job(n) for n in range(200)]))
        await asyncio.sleep(0.01)
        work.cancel()
        await asyncio.wait({work})
    (found,) = await readers.read([job(7)])
    assert found.external_id == "INBOX/1/7"


def test_readers_end_when_the_engine_is_killed(tmp_path: Path) -> None:
    """Nothing of a desk lives on after `kill -9`."""
    program = (
        "import asyncio, os\n"
        "from connectors.email.reading import Readers\n"
        "from connectors.email.spool import Spool\n"
        "async def main():\n"
        "    readers = Readers(Spool())\n"
        "    await readers.warm()\n"
        "    print(*[w.pid for w in readers._all], flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, check=False,
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path.cwd())}, timeout=60,
    )  # fmt: skip
    (pid,) = map(int, run.stdout.split())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.05)
    pytest.fail("the reader outlived the engine")


def test_what_a_killed_process_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "omnitui-mail-999999999-abc"
    left.mkdir()
    (left / "part").write_text("x")
    mine, other = Spool(), tmp_path / "omnitui-mail-x-abc"
    other.mkdir()
    assert mine.directory.parent == tmp_path
    assert not left.exists()
    assert other.exists()
    mine.close()
    assert [path.name for path in tmp_path.iterdir()] == [other.name]

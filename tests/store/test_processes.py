"""Several processes on one store, and processes that die."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from store import blobs, check, events, messages
from store.database import open_database, transaction

WRITER = """
import sys
from pathlib import Path
from store import blobs, conversations, customers, events, messages
from store.database import open_database, transaction
from store.model import NewMessage
path, name, number, batch = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
db = open_database(path)
kept = blobs.for_database(db)
print("open", flush=True)
done = 0
while done < number:
    with transaction(db):
        customer = customers.create(db, name=name, at=done)
        room = conversations.create(db, customer, subject=name, at=done)
        new = [NewMessage(room, customer, "email", "in", "received", f"{name} says {done + n}",
                          done, 1_700_000_000_000 + done, external_id=f"{name}-{done + n}",
                          raw=kept.put(db, f"{name} {done + n}".encode() * 10))
               for n in range(batch)]
        for message in messages.insert_many(db, new):
            events.append(db, name, "message.received", at=done, message_id=message.id)
        if done % 100 == 0:
            kept.put(db, name.encode() * 70_000)
    done += batch
    print(done, flush=True)
"""


def writer(path: Path, name: str, number: int, batch: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(number), str(batch)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_four_writers_at_once_on_a_store_that_is_not_there_yet(path: Path) -> None:
    running = [writer(path, f"w{number}", 200, 4) for number in range(4)]
    for process in running:
        _out, errors = process.communicate(timeout=100)
        assert process.returncode == 0, errors
    with closing(open_database(path)) as db:
        assert db.execute(
            "SELECT count(DISTINCT external_id), count(*) FROM messages"
        ).fetchone() == (
            800,
            800,
        )
        assert events.last_id(db) == 800
        assert check.check(db, blobs.for_database(db)) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_writer_killed_at_any_moment(path: Path, seed: int) -> None:
    dice = random.Random(seed)
    promised: dict[str, int] = {}
    for turn in range(4):
        name = f"w{turn}"
        process = writer(path, name, 100_000, 5)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(dice.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        told = process.stdout.read().split()
        process.wait()
        process.stderr.close()
        process.stdout.close()
        promised[name] = int(told[-1]) if told else 0
        with closing(open_database(path)) as db:
            assert check.check(db, blobs.for_database(db)) == []
            for who, number in promised.items():
                stored = db.execute(
                    "SELECT count(*) FROM messages WHERE external_id LIKE ?", (f"{who}-%",)
                ).fetchone()[0]
                assert number <= stored <= number + 5  # the last one may not have told any more
                promised[who] = stored


def test_a_reader_beside_writers_never_waits_or_fails(path: Path) -> None:
    open_database(path).close()
    process = writer(path, "w", 400, 4)
    seen = 0
    with closing(open_database(path, readonly=True)) as db:
        while process.poll() is None:
            found = messages.timeline(db, 1, limit=10)  # type: ignore[arg-type]
            now = events.last_id(db)
            assert now >= seen
            assert now % 4 == 0
            seen = now
            assert len(found) <= 10
    _out, errors = process.communicate()
    assert process.returncode == 0, errors
    with closing(open_database(path)) as db, transaction(db):
        assert events.last_id(db) == 400

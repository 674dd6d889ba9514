from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from store.clock import now
from store.database import open_database, transaction
from store.driver import Connection
from store.turn import Turn
from tests.fresh_store import fresh_store


def _write(db: Connection, agent: str) -> None:
    with transaction(db):
        db.execute(
            "INSERT INTO events (at, actor, kind, data) VALUES (?, ?, 'test', '{}')", (now(), agent)
        )


def test_who_never_pauses_lets_others_write(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite"
    mine = fresh_store(path)
    end = threading.Event()
    ready = threading.Event()

    def greedy() -> None:
        db = open_database(path)
        while not end.is_set():
            _write(db, "engine")
            ready.set()
        db.close()

    writer = threading.Thread(target=greedy)
    writer.start()
    try:
        assert ready.wait(30)
        waited = []
        for _each in range(20):
            before = _commits(mine)
            _write(mine, "agent")
            waited.append(_commits(mine) - before)
    finally:
        end.set()
        writer.join()
    # Without turns, hundreds: SQLite's lock is free for some microseconds only.
    assert sorted(waited)[len(waited) // 2] <= 10, waited
    mine.close()


def _commits(db: Connection) -> int:
    return int(db.execute("SELECT count(*) FROM events WHERE actor = 'engine'").fetchone()[0])


def test_a_turn_that_is_never_given_back_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.turn.LONGEST", 0.05)
    db = fresh_store(tmp_path / "desk.sqlite")
    stopped = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(stopped, fcntl.LOCK_EX)
    try:
        _write(db, "agent")
        assert db.execute("SELECT count(*) FROM events").fetchone()[0] == 1
    finally:
        os.close(stopped)
        db.close()


def test_where_there_is_no_turn_one_writes_all_the_same(tmp_path: Path) -> None:
    turn = Turn(str(tmp_path / "not there"))
    with turn.taken(1.0):
        assert not (tmp_path / "not there").exists()
    turn.close()


def test_a_connection_that_closes_lets_go_of_the_directory(tmp_path: Path) -> None:
    def held() -> int:
        return sum(
            os.path.realpath(fd) == str(tmp_path.resolve())
            for fd in Path("/proc/self/fd").iterdir()
        )

    db = fresh_store(tmp_path / "desk.sqlite")
    _write(db, "agent")
    assert held() == 1
    db.close()
    assert held() == 0

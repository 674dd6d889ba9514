"""One engine per store, whatever dies how."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from omnitui.engine.lock import EngineLock, EngineRunning, LockError, engine_running
from tests.engine.desk_home import DeskHome, until

HOLDER = """
import sys, time
from pathlib import Path
from omnitui.engine.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_free_then_held_then_free(tmp_path: Path) -> None:
    path = tmp_path / "desk" / "engine.lock"
    assert engine_running(path) is None
    with EngineLock(path):
        holder = engine_running(path)
        assert holder is not None
        assert holder.pid == os.getpid()
        assert holder.host == os.uname().nodename
    assert engine_running(path) is None


def test_its_directory_is_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "engine.lock"
    with EngineLock(path):
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_directory_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(LockError, match="chmod 700"):
        EngineLock(tmp_path / "open" / "engine.lock").acquire()


def test_a_second_one_is_told_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with EngineLock(path), pytest.raises(EngineRunning, match=f"process {os.getpid()} on"):
        EngineLock(path).acquire()


def test_it_dies_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        holder = engine_running(path)
        assert holder is not None
        assert holder.pid == process.pid
        process.kill()
        process.wait(10)
        assert engine_running(path) is None
        with EngineLock(path):
            pass


def test_a_forked_child_does_not_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    lock = EngineLock(path)
    lock.acquire()
    reading, writing = os.pipe()
    alive, born = os.pipe()
    # A process without threads of ours: what a library's fork would be.
    child = os.fork()
    if child == 0:  # pragma: no cover - the child
        try:
            os.close(writing)
            os.write(born, b"x")
            os.read(reading, 1)
        finally:
            os._exit(0)
    try:
        os.read(alive, 1)
        lock.release()
        assert engine_running(path) is None
    finally:
        for fd in (writing, reading, alive, born):
            os.close(fd)
        os.waitpid(child, 0)


def test_a_removed_lock_file_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with EngineLock(path):
        path.write_text("garbage")
        holder = engine_running(path)
        assert holder is not None
        assert holder.pid == 0
        path.unlink()
        with EngineLock(path):
            pass


def test_probing_does_not_keep_an_engine_from_starting(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    path.touch()
    prober = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from omnitui.engine.lock import engine_running\n"
            "print('go', flush=True)\nwhile True: engine_running(Path(sys.argv[1]))",
            str(path),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert prober.stdout is not None
        prober.stdout.readline()
        for _ in range(20):
            with EngineLock(path):
                pass
    finally:
        prober.kill()
        prober.communicate()


def test_a_second_engine_ends_with_a_sentence(desk: DeskHome) -> None:
    first = desk.start()
    second = desk.start(wait=False)
    assert second.wait(20) == 1
    sentence = f"omnitui: An engine already serves this desk: process {first.pid} on"
    assert desk.log.count(sentence) == desk.log.count("already serves") == 1
    assert desk.stop(first) == 0


def test_one_that_waits_takes_over_at_once(desk: DeskHome) -> None:
    first = desk.start()
    second = desk.start("--wait", wait=False)
    desk.kill(first)
    until(lambda: f"engine: process {second.pid} serves" in desk.log, lambda: desk.log)
    assert desk.stop(second) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_clean(desk: DeskHome, number: signal.Signals) -> None:
    process = desk.start()
    assert desk.stop(process, number) == 0
    assert desk.log.rstrip().endswith("engine: ended")
    assert engine_running(desk.config.home.lock_file) is None


def test_a_hang_up_does_not_end_it(desk: DeskHome) -> None:
    process = desk.start()
    process.send_signal(signal.SIGHUP)
    desk.place.deliver("still there?")
    desk.eventually(lambda d: d.db.execute("SELECT count(*) FROM messages").fetchone()[0] == 1)
    assert desk.stop(process) == 0


def test_a_waiting_one_ends_clean_too(desk: DeskHome) -> None:
    first = desk.start()
    second = desk.start("--wait", wait=False)
    # It can be told to end once it has taken its signals over.
    until(lambda: _handles(second.pid, signal.SIGTERM))
    assert desk.stop(second) == 0
    assert desk.stop(first) == 0


def _handles(pid: int, number: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def test_the_closing_of_its_parents_pipe_ends_it(desk: DeskHome) -> None:
    reading, writing = os.pipe()
    process = desk.start("--parent-pipe", str(reading), pass_fds=(reading,), wait=False)
    os.close(reading)
    log = desk.config.home.state / "engine.log"
    until(lambda: log.exists() and "engine: process" in log.read_text(), lambda: desk.log)
    assert process.poll() is None
    os.close(writing)
    assert process.wait(20) == 0
    assert "engine: ended" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_death_of_its_parent_ends_it(
    desk: DeskHome, make_desk: Callable[..., DeskHome]
) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time\n"
            "r, w = os.pipe()\n"
            "subprocess.Popen([sys.executable, '-m', 'tests.engine.run_engine', sys.argv[1],"
            " '--parent-pipe', str(r)], pass_fds=(r,))\n"
            "time.sleep(60)",
            str(desk.directory),
        ],
        cwd=Path(__file__).parents[2],
    )
    lock = desk.config.home.lock_file
    until(lambda: engine_running(lock))
    parent.kill()
    parent.wait(10)
    until(lambda: engine_running(lock) is None)


def test_an_engine_without_memory_ends_in_a_sentence(tmp_path: Path) -> None:
    """And lets go of the lock: whoever started it starts another one."""
    home = DeskHome(tmp_path / "desk")
    argv = [sys.executable, "-m", "tests.engine.out_of_memory", str(home.directory)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    lines = [line for line in ended.stderr.splitlines() if " INFO " not in line]
    assert lines == ["omnitui: The engine ends: the system has no more memory or files for it."]
    assert ended.returncode == 1
    assert engine_running(home.directory / "engine.lock") is None

"""`omnitui customer N --export`, `--erase` and `omnitui retention`, as people and scripts run them;
and one that is killed in the middle."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from omnitui.cli import rights_findings
from omnitui.cli.main import main
from omnitui.engine import anchor
from store import erasing, messages
from store.blobs import for_database
from store.check import check
from tests.data_rights import traces
from tests.desk.office import Office
from tests.fresh_store import fresh_store


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where `Office.open(home.parent)` has its store."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "config.toml").write_text('[desk]\nname = "Acme"\n')
    return tmp_path / "data"


def run(home: Path, *words: str) -> int:
    return main(["--home", str(home), *words])


def test_export_then_erase(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Office.open(home.parent) as office:
        joe = office.got(office.letter("Joe Zebulonq <joe@home.example>", "zebulonq"))
    target = home.parent / "joe.zip"
    assert run(home, "customer", "1", "--export", str(target), "--json") == 0
    assert json.loads(capsys.readouterr().out)["messages"] == 1
    target.unlink()
    monkeypatch.setattr("sys.stdin", io.StringIO("Somebody\n"))
    assert run(home, "customer", "1", "--erase") == 1
    said = capsys.readouterr()
    assert "1 message, 1 conversation" in said.out
    assert "not their name" in said.err
    assert run(home, "customer", "1", "--erase", "--confirm", "Somebody") == 1
    assert run(home, "customer", "1", "--confirm", "Joe") == 2
    assert run(home, "customer", "1", "--erase", "--confirm", "joe zebulonq") == 0
    assert traces.in_files(home, "zebulonq") == []
    capsys.readouterr()
    assert run(home, "customer", "1") == 1
    assert "was erased on" in capsys.readouterr().err
    assert run(home, "customer", "1", "--erase", "--confirm", "x") == 1
    assert joe.customer_id == 1


def test_an_older_backup_is_erased_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Office.open(home.parent) as office:
        office.got(office.letter("Joe Zebulonq <joe@home.example>", "zebulonq"))
        office.got(office.letter("ann@home.example", "stays"))
        wife = office.got(office.letter("sue@zebulonq.example"))
        office.do(wife.conversation_id, "customer merge 1 yes")
        office.got(office.letter("carl@zebulonq.example"))
        office.do(2, "customer merge 4 yes")
    backup = home.parent / "desk.tar"
    assert run(home, "backup", str(backup)) == 0
    assert run(home, "customer", "1", "--erase", "--confirm", "Joe Zebulonq", "--json") == 0
    assert run(home, "do", "2", "customer unmerge") == 0
    assert run(home, "customer", "4", "--erase", "--confirm", "carl@zebulonq.example") == 0
    for path in home.glob("desk.sqlite*"):
        path.unlink()
    anchors = anchor.path_in(home / "state")
    anchors.mkdir(parents=True)  # cannot be written to
    assert run(home, "restore", str(backup)) == 1
    assert str(anchors) in capsys.readouterr().err
    assert list(home.glob("desk.sqlite*")) == []
    anchors.rmdir()
    assert run(home, "restore", str(backup)) == 0
    assert "2 customers who were erased" in capsys.readouterr().err
    assert traces.in_files(home, "zebulonq") == []
    db = fresh_store(home / "desk.sqlite")
    assert erasing.is_erased(db, 1)  # type: ignore[arg-type]
    assert erasing.is_erased(db, 4)  # type: ignore[arg-type]
    assert not erasing.is_erased(db, 2)  # type: ignore[arg-type]
    assert [one.text for one in messages.of_conversation(db, 2)] == ["stays"]  # type: ignore[arg-type]
    assert erasing.unfinished(db) == []
    db.close()


def test_killed_in_the_middle_it_goes_on(home: Path) -> None:
    with Office.open(home.parent) as office:
        office.take(*(office.letter("joe@zebulonq.example", f"zebulonq {n}") for n in range(400)))
        office.got(office.letter("ann@home.example", "stays"))
        store = Path(office.desk.db.path)
    words = [sys.executable, "-m", "omnitui", "--home", str(home), "customer", "1", "--erase"]
    words += ["--confirm", "joe@zebulonq.example"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    db = fresh_store(store)
    end = time.monotonic() + 30
    while db.execute("SELECT count(*) FROM messages").fetchone()[0] > 350:
        assert time.monotonic() < end
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    db.close()
    assert subprocess.run(words, stdout=subprocess.DEVNULL, timeout=60, check=False).returncode == 0
    assert traces.in_files(home, "zebulonq") == []
    db = fresh_store(store)
    assert check(db, for_database(db)) == []
    assert db.execute("SELECT count(*) FROM messages").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM erased_messages").fetchone() == (800,)
    db.close()


def test_retention_shows_before_it_does(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Office.open(home.parent) as office:
        office.clock.at = 1_000_000_000_000
        joe = office.got(office.letter("joe@home.example"))
        office.do(joe.conversation_id, "close")
    assert run(home, "retention") == 0
    assert "no rule" in capsys.readouterr().out
    with (home / "config.toml").open("a") as file:
        file.write('[retention]\ncustomers = "3y"\n')
    assert run(home, "retention", "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["customer_ids"] == [joe.customer_id]
    assert run(home, "customer", str(joe.customer_id)) == 0
    assert run(home, "retention") == 0
    assert run(home, "customer", str(joe.customer_id)) == 1


def test_doctor_names_copies_that_are_older(home: Path) -> None:
    with Office.open(home.parent) as office:
        office.got(office.letter("joe@home.example"))
    copy = home / "desk.sqlite.before-0002"
    copy.write_bytes(b"")
    (home / "config.toml").write_text('[retention]\nraw = "30d"\n')
    config = load(find_home(home))
    assert [one.state for one in rights_findings.findings(config)] == ["ok"]
    os.utime(copy, (1, 1))
    (found,) = rights_findings.findings(config)
    assert found.state == "warn"
    assert str(copy) in found.detail

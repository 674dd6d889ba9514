"""`backup`, `restore`, `check`: the desk as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.access import unix_user
from omnitui.cli.main import main
from omnitui.desk.replying import reply_token
from omnitui.engine.lock import EngineLock
from tests.cli.conftest import Run, SmallDesk


@pytest.mark.parametrize("name", ["desk.tar", "desk.tar.gz"])
def test_a_backup_comes_back(
    run: Run, desk: SmallDesk, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    assert run("backup", str(file)).code == 0
    before = run("conversations", "--json").out
    run("do", "1", "tag add later")
    other = tmp_path / "other"
    assert main(["restore", str(file), "--home", str(other)]) == 0
    capsys.readouterr()
    assert main(["conversations", "--json", "--home", str(other)]) == 0
    assert capsys.readouterr().out == before
    assert main(["check", "--home", str(other)]) == 0


def test_a_backup_into_a_directory(run: Run, desk: SmallDesk, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert run("backup", str(tmp_path / "backups")).code == 0
    (file,) = (tmp_path / "backups").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_backup_says_what_is_missing(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    assert run("backup", str(tmp_path / "x.tar")).code == 1
    assert not (tmp_path / "x.tar").exists()


def test_backup_into_nowhere(run: Run, desk: SmallDesk) -> None:
    assert "/nowhere" in run("backup", "/nowhere/x.tar").sentence


def test_restore_never_overwrites(run: Run, desk: SmallDesk, tmp_path: Path) -> None:
    run("backup", str(tmp_path / "x.tar"))
    assert run("restore", str(tmp_path / "x.tar")).code == 1
    assert len(run("conversations", "--json").json) == 2


def test_restore_of_what_is_no_backup(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"nonsense" * 1000)
    assert "x.tar" in run("restore", str(tmp_path / "x.tar")).sentence
    assert "y.tar" in run("restore", str(tmp_path / "y.tar")).sentence


def test_what_was_queued_in_a_backup_is_not_sent_by_itself(
    run: Run, desk: SmallDesk, tmp_path: Path
) -> None:
    assert run("reply", "1", stdin="It left on Monday.").code == 0
    assert run("reply", "1", stdin="Have you got it?").code == 0
    assert run("reply", "1", "--at", "30d", stdin="A good year!").code == 0
    with desk.open() as opened:
        opened.db.execute(
            "UPDATE outbox SET due_at = 1 WHERE message_id < (SELECT max(message_id) FROM outbox)"
        )
        (key,) = opened.db.execute("SELECT key FROM outbox ORDER BY message_id LIMIT 1").fetchone()
        # As where the agent may not read the engine's key.
        unsigned = f"omnitui.{reply_token.UNSIGNED}.{key.split('.', 2)[2]}"
        opened.db.execute("UPDATE outbox SET key = ? WHERE key = ?", (unsigned, key))
        opened.db.execute("UPDATE messages SET external_id = ?1 WHERE external_id = ?2",
                          (unsigned, key))  # fmt: skip
    assert run("backup", str(tmp_path / "x.tar")).code == 0
    for path in desk.directory.glob("desk.sqlite*"):
        path.unlink()
    back = run("restore", str(tmp_path / "x.tar"))
    assert back.code == 0
    assert "2 replies were queued in the backup" in back.err
    first, second, third = run("outbox", "--json").json
    assert [first["state"], second["state"], third["state"]] == ["unknown", "unknown", "queued"]
    assert "may have gone out since" in first["error"]
    assert first["key"] == key  # by which the Sent folder knows it
    told = run("audit", "--kind", "message.unknown", "--jsonl").lines
    assert {one["message_id"] for one in told} == {first["message_id"], second["message_id"]}
    (told,) = run("audit", "--kind", "desk.restored", "--jsonl").lines
    assert (told["actor"], told["data"]) == (unix_user(), {"upto": told["id"] - 1})
    assert run("check", "--json").json == []
    assert run("do", "1", f"outbox retry {first['message_id']}").code == 0
    assert run("outbox", "--state", "queued", "--json").json[0]["message_id"] == first["message_id"]


def test_restore_not_under_an_engine(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    (tmp_path / "x.tar").touch()
    with EngineLock(empty.directory / "engine.lock"):
        assert "engine" in run("restore", str(tmp_path / "x.tar")).sentence


def test_check(run: Run, desk: SmallDesk) -> None:
    assert run("check").code == 0
    assert run("check", "--json").json == []
    with desk.open() as opened:
        opened.db.execute(
            "DELETE FROM message_search WHERE rowid IN (SELECT position FROM messages)"
        )
        opened.db.execute("UPDATE conversations SET messages = 99 WHERE id = 1")
    broken = run("check")
    assert broken.code == 1
    assert "--reindex" in broken.out
    assert run("check", "--reindex", "--repair").code == 0
    assert run("check").code == 0
    assert run("search", "parcel", "--json").json


def test_check_without_a_store(run: Run, empty: SmallDesk) -> None:
    assert run("check", "--json").json == []

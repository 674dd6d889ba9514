"""The engine seals the event log and writes its digests down where only it can."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from omnitui.engine import anchor
from store import audit, conversations, events
from store.database import open_database
from store.events import Filter
from tests.engine.desk_home import DeskHome
from tests.servers.command import omnitui_at


@pytest.fixture
def sealed(tmp_path: Path) -> DeskHome:
    """A desk whose engine has sealed what a first customer brought, and has ended."""
    desk = DeskHome(tmp_path / "desk")
    try:
        desk.place.deliver("The secret matter")
        engine = desk.start()
        desk.eventually(lambda d: conversations.all(d.db))
        desk.eventually(lambda d: audit.head(d.db))
        desk.eventually(lambda _d: "audit: sealed up to" in desk.log)  # said a moment later
        assert desk.stop(engine) == 0
    finally:
        desk.close()
    return desk


def test_from_the_engine_to_the_proof(sealed: DeskHome, tmp_path: Path) -> None:
    home = sealed.directory
    path = anchor.path_in(sealed.config.home.state)
    head = sealed.read(lambda d: audit.head(d.db))
    assert head is not None
    assert anchor.read(path)[head.upto] == head.digest
    assert path.stat().st_mode & 0o777 == 0o600
    assert f"audit: sealed up to event {head.upto}: {head.digest.hex()}" in sealed.log

    result = omnitui_at(home, "do", "1", "tag add vip")
    assert result.returncode == 0, result.stderr
    (tagged,) = sealed.read(lambda d: list(events.find(d.db, Filter(kind="conversation.tagged"))))

    shown = omnitui_at(home, "audit", "--kind", "conversation.*", "--actor", tagged.actor, "--json")
    (told,) = json.loads(shown.stdout)
    assert (told["id"], told["kind"], told["data"]) == (tagged.id, tagged.kind, {"tag": "vip"})
    unknown = omnitui_at(home, "audit", "--kind", "conversation.taged")
    assert (unknown.returncode, "conversation.taged" in unknown.stderr) == (1, True)
    file = tmp_path / "log.jsonl"
    assert omnitui_at(home, "audit", "export", str(file)).returncode == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["id"] for line in lines] == list(range(1, tagged.id + 1))
    again = omnitui_at(home, "audit", "export", str(file))
    assert (again.returncode, "already" in again.stderr) == (1, True)

    proven = omnitui_at(home, "audit", "verify")
    assert proven.returncode == 0
    assert head.digest.hex() in proven.stdout
    db = open_database(sealed.config.home.store_file)
    db.execute("DROP TRIGGER events_kept")
    db.execute("UPDATE events SET actor = 'mallory' WHERE id = 1")
    db.close()
    caught = omnitui_at(home, "audit", "verify", "--json")
    assert caught.returncode == 1
    report = json.loads(caught.stdout)
    assert (report["ok"], report["anchors"] > 0) == (False, True)
    assert report["troubles"] == [{"kind": "changed", "first": 1, "last": head.upto}]


def test_an_engine_that_finds_another_chain_says_so_and_works_on(sealed: DeskHome) -> None:
    path = anchor.path_in(sealed.config.home.state)
    path.write_text(f"2026-11-22T09:00:00Z 1 {'0' * 64}\n")
    sealed.place.deliver("Another one", sender="bob@example.test")
    try:
        sealed.start()
        sealed.eventually(lambda d: len(conversations.all(d.db)) == 2)
        assert "audit: the event log is not as it was sealed" in sealed.log
    finally:
        sealed.close()


def test_a_long_file_that_root_writes_to_stays_the_engine_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: the file is another's")
    path = anchor.path_in(tmp_path)
    path.write_text(f"2026-11-22T09:00:00Z 1 {'0' * 64}\n")
    os.chown(path, 4321, 4321)
    monkeypatch.setattr(anchor, "LARGEST", 10)
    anchor.restored(path, 1, 0)
    assert (path.stat().st_uid, len(path.read_text().splitlines())) == (4321, 2)

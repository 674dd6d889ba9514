"""`omnitui hooks` and what `doctor` says of hooks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from omnitui.desk import journal
from omnitui.desk.context import Desk
from omnitui.desk.hooks import doing
from store import conversations, customers, events, hooks, messages
from store.database import open_database, transaction
from store.model import ConversationId, NewMessage
from tests.fresh_store import fresh_store
from tests.servers.command import omnitui_at

CONFIG = """
[[hooks]]
name = "tell"
on = ["message.sent", "message.failed"]
run = ["./no-such-program"]

[[hooks]]
name = "wrong"
on = ["message.sent"]
do = ["asign me"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three runs: well, failed, and lost."""
    home = tmp_path / "desk"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(CONFIG)
    (home / "config.toml").chmod(0o600)
    db = fresh_store(home / "desk.sqlite")
    desk = Desk(db, load(find_home(home)), "engine")
    tell = desk.config.hooks[0]
    with transaction(db):
        hooks.start(db, ["tell", "wrong"])
        for number in range(4):
            id_ = events.append(db, "engine", "message.sent", at=desk.now())
            if number == 3:
                break
            doing.note_programs(desk, tell, [events.get(db, id_)], id_)
            [run] = hooks.queued(db, "tell")
            assert doing.begin_program(desk, run)
            if number < 2:
                doing.settle(desk, run, "done" if number == 0 else "failed", "" if number == 0
                             else "It ended with status 3: \x1b[31mno such order")  # fmt: skip
        doing.recover(desk)
    db.close()
    return home


def test_hooks_with_what_they_have_run(home: Path) -> None:
    tell, wrong = json.loads(omnitui_at(home, "hooks", "--json").stdout)
    assert tell["runs"] == {"done": 1, "failed": 1, "unknown": 1, "running": 0, "queued": 0}
    assert (tell["waiting"], tell["problems"]) == (1, [])
    assert wrong["waiting"] == 4
    assert "asign" in wrong["problems"][0]
    shown = omnitui_at(home, "hooks").stdout
    assert "1 failed · 1 unknown · 1 waiting" in shown


def test_what_failed_and_once_more(home: Path) -> None:
    lost, failed = json.loads(omnitui_at(home, "hooks", "--failed", "--json").stdout)
    assert (lost["state"], failed["state"]) == ("unknown", "failed")
    assert lost["error"] == "The engine ended while it ran."
    shown = omnitui_at(home, "hooks", "tell").stdout
    assert "status 3" in shown
    assert "\x1b" not in shown
    assert omnitui_at(home, "hooks", "--again", str(lost["id"])).returncode == 0
    again = omnitui_at(home, "hooks", "--again", str(lost["id"]))
    assert (again.returncode, "queued" in again.stderr) == (1, True)
    for arguments in (("--again", "99"), ("nobody",)):
        refused = omnitui_at(home, "hooks", *arguments)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)


def test_doctor_says_what_is_wrong_with_hooks(home: Path) -> None:
    def found() -> list[tuple[str, str]]:
        document = json.loads(omnitui_at(home, "doctor", "--offline", "--json").stdout)
        return [(c["state"], c["detail"]) for c in document["checks"] if c["name"] == "hooks"]

    states = found()
    assert [state for state, _detail in states] == ["fail", "warn", "warn"]
    assert "wrong: asign me" in states[0][1]
    assert "./no-such-program" in states[1][1]
    assert states[2][1].startswith("2 runs failed")
    (home / "config.toml").chmod(0o666)
    ((state, detail),) = found()
    assert (state, "chmod go-w" in detail) == ("fail", True)


def test_what_one_would_have_done(home: Path) -> None:
    """It is told, and nothing of it happens."""
    config = home / "config.toml"
    config.write_text(
        f'{CONFIG}\n[[hooks]]\nname = "sent"\non = ["conversation.created"]\nwhere = "tag:parcel"\n'
        'do = ["tag add seen", "priority high ; outbox cancel 999", "close"]\n'
    )
    desk = Desk(open_database(home / "desk.sqlite"), load(find_home(home)), "ann")
    with transaction(desk.db):
        customer = customers.create(desk.db, name="Ann", at=desk.now())
        for tag in ("parcel", "other"):
            id_ = conversations.create(desk.db, customer, subject="Hi", at=desk.now())
            conversations.add_tag(desk.db, id_, tag)
            at = desk.now()
            messages.insert(
                desk.db, NewMessage(id_, customer, "email", "in", "received", "Hi", at, at)
            )
            journal.record(desk, "conversation.created", customer=customer, conversation=id_)
    last = events.last_id(desk.db)
    [one] = json.loads(omnitui_at(home, "hooks", "try", "sent", "--json").stdout)
    assert (one["event"]["id"], one["event"]["conversation_id"]) == (last - 1, 1)
    assert [step["line"] for step in one["do"]] == [
        "tag add seen", "priority high", "outbox cancel 999",
    ]  # fmt: skip
    assert [bool(step["error"]) for step in one["do"]] == [False, False, True]
    assert (one["has_run"], one["given"]) == (False, None)
    shown = omnitui_at(home, "hooks", "try", "sent", "--since", "2h").stdout
    assert "tag add seen" in shown
    assert "fails: " in shown
    told = omnitui_at(home, "hooks", "try", "tell", "--event", "1").stdout
    assert "(it has run)" in told
    assert '"kind": "message.sent"' in told
    assert omnitui_at(home, "hooks", "try", "sent", "--event", "1").returncode == 1
    assert conversations.get(desk.db, ConversationId(1)).tags == ("parcel",)
    assert events.last_id(desk.db) == last
    assert events.first_since(desk.db, events.get(desk.db, 1).at) == 1
    assert events.first_since(desk.db, desk.now() + 1) == last + 1
    desk.db.close()

"""An export has everything of one customer, and nothing of another."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest

from connectors.contract import Address, File
from omnitui.desk.command import CommandError
from omnitui.desk.data_rights import exporting
from omnitui.desk.data_rights.exporting.archive import safe_name
from omnitui.desk.persons import suggest
from store import identities
from store.blobs import for_database
from store.database import transaction
from store.model import CustomerId
from tests.desk.office import Office


def known(office: Office) -> CustomerId:
    raw = b"From: ann@home.example\r\nMessage-ID: <a1@x>\r\n\r\nHello <b>you</b>"
    first = office.got(
        office.letter(
            '"Ann Lee" ann@home.example',
            "Hello <b>you</b>",
            raw=raw,
            message_key="a1@x",
            cc=(Address("boss@home.example", "Boss"),),
            files=(
                File("../../evil name\n.txt", "text/plain", b"small"),
                File("big.bin", "application/octet-stream", b"B" * 70_000),
            ),
        )
    )
    office.sent(first.conversation_id, "We answer", confirm_new=True)
    office.do(first.conversation_id, "customer note in a hurry", "customer tag vip", "note inside")
    office.got(office.letter("bob@home.example", "Bob's secret"))
    return first.customer_id


def test_everything_of_them_and_of_nobody_else(office: Office, tmp_path: Path) -> None:
    customer = known(office)
    target = tmp_path / "ann.zip"
    with transaction(office.desk.db):
        done = exporting.export(office.desk, customer, target)
    assert (done.conversations, done.messages, done.files, done.missing) == (1, 3, 2, 0)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    assert not any(".." in name.split("/") or "\n" in name for name in files)
    card = json.loads(files["customer.json"])
    assert card["identities"][0]["address"] == "ann@home.example"
    assert card["notes"][0]["text"] == "in a hurry"
    assert card["tags"] == ["vip"]
    (talk,) = [json.loads(files[name]) for name in files if name.startswith("conversations/")]
    assert [one["text"] for one in talk["messages"]] == ["Hello <b>you</b>", "We answer", "inside"]
    assert talk["messages"][0]["attachments"][0]["name"] == "../../evil name\n.txt"
    contents = {files[name] for name in files if name.startswith("files/")}
    assert contents == {b"small", b"B" * 70_000}
    (mail,) = [files[name] for name in files if name.startswith("mails/")]
    assert b"Message-ID: <a1@x>" in mail
    page = files["index.html"].decode()
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in page
    assert "<script" not in page
    kinds = [json.loads(line)["kind"] for line in files["events.jsonl"].splitlines()]
    assert "message.received" in kinds
    assert b"secret" not in b"".join(files.values())
    assert b"bob@" not in b"".join(files.values())
    (logged,) = office.log("customer.exported")
    assert logged.data == {"conversations": 1, "messages": 3, "files": 2}


def test_nobody_else_is_named_who_was_once_taken_for_them(office: Office, tmp_path: Path) -> None:
    """Somebody of the same company who was merged and parted, and another who is suggested."""
    ann = office.got(office.letter("Ann <ann@firm.example>"))
    bob = office.got(office.letter("Robert <bob@firm.example>"))
    eve = office.got(office.letter("Yvonne <eve@elsewhere.example>"))
    done = office.do(ann.conversation_id, f"customer merge {bob.customer_id} yes")
    for line in ("remove", "restore"):
        office.do(ann.conversation_id, f"customer address {line} bob@firm.example")
    office.do(ann.conversation_id, "customer verify bob@firm.example", done.undo)
    with transaction(office.desk.db):
        suggest.same_person(
            office.desk, ann.customer_id, eve.customer_id, "opened-link",
            channel="email", address="eve@elsewhere.example",
        )  # fmt: skip
    exporting.write(office.desk, ann.customer_id, tmp_path / "ann")
    for path in (one for one in (tmp_path / "ann").rglob("*") if one.is_file()):
        text = path.read_text()
        for other in ("Robert", "bob@", "Yvonne", "eve@"):
            assert other not in text, path.name
    theirs = [one.address for one in identities.of(office.desk.db, bob.customer_id)]
    assert theirs == ["bob@firm.example"], "an address that went and came is whose it was"


def test_a_directory_whole_or_not_at_all(office: Office, tmp_path: Path) -> None:
    customer = known(office)
    target = tmp_path / "ann"
    exporting.write(office.desk, customer, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert all(
        stat.S_IMODE(path.stat().st_mode) == 0o600 for path in target.rglob("*") if path.is_file()
    )
    with pytest.raises(CommandError, match="there already"):
        exporting.write(office.desk, customer, target)
    with pytest.raises(CommandError, match="no directory"):
        exporting.write(office.desk, customer, tmp_path / "no" / "ann.zip")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_file_that_is_gone_is_counted(office: Office, tmp_path: Path) -> None:
    customer = known(office)
    (big,) = [path for path in for_database(office.desk.db).directory.rglob("*") if path.is_file()]
    big.unlink()
    done = exporting.write(office.desk, customer, tmp_path / "ann.zip")
    assert (done.files, done.missing) == (1, 1)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("con:\\x?.txt", "con_x_.txt"),
        ("", "file"),
        ("...", "file"),
        ("рахунок.pdf", "рахунок.pdf"),
        ("a\u202efdp.exe", "a_fdp.exe"),
    ],
)
def test_names_of_files_are_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert len(safe_name(name * 50 + "ю" * 200).encode()) <= 130

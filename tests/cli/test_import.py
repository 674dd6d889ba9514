"""`omnitui import`: what people kept comes in once, with its dates, and nothing is sent."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnitui.cli.mail_archive import Place, arrival, external_id, find_mails
from store import ledger
from store.database import open_database
from store.errors import StoreMissing
from tests.cli.conftest import Run, SmallDesk

ROOT = Path(__file__).parents[2]
DAY = 86_400


def raw(
    number: int,
    *,
    sender: str = "ann@example.test",
    to: str = "support@acme.test",
    answers: int | None = None,
    text: str = "",
    at: int = 1_600_000_000,
) -> bytes:
    message = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: Matter {number if answers is None else answers}",
        f"Message-ID: <m{number}@example.test>",
        f"Date: {format_datetime(_utc(at + number * DAY))}",
        *([] if answers is None else [f"In-Reply-To: <m{answers}@example.test>"]),
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 8bit",
        "",
        text or f"This is mail {number}.\n",
    ]
    return "\n".join(message).encode()


def _utc(seconds: int) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


def mbox(*mails: bytes) -> bytes:
    quoted = [
        b"\n".join(
            b">" + li if li.lstrip(b">").startswith(b"From ") else li for li in m.split(b"\n")
        )
        for m in mails
    ]
    return b"".join(b"From ann@example.test Sat Jan  3 01:05:34 2026\n" + m + b"\n" for m in quoted)


def texts(run: Run) -> list[str]:
    found = []
    for conversation in run("conversations", "--json").json:
        for message in run("show", str(conversation["id"]), "--json").json["messages"]:
            found.append(message["text"])
    return sorted(found)


def test_one_file(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(raw(1))
    result = run("import", str(file), "--account", "support", "--json")
    assert result.json == {
        "account": "support",
        "found": 1,
        "known": 0,
        "accepted": 1,
        "duplicate": 0,
        "ignored": 0,
        "quarantined": 0,
        "unreadable": [],
    }
    (one,) = run("conversations", "--json").json
    assert one["status"] == "open"
    assert one["last_message_at"] == "2020-09-14T12:26:40Z"
    (receipt,) = run("ledger", "--json").json
    assert receipt["external_id"].startswith("import/")


def test_a_repeat_takes_nothing_twice(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    box = tmp_path / "box.mbox"
    box.write_bytes(mbox(*(raw(n) for n in range(5))))
    assert run("import", str(box), "--account", "support", "--json").json["accepted"] == 5
    again = run("import", str(box), "--account", "support", "--json").json
    assert (again["found"], again["known"], again["accepted"]) == (5, 5, 0)
    # The same mails from another archive, in other line ends.
    for n in range(5):
        (tmp_path / "eml").mkdir(exist_ok=True)
        (tmp_path / "eml" / f"{n}.eml").write_bytes(raw(n).replace(b"\n", b"\r\n"))
    other = run("import", str(tmp_path / "eml"), "--account", "support", "--json").json
    assert (other["known"], other["accepted"]) == (5, 0)
    assert len(texts(run)) == 5


def test_who_spoke_last_decides(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    answered = raw(2, sender="support@acme.test", to="ann@example.test", answers=1)
    box = tmp_path / "box"
    # The answer stands first in the file: order is by time, not by place.
    box.write_bytes(mbox(answered, raw(1), raw(3, sender="bob@example.test")))
    assert run("import", str(box), "--account", "support", "--json").json["accepted"] == 3
    status = {c["subject"]: c["status"] for c in run("conversations", "--json").json}
    assert status == {"Matter 1": "closed", "Matter 3": "open"}
    assert run("outbox", "--json").json == []
    (one,) = [c for c in run("conversations", "--json").json if c["subject"] == "Matter 1"]
    shown = run("show", str(one["id"]), "--json").json["messages"]
    assert [m["direction"] for m in shown] == ["in", "out"]


def test_a_maildir_with_folders(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    top = tmp_path / "Maildir"
    for number, folder in enumerate(("cur", "new", "tmp", ".Sent/cur", ".Sent/new")):
        (top / folder).mkdir(parents=True)
        (top / folder / f"16000000{number:02d}.M1.host:2,S").write_bytes(raw(number))
    (top / "dovecot-uidlist").write_text("3 V1 N1\n")
    (top / "maildirfolder").touch()
    result = run("import", str(top), "--account", "support", "--json").json
    assert (result["found"], result["accepted"]) == (4, 4)
    assert "This is mail 2." not in texts(run)


def test_a_directory_of_this_and_that(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    top = tmp_path / "kept"
    (top / "2019" / "old").mkdir(parents=True)
    (top / "a.eml").write_bytes(raw(1))
    (top / "2019" / "box.mbox").write_bytes(mbox(raw(2), raw(3)))
    (top / "2019" / "old" / "17").write_bytes(raw(4))
    (top / "notes.txt").write_text("not a mail")
    (top / "empty.eml").touch()
    (top / "picture.jpg").write_bytes(b"\xff\xd8\xff" * 100)
    result = run("import", str(top), "--account", "support", "--json").json
    assert result["found"] == 5
    assert {"This is mail 1.", "This is mail 4."} <= set(texts(run))


def test_what_cannot_be_read_is_named(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.eml").write_bytes(raw(1))
    (tmp_path / "in" / "gone.eml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "in" / "pipe.eml")
    result = run("import", str(tmp_path / "in"), "--account", "support")
    assert result.code == 0
    assert "1 new" in result.err
    assert "no-such" in run("import", str(tmp_path / "no-such"), "--account", "support").sentence


def test_the_account_must_be_there(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(raw(1))
    result = run("import", str(tmp_path / "a.eml"), "--account", "suport")
    assert "Did you mean “support”?" in result.sentence
    assert not (empty.directory / "desk.sqlite").exists()


def test_lines_that_begin_with_from(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    body = "First.\n\nFrom the beginning I said so.\n\n>From here on quoted.\n"
    box = tmp_path / "box"
    box.write_bytes(mbox(raw(1, text=body), raw(2)))
    assert run("import", str(box), "--account", "support", "--json").json["found"] == 2
    assert any("From the beginning I said so." in t for t in texts(run))
    # A sentence that some programs leave unquoted begins no mail either.
    box.write_bytes(mbox(raw(3)) + b"")
    plain = mbox(raw(4)).replace(b"This is mail 4.", b"x\n\nFrom the start, it was 4 o'clock")
    box.write_bytes(plain)
    assert len(list(find_mails(box))) == 1


def test_a_mail_with_a_hundred_defects_comes_in(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    rng = random.Random(5)
    top = tmp_path / "fuzz"
    top.mkdir()
    for n in range(40):
        mail = bytearray(raw(n))
        for _ in range(30):
            mail[rng.randrange(len(mail))] = rng.randrange(256)
        (top / f"{n}.eml").write_bytes(bytes(mail))
    result = run("import", str(top), "--account", "support", "--json").json
    ended = sum(result[k] for k in ("accepted", "duplicate", "ignored", "quarantined"))
    assert ended == 40
    assert len(run("ledger", "--json").json) == 40


def test_many_are_read_by_worker_processes(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.write_bytes(mbox(*(raw(n, sender=f"c{n % 50}@example.test") for n in range(300))))
    assert run("import", str(box), "--account", "support", "--json").json["accepted"] == 300


def test_killed_in_the_middle_it_goes_on(run: Run, empty: SmallDesk, tmp_path: Path) -> None:
    total = 1200
    box = tmp_path / "box"
    box.write_bytes(mbox(*(raw(n, sender=f"c{n % 50}@example.test") for n in range(total))))
    command = [sys.executable, "-m", "omnitui", "--home", str(empty.directory)]
    process = subprocess.Popen(
        [*command, "import", str(box), "--account", "support"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while process.poll() is None and not _some(empty):
        assert time.monotonic() < end
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    before = len(run("ledger", "--json").json)
    assert 0 < before < total
    result = run("import", str(box), "--account", "support", "--json").json
    assert result["known"] == before
    assert result["accepted"] == total - before
    assert len(run("ledger", "--json").json) == total


def _some(desk: SmallDesk) -> bool:
    try:
        db = open_database(desk.directory / "desk.sqlite", readonly=True)
    except StoreMissing:
        return False
    try:
        return bool(ledger.all(db, limit=1))
    finally:
        db.close()


def test_arrival_is_the_receiving_servers_word() -> None:
    now = 1_790_000_000_000
    mail = (
        b"Received: from b by c; Mon, 5 Jan 2026 10:00:00 +0000\n"
        b"Received: from a by b;\n\tSun, 4 Jan 2026 10:00:00 +0000\n"
        b"Date: Thu, 1 Jan 2099 00:00:00 +0000\n\nDate: Sat, 1 Jan 2000 00:00:00 +0000\n"
    )
    assert arrival(mail, None, now) == 1_767_607_200_000
    sent = mail.split(b"\n", 3)[3]
    assert arrival(sent, None, now) == now, "a Date in the future is believed to be now"
    assert arrival(b"Subject: none\n\n", 1_700_000_000_000, now) == 1_700_000_000_000
    assert arrival(b"", None, now) == now


@given(st.binary(max_size=300))
def test_arrival_of_any_bytes(head: bytes) -> None:
    assert 0 < arrival(head, None, 1_790_000_000_000) <= 1_790_000_000_000


_lines = st.sampled_from(
    [b"", b"text", b"From now on", b">From then", b"From a@b Mon Jan  1 00:00:00 2024", b"\r"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(st.lists(_lines, max_size=6), min_size=1, max_size=5))
def test_mbox_gives_back_what_was_put_in(tmp_path: Path, bodies: list[list[bytes]]) -> None:
    mails = [b"Subject: x\n\n" + b"".join(line + b"\n" for line in body) for body in bodies]
    file = tmp_path / "box"
    file.write_bytes(mbox(*mails))
    found = [place.read() for place in find_mails(file) if isinstance(place, Place)]
    assert [m.rstrip(b"\n") for m in found] == [m.rstrip(b"\n") for m in mails]


def test_the_same_mail_has_one_id_in_any_line_ends() -> None:
    assert external_id(b"a\r\nb\r\n") == external_id(b"a\nb\n")
    assert external_id(b"a\nb") == external_id(b"a\nb\n")
    assert external_id(b"a\nb") != external_id(b"a\nc")


@pytest.mark.parametrize("argv", [["import"], ["import", "x"]])
def test_usage(run: Run, argv: list[str]) -> None:
    assert run(*argv).code == 2

"""`inspect`: the JSON that scripts rely on, for any file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.inspect import inspect
from omnitui.cli.main import main
from tests.corpora import corpora
from tests.email_reading.samples import mail, plain

KEYS = [
    "message_id", "in_reply_to", "references", "date", "subject", "from", "reply_to", "to", "cc",
    "text", "quoted", "signature", "attachments", "auto_reply", "bounce", "further_bounces",
    "forwarded", "defects",
]  # fmt: skip


def test_the_whole_object() -> None:
    raw = mail(
        "From: Ann <ann@example.org>", "To: support@acme.example", "Reply-To: x@example.org",
        "Subject: Hi", "Date: Fri, 05 Jan 2024 10:00:00 +0200", "Message-ID: <1@example.org>",
        "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "New", "", "-- ", "Ann", "--b",
        "Content-Type: image/png", "Content-ID: <p1>", "Content-Disposition: inline", "", "abc",
        "--b--",
    )  # fmt: skip
    assert inspect(raw) == {
        "message_id": "1@example.org",
        "in_reply_to": None,
        "references": [],
        "date": "2024-01-05T08:00:00Z",
        "subject": "Hi",
        "from": {"name": "Ann", "address": "ann@example.org"},
        "reply_to": [{"name": None, "address": "x@example.org"}],
        "to": [{"name": None, "address": "support@acme.example"}],
        "cc": [],
        "text": "New",
        "quoted": "",
        "signature": "Ann",
        "attachments": [
            {"name": None, "type": "image/png", "size": 3, "inline": True, "content_id": "p1"}
        ],
        "auto_reply": None,
        "bounce": None,
        "further_bounces": [],
        "forwarded": None,
        "defects": [],
    }


def test_what_is_unknown_is_null() -> None:
    found = inspect(b"")
    assert list(found) == KEYS
    assert (found["message_id"], found["date"], found["subject"], found["from"]) == (None,) * 4
    assert inspect(mail("From: a@b.c", "Date: Fri, 5 Jan 2024 10:00", "", ""))["date"] is None


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes(raw: bytes) -> None:
    json.dumps(inspect(raw), ensure_ascii=False).encode("utf-8")


def test_one_line_a_file_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, junk = tmp_path / "good.eml", tmp_path / "junk"
    good.write_bytes(plain("hi\x1b[31m"))
    junk.write_bytes(b"\xff\0\n\r" * 100)
    missing = tmp_path / "missing"
    code = main(["inspect", "--jsonl", str(good), str(missing), str(junk), str(good)])
    out, err = capsys.readouterr()
    found = [json.loads(line) for line in out.splitlines()]
    assert [each["text"] for each in found[::3]] == ["hi\x1b[31m"] * 2
    assert len(found) == 4
    assert "cannot be read" in found[1]["defects"][0]
    assert code == 1
    assert err.count("\n") == 1
    assert "missing cannot be read" in err


def test_json_of_one_and_of_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(plain("hi"))
    assert main(["inspect", "--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "hi"
    assert main(["inspect", str(path), str(path), "--json"]) == 0
    assert [each["text"] for each in json.loads(capsys.readouterr().out)] == ["hi", "hi"]


@pytest.mark.corpus
def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    path = corpora("bounces") / "lhost-postfix-13.eml"
    assert main(["inspect", str(path)]) == 0
    out = capsys.readouterr().out
    assert "Bounce:" in out
    assert "kijitora@example.jp" in out
    assert "\x1b" not in out

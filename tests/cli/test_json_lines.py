"""One object a line, for every reader's idea of a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omnitui.cli.main import main
from omnitui.cli.output import to_json


def test_line_ends_of_unicode_do_not_break_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = tmp_path / "odd.eml"
    text = "one\u2028two\u2029three\x85four"
    head = "From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n"
    mail.write_bytes((head + text).encode())
    assert main(["inspect", "--jsonl", str(mail), str(mail)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "four" in json.loads(lines[0])["text"]


def test_nothing_in_it_is_an_order_to_a_terminal() -> None:
    text = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x1F600)))
    shown = to_json({"name": text})
    assert json.loads(shown) == {"name": text}
    assert shown.isprintable()

"""Files as terminals type them when they are dropped, and as people name them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.desk.replying.file_names import dropped, expanded, may_be_paths, named


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    top = tmp_path_factory.mktemp("dropped files")
    names = ("invoice 17.pdf", "фото'1'.jpg", 'say "hi".txt', "a[1].png", "100%.csv", "b\\c.txt")
    found = [top / name for name in names]
    for file in found:
        file.write_text("x")
    return found


def test_one_and_several_quoted_escaped_and_as_addresses(files: list[Path]) -> None:
    first, second = files[:2]
    escaped = str(first).replace(" ", "\\ ")
    for pasted, meant in [
        (str(first), [first]),
        (f" {first}\n", [first]),
        (shlex.quote(str(first)) + " ", [first]),
        (escaped, [first]),
        (first.as_uri(), [first]),
        (first.as_uri().replace("file://", "file://localhost"), [first]),
        (f"{first.as_uri()}\r\n{second.as_uri()}\r\n", [first, second]),
        (f"{shlex.quote(str(first))} {shlex.quote(str(second))}", [first, second]),
        (f"{escaped} {shlex.quote(str(second))} {escaped}", [first, second]),
    ]:
        assert dropped(pasted) == meant, pasted


def test_every_name_comes_back_quoted(files: list[Path]) -> None:
    assert dropped(" ".join(shlex.quote(str(file)) for file in files)) == files
    assert dropped("\n".join(file.as_uri() for file in files)) == files


def test_a_text_is_a_text(files: list[Path]) -> None:
    first = files[0]
    for pasted in (
        "hello",
        "/template",
        f"look at {first}",
        f"{shlex.quote(str(first))} is the file",
        f"{shlex.quote(str(first))} /nowhere/at/all",
        str(first.parent),
        first.as_uri().replace("file://", "file://elsewhere.example"),
        "/etc/passwd\0",
        "file://[bad",
        "~nobody-here/x",
        "'/unclosed",
        "",
    ):
        assert dropped(pasted) == [], pasted


@given(st.text(alphabet=st.sampled_from("/~'\"\\ \n%0fileé:[*\0a"), max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    may_be_paths(text)
    dropped(text)
    named(text)


def test_a_command_takes_patterns_and_plain_blanks(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(files[0].parent))
    assert named("~/invoice 17.pdf") == [files[0]]
    assert named("~/*.pdf") == [files[0]]
    assert named(str(files[3])) == [files[3]]
    assert named("~/*.none") == []
    monkeypatch.chdir(files[0].parent)
    assert named("invoice 17.pdf") == [files[0]]


def test_somebody_who_has_no_home(files: list[Path]) -> None:
    assert named("~nobody-here/x") == []
    assert str(expanded("~nobody-here/x")) == "~nobody-here/x"

"""What a command that failed says."""

from __future__ import annotations

import errno
import importlib

import pytest

from connectors.contract import AuthFailed
from omnitui.cli import main
from omnitui.cli.failure import OURS, explain
from omnitui.desk.replying.reply import EmptyReply
from omnitui.engine.lock import LockError
from store.errors import DiskFull


@pytest.mark.parametrize(("module", "name"), sorted(OURS))
def test_every_error_is_where_it_is_said_to_be(module: str, name: str) -> None:
    kind = getattr(importlib.import_module(module), name)
    assert (kind.__module__, kind.__qualname__) == (module, name)


@pytest.mark.parametrize(
    "error",
    [
        AuthFailed("Log in again."),
        DiskFull("Log in again."),
        LockError("Log in again."),
    ],
)
def test_what_is_written_for_people_is_said_as_it_is(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(error) == 1
    assert capsys.readouterr().err == "omnitui: Log in again.\n"


def test_a_stopped_reply_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    explain(EmptyReply())
    assert "unexpectedly" not in capsys.readouterr().err


def test_a_machine_that_gives_no_more_and_a_program_that_is_half_there_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for error, words in (
        (RuntimeError("can't start new thread"), "no more processes or memory"),
        (MemoryError(), "ulimit -v"),
        (ImportError("no", name="omnitui.desk"), "(omnitui.desk): it is being updated"),
        (
            SyntaxError("no", ("omnitui/desk.py", 1, 1, "")),
            "(omnitui/desk.py): it is being updated",
        ),
        (OSError(errno.EMFILE, "words", "/x/presence.py"), "no more files"),
        (SystemError("error return without exception set"), "no more processes or memory"),
        (_of(MemoryError(), RuntimeError("words")), "no more processes or memory"),
    ):
        assert explain(error) == 1
        told = capsys.readouterr().err
        assert words in told
        assert told.count("\n") == 1


def _of(cause: Exception, error: Exception) -> Exception:
    error.__cause__ = cause
    return error


def test_no_memory_even_to_explain_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_given: object) -> int:
        raise MemoryError

    monkeypatch.setattr(main, "_dispatch", fails)
    monkeypatch.setattr(main, "explain", fails)
    assert main.main([]) == 1
    told = capsys.readouterr().err
    assert "no more processes or memory" in told
    assert told.count("\n") == 1

"""Secrets by reference: found, kept, and never told."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import secrets
from config.problems import BadValue
from config.secret_ref import SecretRef
from config.secret_syntax import parse_ref
from config.secrets import SecretError, resolve, store

SECRET = "hunter2-ключ"


def file_ref(path: Path) -> SecretRef:
    return SecretRef("file", str(path))


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@given(st.text(max_size=60))
def test_any_text_is_a_reference_or_is_not_repeated(text: str) -> None:
    said = ""
    try:
        ref = parse_ref(text)
    except BadValue as bad:
        said = f"{bad.sentence} {bad.hint}"
    else:
        assert parse_ref(str(ref)) == ref
    assert len(text) < 8 or text not in said


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", SECRET)
    assert resolve(SecretRef("env", "PW")) == SECRET
    monkeypatch.setenv("PW", "")
    with pytest.raises(SecretError, match="empty"):
        resolve(SecretRef("env", "PW"))
    monkeypatch.delenv("PW")
    with pytest.raises(SecretError, match="PW is not set"):
        resolve(SecretRef("env", "PW"))


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_from_a_file_without_its_newline(secret_file: Path, ending: str) -> None:
    secret_file.write_bytes((SECRET + " " + ending).encode())
    assert resolve(file_ref(secret_file)) == SECRET + " "


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o620])
def test_a_file_open_to_others_is_refused(secret_file: Path, mode: int) -> None:
    secret_file.chmod(mode)
    with pytest.raises(SecretError, match=f"chmod 600 {secret_file}") as caught:
        resolve(file_ref(secret_file))
    assert SECRET not in repr(caught.value)


def test_under_credentials_the_system_decides(
    secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret_file.chmod(0o444)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret_file.parent))
    assert resolve(file_ref(secret_file)) == SECRET


def owners(uid: int, gid: int, mode: int) -> os.stat_result:
    return os.stat_result((mode, 0, 0, 1, uid, gid, 9, 0, 0, 0))


@pytest.mark.skipif(os.geteuid() != 0, reason="changes its user")
def test_whose_file_a_secret_may_be() -> None:
    os.setegid(65534)
    os.seteuid(65534)
    try:
        assert secrets.check_owner(owners(65534, 65534, 0o100600)) == ""
        assert secrets.check_owner(owners(0, 65534, 0o100640)) == ""
        assert secrets.check_owner(owners(0, 65534, 0o100660)) != ""
        assert secrets.check_owner(owners(0, 12345, 0o100640)) != ""
        assert secrets.check_owner(owners(65534, 65534, 0o100640)) != ""
        assert secrets.check_owner(owners(12345, 65534, 0o100640)) != ""
        assert secrets.check_owner(owners(0, 0, 0o100604)) != ""
    finally:
        os.seteuid(0)
        os.setegid(0)


def test_what_is_no_secret_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="no file"):
        resolve(file_ref(tmp_path / "missing"))
    with pytest.raises(SecretError, match="not a plain file"):
        resolve(file_ref(tmp_path))
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(SecretError, match="not a plain file"):
        resolve(file_ref(tmp_path / "pipe"))
    big = tmp_path / "big"
    big.write_bytes(b"x" * 70_000)
    big.chmod(0o600)
    with pytest.raises(SecretError, match="too large"):
        resolve(file_ref(big))
    big.write_bytes(b"\xff\xfe")
    with pytest.raises(SecretError, match="not UTF-8"):
        resolve(file_ref(big))
    big.write_bytes(b"\n")
    with pytest.raises(SecretError, match="is empty"):
        resolve(file_ref(big))
    big.write_bytes(b"a\0b")
    with pytest.raises(SecretError, match="NUL"):
        resolve(file_ref(big))
    with pytest.raises(SecretError, match="cannot be read"):
        resolve(file_ref(tmp_path / ("x" * 300)))


def test_from_a_command_the_first_line() -> None:
    script = f"import sys; print({SECRET!r}); print('url: x'); print('noise', file=sys.stderr)"
    ref = SecretRef("command", f'{sys.executable} -X utf8 -c "{script}"')
    assert resolve(ref) == SECRET


def test_a_command_runs_in_no_shell(tmp_path: Path) -> None:
    ref = SecretRef("command", f"echo $HOME ; touch {tmp_path}/made")
    assert resolve(ref) == f"$HOME ; touch {tmp_path}/made"
    assert not (tmp_path / "made").exists()


def test_a_command_that_fails_says_its_first_error_line_and_no_secret() -> None:
    ref = SecretRef(
        "command", f"sh -c 'echo {SECRET}; printf \"\\n\\033[1mlocked\\nmore\" >&2; exit 3'"
    )
    with pytest.raises(SecretError) as caught:
        resolve(ref)
    text = str(caught.value).replace(str(ref.value), "")
    assert "code 3: [1mlocked" in text
    assert SECRET not in text
    assert "\x1b" not in text


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(SecretError, match="no-such-program cannot be run"):
        resolve(SecretRef("command", "no-such-program show x"))


def test_a_command_that_hangs_is_ended_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "COMMAND_TIMEOUT", 0.3)
    started = time.monotonic()
    with pytest.raises(SecretError, match="passphrase"):
        resolve(SecretRef("command", "sh -c 'sleep 98765 & sleep 98765'"))
    assert time.monotonic() - started < 15
    left = subprocess.run(["pgrep", "-f", "^sleep 98765"], capture_output=True, check=False)
    assert left.stdout == b""


def test_a_file_is_stored_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        ref = file_ref(tmp_path / "state" / "secrets" / "support")
        store(ref, "first")
        store(ref, SECRET)
    finally:
        os.umask(old)
    path = Path(ref.value)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["support"]
    assert resolve(ref) == SECRET
    secrets.delete(ref)
    secrets.delete(ref)
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretError, match="cannot be written") as caught:
        store(file_ref(tmp_path / "file" / "x"), SECRET)
    assert SECRET not in repr(caught.value)
    with pytest.raises(SecretError, match="only be read"):
        store(SecretRef("env", "PW"), SECRET)

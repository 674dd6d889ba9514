"""`credential:NAME`: what systemd hands to the engine's service, and root keeps for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import credentials, secrets
from config.problems import BadValue
from config.secret_ref import SecretError, SecretRef
from config.secret_syntax import parse_ref

REF = SecretRef("credential", "support")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    yield
    credentials.keep_in(None)


@pytest.mark.parametrize("name", ["support", "omnitui_support"])
def test_a_service_reads_what_it_was_handed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    path = tmp_path / name
    path.write_text("s3cret\n")
    path.chmod(0o444)  # modes in there are systemd's business
    assert secrets.resolve(parse_ref("credential:support")) == "s3cret"


def test_who_was_handed_nothing_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SecretError, match="LoadCredential"):
        secrets.resolve(REF)
    with pytest.raises(SecretError, match="root alone"):
        secrets.store(REF, "x")


def test_root_s_tools_keep_and_find_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    credentials.keep_in(tmp_path / "credentials")
    secrets.store(REF, "s3cret")
    kept = tmp_path / "credentials" / "support"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert secrets.resolve(REF) == "s3cret"
    secrets.delete(REF)
    assert not kept.exists()


@pytest.mark.parametrize(
    "text", ["credential:../x", "credential:a/b", "credential:", "credential:.x"]
)
def test_a_name_is_no_path(text: str) -> None:
    with pytest.raises(BadValue):
        parse_ref(text)

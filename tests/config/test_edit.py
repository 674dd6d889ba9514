"""config.toml changed by program, with what people wrote kept."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings

from config.edit import ConfigFile, write_whole
from config.problems import ConfigError
from tests.config.test_any_toml import DOCUMENTS

BY_HAND = """\
# Our desk. Ask Ann before changing it.
[desk]   # odd   spacing
name = 'Acme'

[accounts.old]
channel = "email"  # the first one
address = "old@acme.example"

# at the end
[views]
Refunds = "tag:refund"
"""


def test_an_account_is_added_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    file = ConfigFile(tmp_path / "config.toml", BY_HAND)
    file.set_account("new", {"channel": "email", "address": "new@acme.example"})
    file.save()
    text = (tmp_path / "config.toml").read_text()
    for line in BY_HAND.splitlines():
        assert line in text.splitlines()
    assert tomllib.loads(text)["accounts"]["new"]["address"] == "new@acme.example"
    assert "\n\n[accounts.new]\n" in text


def test_an_accounts_settings_are_replaced_in_their_place(tmp_path: Path) -> None:
    file = ConfigFile(tmp_path / "config.toml", BY_HAND)
    file.set_account("old", {"address": "x@acme.example", "name": "Old"})
    file.save()
    text = (tmp_path / "config.toml").read_text()
    assert '  # the first one\naddress = "x@acme.example"\nname = "Old"' in text
    assert '"Old"\n\n# at the end\n[views]' in text


def test_a_link_stays_a_link_and_modes_are_kept(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("")
    real.chmod(0o640)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    write_whole(link, "[desk]\n")
    assert link.is_symlink()
    assert real.read_text() == "[desk]\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert {p.name for p in tmp_path.iterdir()} == {"dotfiles.toml", "config.toml"}


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_whole(tmp_path / "f" / "config.toml", "")


@settings(
    max_examples=35, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(DOCUMENTS)
def test_any_file_is_changed_rightly_or_not_at_all(
    tmp_path: Path, document: dict[str, dict[str, object]]
) -> None:
    text = tomlkit.dumps(document)
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8", newline="")
    expected = tomllib.loads(text)
    file = ConfigFile(path, text)
    try:
        file.set_account("new account", {"channel": "email", "folders": ["INBOX"]})
        file.save()
    except ConfigError:
        assert path.read_bytes().decode() == text
        return
    new = expected.setdefault("accounts", {}).setdefault("new account", {})
    new |= {"channel": "email", "folders": ["INBOX"]}
    assert repr(tomllib.loads(path.read_text("utf-8"))) == repr(expected)

"""A desk that many Unix users share: team.toml."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from config.access import role_of, unix_user
from config.home import find_home
from config.load import ConfigError, load

ME = unix_user()


def desk(top: Path, text: str) -> Path:
    top.mkdir(mode=0o755, exist_ok=True)
    (top / "team.toml").write_text(text)
    return top


def test_the_store_is_where_the_team_s_file_says(tmp_path: Path) -> None:
    text = f'[team]\nstore = "{tmp_path}/store"\nstate = "{tmp_path}/engine"\nuser = "{ME}"\n'
    home = find_home(desk(tmp_path / "etc", text))
    assert home.config_file == tmp_path / "etc" / "config.toml"
    assert home.store_file == tmp_path / "store" / "desk.sqlite"
    assert home.state == tmp_path / "engine"


def test_who_is_not_the_service_has_a_state_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    home = find_home(desk(tmp_path / "acme", '[team]\nuser = "somebody-else"\n'))
    assert home.state == tmp_path / "own" / "omnitui" / "acme"


def test_without_a_team_everybody_may_everything(tmp_path: Path) -> None:
    config = load(find_home(tmp_path))
    assert config.team is None
    assert (config.access.role, config.access.locked) == ("supervisor", False)


def test_roles_are_by_name_before_by_group() -> None:
    groups = pwd.getpwnam("root")
    assert groups.pw_uid == 0
    assert role_of("root", ["root"], []) == "supervisor"
    assert role_of("root", ["@root"], ["root"]) == "reader"
    assert role_of("root", ["root"], ["@root"]) == "supervisor"
    assert role_of("root", ["@root"], ["@root"]) == "reader"
    assert role_of("nobody-of-that-name", ["@root"], ["@root"]) == "agent"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[team]\ngruop = 'x'\n", "group"),
        ("[roles]\nsupervisors = ['o lena']\n", "neither a Unix user nor a group"),
        ("[team]\nstore = 'relative'\n", "no absolute directory"),
        ("[locked]\ndirectories = ['files']\n", "no absolute directory"),
        ("[team]\nname = \n", "team.toml"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(find_home(desk(tmp_path / "etc", text)))
    assert said in str(caught.value)
    assert "team.toml" in str(caught.value)


def test_a_file_that_others_can_write_decides_nothing(tmp_path: Path) -> None:
    top = desk(tmp_path / "etc", "[roles]\nsupervisors = ['mallory']\n")
    (top / "team.toml").chmod(0o666)
    with pytest.raises(ConfigError, match="only root may write it"):
        load(find_home(top))

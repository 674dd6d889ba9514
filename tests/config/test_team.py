"""A desk that many Unix users share: team.toml."""

from __future__ import annotations

import json
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
        ("[team]\nreaders = ['ann']\n", "Move it below a line [roles]"),
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


def test_it_is_read_in_one_way_whatever_editor_wrote_it(tmp_path: Path) -> None:
    text = f'[team]\nstore = "{tmp_path}/store"\nuser = "{ME}"\n[roles]\nreaders = []\n'
    top = desk(tmp_path / "etc", "")
    (top / "team.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    config = load(find_home(top))
    assert config.home.data == tmp_path / "store"
    assert config.team is not None
    assert (config.team.store, config.team.readers) == (tmp_path / "store", ())


def test_all_that_is_wrong_in_both_files_is_told_at_once(tmp_path: Path) -> None:
    top = desk(
        tmp_path / "etc",
        "supervisors = ['ann']\n[team]\nuser = 5\nstore = 'x'\n[rolez]\n[locked]\nverbs = ['shwo', "
        "'serve']\n[roles]\nreaders = ['a b', 7, 'ann']\n",
    )
    (top / "config.toml").write_text("[desk]\nnmae = 'x'\n")
    with pytest.raises(ConfigError) as caught:
        load(find_home(top))
    told = [str(problem).removeprefix(f"{top}/") for problem in caught.value.problems]
    assert [line.partition(": ")[0] for line in told] == [
        "config.toml:2", *(f"team.toml:{n}" for n in (1, 3, 4, 5, 7, 7, 9, 9))
    ]  # fmt: skip
    for words in (
        "Did you mean “name”", "below a line [roles]", "team.user: needs a text", "Did you mean "
        "“roles”", "verbs[0]: “shwo”", "Did you mean “show”", "verbs[1]: “serve”", "readers[0]",
        "readers[1]: needs a text",
    ):  # fmt: skip
        assert words in "\n".join(told), words


@pytest.mark.parametrize("leads", ["team.toml", "nowhere", "/etc"])
def test_a_file_that_cannot_be_read_makes_the_desk_nobody_s_own(tmp_path: Path, leads: str) -> None:
    top = tmp_path / "etc"
    top.mkdir()
    (top / "team.toml").symlink_to(leads)
    home = find_home(top)
    assert home.team is not None
    with pytest.raises(ConfigError, match=r"team\.toml: this"):
        load(home)


def test_bytes_that_are_no_text_are_a_sentence(tmp_path: Path) -> None:
    top = desk(tmp_path / "etc", "")
    (top / "team.toml").write_bytes(b"\x00\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(find_home(top))


def test_names_that_a_directory_service_gives_are_names(tmp_path: Path) -> None:
    odd = ["Ol.ena-x$", "4711", "олена", "olena@acme.example", "ACME\\olena", "@domain users"]
    text = f'[team]\ngroup = "omnitui@acme.example"\n[roles]\nreaders = {json.dumps(odd)}\n'
    config = load(find_home(desk(tmp_path / "etc", text)))
    assert config.team is not None
    assert (config.team.group, config.team.readers) == ("omnitui@acme.example", tuple(odd))
    with pytest.raises(ConfigError, match="neither a Unix user nor a group"):
        load(find_home(desk(tmp_path / "etc", "[team]\ngroup = '@leads'\n")))


def test_what_is_hardly_meant_is_told_and_the_desk_goes_on(tmp_path: Path) -> None:
    text = (
        "[roles]\nsupervisors = ['ann', 'eve']\nreaders = ['eve']\n"
        "[locked]\ncommands = ['shop']\nwithout = ['customer exprot', 'shop']\n"
    )
    top = desk(tmp_path / "etc", text)
    (top / "config.toml").write_text("[commands.shop]\nrun = ['true']\n")
    config = load(find_home(top))
    told = [(problem.line, problem.key, problem.hint) for problem in config.warnings]
    assert told == [
        (3, "roles.readers[0]", "The smaller right counts: take the name off one of them."),
        (6, "locked.without[0]", "Did you mean “customer export”?"),
    ]


def test_a_second_desk_has_places_and_a_user_of_its_own(tmp_path: Path) -> None:
    config = load(find_home(desk(tmp_path / "omnitui-acme", "[team]\n")))
    assert config.team is not None
    assert (config.team.user, config.team.group) == ("omnitui-acme", "omnitui-acme")
    assert config.home.data == Path("/var/lib/omnitui-acme/store")


def test_a_team_s_engine_is_a_service_whatever_config_toml_says(tmp_path: Path) -> None:
    """Else doctor and status would take one that is down for one that a screen starts."""
    top = desk(tmp_path / "etc", "")
    (top / "config.toml").write_text('[desk]\nname = "Acme"\n')
    assert load(find_home(top)).desk.engine == "service"

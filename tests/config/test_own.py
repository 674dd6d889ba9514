"""[commands], [menus], sequences of keys, and an agent's own file over the desk's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.home import find_home
from config.keymap import check_keymap, merge
from config.keys import sequence
from config.load import load
from config.model import Config, Home, MenuLine, OwnCommand, OwnMenu, Prompt
from config.own_settings import FACTS, OWN_AGENT, PERSONAL
from config.personal import own_views, remove_view, save_setting, save_view
from config.problems import BadValue, ConfigError, Problem
from tests.config.conftest import Load


def test_a_command_with_everything(read: Load, home: Home) -> None:
    config = read(
        """
        [commands.refund]
        run = ["./bin/refund", "--order", "{order}", "{email}"]
        help = "Refund an order"
        output = "popup"
        confirm = "Refund it?"
        dangerous = true
        timeout = "2m"
        [[commands.refund.prompts]]
        name = "order"
        ask = "Which order?"
        [[commands.refund.prompts]]
        name = "why"
        choices = ["late", "broken"]
        default = "late"
        required = false
        """
    )
    assert config.commands == {
        "refund": OwnCommand(
            "refund",
            (str(home.config / "bin/refund"), "--order", "{order}", "{email}"),
            "Refund an order",
            "popup",
            (
                Prompt("order", "Which order?"),
                Prompt("why", "", ("late", "broken"), "late", required=False),
            ),
            "Refund it?",
            dangerous=True,
            timeout=120,
        )
    }


def test_menus_and_every_written_line_are_kept_for_checking(read: Load) -> None:
    config = read(
        """
        [macros]
        a = "close"
        b = ["assign me", "next"]
        [menus.mine]
        title = "Mine"
        a = "a"
        "^x" = { run = "tag add x", label = "mark" }
        [keys.inbox]
        "ctrl+x g" = "a"
        """
    )
    lines = (MenuLine("a", "a"), MenuLine("ctrl+x", "tag add x", "mark"))
    assert config.menus == {"mine": OwnMenu("mine", "Mine", lines)}
    assert config.keys.bindings == {"inbox": {"ctrl+x g": "a"}}
    assert {one.line for one in config.written} == {
        "close", "assign me", "next", "a", "tag add x",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("[commands.a]\nhelp = 'x'", 1, "commands.a", "“run” is missing"),
        ("[commands.a]\nrun = ['x', '{ordr}']\n[[commands.a.prompts]]\nname = 'order'",
         2, "commands.a.run", "Did you mean “{order}”"),
        ("[commands.a]\nrun = ['{name}']", 2, "commands.a.run", "must not depend"),
        ("[commands.a]\nrun = 'x'\n[[commands.a.prompts]]\nname = 'email'",
         4, "commands.a.prompts[0].name", "already"),
        ("[commands.a]\nrun = 'x'\n[[commands.a.prompts]]\nname = 'Order No'",
         4, "commands.a.prompts[0].name", "no name for a value"),
        ("[commands.a]\nrun = 'x'\n[[commands.a.prompts]]\nname = 'o'\n[[commands.a.prompts]]\n"
         "name = 'o'", 5, "commands.a.prompts[1]", "two prompts"),
        ("[commands.a]\nrun = 'x'\nprompts = 'o'", 3, "commands.a.prompts", "list of tables"),
        ("[commands.a]\nrun = 'x'\n[[commands.a.prompts]]\nname = 'o'\nchoices = ['a']\n"
         "default = 'b'", 6, "commands.a.prompts[0].default", "none of the choices"),
        ("[commands.a]\nrun = 'x'\noutput = 'pop-up'", 3, "commands.a.output", "“popup”"),
        ("[commands.a]\nrun = 'x'\ndangerus = true", 3, "commands.a.dangerus", "“dangerous”"),
        ("[commands.'a b']\nrun = 'x'", 1, 'commands."a b"', "letters"),
        ("[menus.a]\nescape = 'close'", 2, "menus.a.escape", "closes every menu"),
        ("[menus.a]\n'ctrl+h' = 'close'", 2, 'menus.a."ctrl+h"', "backspace"),
        ("[menus.a]\na = { label = 'x' }", 2, "menus.a.a", "“run” is missing"),
        ("[menus.a]\na = { run = 'x', lable = 'x' }", 2, "menus.a.a.lable", "“label”"),
        ("[menus.a]\na = 'x'\n'A' = 'y'\n'^x' = 'y'\n'c-x' = 'z'", 5, "menus.a.c-x", "twice"),
        ("[keys.inbox]\n'ctrl+x escape' = 'close'", 2, 'keys.inbox."ctrl+x escape"', "Esc leaves"),
        ("[keys.inbox]\n'ctrl+x ctrl+h' = 'close'", 2, 'keys.inbox."ctrl+x ctrl+h"', "backspace"),
        ("[keys.inbox]\n'ctrl+x' = 'close'\n'ctrl+x a' = 'next'", 2, "keys.inbox.ctrl+x", "begins"),
        ("[keys.inbox]\n'a b c d e' = 'close'", 2, 'keys.inbox."a b c d e"', "at most 4"),
        ("[keys.reply]\n'g g' = 'close'", 2, 'keys.reply."g g"', "types a character"),
        ("[keys.picker]\n'ctrl+x a' = 'close'", 2, 'keys.picker."ctrl+x a"', "one key at a time"),
    ],
)  # fmt: skip
def test_mistakes_have_a_place(
    problems: Callable[[str], tuple[Problem, ...]], text: str, line: int, key: str, words: str
) -> None:
    [found] = problems(text)
    assert found.line == line
    assert found.key.replace('"', "") == key.replace('"', "")
    assert words in str(found)


def test_what_begins_keys_says_what_it_no_longer_means(read: Load) -> None:
    config = read("[keys.inbox]\n'g g' = 'move first'\n'x x' = 'close'\n")
    assert [(w.line, w.sentence) for w in config.warnings] == [
        (2, "“g” begins keys here and no longer means “move first”."),
        (3, "“x” begins keys here and no longer means “close”."),
    ]
    merged = merge(config.keys.bindings)
    assert merged["inbox"]["g g"] == "move first"
    assert "g" not in merged["inbox"]
    # An agent's own single key goes over the desk's sequence.
    assert "g g" not in merge({"inbox": {"g": "open"}}, merged)["inbox"]


@given(st.lists(st.sampled_from(["g", "x", "ctrl+x", "f5", "space", "G"]), min_size=1, max_size=4))
def test_a_sequence_is_its_keys(keys: list[str]) -> None:
    assert sequence(" ".join(keys)) == tuple(keys)
    merged = merge({"inbox": {" ".join(keys): "close"}})
    for length in range(1, len(keys)):
        assert " ".join(keys[:length]) not in merged["inbox"]
    assert not [p for p in check_keymap({"inbox": {" ".join(keys): "close"}})
                if p.severity == "error"]  # fmt: skip


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_keys(text: str) -> None:
    try:
        found = sequence(text)
    except BadValue:
        return
    assert sequence(" ".join(found)) == found


# The agent's own file


@pytest.fixture
def own(home: Home) -> Callable[[str], Config]:
    """Write agent.toml and load all."""

    def write_and_load(text: str) -> Config:
        home.agent_file.write_text(text, encoding="utf-8")
        return load(home, personal=True)

    return write_and_load


def test_the_agents_own_lies_over_the_desks(read: Load, own: Callable[[str], Config]) -> None:
    read(
        "[desk]\nname = 'Acme'\ntheme = 'nord'\nlanguage = 'uk'\n"
        "[views]\nA = 'tag:a'\nB = 'tag:b'\n"
        "[keys.inbox]\nf9 = 'close'\n'ctrl+y' = 'open'\n[macros]\nm = 'close'\n"
    )
    config = own(
        "[agent]\ntheme = 'dracula'\n[views]\nB = 'tag:mine'\nC = 'tag:c'\n"
        "[keys.inbox]\nf9 = 'next'\n[commands.c]\nrun = 'true'\n"
    )
    assert (config.desk.name, config.desk.theme, config.desk.language) == ("Acme", "dracula", "uk")
    assert config.views == {"A": "tag:a", "B": "tag:mine", "C": "tag:c"}
    assert config.keys.bindings == {"inbox": {"f9": "next", "ctrl+y": "open"}}
    assert set(config.macros) == {"m"}
    assert set(config.commands) == {"c"}
    assert config.warnings == ()


def test_what_is_wrong_in_it_stops_nothing_and_is_told(own: Callable[[str], Config]) -> None:
    config = own(
        "theme = 'nord'\n[agent]\nlanguage = 'ua'\nafter_send = 'back'\nname = 'x'\n"
        "[hooks]\n[accounts.a]\n[desk]\n[macros]\nbad = 3\ngood = 'close'\n[keyz]\n"
    )
    assert config.desk.after_send == "back"
    assert config.desk.language == ""
    assert config.macros == {"good": ("close",)}
    told = {p.key: (p.line, str(p)) for p in config.warnings}
    assert all(p.severity == "error" for p in config.warnings)
    assert {key: line for key, (line, _text) in told.items()} == {
        "theme": 1, "agent.language": 3, "agent.name": 5, "hooks": 6, "accounts": 7, "desk": 8,
        "macros.bad": 10, "keyz": 12,
    }  # fmt: skip
    assert "[agent]" in told["theme"][1]
    assert "“uk”" in told["agent.language"][1]
    assert "hooks run in the engine" in told["hooks"][1]
    assert "“keys”" in told["keyz"][1]


def test_broken_toml_is_told_with_its_place(own: Callable[[str], Config]) -> None:
    config = own("[agent]\ntheme = 'x\n")
    assert [(p.line, p.file) for p in config.warnings] == [(2, config.home.agent_file)]


def test_the_engine_reads_none_of_it(home: Home, own: Callable[[str], Config]) -> None:
    own("[macros]\nx = 'close'\n[agent]\nundo_send = 99\n")
    config = load(home)
    assert config.macros == {}
    assert config.desk.undo_send == 10


def test_a_file_that_others_write_names_no_programs(
    home: Home, own: Callable[[str], Config]
) -> None:
    own("[commands.c]\nrun = 'true'\n")
    home.agent_file.chmod(0o646)
    config = load(home, personal=True)
    assert config.commands == {}
    assert "everybody may write this file" in str(config.warnings[0])
    if os.getuid() == 0:
        home.agent_file.chmod(0o600)
        os.chown(home.agent_file, 12345, -1)
        assert load(home, personal=True).commands == {}


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "desk").mkdir()
    named = tmp_path / "me.toml"
    assert find_home(tmp_path / "desk", {}).agent_file == tmp_path / "desk" / "agent.toml"
    known = {"OMNITUI_AGENT_FILE": str(named)}
    assert find_home(tmp_path / "desk", known).agent_file == named
    assert find_home(None, known).agent_file == named
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    at_home = tmp_path / "xdg" / "omnitui" / "agent.toml"
    assert find_home(None, {}).agent_file == at_home
    if os.getuid() == 0:  # a team's desk is somebody else's
        os.chown(tmp_path / "desk", 12345, -1)
        assert find_home(tmp_path / "desk", {}).agent_file == at_home


def test_views_are_kept_and_comments_stay(home: Home, own: Callable[[str], Config]) -> None:
    config = own("# mine\n[agent]\ntheme = 'nord'  # dark\n\n[views]\nA = 'tag:a'\n")
    config = save_view(config, "My big “ones”", 'tag:big "x y"')
    config = save_view(config, "A", "tag:b")
    save_setting(config, "theme", "dracula")
    text = home.agent_file.read_text(encoding="utf-8")
    assert "# mine" in text
    assert "# dark" in text
    again = load(home, personal=True)
    assert again.views == config.views == {"A": "tag:b", "My big “ones”": 'tag:big "x y"'}
    assert again.desk.theme == "dracula"
    assert set(own_views(again)) == set(again.views)
    assert set(remove_view(again, "A").views) == {"My big “ones”"}
    assert set(load(home, personal=True).views) == {"My big “ones”"}


def test_a_view_can_be_kept_where_there_is_no_file_yet(home: Home) -> None:
    save_view(load(home, personal=True), "A", "tag:a")
    assert load(home, personal=True).views == {"A": "tag:a"}
    assert home.agent_file.stat().st_mode & 0o077 == 0


def test_a_view_of_the_desk_is_not_taken_away(read: Load) -> None:
    config = read("[views]\nA = 'tag:a'\n")
    with pytest.raises(ConfigError, match="there for everybody"):
        remove_view(config, "A")


def test_every_setting_of_an_agent_is_one_of_the_desk() -> None:
    assert {s.key for s in OWN_AGENT} <= set(PERSONAL)
    assert len(set(FACTS)) == len(FACTS)

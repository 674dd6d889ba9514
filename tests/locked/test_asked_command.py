"""Whatever a client sends as its command, only an allowed verb comes out of it."""

from __future__ import annotations

import argparse
import importlib
import os
import pwd
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import allowed
from config.access import Access
from config.problems import BadValue
from config.team_settings import LOCKED
from omnitui.cli import main
from omnitui.cli.failure import Failure
from omnitui.cli.locked import asked_command, clean_environment
from omnitui.desk import rights

PIECES = ["conversations", "show", "do", "sh", "serve", "--home", "--home=/tmp", "omnitui", "'",
          '"', "\\", ";", "&&", "|", "$(id)", "`id`", "\n", "\r", "\0", " ", "\t", "\u2028", "-h",
          "../", "/bin/sh", "backup", "1", "-", "\udc80", "#", "~"]  # fmt: skip


@given(
    line=st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES)).map(" ".join),
                   st.lists(st.sampled_from(PIECES)).map("".join)),
    verbs=st.sets(st.sampled_from(sorted(main.VERBS)), max_size=5),
)  # fmt: skip
def test_nothing_but_an_allowed_verb_comes_out(line: str, verbs: set[str]) -> None:
    access = Access(locked=True, verbs=frozenset(verbs))
    try:
        verb, *arguments = asked_command.words(access, line)
    except Failure:
        return
    assert verb in verbs & allowed.VERBS & set(main.VERBS)
    assert not any(word.startswith("--home") and word[6:7] in ("", "=") for word in arguments)
    assert not any(ord(character) < 32 and character != "\t" for word in arguments
                   for character in word)  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["sh", "bash -i", "internal-sftp", "scp -t .", "rsync --server .", "serve", "init", "backup x",
     "restore x", "import x", "remote x", "session", "relay", "check", "doctor", "inspect /etc/x",
     "help", "--help", "--version", "", " ", "-", "show\nid", "show 'x", "--home /tmp show", "SHOW",
     "omnitui --home /tmp show", "./show", "show\u2028", "show --home /tmp", "show --home=/tmp",
     "omnitui", "show\0", "x" * 9000],
)  # fmt: skip
def test_ways_out_that_were_tried(line: str) -> None:
    access = Access(locked=True, verbs=frozenset(main.VERBS))
    with pytest.raises(Failure):
        asked_command.words(access, line)


def test_what_verbs_may_be_named_there_are_and_they_ask_for_rights() -> None:
    assert {*rights.VERBS} <= {*main.VERBS} | {"audit", "status"}
    never = {"demo", "init", "serve", "relay", "doctor", "remote", "pop", "import", "inspect",
             "import-customers", "backup", "restore", "check", "retention", "session"}  # fmt: skip
    assert not never & allowed.VERBS
    with pytest.raises(BadValue, match="serve"):
        next(one for one in LOCKED if one.key == "verbs").read(["conversations", "serve"])


def test_no_verb_takes_another_home_in_a_locked_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.access._locked", True)
    seen: list[argparse.Namespace] = []

    def ran(args: argparse.Namespace) -> int:
        seen.append(args)
        return 0

    for verb in sorted(allowed.VERBS & set(main.VERBS)):
        module = importlib.import_module(main.VERBS[verb][0])
        monkeypatch.setattr(module, "run", ran)
        with pytest.raises(SystemExit):
            main.run_verb(verb, ["--home", "/tmp", "1", "x"], "/etc/desk")
    assert not seen


NAMES = ["TERM", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "LD_PRELOAD", "EDITOR", "TEXTUAL_LOG",
         "OMNITUI_HOME", "XDG_CONFIG_HOME", "PATH", "HOME", "TMP", "TEMP", "PERL5LIB"]  # fmt: skip
VALUES = ["xterm-256color", "uk_UA.UTF-8", "../../x", "/etc/shadow", "a\x1b[2J", "Europe/Kyiv",
          "home/ann"]  # fmt: skip


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(NAMES), st.text(max_size=8)),
        st.one_of(st.sampled_from(VALUES), st.text(max_size=20)),
    )
)
def test_of_a_client_s_environment_only_harmless_values_stay(given_: dict[str, str]) -> None:
    for wanted in (["TERM", "LANG", "LC_*", "TZ"], ["*"]):
        kept = clean_environment.kept(given_, wanted)
        for name, value in kept.items():
            assert name.isidentifier()
            assert name.isascii()
            assert not name.startswith(("PYTHON", "LD_", "OMNITUI_", "TEXTUAL", "XDG_"))
            assert name not in ("PATH", "HOME", "EDITOR", "TMP", "TEMP", "PERL5LIB")
            assert value.isprintable()
            assert ".." not in value
            assert not value.startswith(("/", "-", ":"))
    assert set(clean_environment.kept(given_, ["TERM"])) <= {"TERM"}


def test_who_it_is_and_where_from_is_the_system_s_word() -> None:
    entry = pwd.getpwuid(os.getuid())
    given_ = {"HOME": "/tmp", "USER": "root", "PATH": "/tmp", "SSH_CONNECTION": "1.2.3.4 1 ::1 22"}
    made = clean_environment.bare(given_)
    assert (made["HOME"], made["USER"]) == (entry.pw_dir, entry.pw_name)
    assert made["PATH"] == clean_environment.PATH
    assert made["SSH_CONNECTION"] == "1.2.3.4 1 ::1 22"
    assert "SSH_CONNECTION" not in clean_environment.bare({"SSH_CONNECTION": "x\n1 2 3"})


def test_words_are_split_as_a_shell_would(tmp_path: Path) -> None:
    access = Access(locked=True, verbs=frozenset({"do"}))
    line = shlex.join(["omnitui", "do", "1", "note It's $HOME; `id`"])
    found: list[Any] = asked_command.words(access, line)
    assert found == ["do", "1", "note It's $HOME; `id`"]

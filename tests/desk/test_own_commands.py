"""Command lines, macros with arguments and programs, without a screen."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import load
from config.model import Home, OwnCommand, Prompt
from omnitui.cli.main import main
from omnitui.desk import own_checks, programs
from omnitui.desk.command import CommandError, placeholders, split_commands
from omnitui.desk.commands import REGISTRY
from omnitui.desk.own_commands import expanded, registry_for
from tests.desk.office import Office

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HOSTILE = st.one_of(
    WORDS, st.sampled_from(["a ; close", "'", '"', "\\", "{1}", "{name}", "$(id)", " ; ", "x' ; y"])
)


@given(st.lists(HOSTILE, min_size=1, max_size=4))
def test_what_is_quoted_is_never_parted(texts: list[str]) -> None:
    parts = [f"note {shlex.quote(text)}" for text in texts]
    assert split_commands([" ; ".join(parts)]) == parts


@given(WORDS)
def test_a_line_is_parted_without_loss(line: str) -> None:
    parts = split_commands([line])
    assert all(part in line and part == part.strip() for part in parts)
    if " ; " not in line:
        assert parts == ([line.strip()] if line.strip() else [])


def test_a_quote_that_does_not_end_is_a_character() -> None:
    assert split_commands(["note it's fine ; close"]) == ["note it's fine", "close"]
    assert split_commands(["note 'tis fine ; close"]) == ["note 'tis fine", "close"]
    assert split_commands(['note "a ; b" ; close']) == ['note "a ; b"', "close"]


@given(HOSTILE, HOSTILE)
def test_an_argument_of_a_macro_is_only_that(first: str, second: str) -> None:
    """Whatever is given, the text of the note has it as it was, and no other command runs."""
    line = REGISTRY.fill("note {1} and {who}", {"1": first, "who": second})
    found = REGISTRY.parse(line)
    assert found.command.name == "note"
    assert found.arguments == (f"{first} and {second}",)
    line = REGISTRY.fill("customer field {1} x{who}", {"1": "k" + first, "who": second})
    assert REGISTRY.parse(line).arguments == ("k" + first, "x" + second)


def test_the_order_of_what_is_left_open() -> None:
    assert placeholders(["a {2} {b} {1}", "{a} {{ customer.name }} {{x}} {b}"]) == [
        "1", "2", "b", "a",
    ]  # fmt: skip


def wait_for_the_end_of(pid: int) -> None:
    """Raises `AssertionError` when it goes on for ten seconds."""
    stat = Path(f"/proc/{pid}/stat")
    deadline = time.monotonic() + 10
    while stat.exists() and stat.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestMacros:
    def macros(self, office: Office, **macros: tuple[str, ...]) -> None:
        office.desk = replace(office.desk, config=replace(office.desk.config, macros=macros))

    def test_arguments_by_number_and_name(self, office: Office) -> None:
        id_ = office.got(office.letter()).conversation_id
        self.macros(office, pay=("tag add {tag}", "note {1} € of {1}: {tag}"))
        assert office.do(id_, "pay 5 'a b'").undo
        assert office.texts(id_)[-1] == "5 € of 5: a b"
        office.do(id_, "macro pay 6 c")
        assert office.texts(id_)[-1] == "6 € of 6: c"
        with pytest.raises(CommandError, match="TAG is missing: pay 1 TAG"):
            office.do(id_, "pay 5")
        with pytest.raises(CommandError, match="TAG is missing: pay 1 TAG"):
            office.do(id_, "macro pay 5")

    def test_a_template_in_a_macro_keeps_its_braces(self, office: Office) -> None:
        id_ = office.got(office.letter()).conversation_id
        self.macros(office, hi=("reply set Hello {{ customer.name }} {{x}}",))
        office.do(id_, "hi")
        assert office.session(id_).draft.get().text == "Hello {{ customer.name }} {{x}}"

    def test_macros_of_macros_with_screens_in_them_are_told_apart(self, office: Office) -> None:
        from omnitui.tui.commands import REGISTRY as SCREEN

        self.macros(
            office, a=("tag add x", "close"), b=("a", "macro a"), c=("b", "next"), d=("c", "a")
        )
        found = registry_for(office.desk.config, SCREEN)
        kinds = {name: found.find(name)[0].kind for name in "abcd"}
        assert kinds == {"a": "desk", "b": "desk", "c": "macro", "d": "macro"}
        assert expanded(office.desk.config, "d", SCREEN) == ["b", "next", "a"]
        with pytest.raises(CommandError, match="“next”"):
            office.do(office.got(office.letter()).conversation_id, "c")

    def test_a_name_that_is_taken_stays_the_commands(self, office: Office) -> None:
        id_ = office.got(office.letter()).conversation_id
        self.macros(office, close=("tag add x",))
        office.do(id_, "close")
        assert office.conversation(id_).status == "closed"
        office.do(id_, "macro close")
        assert office.conversation(id_).tags == ("x",)


class TestPrograms:
    @given(st.lists(HOSTILE, min_size=2, max_size=2))
    def test_a_value_is_one_word_whatever_it_is(self, values: list[str]) -> None:
        prompts = (Prompt("a"), Prompt("b"))
        command = OwnCommand(
            "x", ("prog", "--", "{a}", "-b={b}", "{{a}}", "{a}{b}"), prompts=prompts
        )
        a, b = (programs.clean(value) for value in values)
        words = programs.argv_of(command, dict(zip("ab", values, strict=True)), {})
        assert words == ["prog", "--", a, f"-b={b}", "{a}", a + b]
        assert not any(ord(c) < 32 and c not in "\t\n" for word in words for c in word)

    def test_only_a_listed_answer_may_be_an_option(self) -> None:
        free = OwnCommand("x", ("prog", "{a}"), prompts=(Prompt("a"),))
        with pytest.raises(CommandError, match="begins with “-”"):
            programs.argv_of(free, {"a": "--all"}, {})
        listed = OwnCommand("x", ("prog", "{a}"), prompts=(Prompt("a", choices=("--all",)),))
        assert programs.argv_of(listed, {"a": "--all"}, {}) == ["prog", "--all"]

    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("raise SystemExit('no such order')", "x failed with status 1: no such order"),
            ("import sys; sys.exit(3)", "x failed with status 3: it said nothing"),
            ("import os; os.kill(os.getpid(), 9)", "x was ended by signal 9: it said nothing"),
            ("import sys; sys.stderr.write('a\\n\\x1b[2Jb\\n'); sys.exit(1)", "status 1: �[2Jb"),
            ("print('x' * 3_000_000)", "x wrote more than 2 MB and was stopped"),
        ],
    )
    async def test_what_goes_wrong_is_one_sentence(self, code: str, says: str) -> None:
        with pytest.raises(CommandError) as caught:
            await programs.run("x", [sys.executable, "-c", code], {}, seconds=30)
        assert says in str(caught.value)

    async def test_a_program_that_is_not_there(self) -> None:
        with pytest.raises(CommandError, match="x cannot be started: nowhere/at-all: No such file"):
            await programs.run("x", ["nowhere/at-all"], {}, seconds=1)

    async def test_its_time_over_everything_it_started_is_ended(self, tmp_path: Path) -> None:
        pid = tmp_path / "pid"
        script = f"sleep 60 & echo $! > {pid}; trap '' TERM; wait; sleep 60"
        with pytest.raises(CommandError, match="took longer than 1 seconds and was stopped"):
            await programs.run("x", ["sh", "-c", script], None, seconds=1)
        child = int(pid.read_text())
        await asyncio.to_thread(wait_for_the_end_of, child)

    async def test_what_it_leaves_running_keeps_nobody_waiting(self, tmp_path: Path) -> None:
        """A browser that goes on, with our pipes in its hands."""
        pid = tmp_path / "pid"
        began = time.monotonic()
        out = await programs.run(
            "x", ["sh", "-c", f"sleep 60 & echo $! > {pid}; echo opened"], {}, seconds=30
        )
        assert out == "opened\n"
        assert time.monotonic() - began < 25
        os.kill(int(pid.read_text()), 15)  # it is there still

    async def test_a_program_need_not_read_what_it_is_told(self) -> None:
        given = {"text": "x" * 5_000_000}
        assert await programs.run("x", ["echo", "hi"], given, seconds=30) == "hi\n"
        out = await programs.run("x", ["wc", "-c"], given, seconds=30)
        assert int(out) > 5_000_000

    def test_in_omnitui_do(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with Office.open(tmp_path) as office:
            office.got(office.letter("Joe <joe@home.example>", "Where is 17?"))
            home = office.desk.config.home
        home.config.mkdir(parents=True, exist_ok=True)
        desk = tmp_path / "one"
        desk.mkdir()
        for file in home.data.iterdir():
            file.rename(desk / file.name)
        (desk / "config.toml").write_text(
            "[commands.say]\noutput = 'popup'\n"
            "run = ['printf', '%s|', '{word}', '{name}', '{text}']\n"
            "[[commands.say.prompts]]\nname = 'word'\n"
            "[commands.shout]\nrun = ['tr', 'a-z', 'A-Z']\noutput = 'draft'\n"
            "[commands.wipe]\nrun = 'true'\ndangerous = true\n"
            "[macros]\nboth = ['tag add {1}', 'say {1}']\n",
            encoding="utf-8",
        )
        assert main(["--home", str(desk), "do", "1", "say 'a $(id); b'", "both x"]) == 0
        shown = capsys.readouterr().out
        assert shown == "a $(id); b|Joe|Where is 17?|\nTagged x.\nx|Joe|Where is 17?|\n"
        assert main(["--home", str(desk), "do", "1", "say"]) == 1
        assert "WORD is missing: say [WORD]" in capsys.readouterr().err
        assert main(["--home", str(desk), "do", "1", "wipe"]) == 1
        assert "--yes" in capsys.readouterr().err
        assert main(["--home", str(desk), "do", "--yes", "1", "wipe"]) == 0


def test_wrong_lines_are_found_with_their_places(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path, tmp_path / "state")
    home.config_file.write_text(
        "[macros]\nclose = 'tag add x'\nround = 'macro again'\nagain = 'round'\n"
        "bad = ['assign me', 'priority hi', 'tag add {x}', 'macro nobody']\n"
        "[commands.assign]\nrun = 'no-such-program-here'\n"
        "[keys.inbox]\nf9 = 'assign ; snooze 2x'\n",
        encoding="utf-8",
    )
    found = own_checks.problems(load(home), REGISTRY, ["own"])
    assert [(one.line, one.key, one.severity) for one in found] == [
        (2, "macros.close", "error"),
        (3, "macros.round", "error"),
        (4, "macros.again", "error"),
        (5, "macros.bad[1]", "error"),
        (5, "macros.bad[3]", "error"),
        (6, "commands.assign", "error"),
        (7, "commands.assign.run", "warning"),
        (9, "keys.inbox.f9", "error"),
    ]

"""Macros, programs, menus and sequences of keys of the agent's own, as they are typed and seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.load import load
from config.model import Home
from store.model import ConversationId
from tests.tui.shell.shop import Shop, Ui

FIRST = ConversationId(1)

HOSTILE = "$(touch /tmp/omnitui-pwned) `id` ; close 'x' \x1b]52;c;eA==\x07 [/b] {agent} %s"


def desk(directory: Path, settings: str) -> Shop:
    """A shop whose config.toml is `settings`, read and checked as any is."""
    shop = Shop.at(directory)
    shop.config.home.config_file.write_text(settings, encoding="utf-8")
    shop.config = load(shop.config.home)
    return shop


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "desk"


def recorder(directory: Path, body: str = "") -> str:
    """The start of a command whose program writes its argv and what it is told into a file."""
    program = directory.parent / "record.py"
    out = directory.parent / "seen.jsonl"
    program.write_text(
        "import json, sys, os\n"
        "given = json.load(sys.stdin)\n"
        f"with open({str(out)!r}, 'a') as file:\n"
        "    file.write(json.dumps({'argv': sys.argv[1:], 'given': given,"
        " 'env': {k: v for k, v in os.environ.items() if k.startswith('OMNITUI_')}}) + '\\n')\n"
        + body,
        encoding="utf-8",
    )
    return f'"python3", {json.dumps(str(program))}'


def seen(directory: Path) -> list[dict[str, object]]:
    path = directory.parent / "seen.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


async def line(ui: Ui, text: str) -> None:
    """Type a command line."""
    await ui.press("colon")
    await ui.type(text)
    await ui.press("enter")


async def test_a_macro_is_a_command_by_its_name_with_arguments(directory: Path) -> None:
    shop = desk(directory, '[macros]\nrefund = ["tag add {tag}", "note Refund of {1} agreed"]\n')
    id_ = shop.arrive("Olena Koval", "Thanks!")
    async with shop.screen((100, 30)) as ui:
        await ui.press("m")
        await ui.sees("Your macros and commands", "refund")
        await ui.press("r")
        # What it needs is asked for on the : line, with its usage.
        await ui.sees("refund 1 TAG", "Macro: tag add {tag}; note Refund of {1} agreed")
        await ui.type("'7 € ; close' big one\n")
        await ui.until(lambda: shop.conversation(id_).tags == ("big-one",))
        assert shop.messages(id_)[-1].text == "Refund of 7 € ; close agreed"
        assert shop.conversation(id_).status == "open"
        await ui.press("u")
        await ui.until(lambda: shop.conversation(id_).tags == ())


async def test_a_macro_may_move_the_eye_between_what_it_does(directory: Path) -> None:
    shop = desk(
        directory, '[macros]\ndone = "tag add done ; close ; next"\n[keys.inbox]\nf9 = "done"\n'
    )
    first = shop.arrive("Olena Koval", "Thanks!", minutes_ago=90)
    second = shop.arrive("Piotr Lis", "And I?", minutes_ago=30)
    async with shop.screen((100, 30)) as ui:
        await ui.press("f9")
        await ui.until(lambda: shop.conversation(first).status == "closed")
        await ui.until(lambda: ui.station.chosen == second, "the next one")
        assert shop.conversation(second).tags == ()
        await ui.press("u")  # all that the desk did is one step
        await ui.until(lambda: shop.conversation(first).status == "open")
        assert shop.conversation(first).tags == ()


async def test_a_macro_goes_on_after_a_question(directory: Path) -> None:
    """Yes: with the rest; no: it says what was done and what was not. Either is one step back."""
    shop = desk(
        directory,
        '[macros]\nodd = "tag add one ; customer field plann gold ; tag add two ; focus inbox'
        ' ; tag add three"\n[customers.fields.plan]\n',
    )
    shop.arrive("Olena Koval", "Thanks!")
    async with shop.screen((160, 30)) as ui:
        await line(ui, "odd")
        await ui.sees("fill in “plann”")
        assert shop.conversation(FIRST).tags == ("one",)
        await ui.press("n")
        await ui.sees("Done before: tag add one. Not done: customer field")
        assert shop.conversation(FIRST).tags == ("one",)
        await ui.press("u")
        await ui.until(lambda: shop.conversation(FIRST).tags == ())
        await line(ui, "odd")
        await ui.sees("fill in “plann”")
        await ui.press("y")
        await ui.until(lambda: len(shop.conversation(FIRST).tags) == 3)
        await ui.press("u")
        await ui.until(lambda: shop.conversation(FIRST).tags == ())


async def test_nothing_given_to_a_macro_reaches_a_shell(directory: Path) -> None:
    shop = desk(directory, '[macros]\nlook = ["tag add x", "shell grep \\"{1}\\" /var/log/shop"]\n')
    shop.arrive("Olena Koval", "Thanks!")
    async with shop.screen((140, 30)) as ui:
        await ui.sees("config.toml:2: macros.look[1]: “shell” takes nothing in braces")
        await line(ui, "look '$(touch x)'")
        await ui.sees("“shell” takes nothing in braces")
        assert shop.conversation(FIRST).tags == ()


async def test_a_name_with_a_command_in_it_is_only_a_name(shop: Shop) -> None:
    async with shop.screen((140, 30)) as ui:
        await ui.press("a", "o")
        await ui.type("bea ; close\n")
        await ui.sees("Nobody called “bea ; close” has worked here")
        await ui.press("y")
        await ui.until(lambda: shop.conversation(FIRST).assignee == "bea ; close")
        assert shop.conversation(FIRST).status == "open"


async def test_a_mistake_at_the_end_of_a_line_leaves_nothing_half_done(directory: Path) -> None:
    shop = desk(directory, "")
    id_ = shop.arrive("Olena Koval", "Thanks!")
    async with shop.screen((100, 30)) as ui:
        await line(ui, "close ; flyy")
        await ui.sees("There is no command “flyy”")
        assert shop.conversation(id_).status == "open"


async def test_a_program_gets_its_answers_as_single_words_and_no_shell(directory: Path) -> None:
    shop = desk(
        directory,
        f"""
        [commands.order]
        run = [{recorder(directory)},
            "--", "{{number}}", "{{subject}}", "a{{carrier}}", "{{{{x}}}}"]
        help = "Look up an order"
        output = "none"
        [[commands.order.prompts]]
        name = "number"
        ask = "Which order?"
        [[commands.order.prompts]]
        name = "carrier"
        choices = ["dhl", "ups"]
        default = "ups"
        """,
    )
    shop.arrive("Olena Koval", "Hi", subject=HOSTILE)
    async with shop.screen((100, 30)) as ui:
        await ui.press("m", "o")
        await ui.sees("Which order?", "Look up an order")
        await ui.type("17; rm -rf ~ $(id)\n")
        await ui.sees("ups", "dhl")
        await ui.press("enter")
        await ui.sees("order is done.")
        [found] = seen(directory)
        argv = found["argv"]
        assert isinstance(argv, list)
        assert argv[:2] == ["--", "17; rm -rf ~ $(id)"]
        # One word, as it was written but for what a terminal would obey.
        assert argv[2] == shop.conversation(FIRST).subject.replace("\x1b", "�").replace("\x07", "�")
        assert argv[3:] == ["aups", "{x}"]
        given, env = found["given"], found["env"]
        assert isinstance(given, dict)
        assert isinstance(env, dict)
        assert given["answers"] == {"number": "17; rm -rf ~ $(id)", "carrier": "ups"}
        assert given["messages"][0]["text"] == "Hi"
        assert given["customer_card"]["name"] == "Olena Koval"
        assert env["OMNITUI_CONVERSATION"] == "1"
        # Once more with the same answers, by one key.
        await ui.press(".")
        await ui.until(lambda: len(seen(directory)) == 2, "a second run")
        assert seen(directory)[1]["argv"] == argv
        # And with its answers on the : line.
        await line(ui, "order '2 3' dhl")
        await ui.until(lambda: len(seen(directory)) == 3, "a third run")
        assert seen(directory)[2]["argv"][1:4:2] == ["2 3", "adhl"]  # type: ignore[index]
        await line(ui, "order 2 pigeon")
        await ui.sees("“pigeon” is not one of dhl, ups.")


@pytest.mark.slow
async def test_escape_at_a_question_runs_nothing(directory: Path) -> None:
    shop = desk(
        directory,
        f"[commands.a]\nrun = [{recorder(directory)}, '--', '{{n}}']\n"
        "[[commands.a.prompts]]\nname = 'n'\n",
    )
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await line(ui, "a")
        await ui.press("enter")
        await ui.sees("Something has to stand here.")
        await ui.press("escape")
        await ui.sees("Nothing was run.")
        assert seen(directory) == []


async def test_a_value_is_never_an_option_of_the_program(directory: Path) -> None:
    shop = desk(directory, f"[commands.a]\nrun = [{recorder(directory)}, '{{subject}}']\n")
    shop.arrive("Olena Koval", "Hi", subject="--exec=/bin/evil")
    async with shop.screen((160, 30)) as ui:
        await line(ui, "a")
        await ui.sees("“--exec=/bin/evil” begins with “-”", 'Put "--" before {subject}')
        assert seen(directory) == []


async def test_marked_conversations_all_get_it(directory: Path) -> None:
    shop = desk(
        directory,
        f"[commands.tell]\nrun = [{recorder(directory, 'print(given.get(chr(105) + chr(100)))')}]\n"
        'output = "popup"\nconfirm = "Tell the warehouse?"\n',
    )
    for name in ("Olena Koval", "Piotr Lis", "Ben Hughes"):
        shop.arrive(name, "Hi")
    async with shop.screen((100, 30)) as ui:
        await ui.press("space", "space")
        await line(ui, "tell")
        await ui.sees("Tell the warehouse? (for 2 conversations)")
        await ui.press("n")
        await ui.sees("Nothing was run.")
        await line(ui, "tell")
        await ui.press("y")
        await ui.sees("── 1 ──", "── 2 ──", "tell")
        assert [one["given"]["id"] for one in seen(directory)] == [1, 2]  # type: ignore[index]
        await ui.press("escape")
        await ui.sees_no("── 1 ──")


async def test_what_is_dangerous_wants_the_word(directory: Path) -> None:
    shop = desk(directory, f"[commands.wipe]\nrun = [{recorder(directory)}]\ndangerous = true\n")
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await line(ui, "wipe")
        await ui.sees("Run “wipe”?")
        await ui.type("y\n")
        await ui.sees("Type “yes” if you mean it.")
        assert seen(directory) == []
        await ui.type("es\n")
        await ui.until(lambda: len(seen(directory)) == 1, "its run")


async def test_output_is_shown_safely_and_saved(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(directory.parent))
    say = "print('\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 [@click=app.quit]quit[/]')"
    shop = desk(
        directory, f"[commands.show]\nrun = [{recorder(directory, say)}]\noutput = 'popup'\n"
    )
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await line(ui, "show")
        await ui.sees("red ", "[@click=app.quit]quit[/]")
        assert "\x1b" not in ui.text()
        await ui.press("w")
        await ui.sees("Saved as")
        assert "[@click" in (directory.parent / "omnitui.txt").read_text(encoding="utf-8")


async def test_output_becomes_the_draft_and_what_was_typed_stays(directory: Path) -> None:
    wait = "import time, pathlib\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(.01)\n"
    gate = directory.parent / "go on"
    program = recorder(directory, wait + "print(given['draft'].upper())")
    shop = desk(
        directory, f"[commands.polish]\nrun = [{program}, {str(gate)!r}]\noutput = 'draft'\n"
    )
    id_ = shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await ui.press("r")
        await ui.type("it is here")
        await ui.press("escape")
        await line(ui, "polish")
        await ui.until(lambda: len(seen(directory)) == 1, "its run")
        # Keys do not wait for it: the agent writes on.
        await ui.press("r")
        await ui.type(" since noon")
        gate.touch()
        await ui.sees("polish wrote a draft: read it before you send it.")
        await ui.until(lambda: shop.draft(id_) == "it is here since noon\n\nIT IS HERE")
        assert ui.station.focused_pane == "reply"
        await ui.press("escape", "u")
        await ui.until(lambda: shop.draft(id_) == "it is here since noon")


@pytest.mark.slow
async def test_a_program_that_is_not_there_is_said_at_start_and_when_run(directory: Path) -> None:
    shop = desk(directory, "[commands.a]\nrun = ['no-such-program-here']\n")
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await line(ui, "a")
        await ui.sees("a cannot be started: no-such-program-here: No such file or directory.")
        await line(ui, "problems")
        await ui.sees("commands.a.run: there is no program “no-such-program-here” here.")


async def test_a_key_may_begin_others_and_shows_which(directory: Path) -> None:
    shop = desk(
        directory,
        '[keys.inbox]\n"ctrl+x a" = "assign me"\n"ctrl+x p u" = "priority urgent"\n'
        '[keys.global]\n"ctrl+x t" = "tag add x"\n[keys.reply]\n"ctrl+x n" = "reply kind"\n',
    )
    id_ = shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await ui.press("3", "ctrl+x")
        await ui.sees("^X …", "assign me", "tag add x", "more …")
        await ui.press("a")
        await ui.until(lambda: shop.conversation(id_).assignee == "ann")
        await ui.press("ctrl+x", "p", "u")
        await ui.until(lambda: shop.conversation(id_).priority == 2)
        await ui.press("ctrl+x", "t")
        await ui.until(lambda: shop.conversation(id_).tags == ("x",))
        await ui.press("ctrl+x", "escape", "r", "ctrl+x", "n")
        await ui.until(lambda: ui.station.box.kind == "note")
        # Also with text around it, from a slow line: nothing of it is typed into the note.
        await ui.press("a", "ctrl+x", "n", "b")
        await ui.until(lambda: ui.station.box.kind == "reply")
        await ui.press("escape", "h", "question_mark", "end")
        help_ = ui.app.screen.query_one("#keys")
        await ui.until(lambda: "^X p u" in str([c.render() for c in help_.children]), "the keys")


async def test_menus_of_ones_own_and_keys_in_those_that_are_there(directory: Path) -> None:
    shop = desk(
        directory,
        '[menus.refunds]\ntitle = "Refunds"\na = "tag add refund"\n'
        'b = { run = "assign bob", label = "Bob decides" }\n'
        '[menus.assign]\nb = "assign bob"\nn = ""\n[keys.inbox]\nf9 = "menu refunds"\n'
        "[agents.bob]\n",
    )
    id_ = shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await ui.press("3", "f9")
        await ui.sees("Refunds", "tag add refund", "Bob decides")
        await ui.press("b")
        await ui.until(lambda: shop.conversation(id_).assignee == "bob")
        await ui.press("a")
        await ui.sees("to me", "assign bob")
        assert "to nobody" not in ui.text()
        await ui.press("escape", "m")
        await ui.sees("Refunds …")


async def test_what_is_wrong_is_said_at_start_with_file_and_line(directory: Path) -> None:
    shop = desk(
        directory,
        '[macros]\nhello = "note hi"\nclose = "tag add x"\nround = "macro round"\n'
        '[keys.inbox]\nf9 = "flyy"\nf10 = "snooze someday"\nf11 = "menu nowhere"\n'
        '"ctrl+y" = "assign"\n',
    )
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((140, 30)) as ui:
        await ui.sees(
            "config.toml:3: macros.close: there is a command “close” already", ":problems"
        )
        await line(ui, "problems")
        await ui.sees(
            "config.toml:4: macros.round: this macro runs itself.",
            "config.toml:6: keys.inbox.f9: There is no command “flyy”",
            "config.toml:7: keys.inbox.f10: “someday” is no time",
            "config.toml:8: keys.inbox.f11: There is no menu “nowhere”.",
        )
        assert "ctrl+y" not in ui.text()
        await ui.press("escape")
        await line(ui, "round")
        await ui.sees("calls itself")


async def test_a_program_whose_name_is_taken_is_not_among_ones_own(directory: Path) -> None:
    shop = desk(
        directory, '[commands.log]\nrun = ["true"]\nhelp = "The log"\n[macros]\nhi = "undo"\n'
    )
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((120, 30)) as ui:
        await ui.press("m")
        await ui.sees("h  hi")
        assert "The log" not in ui.text(), "its letter would run omnitui's own command"


async def test_the_agents_own_file_lies_over_the_desks(directory: Path, tmp_path: Path) -> None:
    shop = desk(
        directory, '[macros]\nhello = "tag add desk"\nbye = "close"\n[keys.inbox]\nf9 = "bye"\n'
    )
    own = tmp_path / "agent.toml"
    own.write_text(
        '[agent]\nafter_send = "back"\n[macros]\nhello = "tag add mine"\n'
        '[keys.inbox]\nf10 = "hello"\nf9 = ""\n[views]\nBig = "tag:big"\n',
        encoding="utf-8",
    )
    home = shop.config.home
    shop.config = load(Home(home.config, home.data, home.state, own), personal=True)
    assert shop.config.desk.after_send == "back"
    id_ = shop.arrive("Olena Koval", "Hi")
    async with shop.screen((140, 30)) as ui:
        await ui.sees("Big")
        await ui.press("f9", "f10")
        await ui.until(lambda: shop.conversation(id_).tags == ("mine",))
        assert shop.conversation(id_).status == "open"


@pytest.mark.slow
async def test_own_commands_are_in_palette_help_and_completion(directory: Path) -> None:
    shop = desk(
        directory,
        f"[commands.order]\nrun = [{recorder(directory)}]\nhelp = 'Look up an order'\n"
        "[keys.inbox]\nf9 = 'order'\n",
    )
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((120, 100)) as ui:
        await ui.press("question_mark")
        await ui.sees("F9  Look up an order")
        await ui.press("escape", "ctrl+p")
        await ui.type("look up")
        await ui.sees("order", "Look up an order", "F9")
        await ui.press("enter")
        await ui.until(lambda: len(seen(directory)) == 1, "its run")
        await ui.press("colon")
        await ui.type("ord")
        await ui.sees("Look up an order")
        await ui.press("tab", "enter")
        await ui.until(lambda: len(seen(directory)) == 2, "its run")

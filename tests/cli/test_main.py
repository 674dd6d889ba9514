"""The command line itself: help, mistakes, exit codes, what is imported, what is never shown."""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import config.i18n as i18n
from omnitui import __version__
from omnitui.cli.main import VERBS
from omnitui.cli.parser import Parser
from tests.cli.conftest import CONFIG, Run, SmallDesk

ROOT = Path(__file__).parents[2]


def omnitui(*argv: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "omnitui", *argv],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        check=False,
        **settings,  # type: ignore[call-overload]
    )


def test_version(run: Run) -> None:
    assert run("--version").out == f"omnitui {__version__}\n"


def test_help_names_every_verb(run: Run) -> None:
    result = run("--help")
    assert result.code == 0
    for verb in VERBS:
        assert f"\n  {verb} " in result.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    module = importlib.import_module(VERBS[verb][0])
    parser = Parser(prog=f"omnitui {verb}")
    module.add_arguments(parser)
    assert parser.format_help()
    assert callable(module.run)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["shwo"], "Did you mean “show”?"),
        (["--colour"], "--colour"),
        (["--home"], "--home needs a directory"),
        (["show"], "ID"),
        (["show", "x"], "invalid number: “x”"),
        (["show", "1", "--jsno"], "--jsno"),
        (["ledger", "--outcome", "lost"], "quarantined"),
        (["conversations", "--json", "--jsonl"], "not allowed"),
    ],
)
def test_wrong_usage_is_one_sentence(
    run: Run, argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from omnitui.cli.main import main

    assert main(argv) == 2
    found = capsys.readouterr()
    assert words in found.err
    assert found.out == ""
    assert found.err.count("\n") == 1


def test_home_before_and_after_the_verb(run: Run, desk: SmallDesk) -> None:
    from omnitui.cli.main import main

    assert len(run("conversations", "--json").json) == 2
    home = str(desk.directory)
    for argv in (
        [f"--home={home}", "conversations"],
        ["conversations", "--home", home],
        ["conversations", f"--home={home}"],
        ["--home", "/nowhere", "conversations", "--home", home],
    ):
        assert main(argv) == 0, argv


def test_home_from_the_environment(desk: SmallDesk) -> None:
    environment = {**os.environ, "OMNITUI_HOME": str(desk.directory)}
    found = omnitui("conversations", env=environment)
    assert found.returncode == 0
    assert found.stdout.count("\n") == 2


def test_a_typo_in_the_configuration_is_a_sentence(run: Run, empty: SmallDesk) -> None:
    (empty.directory / "config.toml").write_text(CONFIG.replace("imap =", "imapp ="))
    result = run("conversations", "--json")
    assert result.code == 1
    assert "imapp" in result.sentence
    assert "config.toml:10" in result.sentence


def test_a_damaged_store_is_a_sentence(run: Run, empty: SmallDesk) -> None:
    (empty.directory / "desk.sqlite").write_bytes(b"this is no store" * 500)
    for verb in (["conversations"], ["ledger", "--json"], ["reply", "1"], ["check"]):
        result = run(*verb, stdin="x")
        assert result.code == 1, verb
        assert "Traceback" not in result.err


def test_a_store_newer_than_the_program_is_a_sentence(run: Run, desk: SmallDesk) -> None:
    with desk.open() as opened:
        opened.db.execute("PRAGMA user_version = 9999")
    assert "new" in run("conversations", "--json").sentence


def test_the_unexpected_is_a_sentence_and_a_file(
    run: Run, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from store import ledger

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a customer's secret words")

    monkeypatch.setattr(ledger, "all", broken)
    monkeypatch.setenv("OMNITUI_HOME", str(desk.directory))
    result = run("ledger", "--json")
    assert result.code == 1
    assert "RuntimeError" in result.sentence
    log = desk.directory / "state" / "omnitui.log"
    assert str(log) in result.err
    assert "test_main.py" in log.read_text()
    assert "secret words" not in log.read_text() + result.err
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_is_cut_off_is_a_failure(tmp_path: Path, unbuffered: str) -> None:
    """A disk that is full takes the first half of a text, and refuses only what comes next."""
    command = [sys.executable, "-m", "omnitui", "help"]
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    whole = subprocess.run(command, env=env, capture_output=True, cwd=ROOT, check=True).stdout
    for most in (1, len(whole) - 1, len(whole)):
        limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most},) * 2)"
        code = f"{limit}; import sys; from omnitui.cli.main import main; sys.exit(main(['help']))"
        with (tmp_path / "out").open("wb") as out:
            ran = subprocess.run(
                [sys.executable, "-c", code], env=env, stdout=out, stderr=subprocess.PIPE,
                text=True, timeout=60, cwd=ROOT, check=False,
            )  # fmt: skip
        assert (tmp_path / "out").read_bytes() == whole[:most]
        if most < len(whole):
            assert ran.returncode == 1
            assert ran.stderr == "omnitui: The output could not be written: File too large.\n"
        else:
            assert (ran.returncode, ran.stderr) == (0, "")
    full = ["/bin/sh", "-c", 'exec "$@" >/dev/full', "sh", *command]
    ran = subprocess.run(
        full, env=env, stderr=subprocess.PIPE, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert ran.returncode == 1
    words = "omnitui: The output could not be written: No space left on device.\n"
    assert ran.stderr == words


def test_without_a_terminal_the_screen_is_a_sentence(desk: SmallDesk) -> None:
    found = omnitui("--home", str(desk.directory))
    assert found.returncode == 1
    assert "terminal" in found.stderr
    assert found.stdout == ""


def test_without_a_desk_the_screen_says_how_to_begin(run: Run) -> None:
    assert "omnitui init" in run().sentence


def test_a_reader_that_has_seen_enough(desk: SmallDesk) -> None:
    shell = f'"{sys.executable}" -m omnitui --home "{desk.directory}" ledger --json | true'
    found = subprocess.run(
        ["bash", "-c", f"for i in 1 2 3; do {shell}; done"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert found.stderr == ""


FORBIDDEN = (
    "textual",
    "telegram",
    "httpx",
    "aiosqlite",
    "asyncio",
    "aioimaplib",
    "aiosmtplib",
    "jinja2",
    "keyring",
    "rich",
    "omnitui.tui.app",
    "omnitui.engine",
    "connectors.email",
)


@pytest.mark.parametrize(
    "verb",
    [
        ["--help"],
        ["conversations", "--json"],
        ["show", "1", "--json"],
        ["search", "parcel", "--json"],
        ["ledger", "--json"],
        ["outbox", "--json"],
    ],
    ids=lambda verb: verb[0],
)
def test_a_verb_imports_only_what_it_needs(desk: SmallDesk, verb: list[str]) -> None:
    code = (
        "import sys; from omnitui.cli.main import main; code = main(sys.argv[1:]);"
        "sys.stderr.write(' '.join(sorted(sys.modules))); sys.exit(code)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, "--home", str(desk.directory), *verb],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    loaded = set(found.stderr.split())
    assert not [m for m in FORBIDDEN if m in loaded]


def test_help_imports_next_to_nothing() -> None:
    code = (
        "import sys; from omnitui.cli.main import main; main(['--help']);"
        "sys.stderr.write(' '.join(sorted(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert not {"argparse", "json", "store", "omnitui.desk"} & set(found.stderr.split())


def test_the_screen_imports_no_channel_and_no_engine() -> None:
    code = (
        "import sys; from omnitui.tui.without_openssl import leave_openssl_out as leave; leave();"
        "import omnitui.tui.app, store.threaded; print(' '.join(sorted(sys.modules)));"
        "import ssl, hashlib; ssl.create_default_context(); print(hashlib.sha256(b'').hexdigest())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    modules, digest = found.stdout.splitlines()
    loaded = set(modules.split())
    assert not [m for m in loaded if m.startswith("connectors.") and m != "connectors.contract"]
    assert not {"aioimaplib", "aiosmtplib", "httpx", "telegram", "keyring"} & loaded
    assert not {"ssl", "_ssl", "_hashlib"} & loaded
    assert digest == hashlib.sha256().hexdigest()


def test_the_words_of_argparse_are_translated(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a catalog that marks what goes through it."""

    class Marked(i18n.English):
        def gettext(self, message: str) -> str:
            return f"¡{message}"

        def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
            return f"¡{msgid2}"

    for argv, said in (
        (("show", "--help"), ("¡usage: ", "¡positional arguments", "¡options", "¡show this help")),
        (("show",), ("¡the following arguments are required: ID",)),
        (("show", "x"), ("¡argument ID: ¡invalid ¡number: “x”",)),
        (("show", "1", "--colour"), ("¡unrecognized arguments: --colour",)),
        (("show", "1", "--json", "--jsonl"), ("¡not allowed with argument --json",)),
        (("log", "1", "call", "--minutes"), ("¡expected one argument",)),
    ):
        monkeypatch.setattr(i18n, "_catalog", Marked())
        monkeypatch.setattr(i18n, "set_language", str)  # the desk's does not come over it
        found = run(*argv)
        for words in said:
            assert words in found.out + found.err

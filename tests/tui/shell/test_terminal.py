"""The whole program in a real terminal: dropped connections, odd sizes, no colour, bad stores."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import pwd
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from store import drafts
from store.database import open_database
from tests.servers.forked import ROOT
from tests.tui.shell.shop import Shop
from tests.tui.shell.terminal import Terminal

CONFIG = """
[desk]
name = "Acme"
engine = "service"
"""
AGENT = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def home(shop: Shop) -> Path:
    directory = shop.config.home.config
    (directory / "config.toml").write_text(CONFIG)
    return directory


def draft(shop: Shop) -> str:
    found = shop.read(lambda db: drafts.get(db, 1, AGENT, "reply"))
    return found.text if found else ""


def write(terminal: Terminal, text: str) -> None:
    terminal.sees("Olena Koval")
    terminal.type("r")
    terminal.sees("REPLY")
    terminal.type(text)
    terminal.sees(text)


@pytest.mark.parametrize(
    "end",
    [
        lambda terminal: terminal.hang_up(),
        lambda terminal: terminal.signal(signal.SIGTERM),
        lambda terminal: terminal.signal(signal.SIGHUP),
        lambda terminal: terminal.type("\x11"),
    ],
    ids=["dropped connection", "SIGTERM", "SIGHUP", "ctrl+q"],
)
def test_nothing_typed_is_lost_however_it_ends(
    shop: Shop, home: Path, end: Callable[[Terminal], None]
) -> None:
    with Terminal(home) as terminal:
        write(terminal, "Half a sen")
        terminal.type("tence")
        terminal.sees("Half a sentence")
        end(terminal)
        assert terminal.wait() == 0
    assert draft(shop) == "Half a sentence"


def test_a_terminal_that_goes_without_a_signal_is_noticed(home: Path) -> None:
    """It controls nothing, as in some containers: nobody is told that it is gone."""
    (home / "state").mkdir(mode=0o700, exist_ok=True)
    (home / "state" / "tour").touch()
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "omnitui", "--home", str(home)], stdin=its, stdout=its, stderr=its,
        cwd=ROOT, env={**os.environ, "TERM": "xterm-256color"}, start_new_session=True,
    )  # fmt: skip
    os.close(its)
    seen = b""
    while b"Olena" not in seen:
        seen += os.read(ours, 65536)
    # Of each of twenty screens it would be 5 MB.
    assert "libcrypto" not in Path(f"/proc/{process.pid}/maps").read_text()
    os.close(ours)
    try:
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_a_screen_that_is_given_no_thread_says_so(home: Path) -> None:
    """Textual ends what has not begun, which fails for another reason."""
    program = (
        "import sys, threading, textual.drivers._writer_thread as writing\n"
        'def refuse(_thread): raise RuntimeError("can\'t start new thread")\n'
        "writing.WriterThread.start = refuse\n"
        "from omnitui.cli.main import main\n"
        "sys.exit(main(['--home', sys.argv[1]]))\n"
    )
    ours, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(home)], stdin=its, stdout=its, stderr=its, cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
    ) as process:  # fmt: skip
        os.close(its)
        told = b""
        with contextlib.suppress(OSError):  # of a terminal whose other side is closed
            while data := os.read(ours, 65536):
                told += data
    os.close(ours)
    assert process.returncode == 1
    assert b"omnitui: This login is given no more processes or memory" in told
    assert b"unexpectedly" not in told


def test_a_screen_that_was_stopped_takes_its_terminal_back(shop: Shop, home: Path) -> None:
    """`kill -STOP` and `-CONT`: it was not asked, and its shell did with the terminal as it
    liked."""
    with Terminal(home) as terminal:
        write(terminal, "Half a sen")
        threads = terminal.threads
        for _twice in range(2):
            terminal.signal(signal.SIGSTOP)
            terminal.echoes = True
            terminal.screen.reset()
            terminal.signal(signal.SIGCONT)
            terminal.sees("Half a sen")
            terminal.until(lambda: not terminal.echoes, "the mode that keys are read in")
        assert terminal.threads <= threads + 1  # one of the store's may have come
        terminal.signal(signal.SIGSTOP)
        terminal.type("tence")
        terminal.signal(signal.SIGCONT)
        terminal.sees("Half a sentence")
        terminal.hang_up()
        assert terminal.wait() == 0
    assert draft(shop) == "Half a sentence"


def test_a_killed_screen_loses_a_moment_at_most(shop: Shop, home: Path) -> None:
    with Terminal(home) as terminal:
        write(terminal, "Kept")
        terminal.until(lambda: draft(shop) == "Kept", "the draft in the store")
        terminal.signal(signal.SIGKILL)
        terminal.wait()
    assert draft(shop) == "Kept"
    with Terminal(home) as terminal:
        terminal.sees("Olena Koval")
        terminal.type("r")
        terminal.sees("Kept")


def test_twenty_by_five_lives_and_grows_back(home: Path) -> None:
    with Terminal(home, 20, 5) as terminal:
        terminal.sees("Too small")
        terminal.type("jrx")
        terminal.resize(80, 24)
        terminal.sees("Olena Koval")
        terminal.sees("Enter open")
        terminal.type("\x11")
        assert terminal.wait() == 0


def test_no_color_sends_none_and_shows_where_one_is(home: Path) -> None:
    with Terminal(home, NO_COLOR="1") as terminal:
        terminal.sees("Olena Koval")
        terminal.sees("Enter open")
        colours = re.findall(rb"\x1b\[[0-9;:]*m", bytes(terminal.raw))
        assert not [c for c in colours if re.search(rb"[\[;](3[0-7]|4[0-7]|9[0-7]|[34]8)[;:m]", c)]
        row = next(y for y, line in enumerate(terminal.screen.display) if "Olena Koval" in line)
        assert terminal.screen.buffer[row][20].reverse


def test_sixteen_colours_are_enough(home: Path) -> None:
    with Terminal(home, TERM="xterm") as terminal:
        terminal.sees("Olena Koval")
        terminal.type("\r")
        terminal.sees("Where is my order 17?")


def test_a_newer_store_is_one_sentence_and_no_screen(home: Path) -> None:
    db = open_database(home / "desk.sqlite")
    db.execute("PRAGMA user_version = 9999")
    db.close()
    with Terminal(home) as terminal:
        assert terminal.wait() == 1
        assert b"\x1b[?1049h" not in terminal.raw
        assert len(terminal.text.strip().splitlines()) <= 3
        assert "newer" in terminal.text


def test_no_store_that_can_be_read(home: Path) -> None:
    (home / "desk.sqlite").write_bytes(b"this is no database at all" * 100)
    for extra in ("desk.sqlite-wal", "desk.sqlite-shm"):
        (home / extra).unlink(missing_ok=True)
    with Terminal(home) as terminal:
        assert terminal.wait() == 1
        assert b"\x1b[?1049h" not in terminal.raw
        assert "Traceback" not in terminal.text


def test_the_agents_editor_gets_the_draft_and_its_text_comes_back(
    home: Path, tmp_path: Path
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "this is an editor"\nread line\necho "$line" >>"$1"\n')
    editor.chmod(0o755)
    with Terminal(home, VISUAL="", EDITOR=str(editor)) as terminal:
        write(terminal, "First line")
        terminal.type("\x07")
        terminal.sees("this is an editor")
        terminal.type("second line\r")
        terminal.sees("second line")
        terminal.sees("REPLY")
        terminal.type("!")
        terminal.sees("second line!")


def test_a_program_of_the_agents_own_file_gets_the_terminal(home: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import json, os\n"
        "path = os.environ['OMNITUI_JSON']\n"
        "told = json.load(open(path))\n"
        "print('TOLD', told['id'], told['customer'], oct(os.stat(path).st_mode & 0o777), path)\n"
        "open(os.environ['SEEN'], 'w').write(path + ' ' + input('yours? '))\n"
    )
    (home / "agent.toml").write_text(
        f"[commands.mine]\nrun = ['python3', '{program}']\noutput = 'terminal'\n"
    )
    seen = tmp_path / "seen"
    with Terminal(home, SEEN=str(seen)) as terminal:
        terminal.sees("Olena Koval")
        terminal.type(":")
        terminal.sees("accounts  ")
        terminal.type("mine\r")
        terminal.sees("TOLD 1 Olena Koval 0o600")
        terminal.type("typed x\r")  # not a key of the screen's: nothing is closed by it
        terminal.sees("? all keys")
        path, _blank, typed = seen.read_text().partition(" ")
        assert typed == "typed x"
        terminal.until(lambda: not Path(path).exists(), "the end of what it was told")


def test_an_editor_that_cannot_be_started_is_a_sentence(home: Path) -> None:
    with Terminal(home, VISUAL="", EDITOR="no-such-editor -x") as terminal:
        write(terminal, "Kept as it was")
        terminal.type("\x07")
        terminal.sees("no-such-editor cannot be started")
        terminal.sees("Kept as it was")


def test_the_title_counts_who_waits_and_is_given_back(home: Path) -> None:
    with Terminal(home) as terminal:
        terminal.sees("Olena Koval")
        terminal.until(lambda: b"\x1b]2;(3) Acme\x07" in terminal.raw, "the title")
        terminal.type("\x11")
        terminal.wait()
        assert b"\x1b[23;2t" in terminal.raw


def test_a_light_terminal_is_asked_and_gets_light_colours(home: Path) -> None:
    """The answer comes among keys, in two pieces, and none of it is taken for keys."""
    with Terminal(home, COLORTERM="truecolor") as terminal:
        terminal.sees("Olena Koval")
        terminal.until(lambda: b"\x1b]11;?\x1b\\" in terminal.raw, "the question")
        terminal.type("j\x1b]11;rgb:ffff/ff")
        terminal.type("ff/ffff\x1b\\")
        terminal.until(lambda: b"48;2;251;251;249" in terminal.raw, "the light theme")
        # Mode 2031: it turns dark while it is used, and says so, in two pieces as well.
        assert terminal.raw.count(b"\x1b[?2031h") == 1
        seen = len(terminal.raw)
        terminal.type("k\x1b[?99")
        terminal.type("7;1n")
        terminal.until(lambda: b"48;2;22;24;31" in terminal.raw[seen:], "the dark theme")
        terminal.type(":")
        terminal.until(lambda: "completes" in terminal.text or ": " in terminal.text, "the line")
        terminal.type("nothing else typed")
        terminal.sees("nothing else typed")
        assert "rgb" not in terminal.text
        assert "997" not in terminal.text
        terminal.type("\x1b")
        terminal.type("\x11")
        terminal.wait()
        assert terminal.raw.count(b"\x1b[?2031l") == 1


def test_the_linux_console_gets_ascii_and_no_questions(home: Path) -> None:
    with Terminal(home, TERM="linux") as terminal:
        terminal.sees("Olena Koval")
        terminal.type("?")
        terminal.sees("Keys")
        signs = {c for c in terminal.text if not c.isascii() and not c.isalpha()}
        assert not signs
        assert b"\x1b]11;" not in terminal.raw
        assert b"\x1b]2;" not in terminal.raw, "the title"

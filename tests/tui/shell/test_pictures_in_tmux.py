"""A picture through a real tmux, in a terminal that answers like kitty."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shlex
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.contract import File
from tests.tui.shell.picture_terminal import KITTY_QUESTION, PLACEHOLDER, Kitty
from tests.tui.shell.shop import Shop
from tests.tui.shell.test_pictures import has_four_fields, photo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]

ANSWERS = {
    KITTY_QUESTION: b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b[>q": b"\x1bP>|kitty(0.40.0)\x1b\\",
    b"\x1b[c": b"\x1b[?62;52;c",
}


class Outside:
    """The terminal around tmux."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._answered = 0
        self.raw = b""

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def until(self, true: Callable[[bytes], bool], what: str) -> None:
        end = time.monotonic() + 30
        while not true(self.raw):
            assert time.monotonic() < end, f"{what} never came"
            if select.select([self._fd], [], [], 0.05)[0]:
                self.raw += os.read(self._fd, 65536)
            for question, answer in ANSWERS.items():
                for _each in re.finditer(re.escape(question), self.raw[self._answered :]):
                    os.write(self._fd, answer)
            self._answered = len(self.raw)


@contextmanager
def around(home: Path, passthrough: str) -> Iterator[Outside]:
    settings = home / "tmux.conf"
    settings.write_text(
        f"set -g allow-passthrough {passthrough}\nset -ga terminal-overrides ',*:Tc'\n"
    )
    (home / "state").mkdir(exist_ok=True)
    (home / "state" / "tour").touch()
    hidden = ("TMUX", "STY", "NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "OMNITUI_HOME")
    environ = {name: value for name, value in os.environ.items() if name not in hidden}
    environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    tmux = ["tmux", "-S", str(home / "tmux"), "-f", str(settings)]
    program = shlex.join([sys.executable, "-m", "omnitui", "--home", str(home)])
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [*tmux, "new-session", program],
        stdin=its, stdout=its, stderr=its, env=environ, start_new_session=True,
    )  # fmt: skip
    os.close(its)
    try:
        yield Outside(ours)
    finally:
        subprocess.run([*tmux, "kill-server"], env=environ, check=False, capture_output=True)
        process.wait(10)
        os.close(ours)


@pytest.mark.parametrize("passthrough", ["on", "off"])
def test_tmux_hands_the_picture_on_where_it_may(shop: Shop, passthrough: str) -> None:
    file = File("photo.png", "image/png", photo())
    shop.arrive("Pia Photo", "It is red.", subject="Photo", minutes_ago=1, files=(file,))
    home = shop.config.home.config
    (home / "config.toml").write_text('[desk]\nname = "Acme"\nengine = "service"\n')
    with around(home, passthrough) as terminal:
        terminal.until(lambda raw: b"Pia Photo" in raw, "the inbox")
        terminal.type("G\r")
        terminal.until(lambda raw: b"It is red." in raw and b"internal note" in raw, "the mail")
        terminal.type("o")
        terminal.until(lambda raw: b"show here" in raw, "the list")
        terminal.type("\r")
        if passthrough == "off":
            terminal.until(lambda raw: "▀".encode() in raw, "blocks")
            assert b"\x1b_G" not in terminal.raw
            return
        terminal.until(lambda raw: raw.count(PLACEHOLDER.encode()) >= 100, "placeholders")
        held = Kitty.after(terminal.raw)
        has_four_fields(held.picture())
        ((number, _placed),) = held.placed.items()
        low = int(number) & 0xFFFFFF
        assert f"38;2;{low >> 16};{low >> 8 & 255};{low & 255}m".encode() in terminal.raw
        terminal.type("\x1b")
        terminal.until(lambda raw: b"\x1b_Ga=d,d=I,i=" in raw, "taking it away")
        terminal.until(lambda raw: not Kitty.after(raw).pictures, "an empty terminal")

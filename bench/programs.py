"""How each program is started, and when its first full screen stands."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.terminal import Terminal

WIDTH, HEIGHT = 140, 40
PACKAGES = {
    "aerc": "aerc",
    "neomutt": "neomutt",
    "notmuch": "notmuch",
    "mu": "maildir-utils",
    "mbsync": "isync",
    "dovecot": "dovecot-imapd dovecot-lmtpd",
}


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    argv: Sequence[str]
    full: Callable[[str], bool]
    """Whether this text of a screen is the first full one."""
    env: Mapping[str, str] = field(default_factory=dict)
    leave: str = ""
    """Keys that end it, where being told to end would lose its cache."""

    def terminal(self, width: int = WIDTH, height: int = HEIGHT) -> Terminal:
        return Terminal(self.argv, width, height, {"COLORTERM": "truecolor", **self.env})


def omnitui(home: Path) -> Program:
    """Full: the inbox has rows down to its last line, and the keys are on the bottom line."""
    script = Path(sys.executable).with_name("omnitui")
    return Program("omnitui", [str(script), "--home", str(home)], _omnitui_full)


def _omnitui_full(text: str) -> bool:
    lines = text.splitlines()
    return "all keys" in lines[-1] and sum(len(line[:34].strip()) > 4 for line in lines) >= 30


def conversation_shown(text: str) -> bool:
    """Whether omnitui's conversation beside the inbox is on the screen too."""
    lines = text.splitlines()
    return sum(len(line[42:].strip()) > 4 for line in lines[4:-2]) >= 8


def bare() -> Program:
    script = Path(__file__).with_name("bare.py")
    return Program(
        "bare Textual",
        [sys.executable, str(script)],
        lambda text: all(word in text for word in ("left row 9", "right row 9", "ready")),
    )


def aerc(maildir: Path, place: Path) -> Program | None:
    if not shutil.which("aerc"):
        return None
    directory = place / "aerc-config" / "aerc"
    directory.mkdir(parents=True, exist_ok=True)
    accounts = directory / "accounts.conf"
    accounts.write_text(
        f"[support]\nsource = maildir://{maildir.parent}\ndefault = {maildir.name}\n"
        "from = Support <support@example.test>\n"
    )
    accounts.chmod(0o600)
    env = {"XDG_CONFIG_HOME": str(directory.parent), "XDG_CACHE_HOME": str(place / "aerc-cache")}
    return Program("aerc", ["aerc"], _many_mails, env)


def neomutt(maildir: Path, place: Path) -> Program | None:
    """With its header cache, which the first, uncounted round fills."""
    if not shutil.which("neomutt"):
        return None
    settings = place / "neomuttrc"
    cache = place / "neomutt-cache"
    cache.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        f'set header_cache="{cache}"\nset sort=date\nset folder="{maildir.parent}"\n'
        # Else it asks the network for this machine's name first.
        'set sleep_time=0\nset hostname="example.test"\n'
    )
    argv = ["neomutt", "-n", "-F", str(settings), "-f", str(maildir)]
    return Program("neomutt", argv, _many_mails, leave="x")


def _many_mails(text: str) -> bool:
    """Rows of mails down most of the screen."""
    rows = [line for line in text.splitlines() if any(word in line for word in _SUBJECTS)]
    return len(rows) >= 20


_SUBJECTS = (
    "Where is", "Refund", "Де моє", "Где мой", "Gdzie jest", "Wrong", "Broken", "Invoice",
    "Password",
)  # fmt: skip

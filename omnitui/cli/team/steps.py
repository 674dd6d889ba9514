"""What setting up consists of: each step looks before it does, and says what it found."""

from __future__ import annotations

import difflib
import grp
import hashlib
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from config.i18n import _

WRITTEN = ".written"
"""Beside team.toml: the digests of the files that we wrote."""

Standing = Literal["there", "missing", "differs", "impossible"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a step stands; `detail` is a sentence, or several lines of differences."""

    standing: Standing
    detail: str = ""


class Step(Protocol):
    @property
    def name(self) -> str: ...

    def look(self) -> Look: ...

    def do(self) -> None:
        """Make it so. Raises `OSError`, `subprocess.CalledProcessError`."""


THERE = Look("there")
MISSING = Look("missing")


@dataclass(frozen=True, slots=True)
class Group:
    group: str

    @property
    def name(self) -> str:
        return _("Unix group {group}").format(group=self.group)

    def look(self) -> Look:
        return THERE if group_id(self.group) is not None else MISSING

    def do(self) -> None:
        run("groupadd", "--system", self.group)


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """Nobody logs in as this one: no shell, no password, no home of its own."""

    user: str
    group: str
    home: Path
    shell: str

    @property
    def name(self) -> str:
        return _("Unix user {user}, who cannot log in").format(user=self.user)

    def look(self) -> Look:
        try:
            found = pwd.getpwnam(self.user)
        except KeyError:
            return MISSING
        if found.pw_uid == 0:
            return Look("impossible", _("The engine must not be root: name another user."))
        if found.pw_gid != group_id(self.group):
            return Look(
                "differs",
                _("This user is there with another group: usermod --gid {group} {user}").format(
                    group=self.group, user=self.user
                ),
            )
        if not found.pw_shell.endswith(("nologin", "/false")):
            return Look(
                "differs",
                _("This user can log in: usermod --shell {shell} {user}").format(
                    shell=self.shell, user=self.user
                ),
            )
        return THERE

    def do(self) -> None:
        run(
            "useradd", "--system", "--gid", self.group, "--home-dir", str(self.home),
            "--no-create-home", "--shell", self.shell, self.user,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    user: str
    group: str

    @property
    def name(self) -> str:
        return _("{user} in the group {group}").format(user=self.user, group=self.group)

    def look(self) -> Look:
        try:
            found = pwd.getpwnam(self.user)
        except KeyError:
            return Look(
                "impossible",
                _("There is no Unix user {user} yet: adduser --disabled-password {user}").format(
                    user=self.user
                ),
            )
        if found.pw_uid == 0:
            return Look("impossible", _("root is no agent: sshd would lock root in."))
        number = group_id(self.group)
        return THERE if number in os.getgrouplist(self.user, found.pw_gid) else MISSING

    def do(self) -> None:
        run("usermod", "--append", "--groups", self.group, self.user)


@dataclass(frozen=True, slots=True)
class Directory:
    path: Path
    mode: int
    user: str = "root"
    group: str = "root"

    @property
    def name(self) -> str:
        return _("directory {path} ({mode:o} {user}:{group})").format(
            path=self.path, mode=self.mode, user=self.user, group=self.group
        )

    def look(self) -> Look:
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return MISSING
        if not stat.S_ISDIR(found.st_mode):
            return Look("impossible", _("{path} is no directory.").format(path=self.path))
        wanted = (user_id(self.user), group_id(self.group), self.mode)
        if (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == wanted:
            return THERE
        return Look(
            "differs",
            _("It is {mode:o} {user}:{group}. Change it with: chown {owner} {path} && chmod"
              " {wanted:o} {path}")
            .format(
                mode=stat.S_IMODE(found.st_mode),
                user=user_name(found.st_uid),
                group=group_name(found.st_gid),
                owner=f"{self.user}:{self.group}",
                path=self.path,
                wanted=self.mode,
            ),
        )  # fmt: skip

    def do(self) -> None:
        _open_way(self.path)
        self.path.mkdir(mode=0o700)
        os.chown(self.path, user_id(self.user) or 0, group_id(self.group) or 0)
        self.path.chmod(self.mode)


@dataclass(frozen=True, slots=True)
class File:
    """A file of root's. What we wrote and nobody changed is kept current; what an admin changed
    is shown, and left. `once`: it is theirs from its first moment."""

    path: Path
    text: str
    book: Book
    mode: int = 0o644
    once: bool = False

    @property
    def name(self) -> str:
        return _("file {path}").format(path=self.path)

    def look(self) -> Look:
        try:
            there = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return MISSING
        if there == self.text or self.once:
            return THERE
        if self.book.wrote(self.path, there):
            return Look("missing", _("as this version has it"))
        diff = difflib.unified_diff(
            there.splitlines(),
            self.text.splitlines(),
            _("{path}, as it is").format(path=self.path),
            _("as this version would write it"),
            lineterm="",
            n=1,
        )
        return Look(
            "differs",
            "\n".join(
                [
                    _("It was changed here, and is left so. Take over what you want of this, or"
                      " delete the file and run this again:"),
                    *diff,
                ]
            ),
        )  # fmt: skip

    def do(self) -> None:
        _open_way(self.path)
        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, self.mode)
            file.write(self.text)
            file.flush()
            os.fsync(descriptor)
        fresh.replace(self.path)
        if not self.once:
            self.book.note(self.path, self.text)


class Book:
    """Digests of the files that we wrote, to know later whether somebody has changed them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def wrote(self, path: Path, text: str) -> bool:
        return self._read().get(str(path)) == _digest(text)

    def note(self, path: Path, text: str) -> None:
        lines = {**self._read(), str(path): _digest(text)}
        text = "".join(f"{digest}  {name}\n" for name, digest in sorted(lines.items()))
        self.path.write_text(text, encoding="utf-8")
        self.path.chmod(0o644)

    def paths(self) -> tuple[Path, ...]:
        """What we wrote, wherever that is."""
        return tuple(Path(name) for name in self._read())

    def _read(self) -> dict[str, str]:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return {}
        return {name: digest for digest, _blank, name in (line.partition("  ") for line in lines)}


def _open_way(path: Path) -> None:
    """The directories above, readable to all, whatever the umask says. Raises `OSError`."""
    for above in reversed(path.parents):
        if not above.exists():
            above.mkdir(mode=0o755)
            above.chmod(0o755)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def run(*argv: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """A program of the system's, which has so many seconds. Raises `SubprocessError`, `OSError`."""
    return subprocess.run(
        argv, check=True, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL
    )


def why(error: Exception) -> str:
    """What `run` failed for, in a line: what the program said last, else what kind it is."""
    said = str(getattr(error, "stderr", "") or "").strip().splitlines()
    return said[-1] if said else getattr(error, "strerror", None) or type(error).__name__


def group_id(group: str) -> int | None:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        return None


def user_id(user: str) -> int | None:
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return None


def user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)

"""Unix users made for a test, and an interpreter that they can run."""

from __future__ import annotations

import contextlib
import functools
import grp
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PREFIX = "omt-"


def require_root() -> None:
    """Skips where users cannot be made."""
    if os.getuid() != 0:
        pytest.skip("needs root: Unix users are made and removed again")


@dataclass(frozen=True)
class UnixUser:
    name: str
    home: Path

    @property
    def uid(self) -> int:
        return pwd.getpwnam(self.name).pw_uid

    def run(
        self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, given: str = "",
        groups: Sequence[str] = (), cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Run a program as this user, with their groups."""
        entry = pwd.getpwnam(self.name)
        own = os.getgrouplist(self.name, entry.pw_gid)
        return subprocess.run(
            list(argv), capture_output=True, text=True, timeout=60, input=given, check=False,
            cwd=cwd or self.home, user=entry.pw_uid, group=entry.pw_gid,
            extra_groups=[*own, *(grp.getgrnam(name).gr_gid for name in groups)],
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], **(env or {})},
        )  # fmt: skip


@contextlib.contextmanager
def made(top: Path, *names: str, group: str = "") -> Iterator[list[UnixUser]]:
    """Users `omt-NAME-PID` with homes below `top`, and a group of which all are members; all gone
    afterwards."""
    require_root()
    end = f"-{os.getpid()}"
    users: list[UnixUser] = []
    common = f"{PREFIX}{group}{end}" if group else ""
    try:
        if common:
            subprocess.run(["groupadd", common], check=True, capture_output=True)
        for name in names:
            user = UnixUser(f"{PREFIX}{name}{end}", top / name)
            also = ["-G", common] if common else []
            argv = ["useradd", "-m", "-d", str(user.home), "-s", "/bin/sh", "-p", "*", *also]
            subprocess.run([*argv, user.name], check=True, capture_output=True)
            user.home.chmod(0o750)
            users.append(user)
        yield users
    finally:
        for user in users:
            subprocess.run(["userdel", "-f", "-r", user.name], check=False, capture_output=True)
        if common:
            subprocess.run(["groupdel", common], check=False, capture_output=True)


@functools.cache
def interpreter() -> str:
    """A Python with everything of ours that every user may run: this one, or the system's of the
    same version with this one's packages."""
    own = Path(sys.executable).resolve()
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in own.parents):
        return sys.executable
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    place = Path(tempfile.gettempdir()) / f"{PREFIX}python-{os.getpid()}"
    if not (place / "bin" / "python").exists():
        subprocess.run([system, "-m", "venv", "--without-pip", str(place)], check=True)
        packages = next(one for one in sys.path if one.endswith("site-packages"))
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        path = place / "lib" / version / "site-packages" / "ours.pth"
        path.write_text(f"{packages}\n{ROOT}\n")
        place.chmod(0o755)
        import atexit

        atexit.register(shutil.rmtree, place, ignore_errors=True)
    return str(place / "bin" / "python")

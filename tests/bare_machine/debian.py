"""A bare Debian as an installer leaves it, in a directory: made once, kept for the next time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.servers.process import require

ROOT = Path(__file__).parents[2]
RELEASE = os.environ.get("OMNITUI_DEBIAN", "bookworm")
PYTHON = {"bookworm": "3.11", "trixie": "3.13"}
KEPT = Path("/var/cache/omnitui-tests")
MIRROR = "http://deb.debian.org/debian"
PACKAGES = (
    # What every server has that an installer has made …
    "systemd-sysv", "dbus", "adduser", "ca-certificates", "iproute2", "procps", "less",
    # … and what docs/team.md has one install: these machines have no internet.
    "python3-venv", "git", "openssh-server", "man-db", "bash-completion", "rsync", "cron", "jq",
    "nginx-light", "curl",
)  # fmt: skip
BUILD = "hatchling>=1.27"
"""What the project is built by (pyproject.toml)."""


def bare() -> Path:
    """The root directory of a Debian that nobody has changed since it was installed, with what
    pip may install there in /srv/wheels. Skips the test, and says why, where none can be made."""
    if os.geteuid() != 0:
        pytest.skip("only root may start a machine")
    require("debootstrap", package="debootstrap")
    lock = (ROOT / "requirements.lock").read_bytes()
    asked = hashlib.sha256(repr((RELEASE, PACKAGES, BUILD)).encode() + lock).hexdigest()[:12]
    made = KEPT / f"{RELEASE}-{asked}"
    KEPT.mkdir(exist_ok=True)
    with (KEPT / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not made.exists():
            _make(made)
    return made


def _make(made: Path) -> None:
    begun = made.with_suffix(".part")
    shutil.rmtree(begun, ignore_errors=True)
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", RELEASE,
         str(begun), MIRROR],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip(f"no Debian could be made here: {done.stdout[-300:]}{done.stderr[-300:]}")
    _wheels(begun / "srv" / "wheels")
    (begun / "etc" / "pip.conf").write_text(
        "[global]\nno-index = true\nfind-links = /srv/wheels\ndisable-pip-version-check = true\n"
    )
    # What an installer asks for, and what makes a machine another one than its copies.
    (begun / "etc" / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    (begun / "etc" / "machine-id").write_text("")
    begun.rename(made)


def _wheels(into: Path) -> None:
    version, machine = PYTHON[RELEASE], platform.machine()
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(36, 4, -1)]
    platforms += [f"manylinux2014_{machine}", f"linux_{machine}"]
    for wanted in (["--no-deps", *_locked(version)], [BUILD]):
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-qqq", "--only-binary=:all:",
             "--implementation=cp", f"--python-version={version}",
             f"--abi=cp{version.replace('.', '')}", "--abi=abi3", "--abi=none",
             *(f"--platform={name}" for name in platforms), *wanted, "--dest", str(into)],
            check=True, cwd="/",
        )  # fmt: skip


def _locked(version: str) -> list[str]:
    """What the lock file names for a Python of that version: pip would go by the one that it runs
    on itself."""
    there = {"python_version": version, "python_full_version": f"{version}.0"}
    found = []
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if not line or line[0] in " #":
            continue
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate(there):
            found.append(f"{one.name}{one.specifier}")
    return found

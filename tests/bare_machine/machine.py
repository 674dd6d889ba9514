"""A machine that boots: Debian's own systemd as process 1 over a directory of its own, with a
network of its own."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.servers.chaos import ChaosProxy, bound
from tests.servers.process import require, short_directory

ENVIRONMENT = {
    "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash", "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "TERM": "xterm-256color",
}  # fmt: skip
"""Of a root shell (`su -`)."""
BOOTED = 60.0
"""Seconds that it may take."""
TYPED = "root/typed"
CLONE_NEWNET = 0x40000000
"""setns(2): the handle is one of a network namespace."""
T = TypeVar("T")
_UNIFIED = """
[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || {
    umount -R /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
}
exec "$@"
"""
_numbers = itertools.count(1)


class Machine:
    """`name` is its host name. It sees nothing but itself until it is `join`ed to another."""

    def __init__(self, name: str, bare: Path) -> None:
        require("systemd-nspawn", "ip", "nsenter", package="systemd-container iproute2")
        self.name = name
        self.directory = short_directory(f"omnitui-{name}")
        self.root = self.directory / "root"
        self.network = f"omt{os.getpid()}-{name}"
        self._bare = bare
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0
        self._doors: list[ChaosProxy] = []
        for part in ("root", "changed", "work"):
            (self.directory / part).mkdir()

    def start(self) -> Machine:
        below = self.directory
        _run(
            "mount", "-t", "overlay", "overlay", "-o",
            f"lowerdir={self._bare},upperdir={below}/changed,workdir={below}/work", str(self.root),
        )  # fmt: skip
        (self.root / "etc" / "hostname").write_text(f"{self.name}\n")
        with (self.root / "etc" / "hosts").open("a") as hosts:
            hosts.write(f"127.0.1.1 {self.name}\n")
        _run("ip", "netns", "add", self.network)
        _run("ip", "-n", self.network, "link", "set", "lo", "up")
        self._boot()
        return self

    def _boot(self) -> None:
        with (self.directory / "console").open("ab") as console:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", "-ec", _UNIFIED, "sh",
                 "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot",
                 f"--directory={self.root}", f"--machine={self.name}", "--console=passive",
                 f"--network-namespace-path=/run/netns/{self.network}",
                 "--resolv-conf=off", "--timezone=off", "--link-journal=no"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + BOOTED
        while True:
            self._leader = _child(self._process.pid)
            if self._leader:
                state = self._enter("systemctl", "is-system-running").stdout.strip()
                if state in ("running", "degraded"):
                    return
            if self._process.poll() is not None or time.monotonic() > end:
                told = (self.directory / "console").read_text(errors="replace")
                raise RuntimeError(f"{self.name} did not boot: {told[-2000:]}")
            time.sleep(0.1)

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Lines typed into root's shell, one after the other whatever each of them says."""
        return self._types(script, "bash")

    def done(self, script: str) -> str:
        """The same where each line has to succeed; what they said."""
        found = self._types(script, "bash", "-e")
        assert found.returncode == 0, f"$ {script}\n{found.stdout}{found.stderr}"
        return found.stdout

    def _types(self, script: str, *shell: str) -> subprocess.CompletedProcess[str]:
        # In a file: what is typed stands in no command line that `pkill -f` might find.
        (self.root / TYPED).write_text(script)
        return self._enter(*shell, f"/{TYPED}")

    def argv(self, *command: str) -> list[str]:
        """What runs `command` as root in there, for who starts it themselves."""
        settings = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
        return [
            "nsenter", "--all", f"--target={self._leader}",
            "env", "-i", *settings, "sh", "-c", 'cd && exec "$@"', "sh", *command,
        ]  # fmt: skip

    def outside(self, *command: str) -> list[str]:
        """The same for a program of this machine's that is to have that machine's network."""
        return ["ip", "netns", "exec", self.network, *command]

    def opens(self, port: int) -> None:
        """127.0.0.1:`port` in there leads to the same port here."""
        door = _within(Path("/run/netns") / self.network, lambda: bound(port))
        self._doors.append(ChaosProxy(port, door=door).start())

    def join(self, other: Machine, ours: str, theirs: str) -> None:
        """A cable between the two, with an address at each end."""
        number = next(_numbers)
        here, there = f"om{number}a", f"om{number}b"
        _run(
            "ip", "link", "add", here, "netns", self.network,
            "type", "veth", "peer", "name", there, "netns", other.network,
        )  # fmt: skip
        for machine, link, address in ((self, here, ours), (other, there, theirs)):
            _run("ip", "-n", machine.network, "address", "add", f"{address}/24", "dev", link)
            _run("ip", "-n", machine.network, "link", "set", link, "up")

    def close(self) -> None:
        for door in self._doors:
            door.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._leader or self._process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(20)
        for command in (["umount", "-R", str(self.root)], ["ip", "netns", "del", self.network]):
            subprocess.run(command, check=False, capture_output=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _enter(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(*command),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
        )  # fmt: skip


def _child(pid: int) -> int:
    """systemd-nspawn's only one: process 1 of the machine. 0: not yet."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    for child in map(int, found):
        status = Path(f"/proc/{child}/status").read_text()
        if "NSpid:" in status and status.split("NSpid:", 1)[1].split("\n", 1)[0].split()[-1] == "1":
            return child
    return 0


def _within(network: Path, make: Callable[[], T]) -> T:
    """What `make` makes in another network: a socket stays in the one that it was made in."""

    def enter() -> T:
        handle = os.open(network, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(handle)
        return make()

    # Of this thread alone, which ends with it: the rest of the program stays where it is.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(enter).result()


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}"

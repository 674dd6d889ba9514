"""A team's desk that `omnitui init --team` has set up, all of it below a directory, with Unix
users of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from omnitui.cli.team.layout import STATE_OF_ALL
from tests.servers.unix_users import UnixUser, interpreter, made, require_root


@dataclass
class TeamDesk:
    top: Path
    agents: list[UnixUser]
    service: str

    @property
    def home(self) -> Path:
        return self.top / "etc" / self.service

    @property
    def store(self) -> Path:
        return self.top / "lib" / "store"

    @property
    def state(self) -> Path:
        return self.top / "lib" / "engine"

    @property
    def program(self) -> Path:
        return self.top / "bin" / "omnitui"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.program.parent}:{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
        }

    def omnitui(
        self, *argv: str, user: str = "root", given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        entry = pwd.getpwnam(user)
        return subprocess.run(
            [self.program, "--home", self.home, *argv],
            capture_output=True, text=True, timeout=60, cwd="/", check=False, input=given,
            env={**self.environment, "HOME": entry.pw_dir if user != "root" else str(self.top)},
            user=entry.pw_uid, group=entry.pw_gid,
            extra_groups=os.getgrouplist(user, entry.pw_gid),
        )  # fmt: skip

    def init(
        self, *more: str, user: str = "root", given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        agents = ",".join(agent.name for agent in self.agents)
        return self.omnitui(
            "init", "--team", "--no-account", "--user", self.service, "--group", self.service,
            "--store", str(self.store), "--state", str(self.state),
            "--backups", str(self.top / "backups"), "--units", str(self.top / "units"),
            "--sshd", str(self.top / "sshd"), "--agents", agents,
            "--supervisors", self.agents[0].name, *more, user=user, given=given,
        )  # fmt: skip

    def everything(self) -> dict[str, tuple[int, int, int, bytes]]:
        """Every file and directory: mode, owner, group, content."""
        found = {}
        for top, folders, files in os.walk(self.top):
            for name in (*folders, *files):
                path = Path(top, name)
                if path.is_relative_to(self.top / "homes") or path.is_socket():
                    continue
                at = path.lstat()
                content = path.read_bytes() if stat.S_ISREG(at.st_mode) else b""
                found[str(path)] = (at.st_mode, at.st_uid, at.st_gid, content)
        return found


@contextlib.contextmanager
def team_desk(*names: str) -> Iterator[TeamDesk]:
    """Nothing is set up yet but the users, of these names."""
    require_root()
    top = Path(tempfile.mkdtemp(prefix="omt-team-"))
    top.chmod(0o755)
    (top / "homes").mkdir()
    service = f"omt-desk-{os.getpid()}"
    try:
        with made(top / "homes", *names) as agents:
            desk = TeamDesk(top, agents, service)
            desk.program.parent.mkdir()
            desk.program.write_text(f'#!/bin/sh\nexec {interpreter()} -m omnitui "$@"\n')
            desk.program.chmod(0o755)
            yield desk
    finally:
        for name in (service, f"omnitui-{service}-relay"):
            subprocess.run(["userdel", "-f", name], check=False, capture_output=True)
            subprocess.run(["groupdel", name], check=False, capture_output=True)
        shutil.rmtree(STATE_OF_ALL / f"omnitui-{service}-relay", ignore_errors=True)
        shutil.rmtree(top, ignore_errors=True)

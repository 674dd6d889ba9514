"""OpenSSH's server on loopback, for whoever runs the tests, with keys of its own."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.process import ServerProcess, executable, free_port, require, short_directory

_SERVER = """
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host
PidFile {directory}/sshd.pid
AuthorizedKeysFile {directory}/agent.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
AcceptEnv LANG COLORTERM NO_COLOR
"""
_CLIENT = """
Host desk
HostName 127.0.0.1
Port {port}
User {user}
IdentityFile {directory}/agent
IdentitiesOnly yes
UserKnownHostsFile {directory}/known_hosts
StrictHostKeyChecking accept-new
SendEnv LANG COLORTERM NO_COLOR
LogLevel ERROR
"""


class Sshd:
    def __init__(self, more: str = "") -> None:
        """`more`: further lines of sshd's settings, last."""
        require("sshd", "ssh", "ssh-keygen", package="openssh-server openssh-client")
        self.directory = short_directory("ssh")
        self.port = free_port()
        for name in ("host", "agent"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.directory / name],
                check=True,
            )
        user = pwd.getpwuid(os.getuid()).pw_name
        for name, text in (("sshd_config", _SERVER), ("ssh_config", _CLIENT)):
            filled = text.format(port=self.port, directory=self.directory, user=user)
            (self.directory / name).write_text(filled + more * (name == "sshd_config"))
        self._process = ServerProcess(
            [executable("sshd") or "sshd", "-D", "-e", "-f", str(self.directory / "sshd_config")],
            self.directory / "log",
        )

    def start(self) -> Sshd:
        if os.getuid() == 0:  # where it drops its rights
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._process.start(self.port, banner=b"SSH-2.0")
        return self

    def client(
        self, *command: str, terminal: bool = True, user: str = "", options: Sequence[str] = ()
    ) -> list[str]:
        """What an agent types to run `command` there, or nothing but ssh."""
        config = str(self.directory / "ssh_config")
        who = ["-l", user] if user else []
        line = [shlex.join(command)] if command else []
        return ["ssh", "-F", config, "-tt" if terminal else "-T", *who, *options, "desk", *line]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.client(*command, terminal=False), capture_output=True, text=True, timeout=60
        )

    def close(self) -> None:
        self._process.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def shell_line(directory: Path, argv: Sequence[str]) -> tuple[str, str, str]:
    """A program run from a directory, whatever the login shell's files do to the path."""
    return ("sh", "-c", f"cd {shlex.quote(str(directory))} && exec {shlex.join(argv)}")

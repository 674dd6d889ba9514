"""A desk on a real mailbox, its engine a real process, looked at through the CLI alone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.servers.command import omnitui_at, start_omnitui
from tests.servers.dovecot import Mailbox
from tests.servers.forked import Forked

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


class MailDesk:
    def __init__(
        self,
        directory: Path,
        mailbox: Mailbox,
        smtp_url: str,
        *,
        imap_port: int | None = None,
        settings: str = "",
    ) -> None:
        self.directory = directory
        directory.mkdir(mode=0o700)
        server = mailbox.server
        secret = directory / "password"
        secret.write_text(mailbox.password)
        secret.chmod(0o600)
        user = mailbox.address.replace("@", "%40")
        (directory / "config.toml").write_text(
            f"""
[desk]
name = "Acme support"

[accounts.support]
channel = "email"
address = "{mailbox.address}"
name = "Acme support"
imap = "imaps://{user}@localhost:{imap_port or server.imaps_port}"
smtp = "{smtp_url}"
password = "file:{secret}"
tls_ca = "{server.certificate.cert}"
{settings}
"""
        )
        self.processes: list[Forked] = []

    def run(self, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return omnitui_at(self.directory, *argv, stdin=stdin)

    def json(self, *argv: str) -> Any:
        found = self.run(*argv, "--json")
        assert found.returncode == 0, found.stderr
        assert "import" in argv or found.stderr == ""  # its progress
        return json.loads(found.stdout)

    def reply(self, conversation: int, text: str, *options: str) -> int:
        found = self.run("reply", str(conversation), *options, stdin=text)
        assert found.returncode == 0, found.stderr
        return int(found.stdout)

    def serve(self) -> Forked:
        with (self.directory / "serve.log").open("ab") as log:
            process = start_omnitui(self.directory, "serve", log=log)
        self.processes.append(process)
        return process

    @property
    def log(self) -> str:
        path = self.directory / "serve.log"
        return path.read_text() if path.exists() else ""

    def state(self, message_id: int) -> str:
        states = {entry["message_id"]: entry["state"] for entry in self.json("outbox")}
        return str(states[message_id])

    def eventually(self, true: Callable[[], object], patience: float = PATIENCE) -> None:
        end = time.monotonic() + patience
        while not true():
            assert time.monotonic() < end, f"still not true after {patience} s\n{self.log}"
            time.sleep(0.05)

    def kill(self, process: Forked) -> None:
        """As the kernel does it when memory runs out: this process, not those it started."""
        process.kill()
        process.wait(10)

    def close(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

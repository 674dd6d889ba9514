"""A private Postfix (root only): a real queue, real bounces. Nothing can leave the machine."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from tests.servers.dovecot import DOMAIN, Dovecot
from tests.servers.process import ServerProcess, executable, free_port, require, short_directory

_MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
local_recipient_maps =
local_transport = error:no local delivery
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = {domain}
virtual_transport = lmtp:unix:{lmtp}
default_transport = error:no outside mail
relayhost =
alias_maps =
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination
maillog_file = {dir}/log/mail.log
maillog_file_prefixes = {dir}
message_size_limit = 30000000
"""


class Postfix:
    """Delivers `@example.test` into Dovecot; unknown users there bounce back to the sender."""

    def __init__(self, dovecot: Dovecot, *, port: int | None = None, extra: str = "") -> None:
        """`extra` is appended to main.cf and may override any of it."""
        require("postfix", package="postfix")
        if os.getuid() != 0:
            pytest.skip("real server missing: postfix (a private instance of it needs root)")
        self.port = port or free_port()
        self.dir = short_directory("omni-smtp")
        for part in ("conf", "queue", "data", "log"):
            (self.dir / part).mkdir()
        shutil.chown(self.dir / "data", "postfix")
        (self.dir / "conf" / "main.cf").write_text(
            _MAIN.format(
                dir=self.dir,
                domain=DOMAIN,
                lmtp=dovecot.lmtp_socket,
                cert=dovecot.certificate.cert,
                key=dovecot.certificate.key,
            )
            + extra
        )
        (self.dir / "conf" / "master.cf").write_text(self._master())
        self._postfix = executable("postfix") or "postfix"
        self._server = ServerProcess(
            [self._postfix, "-c", str(self.dir / "conf"), "start-fg"], self.dir / "out.log"
        )

    def start(self) -> Postfix:
        self._server.start(self.port, banner=b"220", seconds=40)
        return self

    def close(self) -> None:
        # The master leads a session of its own; asked to end, it takes its daemons with it.
        master = self.dir / "queue" / "pid" / "master.pid"
        if master.exists():
            number = int(master.read_text())
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGTERM)
        self._server.end()
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self) -> str:
        return (self.dir / "log" / "mail.log").read_text()

    def _master(self) -> str:
        """Debian's own table, listening on our port and without chroots."""
        shipped = next(
            path
            for path in map(Path, ("/usr/share/postfix/master.cf.dist", "/etc/postfix/master.cf"))
            if path.exists()
        ).read_text()
        text = re.sub(
            r"^smtp +inet +n .*$", f"127.0.0.1:{self.port} inet n - n - - smtpd", shipped,
            count=1, flags=re.M,
        )  # fmt: skip
        text = re.sub(r"^(\S+ +(?:unix|inet) +\S+ +\S+ +)y ", r"\1n ", text, flags=re.M)
        if not re.search(r"^postlog", text, re.M):
            text += "postlog unix-dgram n - n - 1 postlogd\n"
        return text

"""A private Dovecot: IMAP, IMAPS, STARTTLS and LMTP on loopback, without root if need be."""

from __future__ import annotations

import email.message
import email.utils
import grp
import imaplib
import itertools
import os
import shutil
import smtplib
import ssl
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers import certificates
from tests.servers.process import (
    ServerProcess,
    executable,
    free_port,
    require,
    server_user,
    short_directory,
)

DOMAIN = "example.test"
PASSWORD = "secret"

_CONFIG = r"""
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_uid = {uid}
mail_gid = {gid}
mail_home = {dir}/mail/%u
mail_location = maildir:~/Maildir
mail_fsync = never
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
passdb {{
  driver = passwd-file
  args = username_format=%u {dir}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Drafts {{
    auto = create
    special_use = \Drafts
  }}
  mailbox Sent {{
    auto = create
    special_use = \Sent
  }}
  mailbox Archive {{
    auto = create
    special_use = \Archive
  }}
  mailbox Trash {{
    auto = create
    special_use = \Trash
  }}
}}
service anvil {{
  chroot =
  # Without this every wrong password makes the next log-in from the same address slower.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
service imap-login {{
  chroot =
  # Without this every connection has a new process; they take most of the server's time.
  service_count = 0
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service imap {{
  service_count = 100
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service stats {{
  chroot =
}}
protocol imap {{
  mail_max_userip_connections = 200
}}
protocol lmtp {{
  postmaster_address = postmaster@{domain}
}}
"""


class Dovecot:
    """One server. `extra` is appended to its configuration and may override any of it."""

    def __init__(
        self, extra: str = "", certificate: certificates.Certificate | None = None
    ) -> None:
        require("dovecot", package="dovecot-imapd dovecot-lmtpd")
        user = server_user()
        self.dir = short_directory("omni-imap")
        self.certificate = certificate or certificates.make(self.dir)
        own = self._copied(self.certificate)
        self.imap_port = free_port()
        self.imaps_port = free_port()
        self.lmtp_socket = self.dir / "run" / "lmtp"
        self.auth_socket = self.dir / "run" / "auth-client"
        self._uid, self._gid = user.pw_uid, user.pw_gid
        self._names = itertools.count(1)
        self._passwd = self.dir / "passwd"
        # Dovecot looks for changes of this file once a second only: names are made in advance.
        self._known = {f"user{n}@{DOMAIN}" for n in range(1, 1000)}
        self._passwd.write_text("".join(f"{a}:{{PLAIN}}{PASSWORD}::::::\n" for a in self._known))
        for part in ("run", "state", "mail"):
            (self.dir / part).mkdir()
        self.config = self.dir / "dovecot.conf"
        self.config.write_text(
            _CONFIG.format(
                dir=self.dir,
                user=user.pw_name,
                group=grp.getgrgid(user.pw_gid).gr_name,
                uid=user.pw_uid,
                gid=user.pw_gid,
                cert=own.cert,
                key=own.key,
                imap=self.imap_port,
                imaps=self.imaps_port,
                domain=DOMAIN,
            )
            + extra
        )
        for path in (self.dir, *self.dir.rglob("*")):
            self.own(path)
        self._server = ServerProcess(
            [executable("dovecot") or "dovecot", "-F", "-c", str(self.config)],
            self.dir / "out.log",
            user=user,
        )

    def _copied(self, made: certificates.Certificate) -> certificates.Certificate:
        """Where the server's own user may read it."""
        copies = certificates.Certificate(self.dir / "own.pem", self.dir / "own.key")
        shutil.copy(made.cert, copies.cert)
        shutil.copy(made.key, copies.key)
        return copies

    def start(self) -> Dovecot:
        self._server.start(self.imap_port, banner=b"* OK")
        return self

    @property
    def killed(self) -> bool:
        return self._server.process is None

    def kill(self) -> None:
        """As a power cut would; `start()` brings it back on the same ports, with its mail."""
        self._server.kill()

    def set_password(self, mailbox: Mailbox, password: str) -> Mailbox:
        """The same mailbox with its new password; returns when the server goes by it."""
        lines = self._passwd.read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if not line.startswith(f"{mailbox.address}:")]
        lines.append(f"{mailbox.address}:{{PLAIN}}{password}::::::")
        self._passwd.write_text("\n".join(lines) + "\n", encoding="utf-8")
        changed = Mailbox(self, mailbox.address, password)
        while not changed.can_log_in():
            time.sleep(0.1)
        return changed

    def kick(self, address: str) -> None:
        """End every connection of a user, as administrators do."""
        program = executable("doveadm") or "doveadm"
        subprocess.run(
            [program, "-c", str(self.config), "kick", address], check=False, capture_output=True
        )

    def freeze(self) -> None:
        self._server.freeze()

    def thaw(self) -> None:
        self._server.thaw()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self) -> str:
        path = self.dir / "dovecot.log"
        return path.read_text() if path.exists() else ""

    def own(self, path: Path) -> None:
        if os.getuid() == 0:
            os.chown(path, self._uid, self._gid)

    def user(self, name: str = "", password: str = PASSWORD) -> Mailbox:
        """A user's mailbox; without a name, a new and empty one."""
        address = name or f"user{next(self._names)}"
        if "@" not in address:
            address = f"{address}@{DOMAIN}"
        mailbox = Mailbox(self, address, password)
        if address not in self._known:
            self._known.add(address)
            with self._passwd.open("a", encoding="utf-8") as passwd:
                passwd.write(f"{address}:{{PLAIN}}{password}::::::\n")
            while not mailbox.can_log_in():
                time.sleep(0.1)
        return mailbox


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One user, seen from the mail server's side."""

    server: Dovecot
    address: str
    password: str

    @property
    def maildir(self) -> Path:
        return self.server.dir / "mail" / self.address / "Maildir"

    def deliver(self, raw: bytes, sender: str = f"customer@{DOMAIN}") -> None:
        """The way mail really arrives: LMTP, which adds Return-Path and Received."""
        with smtplib.LMTP(str(self.server.lmtp_socket)) as lmtp:
            lmtp.sendmail(sender, [self.address], raw)

    def plant(
        self, raw: bytes, folder: str = "INBOX", *, flags: str = "", at: float | None = None
    ) -> None:
        """Write the Maildir file itself: exact bytes and any INTERNALDATE, thousands a second."""
        directory = self.maildir if folder == "INBOX" else self.maildir / f".{folder}"
        for part in ("tmp", "new", "cur"):
            self._make(directory / part)
        name = f"{int(at or time.time())}.{next(_serial)}.test,S={len(raw)}"
        temporary = directory / "tmp" / name
        temporary.write_bytes(raw)
        self.server.own(temporary)
        if at is not None:
            os.utime(temporary, (at, at))
        temporary.rename(directory / "cur" / f"{name}:2,{flags}")

    def imap(self) -> imaplib.IMAP4:
        """A plain client of the standard library, logged in, to look from outside."""
        client = imaplib.IMAP4("127.0.0.1", self.server.imap_port, timeout=20)
        plain = f"\0{self.address}\0{self.password}".encode()
        try:
            client.authenticate("PLAIN", lambda _: plain)
        except imaplib.IMAP4.error:
            client.shutdown()
            raise
        return client

    def can_log_in(self) -> bool:
        try:
            self.imap().logout()
        except imaplib.IMAP4.error:
            return False
        return True

    def create(self, folder: str) -> None:
        with self.imap() as client:
            assert client.create(f'"{folder}"')[0] == "OK"

    def delete_folder(self, folder: str) -> None:
        with self.imap() as client:
            assert client.delete(f'"{folder}"')[0] == "OK"

    def uids(self, folder: str = "INBOX") -> list[int]:
        with self.imap() as client:
            client.select(f'"{folder}"', readonly=True)
            return [int(uid) for uid in client.uid("SEARCH", "ALL")[1][0].split()]

    def uidvalidity(self, folder: str = "INBOX") -> int:
        with self.imap() as client:
            client.select(f'"{folder}"', readonly=True)
            return int(client.response("UIDVALIDITY")[1][0])

    def flags(self, uid: int, folder: str = "INBOX") -> set[str]:
        with self.imap() as client:
            client.select(f'"{folder}"', readonly=True)
            line = client.uid("FETCH", str(uid), "(FLAGS)")[1][0]
            assert isinstance(line, bytes)
            return {flag.decode() for flag in imaplib.ParseFlags(line)}

    def messages(self, folder: str = "INBOX") -> list[bytes]:
        """Every message in the folder, oldest first."""
        with self.imap() as client:
            client.select(f'"{folder}"', readonly=True)
            if not client.uid("SEARCH", "ALL")[1][0]:
                return []
            lines = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
            return [line[1] for line in lines if isinstance(line, tuple)]

    def expunge(self, uids: Sequence[int], folder: str = "INBOX") -> None:
        with self.imap() as client:
            client.select(f'"{folder}"')
            client.uid("STORE", ",".join(map(str, uids)), "+FLAGS", r"(\Deleted)")
            client.expunge()

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.server.certificate.cert))

    def _make(self, directory: Path) -> None:
        if directory.is_dir():
            return
        for parent in reversed((directory, *directory.parents)):
            if not parent.is_dir():
                parent.mkdir(exist_ok=True)  # the server may make it at the same moment
                self.server.own(parent)


_serial = itertools.count(1)


def mail(
    sender: str,
    to: str,
    subject: str = "Where is my order?",
    text: str = "Hello, where is it?\n",
    *,
    message_id: str = "",
    **headers: str,
) -> bytes:
    """A plain mail as a customer's program would write it; `In_Reply_To="<…>"` adds headers."""
    message = email.message.EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = email.utils.formatdate(usegmt=True)
    message["Message-ID"] = message_id or email.utils.make_msgid(domain="customer.test")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n"))

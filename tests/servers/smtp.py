"""An SMTP server that takes mail with STARTTLS and AUTH, delivers it into Dovecot by LMTP,
and refuses or stumbles where a test scripts it to."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.servers.dovecot import DOMAIN, Dovecot
from tests.servers.process import free_port


@dataclass
class SmtpScript:
    """What the server answers out of the ordinary; empty: everything is accepted."""

    rcpt: dict[str, str] = field(default_factory=dict)
    """Recipient → answer at RCPT, such as `550 5.1.1 no such user`."""
    mail: str = ""
    """Answer at MAIL."""
    data: list[str] = field(default_factory=list)
    """Answers at the end of DATA, used up one by one; afterwards mail is accepted again."""
    without: set[str] = field(default_factory=set)
    """Extensions that are not offered: `8BITMIME`, `SMTPUTF8`, `SIZE`, …"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the server said 250 to."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    options: tuple[str, ...]


class SmtpServer:
    """Runs in a thread of its own. `taken` is what it accepted, in order; local recipients
    also have it in their Dovecot mailbox when `250` is answered."""

    def __init__(
        self,
        dovecot: Dovecot,
        *,
        security: Literal["starttls", "tls", "plain"] = "starttls",
        auth: bool = True,
        users: Mapping[str, str] | None = None,
        size_limit: int = 70_000_000,
    ) -> None:
        self.dovecot = dovecot
        self.security = security
        self.script = SmtpScript()
        self.taken: list[Taken] = []
        self.users = dict(users or {})
        """Passwords by user; a user not named here logs in with the Dovecot tests' password."""
        self.port = free_port()
        self._auth = auth
        self._size_limit = size_limit
        self._lock = threading.Lock()
        self._controller: Controller | None = None
        self._sessions: list[SMTP] = []

    def start(self) -> SmtpServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(
            str(self.dovecot.certificate.cert), str(self.dovecot.certificate.key)
        )
        options: dict[str, Any] = {
            "data_size_limit": self._size_limit,
            "enable_SMTPUTF8": True,
            "hostname": "mail.example.test",
        }
        if self._auth:
            options |= {
                "authenticator": self._authenticate,
                "auth_require_tls": self.security == "starttls",
            }
        if self.security == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        server = self

        class _Controller(Controller):
            def factory(self) -> SMTP:
                made = SMTP(self.handler, **options)
                server._sessions.append(made)
                return made

        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ssl_context=context if server.security == "tls" else None,
        )
        self._controller.start()
        return self

    def close(self) -> None:
        if self._controller is None:
            return
        # The controller leaves connections open that clients have not ended.
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._controller.loop).result(10)
        self._controller.stop()
        self._controller = None

    async def _hang_up(self) -> None:
        for session in self._sessions:
            if isinstance(session.transport, asyncio.WriteTransport):
                session.transport.abort()
        self._sessions.clear()
        await asyncio.sleep(0.01)

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        user = data.login.decode()
        right = self.users.get(user, "secret")
        return AuthResult(success=data.password.decode() == right, handled=False)

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        hidden = self.script.without
        # The last line has a space after its code, which aiosmtpd has set already.
        kept = [line for line in responses[:-1] if line[4:].split()[0].upper() not in hidden]
        return [*kept, responses[-1]]

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._auth and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self.script.mail:
            return self.script.mail
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.script.rcpt.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.script.data:
            answer = self.script.data.pop(0)
            if not answer.startswith("2"):
                return answer
        content = envelope.content
        assert isinstance(content, bytes)
        local = [to for to in envelope.rcpt_tos if to.endswith(f"@{DOMAIN}")]
        sender = envelope.mail_from or ""
        if local:
            try:
                await asyncio.to_thread(self._deliver, sender, local, content)
            except smtplib.SMTPException as error:
                return f"550 5.1.1 {error!s:.200}".replace("\n", " ")
        with self._lock:
            self.taken.append(
                Taken(sender, tuple(envelope.rcpt_tos), content, tuple(envelope.mail_options))
            )
        return "250 2.0.0 OK queued"

    def _deliver(self, sender: str, to: list[str], content: bytes) -> None:
        with smtplib.LMTP(str(self.dovecot.lmtp_socket)) as lmtp:
            options = ["SMTPUTF8"] if lmtp.has_extn("smtputf8") else []
            # LMTP answers once a recipient (RFC 2033), which smtplib does not expect.
            for recipient in to:
                lmtp.sendmail(sender, [recipient], content, mail_options=options)

"""Real servers as fixtures. Servers live as long as the test session, mailboxes one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.model import EmailAccount, ServerUrl
from config.secret_ref import SecretRef
from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.postfix import Postfix
from tests.servers.smtp import SmtpServer

AccountMaker = Callable[..., EmailAccount]


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One Dovecot for all; a test that stops it must start it again."""
    server = Dovecot()
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def own_dovecot() -> Iterator[Callable[..., Dovecot]]:
    """`own_dovecot(extra="…")`: a Dovecot of the test's own, to kill or to configure."""
    made: list[Dovecot] = []

    def start(**settings: Any) -> Dovecot:
        made.append(Dovecot(**settings))
        return made[-1].start()

    yield start
    for server in made:
        server.close()


@pytest.fixture
def mailbox(dovecot: Dovecot) -> Mailbox:
    """A new, empty mailbox: the support desk's."""
    return dovecot.user()


@pytest.fixture
def customer_mailbox(dovecot: Dovecot) -> Mailbox:
    """Another one: the customer's."""
    return dovecot.user()


@pytest.fixture
def smtp_server(dovecot: Dovecot) -> Iterator[SmtpServer]:
    """STARTTLS and AUTH required; delivers `@example.test` into Dovecot."""
    server = SmtpServer(dovecot)
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def own_smtp(dovecot: Dovecot) -> Iterator[Callable[..., SmtpServer]]:
    """`own_smtp(security="tls", auth=False, …)`."""
    made: list[SmtpServer] = []

    def start(**settings: Any) -> SmtpServer:
        made.append(SmtpServer(dovecot, **settings))
        return made[-1].start()

    yield start
    for server in made:
        server.close()


@pytest.fixture(scope="session")
def postfix(dovecot: Dovecot) -> Iterator[Postfix]:
    server = Postfix(dovecot)
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def chaos() -> Iterator[Callable[[int], ChaosProxy]]:
    """`chaos(port)`: a proxy before that port."""
    made: list[ChaosProxy] = []

    def start(port: int) -> ChaosProxy:
        made.append(ChaosProxy(port))
        return made[-1].start()

    yield start
    for proxy in made:
        proxy.close()


@pytest.fixture
def email_account(tmp_path: Path) -> AccountMaker:
    """`email_account(mailbox, smtp_server, imap_port=…, folders=…)`: settings as loaded from
    a config that names these servers, the password in a file."""

    def make(
        mailbox: Mailbox,
        smtp: SmtpServer | Postfix | int | None = None,
        *,
        name: str = "support",
        imap_scheme: str = "imaps",
        imap_port: int | None = None,
        smtp_scheme: str = "smtp+starttls",
        smtp_user: str | None = None,
        password: str | None = None,
        **settings: Any,
    ) -> EmailAccount:
        server = mailbox.server
        secret = tmp_path / f"{name}-password"
        secret.write_text(mailbox.password if password is None else password, encoding="utf-8")
        secret.chmod(0o600)
        if imap_port is None:
            imap_port = server.imaps_port if imap_scheme == "imaps" else server.imap_port
        if isinstance(smtp, Postfix):
            smtp_user = "" if smtp_user is None else smtp_user
        smtp_port = smtp if isinstance(smtp, int) else smtp.port if smtp is not None else 9
        user = mailbox.address if smtp_user is None else smtp_user
        values: dict[str, Any] = {
            "name": name,
            "address": mailbox.address,
            "display_name": "Acme support",
            "imap": ServerUrl(imap_scheme, "localhost", imap_port, mailbox.address),
            "smtp": ServerUrl(smtp_scheme, "localhost", smtp_port, user),
            "password": SecretRef("file", str(secret)),
            "smtp_password": None,
            "tls_ca": server.certificate.cert,
        }
        return EmailAccount(**(values | settings))

    return make

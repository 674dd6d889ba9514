"""A mail host as the large providers run one: Dovecot's IMAP and submission, both with XOAUTH2
and OAUTHBEARER, tokens checked with the authorisation server that gave them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.model import EmailAccount, OAuthSettings, ServerUrl
from config.secret_ref import SecretRef
from tests.servers.authorisation import CLIENT, SCOPE, AuthorisationServer
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.process import executable, free_port, short_directory
from tests.servers.smtp import SmtpServer

_CONFIG = """
protocols = imap lmtp submission
hostname = mail.example.test
auth_mechanisms = {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2.conf
}}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
service submission-login {{
  chroot =
  inet_listener submission {{
    address = 127.0.0.1
    port = {submission}
  }}
}}
"""
_OAUTH2 = """
tokeninfo_url = {url}/tokeninfo?access_token=
introspection_mode = get
username_attribute = email
active_attribute = active
active_value = true
force_introspection = no
"""


class OAuthMailHost:
    """`relay` is what the submission service hands mail on to: it delivers `@example.test`."""

    def __init__(
        self,
        authorisation: AuthorisationServer,
        mechanisms: str = "plain login xoauth2 oauthbearer",
    ) -> None:
        if executable("dovecot") and not Path("/usr/lib/dovecot/submission-login").exists():
            pytest.skip("real server missing: submission (apt install dovecot-submissiond)")
        self.authorisation = authorisation
        self._dir = short_directory("omni-oauth")
        (self._dir / "oauth2.conf").write_text(_OAUTH2.format(url=authorisation.url))
        relay = free_port()
        self.submission_port = free_port()
        self.dovecot = Dovecot(
            extra=_CONFIG.format(
                dir=self._dir, relay=relay, submission=self.submission_port, mechanisms=mechanisms
            )
        )
        self.relay = SmtpServer(self.dovecot, security="plain", auth=False)
        self.relay.port = relay

    def start(self) -> OAuthMailHost:
        self.relay.start()
        self.dovecot.start()
        return self

    def close(self) -> None:
        self.dovecot.close()
        self.relay.close()
        shutil.rmtree(self._dir, ignore_errors=True)


@pytest.fixture(scope="session")
def authorisation() -> Iterator[AuthorisationServer]:
    """One for the session's mail host; a test that scripts it sets it back."""
    server = AuthorisationServer().start()
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def mail_host(authorisation: AuthorisationServer) -> Iterator[OAuthMailHost]:
    host = OAuthMailHost(authorisation)
    try:
        yield host.start()
    finally:
        host.close()


OAuthAccountMaker = Callable[..., EmailAccount]


@pytest.fixture
def oauth_account(tmp_path: Path) -> OAuthAccountMaker:
    """`oauth_account(host, mailbox, refresh_token=…)`: settings as loaded from a config, the
    token file in a state directory of the test's own."""

    def make(
        host: OAuthMailHost,
        mailbox: Mailbox,
        *,
        name: str = "support",
        refresh_token: SecretRef | None = None,
        client_secret: SecretRef | None = None,
        imap_port: int | None = None,
        smtp_port: int | None = None,
        **settings: Any,
    ) -> EmailAccount:
        server = host.authorisation
        oauth = OAuthSettings(
            provider="custom",
            client_id=CLIENT,
            token_url=f"{server.url}/token",
            token_file=tmp_path / "state" / "oauth" / f"{name}.json",
            client_secret=client_secret,
            authorize_url=f"{server.url}/authorize",
            device_url=f"{server.url}/device",
            scopes=(SCOPE,),
            refresh_token=refresh_token,
        )
        values: dict[str, Any] = {
            "name": name,
            "address": mailbox.address,
            "display_name": "Acme support",
            "imap": ServerUrl(
                "imaps", "localhost", imap_port or mailbox.server.imaps_port, mailbox.address
            ),
            "smtp": ServerUrl(
                "smtp+starttls", "localhost", smtp_port or host.submission_port, mailbox.address
            ),
            "password": None,
            "smtp_password": None,
            "tls_ca": mailbox.server.certificate.cert,
            "oauth": oauth,
        }
        return EmailAccount(**(values | settings))

    return make

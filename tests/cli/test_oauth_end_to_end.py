"""The main job with OAuth, through the CLI alone: nothing is lost when tokens end, and whoever is
locked out gets in again by one command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from config.model import EmailAccount
from config.token_store import Tokens, TokenStore
from tests.cli.mail_desk import MailDesk
from tests.config.terminal import Terminal
from tests.servers.authorisation import CLIENT, SCOPE, AuthorisationServer
from tests.servers.dovecot import Mailbox, mail
from tests.servers.oauth_mail import OAuthMailHost

pytestmark = pytest.mark.real

MakeDesk = Callable[..., MailDesk]


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def box(mail_host: OAuthMailHost) -> Mailbox:
    return mail_host.dovecot.user()


@pytest.fixture
def desk(tmp_path: Path, mail_host: OAuthMailHost, box: Mailbox) -> Iterator[MailDesk]:
    """An account `support` that is logged into with OAuth, and `plain` with a password."""
    other = mail_host.dovecot.user()
    smtp = f"smtp+starttls://{other.address.replace('@', '%40')}@localhost"
    made = MailDesk(tmp_path / "desk", other, f"{smtp}:{mail_host.submission_port}")
    config = made.directory / "config.toml"
    user = box.address.replace("@", "%40")
    text = config.read_text().replace("[accounts.support]", "[accounts.plain]")
    config.write_text(
        f"""{text}
[accounts.support]
channel = "email"
address = "{box.address}"
name = "Acme support"
imap = "imaps://{user}@localhost:{box.server.imaps_port}"
smtp = "smtp+starttls://{user}@localhost:{mail_host.submission_port}"
tls_ca = "{box.server.certificate.cert}"

[accounts.support.oauth]
provider = "custom"
client_id = "{CLIENT}"
token_url = "{mail_host.authorisation.url}/token"
device_url = "{mail_host.authorisation.url}/device"
scopes = ["{SCOPE}"]
"""
    )
    account = load(find_home(made.directory)).accounts["support"]
    assert isinstance(account, EmailAccount)
    assert account.oauth is not None
    token = mail_host.authorisation.new_refresh_token(box.address)
    TokenStore(account.oauth).write(Tokens(token))
    try:
        yield made
    finally:
        made.close()


def from_customer(desk: MailDesk, to: str, subject: str, customer: Mailbox) -> None:
    desk_box = Mailbox(customer.server, to, "")
    raw = mail(f"Ann <{customer.address}>", to, subject)
    desk_box.deliver(raw, sender=customer.address)


def subjects(desk: MailDesk) -> set[str]:
    return {each["subject"] for each in desk.json("conversations")}


def state(desk: MailDesk, name: str) -> tuple[str, str]:
    checks = {c["name"]: c for c in desk_doctor(desk)}
    found = checks[f"state of {name}"]
    return found["state"], f"{found['detail']} {found['advice']}"


def desk_doctor(desk: MailDesk) -> list[dict[str, str]]:
    checks: list[dict[str, str]] = json.loads(desk.run("doctor", "--json", "--offline").stdout)[
        "checks"
    ]
    return checks


def test_tokens_that_end_every_other_second_lose_no_mail(
    desk: MailDesk, box: Mailbox, mail_host: OAuthMailHost, authorisation: AuthorisationServer
) -> None:
    customer = mail_host.dovecot.user()
    authorisation.lifetime = 2
    try:
        desk.serve()
        from_customer(desk, box.address, "number 0", customer)
        desk.eventually(lambda: "number 0" in subjects(desk))
        # The server drops every connection; to come back takes a new token.
        authorisation.end_access(box.address)
        mail_host.dovecot.kill()
        mail_host.dovecot.start()
        from_customer(desk, box.address, "number 1", customer)
        (one,) = (c for c in desk.json("conversations") if c["subject"] == "number 0")
        sent = desk.reply(one["id"], "answer 1")
        desk.eventually(lambda: "number 1" in subjects(desk))
        desk.eventually(lambda: desk.state(sent) == "sent")
    finally:
        authorisation.lifetime = 3600
    assert subjects(desk) == {"number 0", "number 1"}
    texts = [raw.decode() for raw in customer.messages()]
    assert sum("answer 1" in text for text in texts) == 1
    assert authorisation.grants() >= 2
    everything = desk.log + desk.run("doctor", "--json").stdout
    for token in authorisation.secrets():
        assert token not in everything


def test_who_is_locked_out_holds_up_nobody_and_gets_in_again(
    desk: MailDesk, box: Mailbox, mail_host: OAuthMailHost, authorisation: AuthorisationServer
) -> None:
    customer = mail_host.dovecot.user()
    plain = load(find_home(desk.directory)).accounts["plain"]
    desk.serve()
    from_customer(desk, box.address, "first", customer)
    desk.eventually(lambda: "first" in subjects(desk))
    asked = authorisation.grants()
    authorisation.revoke_all(box.address)
    mail_host.dovecot.kill()
    mail_host.dovecot.start()
    from_customer(desk, box.address, "unread", customer)
    from_customer(desk, plain.address, "to the other", customer)
    desk.eventually(lambda: "to the other" in subjects(desk))
    desk.eventually(lambda: state(desk, "support")[0] == "fail")
    shown = state(desk, "support")[1]
    command = f"omnitui --home {desk.directory} init --account support"
    assert re.search(rf"log in again with: {re.escape(command)}", shown), shown
    assert "last worked" in shown
    assert state(desk, "plain")[0] == "ok"
    assert authorisation.grants() <= asked + 3, "a dead token is not shown again and again"

    with Terminal("--home", str(desk.directory), "init", "--account", "support") as terminal:
        terminal.wait_for("Waiting")
        authorisation.allow(authorisation.waiting()[-1], box.address)
        assert terminal.end() == 0, terminal.shown
    assert "tries the mailbox again at once" in terminal.shown
    desk.eventually(lambda: "unread" in subjects(desk))
    assert state(desk, "support")[0] == "ok"
    for token in authorisation.secrets():
        assert token not in desk.log + terminal.shown + shown

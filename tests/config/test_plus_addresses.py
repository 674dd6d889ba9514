"""`omnitui init --prove-plus` with real servers that deliver such addresses, and that don't."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from config.model import EmailAccount, Home
from connectors.contract import Ignored
from connectors.email.own_mail import own_addresses, placed
from connectors.email.read import read_mail
from tests.config.test_init import files, omnitui
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.real

Desk = Callable[..., tuple[Home, Mailbox, SmtpServer]]


@pytest.fixture
def desk(tmp_path: Path, own_dovecot: Callable[..., Dovecot]) -> Iterator[Desk]:
    """`desk(extra, more)`: a desk with one mailbox on a Dovecot of that configuration."""
    made: list[SmtpServer] = []

    def make(extra: str, more: str = "") -> tuple[Home, Mailbox, SmtpServer]:
        server = own_dovecot(extra=extra)
        smtp = SmtpServer(server).start()
        made.append(smtp)
        mailbox = server.user()
        user = mailbox.address.replace("@", "%40")
        secret = tmp_path / "password"
        secret.write_text(mailbox.password, encoding="utf-8")
        secret.chmod(0o600)
        home = find_home(tmp_path / "home")
        home.config.mkdir(parents=True)
        home.config_file.write_text(
            "# ours\n[accounts.support] # by hand\n"
            'channel = "email"\n'
            f'address = "{mailbox.address}"\n'
            f'imap = "imaps://{user}@localhost:{server.imaps_port}"\n'
            f'smtp = "smtp+starttls://{user}@localhost:{smtp.port}"\n'
            f'password = "file:{secret}"\ntls_ca = "{server.certificate.cert}"\n{more}',
            encoding="utf-8",
        )
        return home, mailbox, smtp

    yield make
    for smtp in made:
        smtp.close()


def prove(home: Home, *more: str) -> tuple[int, str]:
    done = omnitui("--home", str(home.config), "init", "--prove-plus", *more)
    return done.returncode, done.stdout + done.stderr


def account(home: Home) -> EmailAccount:
    found = load(home).accounts["support"]
    assert isinstance(found, EmailAccount)
    return found


def test_a_host_that_delivers_them(desk: Desk) -> None:
    home, mailbox, smtp = desk("recipient_delimiter = +\n")
    code, said = prove(home, "--account", "support")
    assert code == 0, said
    assert "arrives in INBOX" in said
    assert account(home).plus_address
    assert home.config_file.read_text("utf-8").startswith("# ours\n[accounts.support] # by hand\n")
    # One mail, which stays where it is, without a copy in Sent, and is no conversation.
    (sent,) = smtp.taken
    (came,) = mailbox.messages()
    assert mailbox.messages("Sent") == []
    assert sent.recipients[0].startswith(mailbox.address.partition("@")[0] + "+omnitui.")
    own = own_addresses(account(home))
    taken = placed(read_mail(came, own_addresses=own), own, sent_folder=False)
    assert isinstance(taken, Ignored)
    code, said = prove(home)
    assert (code, "already" in said) == (0, True)


def test_a_host_that_puts_them_where_nobody_reads(desk: Desk) -> None:
    extra = "recipient_delimiter = +\nlmtp_save_to_detail_mailbox = yes\n"
    extra += "lda_mailbox_autocreate = yes\n"
    home, mailbox, smtp = desk(extra)
    before = home.config_file.read_bytes()
    code, said = prove(home, "--wait", "2")
    assert code == 1, said
    assert "stay off" in said
    assert len(smtp.taken) == 1
    assert mailbox.messages() == []
    assert home.config_file.read_bytes() == before
    assert files(home) == {"config.toml"}


@pytest.mark.parametrize(
    ("more", "words"), [("", "stay off"), ("plus_address = true\n", "take “plus_address = true”")]
)
def test_a_host_that_knows_no_such_recipient(desk: Desk, more: str, words: str) -> None:
    home, mailbox, _smtp = desk("recipient_delimiter =\n", more)
    code, said = prove(home)
    assert code == 1, said
    assert words in said
    assert account(home).plus_address is bool(more)
    assert mailbox.messages() == []


def test_which_mailbox_has_to_be_said_when_there_are_several(desk: Desk) -> None:
    home, _mailbox, smtp = desk("")
    text = home.config_file.read_text("utf-8")
    second = text.replace("accounts.support", "accounts.sales").partition("\n")[2]
    home.config_file.write_text(text + "\n" + second, encoding="utf-8")
    for name in ((), ("--account", "other")):
        code, said = prove(home, *name)
        assert code == 2, said
        assert "support, sales" in said
    assert smtp.taken == []

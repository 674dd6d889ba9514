"""What a web chat's account takes, and what it says of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from config.model import WebchatAccount
from config.problems import ConfigError

MAILBOX = """
[accounts.support]
channel = "email"
address = "support@acme.example"
imap = "imaps://mail.acme.example"
smtp = "smtps://mail.acme.example"
password = "env:PASSWORD"
"""
SITE = """
[accounts.site]
channel = "webchat"
relay = "https://chat.acme.example/"
token = "env:TOKEN"
"""


def loaded(tmp_path: Path, text: str) -> WebchatAccount:
    (tmp_path / "config.toml").write_text(text)
    found = load(find_home(tmp_path)).accounts["site"]
    assert isinstance(found, WebchatAccount)
    return found


def test_a_site(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        MAILBOX
        + SITE
        + 'page = "https://acme.example/help/"\nfollow_up_account = "support"\n'
        + 'follow_up_after = "5m"\ntls_ca = "ca.pem"\n',
    )
    assert (found.relay, found.page) == ("https://chat.acme.example", "https://acme.example/help")
    assert (found.follow_up_account, found.follow_up_after) == ("support", 300)
    assert found.tls_ca == tmp_path / "ca.pem"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('relay = "http://chat.acme.example"', "unencrypted"),
        ('relay = "chat.acme.example"', "https://"),
        ('relay = "https://desk:geheim@chat.acme.example"', "user or password"),
        ('page = "http://acme.example/help"', "unencrypted"),
        ('page = "https://acme.example/help#chat"', "#"),
        ('follow_up_account = "suport"', "Did you mean “support”?"),
        ('follow_up_account = "site"', "is no mailbox"),
        ('token = "geheim-geheim-geheim"', "keyring:"),
    ],
)
def test_what_cannot_work_is_said(tmp_path: Path, line: str, words: str) -> None:
    key = line.partition(" ")[0]
    site = "\n".join(each for each in SITE.splitlines() if not each.startswith(f"{key} "))
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, f"{MAILBOX}{site}\n{line}\n")
    assert words in str(raised.value)
    assert "geheim" not in str(raised.value)


def test_a_relay_on_this_machine_needs_no_tls(tmp_path: Path) -> None:
    site = SITE.replace("https://chat.acme.example/", "http://127.0.0.1:8800")
    assert loaded(tmp_path, site).relay == "http://127.0.0.1:8800"


def test_a_mailbox_with_a_mistake_of_its_own_is_told_of_that_alone(tmp_path: Path) -> None:
    broken = MAILBOX.replace("imaps://", "imap://")
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, broken + SITE + 'follow_up_account = "support"\n')
    assert "follow_up_account" not in str(raised.value)

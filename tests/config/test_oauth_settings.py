"""[accounts.NAME.oauth] as it stands in config.toml."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.model import EmailAccount, Home
from config.problems import Problem
from config.secret_ref import SecretRef
from tests.config.conftest import Load, email

Problems = Callable[[str], tuple[Problem, ...]]
CUSTOM = {
    "provider": '"custom"',
    "client_id": '"desk"',
    "token_url": '"https://login.acme.example/token"',
    "device_url": '"https://login.acme.example/device"',
    "scopes": '["mail"]',
}


def oauth(**settings: str) -> str:
    """A mailbox without a password, with these settings of its OAuth table."""
    lines = [f"{key} = {value}" for key, value in settings.items() if value]
    return "\n".join([email(password=""), "[accounts.support.oauth]", *lines, ""])


def account(read: Load, text: str) -> EmailAccount:
    found = read(text).accounts["support"]
    assert isinstance(found, EmailAccount)
    return found


def test_google_needs_only_a_client(read: Load, home: Home) -> None:
    support = account(
        read, oauth(provider='"google"', client_id='"id"', client_secret='"env:CLIENT"')
    )
    assert support.password is None
    assert support.oauth is not None
    assert support.oauth.token_url == "https://oauth2.googleapis.com/token"
    assert support.oauth.device_url == ""
    assert support.oauth.scopes == ("https://mail.google.com/",)
    assert support.oauth.client_secret == SecretRef("env", "CLIENT")
    assert support.oauth.refresh_token is None
    assert support.oauth.token_file == home.state / "oauth" / "support.json"


@pytest.mark.parametrize(
    ("tenant", "part"), [("", "/common/"), ('"acme.example"', "/acme.example/")]
)
def test_microsofts_addresses_name_the_tenant(read: Load, tenant: str, part: str) -> None:
    support = account(read, oauth(provider='"microsoft"', client_id='"id"', tenant=tenant))
    assert support.oauth is not None
    for url in (support.oauth.authorize_url, support.oauth.token_url, support.oauth.device_url):
        assert url.startswith("https://login.microsoftonline.com/")
        assert part in url
    assert "offline_access" in support.oauth.scopes


def test_a_provider_of_ones_own_is_given_by_its_addresses(read: Load) -> None:
    support = account(read, oauth(**CUSTOM, refresh_token='"keyring:omnitui/support"'))
    assert support.oauth is not None
    assert support.oauth.token_url == "https://login.acme.example/token"
    assert support.oauth.scopes == ("mail",)
    assert support.oauth.refresh_token == SecretRef("keyring", "omnitui/support")


def test_on_loopback_an_address_may_be_unencrypted(read: Load) -> None:
    local = '"http://127.0.0.1:9000/token"'
    assert account(read, oauth(**CUSTOM | {"token_url": local})).oauth is not None


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (email() + "[accounts.support.oauth]\nprovider='google'\nclient_id='x'",
         "accounts.support.password", "Keep one of the two"),
        (email(password=""), "accounts.support", "[accounts.support.oauth]"),
        (oauth(provider='"google"'), "accounts.support.oauth", "“client_id” is missing"),
        (oauth(provider='"gogle"', client_id='"x"'), "accounts.support.oauth.provider", "google"),
        (oauth(provider='"google"', client_id='"x"', token_url='"https://a.example"'),
         "accounts.support.oauth.token_url", "“custom” only"),
        (oauth(provider='"google"', client_id='"x"', tenant='"a"'),
         "accounts.support.oauth.tenant", "“microsoft” only"),
        (oauth(provider='"microsoft"', client_id='"x"', tenant='"a/../b"'),
         "accounts.support.oauth.tenant", "other signs"),
        (oauth(**CUSTOM | {"token_url": ""}), "accounts.support.oauth", "“token_url” is missing"),
        (oauth(**CUSTOM | {"scopes": ""}), "accounts.support.oauth", "“scopes” is missing"),
        (oauth(**CUSTOM | {"device_url": ""}), "accounts.support.oauth", "“device_url” is missing"),
        (oauth(**CUSTOM | {"token_url": '"http://login.acme.example/token"'}),
         "accounts.support.oauth.token_url", "loopback only"),
        (oauth(**CUSTOM, client_scret='"env:X"'), "accounts.support.oauth.client_scret",
         "client_secret"),
        (email(password="", oauth="'google'"), "accounts.support.oauth", "needs a table"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    problems: Problems, text: str, key: str, words: str
) -> None:
    (problem,) = problems(text)
    assert problem.key == key
    assert words in f"{problem.sentence} {problem.hint}"


@pytest.mark.parametrize("key", ["client_secret", "refresh_token"])
def test_a_token_in_the_file_itself_is_refused_and_not_repeated(
    problems: Problems, key: str
) -> None:
    (problem,) = problems(oauth(provider='"google"', client_id='"x"', **{key: '"1//0gSecret"'}))
    assert problem.key.endswith(key)
    assert "Secret" not in f"{problem} {problem!r}".replace("SecretRef", "")

"""[accounts.NAME] with channel = "telegram": what is understood, and what is told of the rest."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.model import Home, TelegramAccount
from config.problems import Problem
from config.secret_ref import SecretRef
from tests.config.conftest import Load

TOKEN = "7000001:AAHtest-token_of-the-tests-own-bot00"


def table(**settings: str) -> str:
    lines = {"channel": '"telegram"', "token": '"env:TOKEN"', **settings}
    return "\n".join(["[accounts.bot]", *(f"{key} = {value}" for key, value in lines.items()), ""])


def account(read: Load, **settings: str) -> TelegramAccount:
    found = read(table(**settings)).accounts["bot"]
    assert isinstance(found, TelegramAccount)
    return found


def test_everything_has_a_default_but_the_token(read: Load, home: Home) -> None:
    found = account(read)
    assert found == TelegramAccount(
        "bot", SecretRef("env", "TOKEN"), home.state / "telegram" / "bot.webhook"
    )
    assert not found.own_server
    assert found.greeting is None


def test_everything_can_be_set(read: Load, home: Home) -> None:
    found = account(
        read,
        name='"Acme"',
        address='"@acme_bot"',
        base_url='"http://127.0.0.1:8081/bot/"',
        proxy='"socks5://desk@proxy.acme.example:1080/"',
        proxy_password='"keyring:omnitui/proxy"',
        tls_ca='"ca.pem"',
        greeting='{ en = " Hello! ", UK = "Вітаємо!", de = "" }',
        groups="true",
        channels="true",
        business="false",
        poll_timeout='"30s"',
        webhook='"https://desk.acme.example"',
        webhook_listen='"[::1]:9000"',
        webhook_secret='"file:/run/credentials/webhook"',
        pace_per_second="100",
        pace_per_chat="20",
    )
    assert found == TelegramAccount(
        "bot",
        SecretRef("env", "TOKEN"),
        home.state / "telegram" / "bot.webhook",
        address="@acme_bot",
        display_name="Acme",
        greeting={"en": "Hello!", "uk": "Вітаємо!"},
        groups=True,
        channels=True,
        business=False,
        base_url="http://127.0.0.1:8081/bot",
        proxy="socks5://desk@proxy.acme.example:1080",
        proxy_password=SecretRef("keyring", "omnitui/proxy"),
        tls_ca=home.config / "ca.pem",
        poll_timeout=30,
        webhook="https://desk.acme.example/",
        webhook_listen=("::1", 9000),
        webhook_secret=SecretRef("file", "/run/credentials/webhook"),
        pace_per_second=100,
        pace_per_chat=20,
    )
    assert found.own_server


@pytest.mark.parametrize(
    ("written", "understood"),
    [('"Hello!"', {"": "Hello!"}), ('""', {}), ("{}", {}), ('{ uk = "" }', {})],
)
def test_a_greeting_is_a_text_or_one_for_each_language(
    read: Load, written: str, understood: dict[str, str]
) -> None:
    assert account(read, greeting=written).greeting == understood


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ({"token": f'"{TOKEN}"'}, "token", "must not stand in the configuration"),
        ({"token": '"env:a b"'}, "token", "environment variable"),
        ({"base_url": '"https://x.example"'}, "base_url", "ends in “/bot”"),
        ({"base_url": '"https://x.example/bot{token}"'}, "base_url", "ends in “/bot”"),
        ({"base_url": '"http://x.example/bot"'}, "base_url", "unencrypted"),
        ({"proxy": '"ftp://x.example"'}, "proxy", "socks5://"),
        ({"proxy": '"proxy.example:3128"'}, "proxy", "socks5://"),
        ({"proxy": '"http://a:hunter2@x.example"'}, "proxy", "password"),
        ({"proxy": '"http://x.example/path"'}, "proxy", "more after the host"),
        ({"proxy_password": '"env:X"'}, "proxy_password", "no user in `proxy`"),
        (
            {"proxy": '"http://x.example"', "proxy_password": '"env:X"'},
            "proxy_password",
            "no user in `proxy`",
        ),
        ({"webhook": '"http://127.0.0.1/x"'}, "webhook", "https://"),
        ({"webhook": '"http://x.example/x"'}, "webhook", "https://"),
        ({"webhook": '"https://x.example:9999/"'}, "webhook", "443, 80, 88 and 8443"),
        ({"webhook_listen": '"8443"'}, "webhook_listen", "address and a port"),
        ({"webhook_secret": '"plain"'}, "webhook_secret", "must not stand"),
        ({"poll_timeout": '"2m"'}, "poll_timeout", "at most 50 seconds"),
        ({"poll_timeout": "0"}, "poll_timeout", "at least 1 second"),
        ({"pace_per_chat": "0"}, "pace_per_chat", "from 1 to"),
        ({"greeting": "5"}, "greeting", "a text, or a table"),
        ({"greeting": '{ xx = "?" }'}, "greeting", "language code"),
        ({"greeting": "{ en = 1 }"}, "greeting", "needs a text"),
        ({"greeting": f'"{"😀" * 2049}"'}, "greeting", "4096"),
        ({"groups": '"yes"'}, "groups", "true or false"),
        ({"greetings": '""'}, "greetings", "Did you mean “greeting”?"),
    ],
)
def test_each_mistake_is_told_in_a_sentence_at_its_place(
    problems: Callable[[str], tuple[Problem, ...]],
    settings: dict[str, str],
    key: str,
    words: str,
) -> None:
    (problem,) = problems(table(**settings))
    assert problem.key == f"accounts.bot.{key}"
    assert problem.line is not None
    text = str(problem)
    assert words in text
    assert TOKEN not in text
    assert "hunter2" not in text


def test_a_webhook_of_a_server_of_ones_own_may_be_anywhere(read: Load) -> None:
    found = account(
        read, base_url='"http://127.0.0.1:8081/bot"', webhook='"http://127.0.0.1:9999/x"'
    )
    assert found.webhook == "http://127.0.0.1:9999/x"

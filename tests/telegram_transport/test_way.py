"""How the server is reached: proxies, certificates, the environment; and what is said when not."""

from __future__ import annotations

import gc
import ssl
import warnings
from pathlib import Path

import pytest

from connectors.conformance import MemoryIntake
from connectors.contract import CertificateInvalid, ChannelError, Misconfigured, Unreachable
from connectors.telegram.connector import TelegramConnector
from connectors.telegram.request import way
from tests.servers import certificates
from tests.servers.bot_api.server import BotApi
from tests.servers.process import free_port
from tests.telegram_transport.conftest import AccountMaker, receiving, secret_file
from tests.telegram_transport.middlemen import HttpProxy, SocksProxy, listening, tls_before
from tests.telegram_transport.test_polling import failure, texts


@pytest.mark.parametrize("tls", [False, True])
async def test_an_http_proxy_with_a_password(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path, tls: bool
) -> None:
    proxy = HttpProxy("desk", "pass:wörd@")
    password = secret_file(tmp_path, "proxy", "pass:wörd@")
    certificate = certificates.make(tmp_path)
    bot_api.user("Ann").says("hello")
    async with listening(proxy.handle) as port, tls_before(bot_api.port, certificate) as https:
        settings = {"base_url": f"https://localhost:{https}/bot"} if tls else {}
        account = telegram(
            proxy=f"http://desk@127.0.0.1:{port}",
            proxy_password=password,
            tls_ca=certificate.cert,
            **settings,
        )
        async with receiving(account) as (_connector, intake):
            await intake.until(lambda: texts(intake) == ["hello"])
    assert proxy.seen
    assert all(line.startswith("CONNECT" if tls else "POST http://") for line in proxy.seen)


async def test_a_socks_proxy_with_a_password(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path
) -> None:
    proxy = SocksProxy("desk", "secret")
    password = secret_file(tmp_path, "proxy", "secret")
    bot_api.user("Ann").says("hello")
    async with listening(proxy.handle) as port:
        account = telegram(proxy=f"socks5://desk@127.0.0.1:{port}", proxy_password=password)
        async with receiving(account) as (_connector, intake):
            await intake.until(lambda: texts(intake) == ["hello"])
    assert set(proxy.seen) == {("127.0.0.1", bot_api.port)}


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_that_does_not_know_us_is_told(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path, kind: str
) -> None:
    certificate = certificates.make(tmp_path)
    proxy = HttpProxy("desk", "right") if kind == "http" else SocksProxy("desk", "right")
    password = secret_file(tmp_path, "proxy", "wrong-password")
    async with listening(proxy.handle) as port, tls_before(bot_api.port, certificate) as https:
        account = telegram(
            base_url=f"https://localhost:{https}/bot",
            proxy=f"{kind}://desk@127.0.0.1:{port}",
            proxy_password=password,
            tls_ca=certificate.cert,
        )
        error = await failure(TelegramConnector("bot", account))
    assert isinstance(error, Misconfigured), error
    assert "proxy_password" in str(error)
    assert "wrong-password" not in str(error)
    del error  # and with it the frames that hold the connection
    with warnings.catch_warnings():
        # httpcore leaves the socket of a SOCKS refusal to the collector.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def test_the_environments_proxy_is_used_but_not_for_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    context = ssl.create_default_context()
    found = way("https://api.telegram.org/bot", context, "", "").proxy
    assert found is not None
    assert found.url.host == "proxy.example"
    assert way("https://127.0.0.1:8081/bot", context, "", "").proxy is None
    monkeypatch.setenv("no_proxy", "api.telegram.org")
    assert way("https://api.telegram.org/bot", context, "", "").proxy is None


async def test_a_certificate_that_is_not_trusted_is_told(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path
) -> None:
    certificate = certificates.make(tmp_path)
    async with tls_before(bot_api.port, certificate) as port:
        account = telegram(base_url=f"https://localhost:{port}/bot")
        error = await failure(TelegramConnector("bot", account))
        assert isinstance(error, CertificateInvalid)
        assert "tls_ca" in str(error)
        trusted = telegram(base_url=f"https://localhost:{port}/bot", tls_ca=certificate.cert)
        connector = TelegramConnector("bot", trusted)
        assert all(check.ok for check in await connector.check())
        await connector.close()


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("http://127.0.0.1:{free}/bot", "refused"),
        ("https://bot-api.invalid/bot", "not known"),
        ("https://127.0.0.1:{plain}/bot", "no TLS"),
    ],
)
async def test_a_server_that_is_not_there_is_told(
    bot_api: BotApi, telegram: AccountMaker, base_url: str, words: str
) -> None:
    account = telegram(base_url=base_url.format(free=free_port(), plain=bot_api.port))
    error = await failure(TelegramConnector("bot", account))
    assert isinstance(error, Unreachable)
    assert words in str(error)


@pytest.mark.parametrize("content", ["hunter2", "1234:with space", "98765", "https://x/1:a"])
async def test_what_is_no_token_is_told_without_showing_it(
    telegram: AccountMaker, tmp_path: Path, content: str
) -> None:
    account = telegram(token=secret_file(tmp_path, "odd", content))
    connector = TelegramConnector("bot", account)
    (check,) = await connector.check()
    assert not check.ok
    assert "@BotFather" in check.detail
    assert content not in check.detail
    with pytest.raises(ChannelError):
        await connector.run(MemoryIntake())
    await connector.close()

"""The two ways to log in, against a real authorisation server."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from config.model import EmailAccount, OAuthSettings, ServerUrl
from config.oauth_providers import OAUTH_PROVIDERS
from connectors.contract import AuthFailed, Misconfigured
from connectors.email.login import oauth_device
from connectors.email.login.oauth_browser import Answer, BrowserLogIn, NotOurs
from connectors.email.login.oauth_endpoint import Endpoint, Grant
from tests.servers.authorisation import CLIENT, SCOPE, AuthorisationServer

USER = "support@example.test"


@pytest.fixture
def server() -> Iterator[AuthorisationServer]:
    made = AuthorisationServer(interval=3).start()
    try:
        yield made
    finally:
        made.close()


def account(provider: str = "custom", **changes: object) -> EmailAccount:
    known = OAUTH_PROVIDERS.get(provider)
    values: dict[str, object] = {
        "provider": provider,
        "client_id": CLIENT,
        "token_file": Path("/nonexistent/x.json"),
        "scopes": (SCOPE,),
        **({key: getattr(known, key).format(tenant="common")
            for key in ("authorize_url", "token_url", "device_url")} if known else {}),
        **changes,
    }  # fmt: skip
    imap = ServerUrl("imaps", "localhost", 993, USER)
    oauth = OAuthSettings(**values)  # type: ignore[arg-type]
    return EmailAccount("support", USER, "", imap, imap, None, None, oauth=oauth)


@pytest.fixture
def settings(server: AuthorisationServer) -> EmailAccount:
    return account(
        authorize_url=f"{server.url}/authorize",
        token_url=f"{server.url}/token",
        device_url=f"{server.url}/device",
    )


@pytest.fixture
def endpoint(settings: EmailAccount) -> Endpoint:
    return Endpoint(settings)


class Waits:
    """A clock that only notes how long was waited, and lets something happen meanwhile."""

    def __init__(self, *events: Callable[[], object]) -> None:
        self.waited: list[float] = []
        self._events = list(events)

    def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        if self._events:
            self._events.pop(0)()


def nothing() -> None:
    pass


def test_polling_keeps_the_interval_and_slows_down_when_told(
    server: AuthorisationServer, endpoint: Endpoint
) -> None:
    code = oauth_device.begin(endpoint)
    assert code.url == f"{server.url}/verify"
    assert code.user_code in code.direct_url
    assert code.device_code not in repr(code)
    server.script.slow_down = 1
    waits = Waits(nothing, nothing, lambda: server.allow(code.user_code, USER))
    grant = oauth_device.wait(endpoint, code, waits)
    assert waits.waited == [3, 8, 8]
    assert server.is_good(grant.access_token)
    assert grant.refresh_token in server.refresh


def test_polling_goes_on_when_the_network_comes_back(
    server: AuthorisationServer, endpoint: Endpoint
) -> None:
    code = oauth_device.begin(endpoint)
    server.script.answers += [(503, "busy"), (200, "<html>")]
    server.allow(code.user_code, USER)
    waits = Waits()
    oauth_device.wait(endpoint, code, waits)
    assert waits.waited == [3, 6, 12]


def test_a_code_that_nobody_types_ends(server: AuthorisationServer, endpoint: Endpoint) -> None:
    code = oauth_device.begin(endpoint)
    waits = Waits()
    with pytest.raises(AuthFailed, match="begin again"):
        oauth_device.wait(endpoint, code, waits)
    assert sum(waits.waited) >= code.lifetime
    code = oauth_device.begin(endpoint)
    with pytest.raises(AuthFailed, match="refused in the browser"):
        oauth_device.wait(endpoint, code, Waits(lambda: server.deny(code.user_code)))


def test_a_server_without_a_device_flow(server: AuthorisationServer) -> None:
    wrong = Endpoint(account(token_url=f"{server.url}/token", device_url=f"{server.url}/nothing"))
    with pytest.raises(Misconfigured, match="correct the address"):
        oauth_device.begin(wrong)


def test_the_redirect_is_the_only_one_that_counts(
    server: AuthorisationServer, settings: EmailAccount, endpoint: Endpoint
) -> None:
    """Another page on this machine may send the browser here with a code of its own."""
    with BrowserLogIn(endpoint, settings) as browser:
        here = f"http://127.0.0.1:{browser.port}"

        def strangers_then_ours() -> None:
            for path in ("/favicon.ico", "/?code=evil&state=evil", "/?code=evil"):
                with pytest.raises(urllib.error.HTTPError):
                    urllib.request.urlopen(here + path, timeout=5)
            with socket.create_connection(("127.0.0.1", browser.port)) as rude:
                rude.sendall(b"\x16\x03\x01 this is TLS\r\n")
            socket.create_connection(("127.0.0.1", browser.port)).close()
            server.visit(browser.url, USER)

        visitor = threading.Thread(target=strangers_then_ours)
        visitor.start()
        answer = browser.wait(patience=20)
        visitor.join(10)
        assert isinstance(answer, Answer)
        assert answer.code not in repr(answer)
        grant: Grant = browser.exchange(answer)
        assert grant.refresh_token in server.refresh
        # The proof (PKCE) and the redirect belong to this log-in: nobody else can use the code.
        with pytest.raises(AuthFailed, match="no such code"):
            browser.exchange(answer)
        with BrowserLogIn(endpoint, settings) as other:
            stolen = browser.pasted(server.redirected(browser.url, USER))
            with pytest.raises(AuthFailed, match="proof"):
                other.exchange(stolen)


def test_what_is_pasted_must_be_of_this_log_in(
    server: AuthorisationServer, settings: EmailAccount, endpoint: Endpoint
) -> None:
    with BrowserLogIn(endpoint, settings) as browser:
        back = server.redirected(browser.url, USER)
        # Terminals and mail programs break long lines.
        broken = f"  {back[:40]}\n{back[40:]} \n"
        assert server.is_good(browser.exchange(browser.pasted(broken)).access_token)
        for text in ("", "x", "http://127.0.0.1/?code=a&state=b", "http://[", back[:-3]):
            with pytest.raises(NotOurs):
                browser.pasted(text)
        refused = browser.pasted(server.redirected(browser.url, USER, denied=True))
        with pytest.raises(AuthFailed, match="access_denied"):
            browser.exchange(refused)


def test_nobody_comes(settings: EmailAccount, endpoint: Endpoint) -> None:
    with (
        BrowserLogIn(endpoint, settings) as browser,
        pytest.raises(AuthFailed, match="begin again"),
    ):
        browser.wait(patience=0.05)


@pytest.mark.parametrize(
    ("provider", "host"), [("google", "127.0.0.1"), ("microsoft", "localhost")]
)
def test_what_the_large_providers_are_asked(provider: str, host: str) -> None:
    """As their documentation has it; only they themselves could say whether it is right."""
    settings = account(provider, scopes=OAUTH_PROVIDERS[provider].scopes)
    with BrowserLogIn(Endpoint(settings), settings) as browser:
        parts = urlsplit(browser.url)
        asked = {key: value[0] for key, value in parse_qs(parts.query).items()}
        assert parts.scheme == "https"
        assert asked["redirect_uri"] == f"http://{host}:{browser.port}"
        assert asked["login_hint"] == USER
        assert asked["code_challenge_method"] == "S256"
        assert ("access_type" in asked) == (provider == "google")
        if provider == "google":
            assert asked["scope"] == "https://mail.google.com/"
            assert asked["access_type"] == "offline"
        else:
            assert asked["scope"].split()[-1] == "offline_access"

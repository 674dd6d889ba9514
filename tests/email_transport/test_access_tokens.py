"""Access tokens against a real authorisation server: renewing, rotating, failing, keeping quiet."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keyring.core
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.model import EmailAccount, OAuthSettings, ServerUrl
from config.secret_ref import SecretRef
from config.secrets import SecretError
from config.token_store import MemoryTokens, Tokens, TokenStore
from connectors.contract import (
    AuthFailed,
    CertificateInvalid,
    ChannelError,
    Deferred,
    Misconfigured,
    Unreachable,
)
from connectors.email.login import oauth_endpoint
from connectors.email.login.oauth import AccessTokens, access_tokens
from tests.servers import certificates
from tests.servers.authorisation import CLIENT, SCOPE, AuthorisationServer
from tests.servers.process import free_port
from tests.servers.scripted import scripted_server

ROOT = Path(__file__).parents[2]
USER = "support@example.test"
Make = Callable[..., EmailAccount]


@pytest.fixture
def server() -> Iterator[AuthorisationServer]:
    made = AuthorisationServer().start()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def account(server: AuthorisationServer, tmp_path: Path) -> Make:
    """`account(refresh_token=…, token_url=…)`, logged in unless a reference says otherwise."""

    def make(**changes: Any) -> EmailAccount:
        values: dict[str, Any] = {
            "provider": "custom",
            "client_id": CLIENT,
            "token_url": f"{server.url}/token",
            "token_file": tmp_path / "state" / "oauth" / "support.json",
            "scopes": (SCOPE,),
            **changes,
        }
        settings = OAuthSettings(**values)
        if settings.refresh_token is None:
            TokenStore(settings).write(Tokens(server.new_refresh_token(USER)))
        imap = ServerUrl("imaps", "localhost", 993, USER)
        smtp = ServerUrl("smtps", "localhost", 465, USER)
        return EmailAccount("support", USER, "", imap, smtp, None, None, oauth=settings)

    return make


def tokens_of(account: EmailAccount) -> AccessTokens:
    """As another process would have them: nothing in memory."""
    assert account.oauth is not None
    return AccessTokens(account, TokenStore(account.oauth))


def kept(account: EmailAccount) -> Tokens:
    assert account.oauth is not None
    found = TokenStore(account.oauth).read()
    assert found is not None
    return found


async def test_one_renewal_serves_everybody(server: AuthorisationServer, account: Make) -> None:
    support = account()
    bearers = await asyncio.gather(*(access_tokens(support).bearer() for _ in range(20)))
    assert len({bearer.token for bearer in bearers}) == 1
    assert server.is_good(bearers[0].token)
    assert server.grants() == 1
    # Another process finds it on disk.
    assert (await tokens_of(support).bearer()).token == bearers[0].token
    assert server.grants() == 1


async def test_what_was_rotated_is_kept_for_the_owner_alone(
    server: AuthorisationServer, account: Make
) -> None:
    support = account()
    first = kept(support).refresh_token
    bearer = await access_tokens(support).bearer()
    assert first not in server.refresh
    assert kept(support).refresh_token in server.refresh
    assert kept(support).access_token == bearer.token
    assert kept(support).scopes == (SCOPE,)
    assert support.oauth is not None
    directory = support.oauth.token_file.parent
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for path in directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_refresh_token_that_is_not_rotated_stays(
    server: AuthorisationServer, account: Make
) -> None:
    server.rotating = False
    support = account()
    first = kept(support).refresh_token
    await access_tokens(support).bearer()
    assert kept(support).refresh_token == first
    assert kept(support).access_token


async def test_it_is_renewed_before_it_ends(server: AuthorisationServer, account: Make) -> None:
    support = account()
    first = await access_tokens(support).bearer()
    now = time.time()
    almost_over = replace(kept(support), renewed_at=now - 3500, expires_at=now + 100)
    assert support.oauth is not None
    TokenStore(support.oauth).write(almost_over)
    fresh = await tokens_of(support).bearer()
    assert fresh.token != first.token
    assert kept(support).expires_at > time.time() + 3000


async def test_a_refused_one_is_replaced_by_another(
    server: AuthorisationServer, account: Make
) -> None:
    support = account()
    first = await access_tokens(support).bearer()
    others = await asyncio.gather(*(access_tokens(support).bearer(first) for _ in range(5)))
    assert {other.token for other in others} == {others[0].token}
    assert others[0].token != first.token
    assert server.grants() == 2, "all five waited for one renewal"


def renewing(server: AuthorisationServer, account: EmailAccount, times: int) -> Any:
    assert account.oauth is not None
    command = [sys.executable, "-m", "tests.email_transport.renew_tokens", server.url]
    return subprocess.Popen(
        [*command, str(account.oauth.token_file), str(times)], cwd=ROOT, stderr=subprocess.PIPE
    )


def test_processes_take_turns(server: AuthorisationServer, account: Make) -> None:
    """The server ends the whole line at the second use of a refresh token."""
    support = account()
    processes = [renewing(server, support, 6) for _ in range(3)]
    for process in processes:
        _out, error = process.communicate(timeout=60)
        assert process.returncode == 0, error.decode()
    assert server.grants() == 18
    assert kept(support).refresh_token in server.refresh


def test_killed_at_any_moment_it_goes_on(server: AuthorisationServer, account: Make) -> None:
    """As providers do, this one takes the token before the last again for a minute: what a
    process that was killed had just been given is lost."""
    server.grace = 60
    support = account()
    for _round in range(4):
        process = renewing(server, support, 1000)
        before = server.grants()
        while server.grants() == before:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.05))
        process.kill()
        process.wait(10)
        process.stderr.close()
        tokens_of(support).renewed(forced=True)
        assert kept(support).refresh_token in server.refresh


async def test_a_task_that_is_cancelled_loses_nothing(
    server: AuthorisationServer, account: Make
) -> None:
    support = account()
    server.script.hang = threading.Event()
    waiting = asyncio.create_task(access_tokens(support).bearer())
    await asyncio.sleep(0.2)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    server.script.hang.set()
    bearer = await access_tokens(support).bearer()
    assert server.is_good(bearer.token)
    assert server.grants() == 1
    assert kept(support).refresh_token in server.refresh


class FullDisk(MemoryTokens):
    """A place that takes no writes from the given one on."""

    def __init__(self, tokens: Tokens, room_for: int) -> None:
        super().__init__(tokens)
        self.room_for = room_for

    def write(self, tokens: Tokens) -> None:
        if self.room_for <= 0:
            raise SecretError(SecretRef("file", "/full"), "The disk is full; make room.")
        self.room_for -= 1
        super().write(tokens)


async def test_without_room_nothing_is_asked_for(
    server: AuthorisationServer, account: Make
) -> None:
    full = FullDisk(Tokens(server.new_refresh_token(USER)), room_for=0)
    with pytest.raises(Misconfigured, match="make room"):
        await AccessTokens(account(), full).bearer()
    assert server.grants() == 0


async def test_what_could_not_be_written_is_not_used_and_not_lost(
    server: AuthorisationServer, account: Make
) -> None:
    place = FullDisk(Tokens(server.new_refresh_token(USER)), room_for=1)
    tokens = AccessTokens(account(), place)
    for _attempt in range(2):
        with pytest.raises(Misconfigured, match="make room"):
            await tokens.bearer()
    assert server.grants() == 1
    place.room_for = 10
    bearer = await tokens.bearer()
    assert server.is_good(bearer.token)
    assert server.grants() == 1
    assert place.tokens.refresh_token in server.refresh


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (500, "oops", Deferred, "500"),
        (502, "<html>", Deferred, "502"),
        (429, "", Deferred, "429"),
        (400, '{"error": "temporarily_unavailable"}', Deferred, "temporarily_unavailable"),
        (400, '{"error": "invalid_grant", "error_description": "AADSTS70043: ended."}',
         AuthFailed, "(AADSTS70043: ended); log in again with: omnitui"),
        (400, '{"error": "interaction_required"}', AuthFailed, "init --account support"),
        (401, '{"error": "invalid_client"}', Misconfigured, "client_secret"),
        (400, '{"error": "invalid_scope"}', Misconfigured, "scopes"),
        (404, "nothing here", Misconfigured, "correct the address"),
        (200, "<html>Log in to the hotel's network", Unreachable, "log-in page"),
        (200, "[]", Unreachable, "nothing of OAuth"),
        (200, "{}", Unreachable, "nothing of OAuth"),
        (200, '{"access_token": 5}', Unreachable, "nothing of OAuth"),
        (200, '{"access_token": "a\\r\\nb"}', Unreachable, "nothing of OAuth"),
        (200, '{"access_token": "x", "token_type": "mac"}', Misconfigured, "mac"),
        (200, "[" * 100_000, Unreachable, "nothing of OAuth"),
        (200, '{"access_token": "x", "more": "' + "y" * 200_000 + '"}', Unreachable, "nothing"),
        (302, "", Unreachable, "nothing of OAuth"),
    ],
)  # fmt: skip
async def test_every_answer_has_its_meaning(
    server: AuthorisationServer,
    account: Make,
    status: int,
    body: str,
    kind: type[ChannelError],
    words: str,
) -> None:
    server.script.answers.append((status, body))
    support = account()
    before = kept(support)
    with pytest.raises(kind) as caught:
        await access_tokens(support).bearer()
    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert kept(support) == before
    if kind.retry:
        assert (await access_tokens(support).bearer()).token


async def test_a_server_says_when_to_come_again(server: AuthorisationServer, account: Make) -> None:
    server.script.answers.append((503, ""))
    server.script.retry_after = "17"
    with pytest.raises(Deferred) as caught:
        await access_tokens(account()).bearer()
    assert caught.value.retry_after == 17


async def test_a_network_that_is_down_is_tried_again(
    server: AuthorisationServer, account: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unreachable, match="refuses connections"):
        await access_tokens(account(token_url=f"http://127.0.0.1:{free_port()}/token")).bearer()
    with pytest.raises(Unreachable, match=r"no host named|cannot be looked up"):
        await access_tokens(account(token_url="https://no-such-host.invalid/token")).bearer()
    server.script.lose_answer = True
    with pytest.raises(Unreachable, match="ended the connection"):
        await access_tokens(account()).bearer()
    monkeypatch.setattr(oauth_endpoint, "PATIENCE", 0.3)
    server.script.hang = threading.Event()
    with pytest.raises(Unreachable, match="did not answer in time"):
        await access_tokens(account()).bearer()


def test_the_certificate_of_the_provider_is_verified(
    server: AuthorisationServer, account: Make, tmp_path: Path
) -> None:
    """Behind a provider of one's own may be an authority of one's own: tls_ca names it."""
    made = certificates.make(tmp_path)
    secure = AuthorisationServer(certificate=made).start()
    try:
        token_url = f"{secure.url}/token"
        support = account(token_url=token_url)
        for trusting in (
            support,
            replace(account(provider="google", token_url=token_url), tls_ca=made.cert),
        ):
            with pytest.raises(CertificateInvalid, match="cannot be trusted"):
                tokens_of(trusting).renewed()
        assert support.oauth is not None
        TokenStore(support.oauth).write(Tokens(secure.new_refresh_token(USER)))
        found = tokens_of(replace(support, tls_ca=made.cert)).renewed()
        assert secure.is_good(found.access_token)
    finally:
        secure.close()


async def test_a_server_that_trickles_is_given_up(
    account: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte is in time, all of them never are: the lock on the tokens must not be held on."""
    monkeypatch.setattr(oauth_endpoint, "PATIENCE", 0.5)

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with scripted_server(trickle) as port:
        support = account(token_url=f"http://127.0.0.1:{port}/token")
        with pytest.raises(Unreachable, match="did not answer in time"):
            await access_tokens(support).bearer()


async def test_a_dead_refresh_token_is_shown_once_and_a_new_one_at_once(
    server: AuthorisationServer, account: Make
) -> None:
    support = account()
    server.revoke_all(USER)
    for _attempt in range(5):
        with pytest.raises(AuthFailed, match="log in again"):
            await access_tokens(support).bearer()
    assert server.grants() == 1
    assert support.oauth is not None
    TokenStore(support.oauth).write(Tokens(server.new_refresh_token(USER)))  # as `init` does
    assert server.is_good((await access_tokens(support).bearer()).token)


async def test_nobody_has_logged_in(account: Make, tmp_path: Path) -> None:
    support = account(token_file=tmp_path / "a" / "x.json")
    assert support.oauth is not None
    support.oauth.token_file.unlink()
    with pytest.raises(AuthFailed, match=r"log in with: omnitui .*init --account support"):
        await access_tokens(support).bearer()


def test_a_first_token_from_the_environment(
    server: AuthorisationServer, account: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came of it goes before, until the variable holds another one."""
    monkeypatch.setenv("FIRST", server.new_refresh_token(USER))
    support = account(refresh_token=SecretRef("env", "FIRST"))
    for _round in range(2):
        tokens_of(support).renewed(forced=True)
    assert server.grants() == 2
    monkeypatch.delenv("FIRST")
    tokens_of(support).renewed(forced=True)
    server.revoke_all(USER)
    monkeypatch.setenv("FIRST", server.new_refresh_token(USER))
    assert server.is_good(tokens_of(support).renewed().access_token)


class MemoryKeyring:
    """Not a subclass of keyring's own: those are registered for good."""

    name = "memory"

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


@pytest.fixture
def memory_keyring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    made = MemoryKeyring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", made)
    return made


async def test_in_the_keyring_nothing_secret_is_on_disk(
    server: AuthorisationServer, account: Make, memory_keyring: MemoryKeyring
) -> None:
    memory_keyring.entries["omnitui", "support"] = server.new_refresh_token(USER)
    support = account(refresh_token=SecretRef("keyring", "omnitui/support"))
    for _round in range(2):
        bearer = await tokens_of(support).bearer()
        assert server.is_good(bearer.token)
        assert memory_keyring.entries["omnitui", "support"] in server.refresh
    assert support.oauth is not None
    text = support.oauth.token_file.read_text()
    assert all(token not in text for token in server.secrets())
    assert kept(support).expires_at > time.time()


async def test_a_damaged_token_file_is_told(account: Make) -> None:
    support = account()
    assert support.oauth is not None
    for damaged in ("{", "[]", "\udcff"):
        support.oauth.token_file.write_bytes(damaged.encode("utf-8", "surrogateescape"))
        with pytest.raises(Misconfigured, match=r"damaged|UTF-8"):
            await access_tokens(support).bearer()


async def test_no_token_is_ever_shown(
    server: AuthorisationServer, account: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    support = account()
    tokens = access_tokens(support)
    shown = [repr(await tokens.bearer())]
    echo = {"error": "invalid_grant", "error_description": f"no {kept(support).refresh_token} here"}
    server.script.answers.append((400, json.dumps(echo)))
    with pytest.raises(AuthFailed, match="no … here") as caught:
        await asyncio.to_thread(tokens.renewed, forced=True)
    shown += [repr(caught.value), repr(kept(support)), repr(tokens), repr(support)]
    text = "\n".join([*shown, caplog.text, *(repr(record.args) for record in caplog.records)])
    assert "127.0.0.1" in text  # the log of the HTTP library was looked at
    for token in server.secrets():
        assert token not in text


_keys = st.sampled_from(
    ["access_token", "token_type", "expires_in", "refresh_token", "scope", "error",
     "error_description", "x"]
)  # fmt: skip
_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=8,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    status=st.sampled_from([200, 200, 400, 401, 403, 500]),
    body=st.dictionaries(_keys, _json, max_size=6).map(json.dumps) | st.text(max_size=40),
)
def test_no_answer_raises_anything_but_the_contracts_errors(
    server: AuthorisationServer, account: Make, status: int, body: str
) -> None:
    support = account()
    server.script.answers.append((status, body))
    try:
        found = tokens_of(support).renewed(forced=True)
    except ChannelError as error:
        said = str(error)
    else:
        said = "fine"
        assert found.access_token
        assert found.refresh_token
        assert found.expires_at > time.time()
        assert kept(support) == found
    assert said.isprintable()


def test_the_engine_pays_for_oauth_only_where_it_is_used() -> None:
    code = (
        "import sys, connectors.email.connector;"
        " dear = ('httpx', 'connectors.email.login.oauth', 'keyring');"
        " print([m for m in dear if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout == "[]\n"

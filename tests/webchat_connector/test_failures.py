"""Every way in which a relay, or what stands before it, does not do what it is asked."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
from pathlib import Path

import pytest

from connectors.conformance import MemoryIntake
from connectors.contract import (
    AuthFailed,
    Blocked,
    CertificateInvalid,
    ChannelError,
    Deferred,
    Misconfigured,
    Outgoing,
    Rejected,
    Unreachable,
)
from connectors.webchat.connector import WebchatConnector
from connectors.webchat.failures import OtherDesk
from tests.servers import certificates
from tests.webchat_connector.conftest import TOKEN, AccountMaker, outgoing
from tests.webchat_connector.odd_relay import Asked, http, odd_relay, refused
from tests.webchat_connector.samples import ANN

SENT = http(201, {"seq": 4, "sent_at": 1, "online": True})


async def failure(connector: WebchatConnector, message: Outgoing) -> ChannelError:
    try:
        with pytest.raises(ChannelError) as raised:
            await connector.send(message)
    finally:
        await connector.close()
    sentence = str(raised.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert TOKEN not in sentence
    assert not raised.value.maybe_sent, "the key makes a retry safe"
    return raised.value


@pytest.mark.parametrize(
    ("answer", "kind", "retry", "words"),
    [
        (refused(401, "bad-token"), AuthFailed, False, "token"),
        (refused(404, "unknown-visitor"), Rejected, False, "another channel"),
        (refused(410, "gone"), Blocked, False, "blocked"),
        (refused(409, "key-used"), Rejected, False, "write it anew"),
        (refused(413, "too-large"), Rejected, False, "in pieces"),
        (refused(422, "bad-request"), Rejected, False, "No"),
        (refused(429, "too-many", Retry_After="7"), Deferred, True, "7 s"),
        (refused(503, "draining", Retry_After="2"), Deferred, True, "503"),
        (refused(507, "storage-full"), Deferred, True, "no room"),
        (refused(415, "bad-file"), Deferred, True, "once more"),
        (refused(408, "too-slow"), Unreachable, True, "reached"),
        (http(502, b"<h1>Bad gateway</h1>"), Deferred, True, "502"),
        (http(413, b"<h1>nginx</h1>"), Rejected, False, "client_max_body_size"),
        (http(404, b"<h1>Not found</h1>"), Misconfigured, False, "No relay answers"),
        (http(301, b"", Location="https://elsewhere.example/"), Misconfigured, False, "leads on"),
        (http(200, b"<h1>It works!</h1>"), Unreachable, True, "cannot be read"),
        (http(201, {"seq": "four"}), Unreachable, True, "cannot be read"),
        (SENT[:-5], Unreachable, True, "broke off"),
        (b"HTTP/1.1 201 Crea", Unreachable, True, "broke off"),
        (b"", Unreachable, True, "broke off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Unreachable, True, "broke off"),
    ],
)
async def test_what_becomes_of_a_message(
    account: AccountMaker, answer: bytes, kind: type[ChannelError], retry: bool, words: str
) -> None:
    with odd_relay(lambda _asked: answer) as relay:
        error = await failure(WebchatConnector("site", account(relay.url)), outgoing())
    assert isinstance(error, kind)
    assert error.retry is retry
    assert words in str(error)
    if isinstance(error, Deferred) and b"Retry-After" in answer:
        assert error.retry_after in (7.0, 2.0)


async def test_nobody_listens(account: AccountMaker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    connector = WebchatConnector("site", account(f"http://127.0.0.1:{port}"))
    error = await failure(connector, outgoing())
    assert isinstance(error, Unreachable)
    assert "refused" in str(error)


async def test_a_certificate_of_nobody(account: AccountMaker, tmp_path: Path) -> None:
    certificate = certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    with odd_relay(lambda _asked: SENT, context) as relay:
        url = relay.url.replace("http:", "https:")
        error = await failure(WebchatConnector("site", account(url)), outgoing())
        assert isinstance(error, CertificateInvalid)
        assert "tls_ca" in str(error)
        connector = WebchatConnector("site", account(url, tls_ca=certificate.cert))
        assert (await connector.send(outgoing())).external_id == f"{ANN}:4"
        await connector.close()


async def test_an_answer_that_broke_off_is_asked_for_once_more(account: AccountMaker) -> None:
    answers = iter([SENT[:-5], b"", SENT])
    with odd_relay(lambda _asked: next(answers)) as relay:
        connector = WebchatConnector("site", account(relay.url))
        sent = await connector.send(outgoing("Hi", author="Olha"))
        await connector.close()
    assert sent.external_id == f"{ANN}:4"
    bodies = {asked.body for asked in relay.asked}
    assert len(bodies) == 1
    assert json.loads(bodies.pop()) == {
        "visitor": ANN, "text": "Hi", "key": "k1@desk", "name": "Olha", "format": "markdown",
        "files": [],
    }  # fmt: skip
    assert relay.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


async def test_a_token_that_no_header_can_hold_is_never_repeated(account: AccountMaker) -> None:
    for token in ("two words here", "line\r\nX-Evil: 1 more", "ключ-ключ-ключ", "short"):
        connector = WebchatConnector("site", account("http://127.0.0.1:9", token))
        with pytest.raises(AuthFailed) as raised:
            await connector.send(outgoing())
        await connector.close()
        assert token not in str(raised.value)


async def test_the_token_is_in_no_log(
    account: AccountMaker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with odd_relay(lambda _asked: refused(401, "bad-token")) as relay:
        connector = WebchatConnector("site", account(relay.url))
        with pytest.raises(AuthFailed):
            await connector.run(MemoryIntake())
        assert not (await connector.check())[0].ok
        await connector.close()
    assert caplog.records
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(connector.__dict__)


def stream(*events: str) -> bytes:
    body = "".join(f"{event}\n\n" for event in events).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + body


HELLO = 'event: hello\ndata: {"epoch": "e1", "site": "acme", "newest": 0, "online": []}'


async def ending(account: AccountMaker, events: bytes) -> Exception:
    def answer(asked: Asked) -> bytes:
        return events if asked.path.startswith("/v1/events") else refused(404, "not-found")

    with odd_relay(answer) as relay:
        connector = WebchatConnector("site", account(relay.url))
        with pytest.raises(ChannelError) as raised:
            async with asyncio.timeout(10):
                await connector.run(MemoryIntake())
        await connector.close()
    return raised.value


async def test_another_engine_with_the_same_token_is_named(account: AccountMaker) -> None:
    error = await ending(account, stream(HELLO, "event: replaced\ndata: {}"))
    assert isinstance(error, OtherDesk)
    assert not error.retry
    assert "Another engine" in str(error)


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        (stream(HELLO), Unreachable),
        (stream(), Unreachable),
        (stream("data: {"), Unreachable),
        (stream('event: hello\ndata: {"epoch": 4}'), Unreachable),
        (http(200, b"<h1>It works!</h1>"), Misconfigured),
        (http(502, b"<h1>Bad gateway</h1>"), Deferred),
        (refused(401, "bad-token"), AuthFailed),
    ],
)
async def test_a_stream_that_is_none(
    account: AccountMaker, events: bytes, kind: type[ChannelError]
) -> None:
    assert isinstance(await ending(account, events), kind)

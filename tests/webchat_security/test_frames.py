"""Whatever comes over the WebSocket, the relay answers by the protocol or hangs up, and goes on."""

from __future__ import annotations

import contextlib
import json
import os
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from tests.webchat.shop import Shop
from tests.webchat_security import wire
from tests.webchat_security.conftest import ORIGIN, Talks
from tests.webchat_security.strategies import dumped, texts
from tests.webchat_security.talker import HELLO, Talker
from tests.webchat_security.wire import BINARY, PING, TEXT, Ended, Wire, frame

pytestmark = pytest.mark.xdist_group("webchat-security")

# RFC 6455 §7.4.1, and those of docs/relay-protocol.md.
CODES = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1012, 4400, 4401, 4403, 4408, 4429, 4503}
ERRORS = {
    "bad-frame", "bad-token", "bad-identity", "identity-needed", "no-identity", "too-many",
    "too-large", "bad-file", "blocked", "unknown-site", "draining",
}  # fmt: skip
FUZZ = settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _converse(talker: Talker, frames: list[str]) -> None:
    """Send them all; every answer is one of the protocol's, and so is the end, if there is one."""
    try:
        for text in frames:
            talker.raw(text)
        talker.say(type="ping")
        while True:
            found = talker.hear()
            if found["type"] == "error":
                assert found["code"] in ERRORS, found
                assert "Traceback" not in found["message"]
                assert "sqlite" not in found["message"].lower()
            if found["type"] == "pong":
                return
    except ConnectionClosed as closed:
        end = closed.rcvd
    assert end is not None, "hung up without a word"
    assert end.code in CODES, end


@FUZZ
@given(st.lists(texts, min_size=1, max_size=6))
def test_frames_of_a_visitor(talks: Talks, frames: list[str]) -> None:
    talker = talks()
    _converse(talker, frames)
    talker.connection.close()


@FUZZ
@given(texts)
def test_a_first_frame(talks: Talks, text: str) -> None:
    talker = talks(hello=False)
    _converse(talker, [text])
    talker.connection.close()


@FUZZ
@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.one_of(
                st.none(), st.integers(-1, 2**70), st.text(max_size=30), st.booleans(),
                st.lists(st.text(max_size=3), max_size=3), st.just("x" * 5_000),
                st.sampled_from(["\ud800", "http://[", "javascript:alert(1)", "a.b.c", "\x00"]),
            )
            for name in HELLO
            if name != "type"
        },
    )
)  # fmt: skip
def test_greetings(talks: Talks, fields: dict[str, object]) -> None:
    talker = talks(hello=False)
    _converse(talker, [dumped(HELLO | fields)])
    talker.connection.close()


@pytest.mark.slow
@settings(FUZZ, max_examples=3_000)
@given(st.lists(texts, min_size=1, max_size=10))
def test_many_frames_of_a_visitor(talks: Talks, frames: list[str]) -> None:
    talker = talks()
    _converse(talker, frames)
    talker.connection.close()


HELLO_FRAME = frame(json.dumps(HELLO).encode())

BROKEN = {
    "not masked": frame(b'{"type":"ping"}', masked=False),
    "an opcode that there is not": frame(b"x", 3),
    "a control opcode that there is not": frame(b"x", 11),
    "reserved bits": frame(b"{}", reserved=7),
    "compressed, which was never agreed on": frame(b"\xaa\x56\x2a\xa9", reserved=4),
    "a continuation of nothing": frame(b"more", 0),
    "a text inside a text": frame(b'{"ty', fin=False) + frame(b'{"type":"ping"}'),
    "a ping of 200 bytes": frame(b"p" * 200, PING),
    "a ping in pieces": frame(b"p", PING, fin=False),
    "a close with one byte": frame(b"\x03", wire.CLOSE),
    "a close with a code that nobody may send": frame(b"\x03\xed", wire.CLOSE),
    "no UTF-8": frame(b'{"type":"\xff\xfe"}'),
    "UTF-8 cut in the middle": frame(b'{"type":"\xd0'),
    "a surrogate in UTF-8": frame(b'"\xed\xa0\x80"'),
    "binary": frame(b'{"type":"ping"}', BINARY),
    "the longest length there is": frame(b"{", length=(1 << 63) - 1),
    "a length with the highest bit": frame(b"{", length=(1 << 64) - 1),
    "a gigabyte announced": frame(b"{", length=1 << 30),
    "noise": os.urandom(64),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("greeted", [False, True], ids=["at once", "after hello"])
def test_broken_frames_end_only_their_own_connection(shop: Shop, what: str, greeted: bool) -> None:
    with Wire(shop.port) as line:
        assert line.upgrade(origin=ORIGIN) == 101
        if greeted:
            line.send(HELLO_FRAME)
            opcode, _ = line.frame()
            assert opcode == TEXT
        line.send(BROKEN[what])
        # A piece of a frame is waited for: the rest never comes, and the client leaves.
        with contextlib.suppress(OSError):
            line.socket.shutdown(1)
        found, ended = line.frames()
        assert ended is not None
        assert ended.code is None or ended.code in CODES
        for opcode, payload in found:
            assert opcode != TEXT or b'"pong"' not in payload


def test_a_message_in_many_pieces_is_one_message(shop: Shop) -> None:
    whole = '{"type":"message","id":"pieces","text":"ціле","files":[]}'.encode()
    with Wire(shop.port) as line:
        assert line.upgrade(origin=ORIGIN) == 101
        line.send(HELLO_FRAME)
        assert b'"welcome"' in line.frame()[1]
        for place in range(len(whole)):
            last = place == len(whole) - 1
            piece = whole[place : place + 1]
            line.send(frame(piece, 0 if place else TEXT, fin=last) + frame(b"", PING))
        acks = [p for o, p in _until(line, b'"ack"') if o == TEXT]
        assert b'"pieces"' in acks[-1]


def _until(line: Wire, mark: bytes) -> list[tuple[int, bytes]]:
    found = []
    while not found or mark not in found[-1][1]:
        found.append(line.frame())
        assert found[-1][0] >= 0, found
    return found


def test_a_message_without_end_is_cut_off(shop: Shop) -> None:
    """Pieces that never finish, and more of them than any message may have."""
    before = shop.memory()
    with Wire(shop.port) as line:
        assert line.upgrade(origin=ORIGIN) == 101
        line.send(HELLO_FRAME)
        assert b'"welcome"' in line.frame()[1]
        piece = frame(b"x" * 65_536, 0, fin=False)
        line.send(frame(b'"', fin=False))
        for _ in range(500):  # 32 MiB
            line.send(piece)
        _, ended = line.frames()
        assert ended in (Ended(1009), Ended(None))
    assert shop.memory() - before < 32 << 20


def test_pings_whose_answers_nobody_reads(shop: Shop) -> None:
    before = shop.memory()
    with Wire(shop.port) as line:
        assert line.upgrade(origin=ORIGIN) == 101
        line.send(HELLO_FRAME)
        assert b'"welcome"' in line.frame()[1]
        pings = b"".join(frame(b"p" * 125, PING) for _ in range(1_000))
        for _ in range(300):  # 38 MiB
            line.send(pings)
        assert shop.memory() - before < 12 << 20
        with Talker(shop.port, ORIGIN) as other:
            assert other.alive()


def test_a_compressed_bomb_is_not_blown_up(shop: Shop) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b"a" * (256 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
    before = shop.memory()
    with Wire(shop.port) as line:
        assert line.upgrade(origin=ORIGIN, extensions="permessage-deflate") == 101
        line.send(HELLO_FRAME)
        line.frame()
        line.send(frame(bomb.removesuffix(b"\x00\x00\xff\xff"), reserved=4))
        _, ended = line.frames()
        assert ended is not None
        assert ended.code in (None, 1002, 1009)
    assert shop.memory() - before < 48 << 20


def test_handshakes_that_are_none(shop: Shop) -> None:
    for head in [
        "GET /v1/chat?site=acme HTTP/1.1\nHost: x\nUpgrade: websocket\nConnection: Upgrade",
        "POST /v1/chat?site=acme HTTP/1.1\nHost: x\nContent-Length: 0",
        "GET /v1/chat?site=acme HTTP/1.1\nHost: x\nOrigin: " + ORIGIN,
        f"GET /v1/chat?site=acme HTTP/1.1\nHost: x\nUpgrade: websocket\nConnection: Upgrade\n"
        f"Origin: {ORIGIN}\nSec-WebSocket-Version: 12\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "GET /v1/chat?site=acme HTTP/1.1\nHost: x\nX-Long: " + "y" * 200_000,
        "GET /" + "a" * 100_000 + " HTTP/1.1\nHost: x",
        "GET /v1/chat HTTP/9.9\nHost: x",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
    ]:
        with Wire(shop.port) as line:
            status, _ = line.request(head)
            assert status == 0 or 400 <= status < 500, head[:80]

"""Limits: buckets in bounded memory, addresses behind proxies, and what a visitor sees of it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from config.relay import RelayLimits
from connectors.webchat.relay import server
from connectors.webchat.relay.client_address import UNKNOWN, client_address, limit_key
from connectors.webchat.relay.limits import Buckets, Limits
from tests.webchat_relay.server import ORIGIN, RelayProcess


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@given(
    steps=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 4)), max_size=60),
    capacity=st.integers(1, 20),
)
def test_a_bucket_gives_no_more_than_it_has(steps: list[tuple[float, int]], capacity: int) -> None:
    clock = Clock()
    buckets = Buckets(capacity, 60.0, clock)
    given_out, begin = 0, clock.now
    for pause, cost in steps:
        clock.now += pause
        seconds = buckets.take("a", cost)
        if seconds == 0:
            given_out += cost
        else:
            # To wait for that long is enough.
            clock.now += seconds + 1e-6
            assert buckets.take("a", cost) == 0
            given_out += cost
        # A whole bucket at once, what runs in, and one oversized cost of a full bucket's.
        assert given_out <= capacity + (clock.now - begin) * capacity / 60 + 4


def test_buckets_stay_bounded_and_empty_ones_outlive_full_ones() -> None:
    clock = Clock()
    buckets = Buckets(2, 60.0, clock, most=100)
    for number in range(1_000):
        assert buckets.take(f"visitor {number}") == 0
    assert len(buckets) <= 100
    clock.now += 61
    buckets.take("the one")
    assert buckets.take("the one") == 0
    for number in range(90):
        buckets.take(f"new {number}")
    assert buckets.take("the one") > 0


def test_one_refusal_takes_from_no_bucket() -> None:
    limits = Limits(RelayLimits(messages_per_minute=1, messages_per_minute_per_address=2), Clock())
    assert limits.message("acme", "v_a", "192.0.2.1") == 0
    for _ in range(5):
        assert limits.message("acme", "v_a", "192.0.2.1") > 0
    assert limits.message("acme", "v_b", "192.0.2.1") == 0
    assert limits.message("acme", "v_c", "192.0.2.1") > 0
    assert limits.message("acme", "v_c", "192.0.2.2") == 0


def test_connections_are_counted_by_network() -> None:
    limits = Limits(RelayLimits(connections_per_address=2, connections_per_site=3))
    assert limits.connect("acme", "2001:db8:1:1::1")
    assert limits.connect("acme", "2001:db8:1:1:ffff::2")
    assert not limits.connect("acme", "2001:db8:1:1::3")
    assert limits.connect("acme", "2001:db8:1:2::1")
    assert not limits.connect("acme", "192.0.2.1")
    limits.disconnect("acme", "2001:db8:1:1::1")
    assert limits.connect("acme", "192.0.2.1")


@pytest.mark.parametrize(
    ("header", "trusted", "address"),
    [
        (None, 0, "198.51.100.9"),
        ("203.0.113.7", 0, "198.51.100.9"),
        ("203.0.113.7", 1, "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", 1, "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("203.0.113.7", 2, "203.0.113.7"),
        (None, 1, "198.51.100.9"),
        ("", 1, "198.51.100.9"),
        ("nonsense", 1, "198.51.100.9"),
        ("1.1.1.1, unknown", 1, "198.51.100.9"),
        ("203.0.113.7:4711", 1, "203.0.113.7"),
        ('"[2001:db8::7]:4711"', 1, "2001:db8::7"),
        ("::ffff:203.0.113.7", 1, "203.0.113.7"),
        ("fe80::1%eth0", 1, "fe80::1"),
    ],
)
def test_the_address_is_what_our_own_proxies_say(
    header: str | None, trusted: int, address: str
) -> None:
    headers = [] if header is None else [(b"x-forwarded-for", header.encode())]
    assert client_address(headers, "198.51.100.9", trusted) == address


@given(forged=st.text(), real=st.ip_addresses(), trusted=st.integers(1, 4))
def test_nobody_forges_their_address(
    forged: str,
    real: ipaddress.IPv4Address | ipaddress.IPv6Address,
    trusted: int,
) -> None:
    lines = [forged.encode("utf-8", "replace"), str(real).encode()]
    lines += [b"10.0.0.1"] * (trusted - 1)
    found = client_address([(b"x-forwarded-for", line) for line in lines], "10.0.0.9", trusted)
    assert limit_key(found) == limit_key(str(real))


def test_without_an_address_all_count_as_one() -> None:
    assert limit_key(client_address([], None, 0)) == UNKNOWN


# The relay itself


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    limits = {
        "messages_per_minute": 3,
        "connections_per_visitor": 2,
        "connections_per_address": 4,
        "requests_per_minute_per_address": 20,
        "attempts_per_minute_per_address": 15,
        "message_bytes": 1_000,
    }
    directory = tmp_path_factory.mktemp("limits")
    with RelayProcess(directory, relay="trusted_proxies = 1", limits=limits) as made:
        yield made


@contextlib.asynccontextmanager
async def browser(relay: RelayProcess, address: str):  # type: ignore[no-untyped-def]
    async with connect(
        f"ws://127.0.0.1:{relay.port}/v1/chat?site=acme",
        origin=ORIGIN,  # type: ignore[arg-type]
        additional_headers={"X-Forwarded-For": f"6.6.6.6, {address}"},
        proxy=None,
    ) as line:
        yield line


async def test_too_many_messages_are_refused_and_others_go_on(relay: RelayProcess) -> None:
    async with relay.visitor() as hasty, relay.visitor() as calm:
        for number in range(3):
            await hasty.write(f"{number}")
        await hasty.say("message", id="late", text="one too many")
        refused = await hasty.hears("error")
        assert (refused["code"], refused["id"]) == ("too-many", "late")
        assert 0 < refused["retry_after"] <= 60
        assert (await calm.write("still here"))["seq"] == 1


async def test_too_many_connections_of_one_address(relay: RelayProcess) -> None:
    async with contextlib.AsyncExitStack() as open_ones:
        for _ in range(4):
            await open_ones.enter_async_context(browser(relay, "203.0.113.50"))
        with pytest.raises(InvalidStatus) as refused:
            async with browser(relay, "203.0.113.50"):
                pass
        assert refused.value.response.status_code == 429
        # What stands left of the proxy's own entry changes nothing; another address is let in.
        async with browser(relay, "203.0.113.51"):
            pass


async def test_too_many_attempts_of_one_address(relay: RelayProcess) -> None:
    statuses = set()
    for _ in range(16):
        try:
            async with browser(relay, "203.0.113.60"):
                statuses.add(101)
        except InvalidStatus as refused:
            statuses.add(refused.response.status_code)
    assert statuses == {101, 429}


async def test_too_many_requests_of_one_address(relay: RelayProcess) -> None:
    async with httpx.AsyncClient(base_url=relay.url) as http:

        def ask(address: str):  # type: ignore[no-untyped-def]
            headers = {"X-Forwarded-For": address, "Origin": ORIGIN}
            return http.get("/v1/site?site=acme", headers=headers)

        answers = [await ask("2001:db8:7::1") for _ in range(21)]
        assert {each.status_code for each in answers[:20]} == {200}
        last = answers[-1]
        assert last.status_code == 429
        assert int(last.headers["retry-after"]) >= 1
        assert last.json()["code"] == "too-many"
        assert last.headers["access-control-allow-origin"] == ORIGIN
        assert (await ask("2001:db8:7::2")).status_code == 429
        assert (await ask("2001:db8:8::1")).status_code == 200


async def test_the_desk_is_counted_by_nothing(relay: RelayProcess) -> None:
    async with relay.desk() as desk:
        for _ in range(40):
            assert (await desk.http.get("/v1/status")).status_code == 200


# Slow ones


@pytest.fixture
async def patient(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(server, "HEADERS_WITHIN", 0.2)

    async def app(scope, receive, send):  # type: ignore[no-untyped-def]
        await PlainTextResponse("here")(scope, receive, send)

    async def nothing() -> None:
        pass

    bound = server.listening("127.0.0.1", 0)
    listens = asyncio.Event()
    serving: uvicorn.Server = server.server(
        app, nothing, listens.set, frame_bytes=1_000, peer_connections=3
    )
    task = asyncio.create_task(serving.serve([bound]))
    await listens.wait()
    yield bound.getsockname()[1]
    serving.handle_exit(15, None)
    await task


async def test_who_drips_headers_is_cut_off(patient: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", patient)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(10):
            for _ in range(100):
                writer.write(b"X-A: b\r\n")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    assert await asyncio.wait_for(reader.read(), 0.05) == b""
                    break
            else:
                pytest.fail("a hundred drips and no end")
    writer.close()


async def test_who_drips_a_body_that_nobody_reads_is_cut_off(patient: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", patient)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
    assert await reader.readuntil(b"here")
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(10):
            while not reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(100), 0.05)
    writer.close()


async def test_who_asks_again_on_a_kept_connection_is_served(patient: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", patient)
    for _ in range(3):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.readuntil(b"here")
        assert answer.startswith(b"HTTP/1.1 200")
        await asyncio.sleep(0.3)  # longer than headers may take: it is idle, not slow
    writer.close()


async def test_one_peer_opens_so_many_and_no_more(patient: int) -> None:
    lines = [await asyncio.open_connection("127.0.0.1", patient) for _ in range(4)]
    reader, _writer = lines[3]
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    lines[0][1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await lines[0][0].readuntil(b"here")
    for _reader, writer in lines:
        writer.close()


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    bound = server.listening("127.0.0.1", 0)
    bound.listen()
    with pytest.raises(server.CannotListen, match="in use"):
        server.listening("127.0.0.1", bound.getsockname()[1])
    bound.close()

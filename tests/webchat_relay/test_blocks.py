"""Who is kept out stays out: visitors and networks, over a restart, and nobody else."""

from __future__ import annotations

import contextlib
import ipaddress
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from connectors.webchat.relay.blocks import Blocks, parse_network
from connectors.webchat.relay.visitors import new_id
from tests.webchat_relay.server import ORIGIN, RelayProcess, Visitor


@contextlib.asynccontextmanager
async def from_address(relay: RelayProcess, address: str) -> AsyncIterator[ClientConnection]:
    async with connect(
        f"ws://127.0.0.1:{relay.port}/v1/chat?site=acme",
        origin=ORIGIN,  # type: ignore[arg-type]
        additional_headers={"X-Forwarded-For": address},
        proxy=None,
    ) as line:
        await line.send('{"type":"hello"}')
        yield line


async def ending(line: ClientConnection) -> int | None:
    """The code it is closed with."""
    try:
        while True:
            await line.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


async def test_blocks(tmp_path_factory: pytest.TempPathFactory) -> None:
    relay = RelayProcess(
        tmp_path_factory.mktemp("blocks"),
        relay="trusted_proxies = 1",
        acme='blocked_networks = ["198.51.100.0/24"]',
    )
    with relay:
        async with relay.visitor() as bad, relay.visitor() as good, relay.desk() as desk:
            await bad.write("spam")
            await good.write("hello")
            block = {"visitor": bad.id, "until": None}
            for _ in range(2):
                assert (await desk.http.post("/v1/blocks", json=block)).status_code == 201
            assert await bad.is_closed() == 4403
            assert (await bad.hears("error"))["code"] == "blocked"

            with pytest.raises(AssertionError, match="4403"):
                await bad.open()
            body = {"visitor": bad.id, "text": "Hi", "key": "to-bad"}
            answer = await desk.http.post("/v1/messages", json=body)
            assert (answer.status_code, answer.json()["code"]) == (410, "gone")
            headers = {"Origin": ORIGIN, "Authorization": f"Bearer {bad.token}"}
            upload = await desk.http.post("/v1/files?site=acme", content=b"x", headers=headers)
            assert (upload.status_code, upload.json()["code"]) == (403, "blocked")
            assert (await good.write("still here"))["seq"] == 2

            async with from_address(relay, "203.0.113.9") as line:
                assert "welcome" in str(await line.recv())
                network = {"network": "203.0.113.0/24"}
                assert (await desk.http.post("/v1/blocks", json=network)).status_code == 201
                assert await ending(line) == 4403
            listed = (await desk.http.get("/v1/blocks")).json()["blocks"]
            assert {"visitor": bad.id, "until": None} in listed
            assert {"network": "203.0.113.0/24", "until": None} in listed
            past = {"network": "192.0.2.0/24", "until": int(time.time() * 1000) - 1}
            assert (await desk.http.post("/v1/blocks", json=past)).status_code == 201

        assert relay.stop() == 0
        relay.start()
        async with relay.desk() as desk, httpx.AsyncClient(base_url=relay.url) as http:
            for address, out in (
                ("203.0.113.200", True),
                ("198.51.100.7", True),  # by the configuration
                ("192.0.2.1", False),  # not any more
                ("203.0.112.255", False),
            ):
                async with from_address(relay, address) as line:
                    if out:
                        assert await ending(line) == 4403
                    else:
                        assert "welcome" in str(await line.recv())
                headers = {"Origin": ORIGIN, "X-Forwarded-For": address}
                site = await http.get("/v1/site?site=acme", headers=headers)
                assert site.status_code == (403 if out else 200)
            with pytest.raises(AssertionError, match="4403"):
                await bad.open()
            await bad.close()
            assert (await desk.http.delete(f"/v1/blocks/{bad.id}")).status_code == 204
            assert (await desk.http.delete(f"/v1/blocks/{bad.id}")).status_code == 404
            assert (await desk.http.delete("/v1/blocks/203.0.113.0%2F24")).status_code == 204
            again = Visitor(relay)
            again.token = bad.token
            assert [each["text"] for each in (await again.open())["history"]] == ["spam"]
            await again.close()
            for wrong in (
                {},
                {"visitor": "v_x"},
                {"network": "0.0.0.0/0"},
                {"network": "::/0"},
                {"network": "nonsense"},
                {"visitor": bad.id, "network": "192.0.2.1"},
                {"visitor": bad.id, "until": -1},
            ):
                assert (await desk.http.post("/v1/blocks", json=wrong)).status_code == 400


@given(address=st.ip_addresses(v=4), prefix=st.integers(8, 32))
def test_a_network_keeps_out_what_is_in_it(address: ipaddress.IPv4Address, prefix: int) -> None:
    network = ipaddress.ip_network((address, prefix), strict=False)
    blocks = Blocks()
    blocks.add(f"{address}/{prefix}", None)
    assert blocks.address(str(address), 0)
    assert blocks.address(f"::ffff:{address}", 0)
    for other in (int(network.network_address) - 1, int(network.broadcast_address) + 1):
        if 0 <= other < 2**32:
            assert not blocks.address(str(ipaddress.IPv4Address(other)), 0)
    blocks.remove(str(network))
    assert not blocks.address(str(address), 0)


def test_a_block_ends() -> None:
    blocks, visitor = Blocks(), new_id()
    blocks.load({visitor: 100, "192.0.2.0/24": 100})
    assert blocks.visitor(visitor, 99)
    assert not blocks.visitor(visitor, 100)
    assert blocks.address("192.0.2.9", 99)
    assert not blocks.address("192.0.2.9", 100)
    assert not blocks.address("unknown", 0)


def test_the_configuration_goes_before_an_agent() -> None:
    blocks = Blocks([ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32")])
    blocks.load({"192.0.2.0/24": 100, "198.51.100.0/24": None})
    blocks.remove("192.0.2.0/24")
    assert blocks.address("192.0.2.1", 1_000)
    assert blocks.address("2001:db8:1::1", 0)
    assert not blocks.address("2001:db9::1", 0)
    assert blocks.address("198.51.100.1", 0)


@given(st.text(max_size=30))
def test_any_text_is_a_network_or_none(text: str) -> None:
    found = parse_network(text)
    assert found is None or found.prefixlen >= 8

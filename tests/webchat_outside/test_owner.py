"""What the design promises whoever runs the relay, and the desk's side by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.webchat_outside.desk import Desk
from tests.webchat_outside.relay_process import config, running
from tests.webchat_outside.widget import Widget

pytestmark = pytest.mark.xdist_group("webchat_outside")


async def test_what_is_there_for_anybody(relay: str) -> None:
    async with httpx.AsyncClient(base_url=relay, trust_env=False) as http:
        script = await http.get("/widget.js")
        assert script.status_code == 200
        assert "javascript" in script.headers["content-type"]
        assert (await http.get("/healthz")).status_code == 200
        metrics = await http.get("/metrics")
        assert metrics.status_code == 200
        assert "# HELP" in metrics.text
        page = await http.get("/")
        assert page.status_code == 200
        assert "text/html" in page.headers["content-type"]
        assert "widget.js" in page.text
        for method, path in (
            ("GET", "/v1/events?after=0"),
            ("POST", "/v1/ack"),
            ("POST", "/v1/messages"),
            ("PUT", "/v1/availability"),
        ):
            assert (await http.request(method, path, json={})).status_code == 401, path
            wrong = {"Authorization": "Bearer wrong"}
            found = await http.request(method, path, json={}, headers=wrong)
            assert found.status_code == 401, path


async def test_who_says_twice_how_long_a_request_is_smuggles_no_second_one(relay: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(relay.rpartition(":")[2]))
    writer.write(
        b"POST /v1/poll?site=acme HTTP/1.1\r\nHost: x\r\nOrigin: https://acme.example\r\n"
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    async with asyncio.timeout(10):
        answer = await reader.read()  # until the relay ends it
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


async def test_events_go_on_after_n_and_end_with_their_ack(relay: str, desk: Desk) -> None:
    widget = Widget(relay)
    async with widget.chatting():
        for number in range(3):
            await widget.write(f"m{number}", f"m{number}")
    async with desk.events() as event:
        ids = [(await event("message", visitor=widget.visitor))["id"] for _ in range(3)]
    assert ids == sorted(ids)
    async with desk.events(after=ids[0]) as event:
        assert (await event("message", visitor=widget.visitor))["text"] == "m1"
    await desk.ack(ids[1])
    async with desk.events(after=0) as event:
        assert (await event("message", visitor=widget.visitor))["text"] == "m2"


async def test_limits_by_their_names_and_nothing_lost_by_a_kill(tmp_path: Path) -> None:
    text = config(tmp_path).replace("address = 50", "address = 2").replace("= 60", "= 3")
    (tmp_path / "config.toml").write_text(text)
    widget = Widget("")
    with running(tmp_path) as widget.relay:
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(widget.relay + "/")).status_code == 404
        async with widget.chatting(), Widget(widget.relay).chatting():
            with pytest.raises(Exception, match="429"):
                async with Widget(widget.relay).chatting():
                    pass
            for number in range(4):
                await widget.say(type="message", id=f"m{number}", text="quick", files=[])
            assert (await widget.hear("error"))["code"] == "too-many"
            for number in range(3):
                assert (await widget.hear("ack"))["seq"] == number + 1
    with running(tmp_path) as widget.relay:
        async with Desk(widget.relay, "desk-token-" + "0123456789abcdef" * 2) as desk:
            async with desk.events() as event:
                got = [(await event("message"))["mid"] for _ in range(3)]
            assert got == ["m0", "m1", "m2"]
        widget.last = None
        async with widget.chatting() as welcome:
            assert [each["seq"] for each in welcome["history"]] == [1, 2, 3]


@pytest.mark.slow
async def test_a_team_behind_one_address_is_let_through_by_these_two_names(tmp_path: Path) -> None:
    """What is not set follows what is."""
    text = config(tmp_path).replace("address = 50", "address = 400").replace("= 60", "= 3000")
    (tmp_path / "config.toml").write_text(text)
    with running(tmp_path) as relay:
        for _ in range(140):
            async with Widget(relay).chatting() as welcome:
                assert welcome["type"] == "welcome"
        widget = Widget(relay)
        async with widget.chatting():
            for number in range(700):
                await widget.say(type="message", id=f"m{number}", text="quick", files=[])
            for number in range(700):
                assert (await widget.hear("ack"))["seq"] == number + 1

"""What those who run a relay see of it: health, metrics, logs, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import httpx_sse
import pytest
from websockets.exceptions import ConnectionClosed

from connectors.webchat.relay.logs import trace
from tests.webchat_relay.server import (
    DESK_TOKEN,
    IDENTITY_SECRET,
    ORIGIN,
    RelayProcess,
    Visitor,
    signed,
)
from tests.webchat_relay.test_upload_types import PNG


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path_factory.mktemp("operation")) as made:
        yield made


async def metrics(relay: RelayProcess, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=relay.url) as http:
        return await http.get("/metrics", headers=headers)


async def test_metrics_count_by_site_and_name_nobody(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("counted")
        await desk.send(visitor.id, "Hi", "counted")
        headers = {"Origin": ORIGIN, "Authorization": f"Bearer {visitor.token}"}
        await desk.http.post("/v1/files?site=acme&name=a.png", content=PNG, headers=headers)
        await desk.http.get(f"/v1/site?site=acme&{visitor.id}")
        await desk.http.get(f"/made-up/{visitor.id}")
        answer = await metrics(relay)
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    for wanted in (
        'omnitui_relay_messages_total{direction="in",site="acme"} 1.0',
        'omnitui_relay_messages_total{direction="out",site="acme"} 1.0',
        'omnitui_relay_connections{kind="websocket",site="acme"} 1.0',
        'omnitui_relay_visitors{site="acme"} 1.0',
        'omnitui_relay_uploads_total{by="visitor",site="acme"} 1.0',
        f'omnitui_relay_storage_bytes{{site="acme"}} {float(len(PNG))}',
        'omnitui_relay_events_pending{site="acme"} 1.0',
        'omnitui_relay_http_requests_total{route="other",status="404"} 1.0',
    ):
        assert wanted in lines
    assert "omnitui_relay_commit_seconds_count 1.0" in lines
    assert "process_resident_memory_bytes" in answer.text
    assert visitor.id not in answer.text
    assert "127.0.0.1" not in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_metrics_are_not_for_who_comes_by_a_proxy(relay: RelayProcess, header: str) -> None:
    assert (await metrics(relay, **{header: "127.0.0.1"})).status_code == 404


async def test_health(relay: RelayProcess) -> None:
    async with httpx.AsyncClient(base_url=relay.url) as http:
        answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_metrics_with_a_token_and_logs_without_anything(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    directory = tmp_path_factory.mktemp("logs")
    token = directory / "metrics.secret"
    token.write_text("metrics-token-0123456789")
    token.chmod(0o600)
    with RelayProcess(directory, relay=f'metrics_token = "file:{token}"') as relay:
        assert (await metrics(relay)).status_code == 404
        wrong = {"Authorization": "Bearer wrong"}
        assert (await metrics(relay, **wrong)).status_code == 404
        right = {"Authorization": f"Bearer {token.read_text()}", "X-Forwarded-For": "192.0.2.1"}
        assert (await metrics(relay, **right)).status_code == 200

        jwt = signed(sub="customer-42", email="ivan@customer.example", name="Ivan Petrenko")
        async with relay.visitor(identity=jwt) as visitor, relay.desk() as desk:
            await visitor.write("my card is 4111 1111 1111 1111")
            await visitor.say("verify", id="v", email="another@customer.example")
            await visitor.say("form", id="f", fields={"name": "Olena in a form"})
            await visitor.say_raw("not json: secret words")
            await desk.send(visitor.id, "answer with contents", "key-of-it")
            await desk.http.post("/v1/messages", content=b"broken secret words")
            headers = {"Origin": ORIGIN, "Authorization": f"Bearer {visitor.token}"}
            await desk.http.post("/v1/files?site=acme&name=passport.html", content=b"<html>",
                                 headers=headers)  # fmt: skip
            told = visitor.token or ""
        assert relay.stop() == 0
        log = relay.log.read_text()
    for secret in (
        "4111", "customer.example", "Petrenko", "Olena", "secret words", "answer with", "passport",
        told, jwt, DESK_TOKEN, IDENTITY_SECRET, token.read_text(), "Bearer", "customer-42",
    ):  # fmt: skip
        assert secret not in log
    lines = [line for line in log.splitlines() if "listening on" not in line]
    events = [json.loads(line) for line in lines]
    assert {"draining", "ended"} <= {each["event"] for each in events}
    assert all(re.fullmatch(r"[\d-]+T[\d:.]+Z", each["at"]) for each in events)


def test_an_exception_is_logged_without_its_words() -> None:
    try:
        try:
            int("of a visitor: 4711")
        except ValueError as error:
            raise RuntimeError("and then 0815") from error
    except RuntimeError as error:
        said = trace(error)
    assert said.startswith("RuntimeError (")
    assert "because of ValueError (" in said
    assert "4711" not in said
    assert "0815" not in said


async def test_a_clean_end_under_load(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SIGTERM in the middle of a crowd: what was acknowledged is there, everybody is told."""
    directory = tmp_path_factory.mktemp("drain")
    with RelayProcess(directory) as relay:
        acked: list[set[str]] = []

        async def chatter(number: int) -> int:
            visitor = Visitor(relay)
            await visitor.open()
            sent = 0
            with_ack: set[str] = set()
            acked.append(with_ack)
            while visitor.closed is None:
                try:
                    await visitor.say("message", id=f"m{sent}", text=f"{number}/{sent}")
                    ack = await visitor.hears("ack")
                except (AssertionError, ConnectionClosed):
                    break
                assert ack["id"] == f"m{sent}"
                with_ack.add(f"{number}/{sent}")
                sent += 1
            for frame in visitor.unheard("ack"):  # what came between the last one and the end
                with_ack.add(f"{number}/{frame['id'][1:]}")
            code = await visitor.is_closed()
            await visitor.close()
            return code

        async with relay.desk() as desk:
            async with httpx_sse.aconnect_sse(desk.http, "GET", "/v1/events?after=0") as source:
                stream = source.aiter_sse()
                assert (await anext(stream)).event == "hello"
                crowd = [asyncio.create_task(chatter(number)) for number in range(40)]
                async with asyncio.timeout(20):
                    while sum(map(len, acked)) < 200:
                        await anext(stream)
                began = time.monotonic()
                code = await asyncio.to_thread(relay.stop)
                took = time.monotonic() - began
                async for _event in stream:  # raises when the stream was cut off, not ended
                    pass
            codes = await asyncio.gather(*crowd)
        assert code == 0
        assert took < 8
        assert set(codes) <= {4503, 1012}
        assert not (directory / "relay" / "relay.sqlite-wal").exists()  # put into the file
        with contextlib.closing(sqlite3.connect(directory / "relay" / "relay.sqlite")) as db:
            kept = {row[0] for row in db.execute("SELECT text FROM messages")}
        assert set().union(*acked) <= kept


async def test_a_long_poll_and_a_keep_alive_do_not_hold_the_end_up(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with RelayProcess(tmp_path_factory.mktemp("poll")) as relay:
        async with (
            httpx.AsyncClient(base_url=relay.url, headers={"Origin": ORIGIN}) as http,
            httpx.AsyncClient(base_url=relay.url) as other,
        ):
            body = {"session": None, "frames": [{"type": "hello"}]}
            session = (await http.post("/v1/poll?site=acme", json=body)).json()["session"]
            # On the connection that is there: a new one might be taken only after the signal.
            held = asyncio.create_task(
                http.post("/v1/poll?site=acme", json={"session": session, "frames": []}, timeout=20)
            )
            for _ in range(3):  # what was written before these has been read after them
                await other.get("/healthz")
            began = time.monotonic()
            assert await asyncio.to_thread(relay.stop) == 0
            assert time.monotonic() - began < 8
            assert (await held).json()["frames"][-1]["code"] == "draining"


async def test_a_full_disk_is_told_and_nothing_acknowledged(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    directory = tmp_path_factory.mktemp("disk")
    with RelayProcess(directory, limits={"free_bytes": 0}) as relay:
        async with relay.visitor() as visitor, relay.desk() as desk:
            await visitor.write("before")
            wal = directory / "relay" / "relay.sqlite-wal"
            _soft, hard = resource.prlimit(relay.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(relay.pid, resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))
            await visitor.say("message", id="full", text="into a full disk")
            refused = await visitor.hears("error")
            assert (refused["code"], refused["id"]) == ("unavailable", "full")
            assert refused["retry_after"] > 0
            assert not visitor.unheard("ack")
            body = {"visitor": visitor.id, "text": "Hi", "key": "full"}
            answer = await desk.http.post("/v1/messages", json=body)
            assert (answer.status_code, answer.json()["code"]) == (503, "storage")
            assert int(answer.headers["retry-after"]) > 0
            headers = {"Origin": ORIGIN, "Authorization": f"Bearer {visitor.token}"}
            upload = await desk.http.post(
                "/v1/files?site=acme&name=a.txt", content=b"x" * 1_000_000, headers=headers
            )
            assert (upload.status_code, upload.json()["code"]) == (507, "storage-full")
            assert not list((directory / "relay" / "files").rglob("*.part"))
            assert (await desk.http.get("/healthz")).status_code == 503
            resource.prlimit(relay.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
            assert (await visitor.write("into a full disk", id="full"))["seq"] == 2
            assert (await desk.send(visitor.id, "Hi", "full"))["seq"] == 3
            assert (await desk.http.get("/healthz")).status_code == 200


def test_its_files_are_its_owners_alone(relay: RelayProcess) -> None:
    directory: Path = relay.directory / "relay"
    for path in (directory, directory / "files"):
        assert path.stat().st_mode & 0o777 == 0o700
    for path in (directory / "relay.sqlite", relay.directory / "state" / "relay" / "signing.key"):
        assert path.stat().st_mode & 0o777 == 0o600

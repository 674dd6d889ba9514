"""Files: who may send and fetch them, what is refused, and that nothing is left over."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.relay import RelaySettings
from connectors.webchat.relay import arrivals, events, sends, stored_files, visitors
from connectors.webchat.relay.files import FileStore, NoRoom, TooLarge
from connectors.webchat.relay.journal import Journal
from connectors.webchat.relay.records import Caller, Context, FileRef
from connectors.webchat.relay.retention import Retention
from connectors.webchat.relay.upload_types import BadFile
from tests.webchat_relay.server import ORIGIN, OTHER_TOKEN, RelayProcess, Visitor
from tests.webchat_relay.test_upload_types import HTML, PDF, PNG, SVG

MOST = 2_000_000


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    limits = {
        "upload_bytes": MOST,
        "uploads_per_minute": 20,
        "uploads_per_minute_per_address": 1_000,
        "storage_bytes_per_site": 20_000_000,
        "upload_bytes_per_hour": 5_000_000,
        "free_bytes": 0,
    }
    with RelayProcess(tmp_path_factory.mktemp("files"), limits=limits) as made:
        yield made


@pytest.fixture
async def http(relay: RelayProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=relay.url, headers={"Origin": ORIGIN}) as made:
        yield made


async def send(
    http: httpx.AsyncClient, visitor: Visitor, content: Any, name: str = "a.png", **more: Any
) -> httpx.Response:
    return await http.post(
        "/v1/files",
        params={"site": visitor.site, "name": name},
        content=content,
        headers={"Authorization": f"Bearer {visitor.token}", **more},
    )


def on_disk(relay: RelayProcess) -> set[str]:
    directory = relay.directory / "relay" / "files"
    return {each.name for each in directory.rglob("*") if each.is_file()}


async def test_a_picture_goes_both_ways(relay: RelayProcess, http: httpx.AsyncClient) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        answer = await send(http, visitor, PNG, "../Скрін \u202egnp.png")
        assert answer.status_code == 201
        file = answer.json()
        assert file["name"] == "Скрін gnp.png"
        assert (file["type"], file["size"]) == ("image/png", len(PNG))
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        mark = (await desk.http.get("/v1/status")).json()["newest"]
        await visitor.write("", files=[file["id"]])
        event = (await desk.events(lambda found: found[-1]["type"] == "message", mark))[-1]
        assert event["files"] == [file]
        fetched = await http.get(file["url"])  # the id is enough
        assert fetched.content == PNG
        headers = fetched.headers
        assert headers["content-type"] == "image/png"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["cache-control"].startswith("private")
        assert headers["content-disposition"].startswith("inline; ")
        assert "access-control-allow-origin" not in headers
        part = await http.get(file["url"], headers={"Range": "bytes=0-7"})
        assert (part.status_code, part.content) == (206, PNG[:8])
        # Once taken along, it is in no other message.
        await visitor.say("message", id="again", text="", files=[file["id"]])
        assert (await visitor.hears("error"))["code"] == "bad-file"


async def test_what_is_no_picture_is_only_downloaded(
    relay: RelayProcess, http: httpx.AsyncClient
) -> None:
    async with relay.visitor() as visitor:
        for content, name, kind in (
            (PDF, "a.pdf", "application/pdf"),
            (b"plain", "a.txt", "text/plain; charset=utf-8"),
        ):
            file = (await send(http, visitor, content, name)).json()
            fetched = await http.get(file["url"])
            assert fetched.headers["content-disposition"].startswith("attachment; ")
            assert fetched.headers["content-type"] == kind


async def test_an_agent_may_send_anything(relay: RelayProcess, http: httpx.AsyncClient) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("hello")
        answer = await desk.http.post("/v1/files?name=manual.html", content=HTML)
        assert answer.status_code == 201
        file = answer.json()
        assert file["type"] == "application/octet-stream"
        await desk.send(visitor.id, "Here", "with-file", files=[file["id"]])
        assert (await visitor.hears("message"))["files"] == [file]
        fetched = await http.get(file["url"])
        assert fetched.headers["content-type"] == "application/octet-stream"
        assert fetched.headers["content-disposition"].startswith("attachment; ")
        # Taken back, it is not served any more.
        assert (await desk.http.delete("/v1/messages/with-file")).status_code == 200
        assert (await visitor.hears("message"))["files"] == []
        assert (await http.get(file["url"])).status_code == 404


async def test_who_is_forgotten_leaves_no_files(
    relay: RelayProcess, http: httpx.AsyncClient
) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        mine = (await send(http, visitor, PNG)).json()
        await visitor.write("mine", files=[mine["id"]])
        theirs = (await desk.http.post("/v1/files?name=a.txt", content=b"x")).json()
        await desk.send(visitor.id, "Here", "to-forget", files=[theirs["id"]])
        assert (await desk.http.delete(f"/v1/visitors/{visitor.id}")).status_code == 204
        for file in (mine, theirs):
            assert (await http.get(file["url"])).status_code == 404


@pytest.mark.parametrize(("content", "name"), [
    (HTML, "a.png"), (HTML, "a.html"), (HTML, ""), (SVG, "a.svg"), (SVG, "a.png"),
    (PNG, "a.html"), (PNG, "a.png.exe"), (b"", "a.txt"), (b"MZ\x90\0" + b"\0" * 99, "a.pdf"),
])  # fmt: skip
async def test_the_wrong_kinds(
    relay: RelayProcess, http: httpx.AsyncClient, content: bytes, name: str
) -> None:
    before = on_disk(relay)
    async with relay.visitor() as visitor:
        answer = await send(http, visitor, content, name)
    assert (answer.status_code, answer.json()["code"]) == (415, "bad-file")
    assert on_disk(relay) == before


async def test_a_declared_type_must_fit(relay: RelayProcess, http: httpx.AsyncClient) -> None:
    async with relay.visitor() as visitor:
        for declared, status in (("image/png", 201), ("text/html", 415), ("image/svg+xml", 415)):
            answer = await send(http, visitor, PNG, **{"Content-Type": declared})
            assert answer.status_code == status


async def test_too_large_announced_or_not(relay: RelayProcess, http: httpx.AsyncClient) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(MOST // 100_000 + 1):
            yield b"x" * 100_000

    before = on_disk(relay)
    async with relay.visitor() as visitor:
        for content in (b"x" * (MOST + 1), drip()):
            answer = await send(http, visitor, content, "a.txt")
            assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    async with relay.visitor() as visitor:
        assert (await send(http, visitor, b"x" * MOST, "a.txt")).status_code == 201
    assert len(on_disk(relay)) == len(before) + 1


async def becomes(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.01)


async def test_half_sent_leaves_nothing(relay: RelayProcess) -> None:
    before = on_disk(relay)
    async with relay.visitor() as visitor:
        _reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(
            b"POST /v1/files?site=acme&name=a.png HTTP/1.1\r\nHost: relay\r\nOrigin: "
            + ORIGIN.encode()
            + b"\r\nAuthorization: Bearer "
            + (visitor.token or "").encode()
            + b"\r\nContent-Length: 1000000\r\n\r\n"
            + PNG * 100
        )
        await writer.drain()
        await becomes(lambda: on_disk(relay) != before)
        writer.transport.abort()
        await becomes(lambda: on_disk(relay) == before)


async def test_hours_have_their_bytes(relay: RelayProcess, http: httpx.AsyncClient) -> None:
    async with relay.visitor() as visitor:
        statuses = [
            (await send(http, visitor, b"y" * 1_900_000, "a.txt")).status_code for _ in range(3)
        ]
        assert statuses == [201, 201, 429]


async def test_minutes_have_their_number(relay: RelayProcess, http: httpx.AsyncClient) -> None:
    async with relay.visitor() as visitor:
        answers = [await send(http, visitor, b"z", "a.txt") for _ in range(21)]
        assert [each.status_code for each in answers] == [201] * 20 + [429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert answers[-1].json()["code"] == "too-many"


async def test_only_ones_own(relay: RelayProcess, http: httpx.AsyncClient) -> None:
    async with relay.visitor() as mallory, relay.visitor() as visitor, relay.desk() as desk:
        file = (await send(http, visitor, PNG)).json()
        await mallory.say("message", id="theirs", text="", files=[file["id"]])
        assert (await mallory.hears("error"))["code"] == "bad-file"
        await visitor.write("hello")
        body = {"visitor": visitor.id, "text": "x", "key": "k", "files": [file["id"]]}
        answer = await desk.http.post("/v1/messages", json=body)
        assert (answer.status_code, answer.json()["code"]) == (415, "bad-file")
        # Under another name, or with another id, there is nothing.
        other = "B" if file["id"].endswith("A") else "A"
        for url in (
            f"/v1/files/{file['id']}/invoice.exe",
            f"/v1/files/{file['id'][:-1]}{other}/a.png",
            f"/v1/files/{file['id']}/",
            f"/v1/files/..%2F..%2F{file['id']}/a.png",
            "/v1/files/../../config.toml",
            "/v1/files/%2e%2e/%2e%2e/relay.sqlite",
        ):
            assert (await http.get(url)).status_code == 404, url


async def test_who_may_not_upload(relay: RelayProcess, http: httpx.AsyncClient) -> None:
    async with relay.visitor() as visitor:
        ours = {"Authorization": f"Bearer {visitor.token}"}
        for params, headers, status in (
            ({"site": "acme"}, {}, 401),
            ({"site": "acme"}, {"Authorization": "Bearer nonsense"}, 401),
            ({"site": "other"}, ours, 403),  # this page's origin is not of that site
            ({"site": "nowhere"}, ours, 404),
            ({}, ours, 404),
            ({"site": "acme"}, {**ours, "Origin": "https://evil.example"}, 403),
        ):
            answer = await http.post("/v1/files", params=params, headers=headers, content=PNG)
            assert answer.status_code == status, answer.text
            if status == 403:
                assert "access-control-allow-origin" not in answer.headers
        theirs = {"Authorization": f"Bearer {visitor.token}", "Origin": "https://other.example"}
        answer = await http.post("/v1/files?site=other", headers=theirs, content=PNG)
        assert answer.status_code == 401  # a token is of one site


async def test_a_browser_asks_first(relay: RelayProcess, http: httpx.AsyncClient) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = await http.options("/v1/files?site=acme", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["vary"] == "Origin"
    refused = await http.options(
        "/v1/files?site=acme", headers={**asked, "Origin": "https://evil.example"}
    )
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


async def test_a_site_without_files_and_a_full_one(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    limits = {"storage_bytes_per_site": 1_000, "free_bytes": 0}
    directory = tmp_path_factory.mktemp("full")
    with RelayProcess(directory, acme="uploads = false", limits=limits) as relay:
        async with (
            httpx.AsyncClient(base_url=relay.url, headers={"Origin": ORIGIN}) as http,
            relay.visitor() as visitor,
            relay.desk() as desk,
            relay.desk(OTHER_TOKEN) as other,
        ):
            assert visitor.welcome["limits"]["upload_types"] == []
            assert (await send(http, visitor, PNG)).status_code == 415
            assert (await desk.http.post("/v1/files?name=a", content=b"x" * 900)).status_code == 201
            full = await desk.http.post("/v1/files?name=a", content=b"x" * 101)
            assert (full.status_code, full.json()["code"]) == (507, "storage-full")
            assert len(on_disk(relay)) == 1
            assert (await other.http.post("/v1/files?name=a", content=b"x")).status_code == 201


# Retention, without waiting for it

DAY = 86_400_000
NOW = 1_800_000_000_000


class Keeper:
    """A journal, its files, and a clock to turn."""

    def __init__(self, directory: Path) -> None:
        self.now = NOW
        self.journal = Journal(directory / "relay.sqlite")
        self.files = FileStore(directory / "files", self.journal, lambda: self.now)
        self.retention = Retention(RelaySettings(), self.journal, self.files, lambda: self.now)
        self.visitor = visitors.new_id()
        self.caller = Caller("acme", self.visitor)

    async def upload(self, visitor: str | None, content: bytes = PNG) -> FileRef:
        async def chunks() -> AsyncIterator[bytes]:
            yield content

        return await self.files.receive(
            chunks(), site="acme", visitor=visitor, name="a.png", declared="",
            allowed=("image/png",), most=MOST, most_of_site=MOST,
        )  # fmt: skip

    async def says(self, mid: str, files: tuple[str, ...] = ()) -> None:
        await self.journal.write(
            arrivals.message, caller=self.caller, mid=mid, text=mid, files=files,
            context=Context(), now=self.now,
        )  # fmt: skip

    async def hears(self, key: str, files: tuple[str, ...] = ()) -> None:
        await self.journal.write(
            sends.send, site="acme", visitor=self.visitor, key=key, text=key, files=files,
            now=self.now,
        )  # fmt: skip

    async def kept(self) -> set[str]:
        select = "SELECT text FROM messages"
        return {row[0] for row in await self.journal.read(lambda db: list(db.execute(select)))}


@pytest.fixture
async def keeper(tmp_path: Path) -> AsyncIterator[Keeper]:
    made = Keeper(tmp_path)
    await made.journal.open()
    made.files.prepare()
    yield made
    await made.journal.close()


async def test_files_that_no_message_took_along_go(keeper: Keeper) -> None:
    lost, used = await keeper.upload(keeper.visitor), await keeper.upload(keeper.visitor)
    await keeper.says("hello", (used.id,))
    keeper.now += 3_599_000
    await keeper.retention.sweep()
    assert keeper.files.path(lost.id).exists()
    keeper.now += 2_000
    await keeper.retention.sweep()
    assert not keeper.files.path(lost.id).exists()
    assert keeper.files.path(used.id).exists()
    assert await keeper.journal.read(stored_files.used, site="acme") == used.size


async def test_what_the_desk_has_not_fetched_is_kept_however_old(keeper: Keeper) -> None:
    file = await keeper.upload(keeper.visitor)
    await keeper.says("old", (file.id,))
    keeper.now += 300 * DAY
    await keeper.retention.sweep()
    assert await keeper.kept() == {"old"}
    assert keeper.files.path(file.id).exists()
    waiting = await keeper.journal.read(events.after, site="acme", event=0)
    assert [each.data["text"] for each in waiting] == ["old"]
    await keeper.journal.write(events.acknowledge, site="acme", upto=waiting[-1].id)
    await keeper.retention.sweep()
    assert await keeper.kept() == set()
    assert not keeper.files.path(file.id).exists()


async def test_an_answer_waits_for_its_visitor(keeper: Keeper) -> None:
    await keeper.says("question")
    await keeper.journal.write(events.acknowledge, site="acme", upto=99)
    file = await keeper.upload(None)
    await keeper.hears("answer", (file.id,))
    keeper.now += 40 * DAY
    await keeper.retention.sweep()
    assert await keeper.kept() == {"answer"}
    assert keeper.files.path(file.id).exists()
    keeper.now += 400 * DAY  # nobody can come back with such an old token
    await keeper.retention.sweep()
    assert await keeper.kept() == set()
    assert not keeper.files.path(file.id).exists()
    count = "SELECT (SELECT count(*) FROM visitors) + (SELECT count(*) FROM sends)"
    assert (await keeper.journal.read(lambda db: db.execute(count).fetchone()[0])) == 0


async def test_a_crash_leaves_strays_that_go(keeper: Keeper) -> None:
    file = await keeper.upload(keeper.visitor)
    stray = keeper.files.path("Zz" + "x" * 30)
    stray.parent.mkdir()
    part = keeper.files.directory / "abc.part"
    for path in (stray, part):
        path.write_bytes(b"x")
    await keeper.retention.sweep()
    assert stray.exists()  # it may be just coming
    for path in (stray, part, keeper.files.path(file.id)):
        os.utime(path, (1, 1))
    await keeper.retention.sweep()
    assert not stray.exists()
    assert not part.exists()
    assert keeper.files.path(file.id).exists()


async def test_a_refused_upload_leaves_nothing(keeper: Keeper) -> None:
    for content, error in ((HTML, BadFile), (PNG + b"\0" * MOST, TooLarge)):
        with pytest.raises(error):
            await keeper.upload(keeper.visitor, content)
    with pytest.raises(stored_files.StorageFull):
        await keeper.journal.write(
            stored_files.add, site="acme", visitor=None, most=10, now=NOW,
            file=FileRef("x", "x", "x", 11),
        )  # fmt: skip
    assert [each for each in keeper.files.directory.rglob("*") if each.is_file()] == []


async def test_a_disk_that_takes_nothing(keeper: Keeper) -> None:
    keeper.files.directory.rmdir()
    keeper.files.directory.write_text("no directory")
    with pytest.raises(NoRoom):
        await keeper.upload(keeper.visitor)


def test_files_are_told_as_json() -> None:
    file = FileRef("i" * 32, "a b#?.png", "image/png", 3)
    assert json.loads(json.dumps(file.json()))["url"] == f"/v1/files/{'i' * 32}/a%20b%23%3F.png"

"""The desk's side of the relay: nothing missed, nothing doubled, whatever ends in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import httpx_sse
import pytest

from tests.webchat_relay.server import (
    DESK_TOKEN,
    ORIGIN,
    OTHER_TOKEN,
    Desk,
    RelayProcess,
    Visitor,
)

NOBODY = "v_" + "A" * 22


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path_factory.mktemp("desk")) as made:
        yield made


async def newest(desk: Desk) -> int:
    return int((await desk.http.get("/v1/status")).json()["newest"])


async def texts(desk: Desk, after: int, count: int) -> list[tuple[int, str]]:
    """The next `count` messages after an event."""
    found = await desk.events(
        lambda events: sum(each["type"] == "message" for each in events) >= count, after
    )
    return [(each["id"], each["text"]) for each in found if each["type"] == "message"]


async def test_a_stream_goes_on_where_the_desk_is(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        begin = await newest(desk)
        for number in range(5):
            await visitor.write(f"resume {number}")
        first = await texts(desk, begin, 2)
        rest = await texts(desk, first[1][0], 3)
        assert [text for _id, text in first[:2] + rest] == [f"resume {n}" for n in range(5)]
        # The header of a browser's own EventSource means the same, and goes before.
        headers = {"Last-Event-ID": str(rest[1][0])}
        async with httpx_sse.aconnect_sse(
            desk.http, "GET", "/v1/events?after=0", headers=headers
        ) as source:
            events = source.aiter_sse()
            assert (await anext(events)).event == "hello"
            last = await anext(events)
            assert (last.event, last.json()["text"]) == ("message", "resume 4")
            assert last.id == str(rest[2][0])


async def test_what_happens_meanwhile_comes_in_order(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        begin = await newest(desk)
        reading = asyncio.create_task(texts(desk, begin, 300))
        for number in range(300):
            await visitor.say("message", id=f"stream{number}", text=str(number))
        found = await reading
        assert [text for _id, text in found] == [str(number) for number in range(300)]
        ids = [number for number, _text in found]
        assert ids == sorted(set(ids))


async def test_a_newer_stream_ends_the_older(relay: RelayProcess) -> None:
    async with relay.desk() as desk:
        async with httpx_sse.aconnect_sse(desk.http, "GET", "/v1/events?after=0") as older:
            events = older.aiter_sse()
            hello = await anext(events)
            assert hello.event == "hello"
            assert {"epoch", "site", "version", "oldest", "newest", "online"} <= set(hello.json())
            await desk.events(lambda found: True)
            kinds = [event.event async for event in events]
        assert kinds[-1] == "replaced"
        # Another site's stream is another matter.
        async with (
            relay.desk(OTHER_TOKEN) as other,
            httpx_sse.aconnect_sse(other.http, "GET", "/v1/events?after=0") as theirs,
        ):
            heard = theirs.aiter_sse()
            assert (await anext(heard)).json()["site"] == "other"
            await desk.events(lambda found: True)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(heard), 0.1)


async def test_an_ack_is_told_to_visitors_and_forgets_events(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("acknowledged")
        upto = await newest(desk)
        answer = await desk.http.post("/v1/ack", json={"upto": upto + 1_000})
        assert answer.json() == {"upto": upto}
        assert (await visitor.hears("delivered"))["seq"] == 1
        assert (await desk.http.get("/v1/status")).json()["pending"] == 0
        await desk.ack(1)  # an older one changes nothing
        await visitor.write("later")
        assert [text for _id, text in await texts(desk, 0, 1)] == ["later"]


async def test_signals_come_and_are_not_kept(relay: RelayProcess) -> None:
    async with (
        relay.desk() as desk,
        httpx_sse.aconnect_sse(
            desk.http, "GET", "/v1/events", params={"after": await newest(desk)}
        ) as source,
    ):
        events = source.aiter_sse()
        await anext(events)
        async with relay.visitor(page="https://acme.example/cart") as visitor:
            await visitor.say("typing")
            seen: dict[str, Any] = {}
            while set(seen) < {"online", "typing"}:
                event = await anext(events)
                if event.data and event.json()["visitor"] == visitor.id:
                    assert not event.id
                    seen[event.event] = event.json()
            assert seen["online"]["context"]["page"] == "https://acme.example/cart"


async def test_a_message_goes_once_by_its_key(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("hello")
        body = {"visitor": visitor.id, "text": "Hi *there*", "key": "once", "name": "Ann",
                "format": "markdown"}  # fmt: skip
        first = await desk.http.post("/v1/messages", json=body)
        again = await desk.http.post("/v1/messages", json=body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        assert first.json()["online"] is True
        assert (await desk.http.get("/v1/messages/once")).json() == first.json()
        other = await desk.http.post("/v1/messages", json={**body, "text": "Another"})
        assert (other.status_code, other.json()["code"]) == (409, "key-used")
        heard = await visitor.hears("message")
        assert (heard["text"], heard["name"], heard["format"]) == ("Hi *there*", "Ann", "markdown")
        await desk.send(visitor.id, "Next", "next")
        assert (await visitor.hears("message"))["text"] == "Next"


async def test_at_the_same_moment_too(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("hello")
        sent = await asyncio.gather(*(desk.send(visitor.id, "Once", "race") for _ in range(20)))
        assert {each["seq"] for each in sent} == {2}
        await desk.send(visitor.id, "Last", "race-end")
        await visitor.hears("message", lambda frame: frame["text"] == "Last")
        assert [visitor.messages[seq]["text"] for seq in (1, 2, 3)] == ["hello", "Once", "Last"]


async def test_a_key_of_any_signs(relay: RelayProcess) -> None:
    key = "<178/abc?x=1#y%20;@acme.example>"
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("hello")
        await desk.send(visitor.id, "Hi", key)
        path = httpx.URL("/v1/messages/" + "".join(f"%{byte:02X}" for byte in key.encode()))
        assert (await desk.http.get(path)).status_code == 200


async def test_a_message_is_changed_and_taken_back(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("hello")
        await desk.send(visitor.id, "Helo", "typo")
        await visitor.hears("message")
        for _ in range(2):
            changed = await desk.http.patch("/v1/messages/typo", json={"text": "Hello"})
            assert changed.status_code == 200
        edited = await visitor.hears("message")
        assert (edited["seq"], edited["text"], edited["edited"]) == (2, "Hello", True)
        for _ in range(2):
            assert (await desk.http.delete("/v1/messages/typo")).status_code == 200
        gone = await visitor.hears("message")
        assert (gone["seq"], gone["text"], gone["deleted"]) == (2, "", True)
        assert not visitor.unheard("message")
        after = await desk.http.patch("/v1/messages/typo", json={"text": "Hello?"})
        assert after.status_code == 404


async def test_to_nobody(relay: RelayProcess) -> None:
    async with relay.desk() as desk:
        body = {"visitor": NOBODY, "text": "Hi", "key": "nobody"}
        answer = await desk.http.post("/v1/messages", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-visitor")
        assert (await desk.http.get("/v1/messages/nobody")).status_code == 404
        assert (await desk.http.delete("/v1/messages/nobody")).status_code == 404


async def test_a_site_sees_nothing_of_another(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk, relay.desk(OTHER_TOKEN) as other:
        await visitor.write("for acme only")
        await desk.send(visitor.id, "Hi", "ours")
        body = {"visitor": visitor.id, "text": "Hi", "key": "theirs"}
        assert (await other.http.post("/v1/messages", json=body)).status_code == 404
        for method in ("GET", "DELETE"):
            assert (await other.http.request(method, "/v1/messages/ours")).status_code == 404
        typing = await other.http.post("/v1/typing", json={"visitor": visitor.id})
        assert typing.json() == {"online": False}
        assert (await other.http.delete(f"/v1/visitors/{visitor.id}")).status_code == 404
        hello = (await other.events(lambda found: True))[0]
        assert (hello["newest"], hello["online"]) == (0, [])
        assert not visitor.unheard("typing")


@pytest.mark.parametrize("headers", [
    {}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {DESK_TOKEN}"},
    {"Authorization": f"Bearer {DESK_TOKEN}x"}, {"Authorization": "Bearer"},
    {"Authorization": "Bearer \u00ff".encode("latin-1")},
])  # fmt: skip
async def test_only_a_desk_gets_in(relay: RelayProcess, headers: dict[str, Any]) -> None:
    async with httpx.AsyncClient(base_url=relay.url) as http:
        for method, path in (
            ("GET", "/v1/events"),
            ("POST", "/v1/ack"),
            ("POST", "/v1/messages"),
            ("GET", "/v1/messages/x"),
            ("PUT", "/v1/availability"),
            ("GET", "/v1/blocks"),
            ("DELETE", f"/v1/visitors/{NOBODY}"),
            ("GET", "/v1/status"),
        ):
            answer = await http.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "bad-token")
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_visitors_token_is_no_desks(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, httpx.AsyncClient(base_url=relay.url) as http:
        headers = {"Authorization": f"Bearer {visitor.token}", "Origin": ORIGIN}
        assert (await http.get("/v1/status", headers=headers)).status_code == 401


async def test_availability_is_told_to_whom_it_concerns(relay: RelayProcess) -> None:
    async with relay.visitor() as first, relay.visitor() as second, relay.desk() as desk:
        assert first.welcome["availability"] == "away"

        async def put(state: str, queue: dict[str, int], wait: int | None) -> None:
            body = {"availability": state, "queue": queue, "wait": wait}
            assert (await desk.http.put("/v1/availability", json=body)).status_code == 200

        await put("online", {first.id: 2}, 90)
        told = await first.hears("availability")
        assert (told["availability"], told["queue"], told["wait"]) == ("online", 2, 90)
        assert (await second.hears("availability"))["queue"] is None
        await put("online", {first.id: 1}, 90)
        assert (await first.hears("availability"))["queue"] == 1
        async with relay.visitor() as third:
            assert third.welcome["availability"] == "online"
        await put("away", {}, None)
        assert (await first.hears("availability"))["availability"] == "away"
        # What had not changed for the second was not told to them.
        assert (await second.hears("availability"))["availability"] == "away"
        refused = await desk.http.put("/v1/availability", json={"availability": "busy"})
        assert refused.status_code == 400


async def test_typing_reading_and_codes_are_told(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("hello")
        there = await desk.http.post("/v1/typing", json={"visitor": visitor.id, "name": "Ann"})
        assert there.json() == {"online": True}
        assert (await visitor.hears("typing"))["name"] == "Ann"
        await desk.http.post("/v1/read", json={"visitor": visitor.id, "seq": 9})
        assert (await visitor.hears("read"))["seq"] == 1
        said = {"visitor": visitor.id, "state": "proven", "email": "ivan@acme.example"}
        assert (await desk.http.post("/v1/verification", json=said)).status_code == 200
        told = await visitor.hears("verification")
        assert told["state"] == "proven"
        assert told["email"] == "i•••@acme.example"


async def test_a_forgotten_visitor_is_gone(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("forget me")
        assert (await desk.http.delete(f"/v1/visitors/{visitor.id}")).status_code == 204
        assert await visitor.is_closed() == 4401
        body = {"visitor": visitor.id, "text": "Hi", "key": "to-the-forgotten"}
        answer = await desk.http.post("/v1/messages", json=body)
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
        assert (await desk.http.delete(f"/v1/visitors/{visitor.id}")).status_code == 404


WRONG = [
    b"", b"[]", b"nonsense", b'{"visitor":', b"\xff\xfe", b'{"upto":NaN}', b"[" * 100_000,
    b'{"visitor":1,"text":"x","key":"k"}', b'{"visitor":"v_x","text":"x","key":"k"}',
    json.dumps({"visitor": NOBODY, "text": "x"}).encode(),
    json.dumps({"visitor": NOBODY, "text": "x", "key": ""}).encode(),
    json.dumps({"visitor": NOBODY, "text": "x", "key": "k\n"}).encode(),
    json.dumps({"visitor": NOBODY, "text": 1, "key": "k"}).encode(),
    json.dumps({"visitor": NOBODY, "text": " ", "key": "k"}).encode(),
    json.dumps({"visitor": NOBODY, "text": "x", "key": "k", "format": "html"}).encode(),
    json.dumps({"visitor": NOBODY, "text": "x", "key": "k", "files": "f"}).encode(),
    json.dumps({"visitor": NOBODY, "text": "x", "key": "k", "files": ["../x"]}).encode(),
    json.dumps({"visitor": NOBODY, "text": "x", "key": "k", "files": ["A" * 32] * 11}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", WRONG)
async def test_what_is_no_message_is_refused(relay: RelayProcess, body: bytes) -> None:
    async with relay.desk() as desk:
        answer = await desk.http.post("/v1/messages", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


@pytest.mark.parametrize("upto", [-1, 1.5, "1", True, None, 2**53])
async def test_what_is_no_ack_is_refused(relay: RelayProcess, upto: object) -> None:
    async with relay.desk() as desk:
        assert (await desk.http.post("/v1/ack", json={"upto": upto})).status_code == 400


async def test_too_much_is_refused(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("hello")
        most = (await desk.http.get("/v1/status")).json()["limits"]["message_bytes"]
        fits = "ї" * (most // 2)
        assert (await desk.send(visitor.id, fits, "fits"))["seq"] == 2
        body = {"visitor": visitor.id, "text": fits + "ї", "key": "too-long"}
        assert (await desk.http.post("/v1/messages", json=body)).status_code == 413
        answer = await desk.http.post("/v1/messages", content=b" " * (most * 6 + 100_000))
        assert answer.status_code == 413


async def test_halves_of_characters_and_nul_do_no_harm(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("hello")
        text = '"a\\ud800b\\u0000c\\ud83d\\ude00"'
        content = f'{{"visitor":"{visitor.id}","text":{text},"key":"halves"}}'
        assert (await desk.http.post("/v1/messages", content=content)).status_code == 201
        assert (await visitor.hears("message"))["text"] == "a�bc😀"


async def test_it_answers_in_its_own_way(relay: RelayProcess) -> None:
    async with relay.desk() as desk:
        for method, path, status in (
            ("GET", "/v1/nothing", 404),
            ("GET", "/", 404),
            ("DELETE", "/v1/status", 405),
            ("GET", "/v1/events?after=x", 400),
        ):
            answer = await desk.http.request(method, path)
            assert answer.status_code == status
            assert set(answer.json()) == {"code", "message"}
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "server" not in answer.headers


async def test_kill_9_between_commit_and_answer(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The desk never heard that its message was taken; asked again, it goes to nobody twice."""
    with RelayProcess(tmp_path_factory.mktemp("killed")) as relay:
        async with relay.visitor() as visitor:
            await visitor.write("hello")
            body = json.dumps({"visitor": visitor.id, "text": "Hi", "key": "k"}).encode()
            _reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            writer.write(
                b"POST /v1/messages HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer "
                + DESK_TOKEN.encode()
                + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
                + body
            )
            assert (await visitor.hears("message"))["text"] == "Hi"  # so it is committed
            relay.kill()
            writer.close()
            assert await visitor.is_closed()
            relay.start()
            async with relay.desk() as desk:
                answer = await desk.http.post("/v1/messages", content=body)
                assert (answer.status_code, answer.json()["seq"]) == (200, 2)
                assert not answer.json()["online"]
            anew = Visitor(relay)
            anew.token = visitor.token
            await anew.open(after=None)
            assert [each["text"] for each in anew.welcome["history"]] == ["hello", "Hi"]
            await anew.close()

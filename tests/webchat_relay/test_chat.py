"""Visitors and a desk over the real relay: messages, tabs, marks, what is refused."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.webchat_relay.server import ORIGIN, OTHER_TOKEN, Frame, RelayProcess, Visitor


async def newest_event(relay: RelayProcess) -> int:
    async with relay.desk() as desk:
        (hello,) = await desk.events(lambda found: True)
        return int(hello["newest"])


async def test_a_message_is_acknowledged_and_reaches_the_desk(relay: RelayProcess) -> None:
    before = await newest_event(relay)
    async with relay.visitor(page="https://acme.example/shoes", title="Shoes") as visitor:
        ack = await visitor.write("Where is my order? 📦", id="first")
        assert ack["seq"] == 1
        async with relay.desk() as desk:
            (event,) = await desk.durable(1, before)
            assert event["type"] == "message"
            assert (event["visitor"], event["seq"], event["mid"]) == (visitor.id, 1, "first")
            assert event["text"] == "Where is my order? 📦"
            assert event["identity"] is None
            assert event["context"]["page"] == "https://acme.example/shoes"
            assert event["at"] == ack["sent_at"]
            await desk.ack(event["id"])
        assert (await visitor.hears("delivered"))["seq"] == 1


async def test_an_answer_reaches_every_tab_once_and_a_returning_visitor(
    relay: RelayProcess,
) -> None:
    async with relay.visitor() as visitor:
        await visitor.write("Hello")
        async with relay.visitor(token=visitor.token) as tab, relay.desk() as desk:
            assert tab.id == visitor.id
            assert [each["text"] for each in tab.messages.values()] == ["Hello"]
            sent = await desk.send(visitor.id, "**Hi**", "key-1", name="Ann", format="markdown")
            assert sent["online"]
            again = await desk.send(visitor.id, "**Hi**", "key-1", name="Ann", format="markdown")
            assert again == sent
            for each in (visitor, tab):
                message = await each.hears("message")
                assert message["from"] == "agent"
                assert (message["seq"], message["name"], message["text"]) == (2, "Ann", "**Hi**")
            await tab.write("From my other tab", id="t2")
            heard = await visitor.hears("message")
            assert (heard["id"], heard["from"]) == ("t2", "visitor")
            # What a tab wrote itself it is told by the ack alone.
            await tab.say("ping")
            await tab.hears("pong")
            assert tab.unheard("message") == []
        token = visitor.token
    async with relay.visitor(token=token, after=None) as back:
        assert [each["seq"] for each in back.messages.values()] == [1, 2, 3]
        assert back.welcome["fresh"] is False


async def test_a_repeated_id_is_acknowledged_as_the_first_one(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor:
        first = await visitor.write("one", id="same")
        assert await visitor.write("one", id="same") == first
        assert await visitor.write("quite another text", id="same") == first
        assert (await visitor.write("two"))["seq"] == 2
        await visitor.open(after=None)
        assert [each["text"] for each in visitor.messages.values()] == ["one", "two"]


async def test_a_changed_answer_comes_again_and_after_an_absence(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("Hello")
        await desk.send(visitor.id, "Wrnog", "edit-1")
        await desk.send(visitor.id, "Secret", "edit-2")
        await visitor.hears("message", lambda frame: frame["seq"] == 3)
        (await desk.http.patch("/v1/messages/edit-1", json={"text": "Right"})).raise_for_status()
        changed = await visitor.hears("message", lambda frame: frame.get("edited", False))
        assert (changed["seq"], changed["text"]) == (2, "Right")
        await visitor.close()
        (await desk.http.delete("/v1/messages/edit-2")).raise_for_status()
        await visitor.open()
        assert visitor.messages[3]["deleted"] is True
        assert visitor.messages[3]["text"] == ""
        assert len(visitor.messages) == 3


async def test_older_history_comes_in_pages(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor:
        for number in range(120):
            await visitor.write(f"n{number}")
        async with relay.visitor(token=visitor.token) as back:
            assert back.welcome["more"] is True
            assert sorted(back.messages) == list(range(71, 121))
            while min(back.messages) > 1:
                await back.say("more", before=min(back.messages))
                page = await back.hears("history")
            assert page["more"] is False
            assert [back.messages[seq]["text"] for seq in sorted(back.messages)] == [
                f"n{number}" for number in range(120)
            ]


async def test_marks_go_both_ways(relay: RelayProcess) -> None:
    before = await newest_event(relay)
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("Hello")
        await desk.send(visitor.id, "One", "mark-1")
        await desk.send(visitor.id, "Two", "mark-2")
        await visitor.say("received", seq=2)
        await visitor.say("received", seq=3)
        await visitor.say("read", seq=3)
        await visitor.say("read", seq=2)
        await visitor.say("read", seq=99_999)
        await visitor.say("ping")
        await visitor.hears("pong")
        marks = [
            (event["type"], event["seq"])
            for event in await desk.durable(3, before)
            if event["type"] != "message"
        ]
        assert marks == [("delivered", 3), ("read", 3)]
        await desk.http.post("/v1/read", json={"visitor": visitor.id, "seq": 1})
        assert (await visitor.hears("read"))["seq"] == 1
        await visitor.open()
        assert visitor.welcome["read"] == {"agent": 1, "visitor": 3}


async def test_who_is_there_and_what_they_do_is_signalled(relay: RelayProcess) -> None:
    async with relay.visitor(page="https://acme.example/a") as visitor, relay.desk() as desk:

        async def act() -> None:
            await visitor.say("typing")
            await visitor.say("page", page="https://acme.example/b", title="B")

        def enough(found: list[Frame]) -> bool:
            if len(found) == 1:
                online = {each["visitor"]: each for each in found[0]["online"]}
                assert online[visitor.id]["context"]["page"] == "https://acme.example/a"
                tasks.append(asyncio.create_task(act()))
            return found[-1]["type"] == "visit"

        tasks: list[asyncio.Task[None]] = []
        newest = await newest_event(relay)
        found = await desk.events(enough, newest)
        await asyncio.gather(*tasks)
        mine = [each for each in found[1:] if each.get("visitor") == visitor.id]
        assert [each["type"] for each in mine] == ["typing", "visit"]
        assert mine[1]["context"]["page"] == "https://acme.example/b"
        assert all("id" not in each for each in mine)


async def test_availability_is_told_with_each_ones_place(relay: RelayProcess) -> None:
    async with relay.visitor() as first, relay.visitor() as second, relay.desk() as desk:
        assert first.welcome["availability"] == "away"
        await desk.http.put(
            "/v1/availability",
            json={"availability": "online", "queue": {first.id: 1}, "wait": 90},
        )
        told = await first.hears("availability")
        assert (told["availability"], told["queue"], told["wait"]) == ("online", 1, 90)
        assert (await second.hears("availability"))["queue"] is None
        await desk.http.put("/v1/availability", json={"availability": "hidden"})
        assert (await second.hears("availability"))["availability"] == "hidden"
        assert (await first.write("still taken"))["seq"] == 1
        await desk.http.put("/v1/availability", json={"availability": "away"})


async def test_what_else_a_visitor_says_reaches_the_desk_once(relay: RelayProcess) -> None:
    before = await newest_event(relay)
    async with relay.visitor(link="invite-42") as visitor, relay.desk() as desk:
        said = [
            ("form", {"fields": {"name": "Ann", "order": "A-1", "admin": "yes"}}),
            ("verify", {"email": "ann@example.org"}),
            ("code", {"code": "123456"}),
            ("transcript", {}),
            ("end", {}),
        ]
        for kind, fields in said * 2:
            await visitor.say(kind, id=f"id-{kind}", **fields)
            ack = await visitor.hears("ack")
            assert ack["id"] == f"id-{kind}"
            assert ack["seq"] is None
        assert len(visitor.unheard("ended")) == 1
        await visitor.write("last")
        found = await desk.durable(7, before)
        kinds = [event["type"] for event in found]
        assert kinds == ["started", "form", "verify", "code", "transcript", "ended", "message"]
        assert found[0]["link"] == "invite-42"
        assert found[1]["fields"] == {"name": "Ann", "order": "A-1"}
        assert (found[2]["email"], found[3]["code"]) == ("ann@example.org", "123456")
        (
            await desk.http.post(
                "/v1/verification",
                json={"visitor": visitor.id, "state": "proven", "email": "ann@example.org"},
            )
        ).raise_for_status()
        told = await visitor.hears("verification")
        assert (told["state"], told["email"]) == ("proven", "a•••@example.org")
        await visitor.open()
        assert visitor.welcome["email"] == "a•••@example.org"


@pytest.mark.parametrize(
    "data",
    ['{"type": "dance"}', "[]", "7", "{}", '{"type": "message", "id": "x"}', '{"type": "hello"}'],
)
async def test_what_is_no_frame_is_an_error_and_no_end(relay: RelayProcess, data: str) -> None:
    async with relay.visitor() as visitor:
        await visitor.say_raw(data)
        assert (await visitor.hears("error"))["code"] == "bad-frame"
        assert (await visitor.write("still here"))["seq"] == 1


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type": "ping"}', 4400),
        ("not json", 1007),
        (b"\x00\xff", 1003),
        ('{"type": "hello", "token": "x.y.z"}', 4401),
        ('{"type": "hello", "token": 7}', 4400),
    ],
)
async def test_how_a_bad_start_ends(relay: RelayProcess, first: str | bytes, code: int) -> None:
    visitor = Visitor(relay)
    await visitor.connect()
    await visitor.say_raw(first)
    assert await visitor.is_closed() == code
    assert len(visitor.unheard("error")) == 1
    await visitor.close()


async def test_a_text_that_is_too_long_is_refused_and_what_just_fits_is_not(
    relay: RelayProcess,
) -> None:
    async with relay.visitor() as visitor:
        limit = visitor.welcome["limits"]["message_bytes"]
        assert (await visitor.write("\u0001" * limit))["seq"] == 1
        await visitor.say("message", id="long", text="я" * (limit // 2 + 1))
        error = await visitor.hears("error")
        assert (error["code"], error["id"]) == ("too-large", "long")


@pytest.mark.parametrize(
    ("origin", "site", "status"),
    [
        ("https://evil.example", "acme", 403),
        (f"{ORIGIN}.evil.example", "acme", 403),
        ("http://acme.example", "acme", 403),
        ("null", "acme", 403),
        ("", "acme", 403),
        (None, "acme", 403),
        (ORIGIN, "other", 403),
        (ORIGIN, "nobody", 404),
    ],
)
async def test_a_foreign_page_gets_nothing(
    relay: RelayProcess, origin: str | None, site: str, status: int
) -> None:
    visitor = Visitor(relay, site=site, origin=origin)  # type: ignore[arg-type]
    with pytest.raises(InvalidStatus) as refused:
        await visitor.connect()
    assert refused.value.response.status_code == status
    headers = {} if origin is None else {"Origin": origin}
    async with httpx.AsyncClient(base_url=relay.url, headers=headers) as page:
        for answer in (
            await page.get("/v1/site", params={"site": site}),
            await page.post("/v1/poll", params={"site": site}, json={"session": None}),
        ):
            assert answer.status_code == status
            assert "access-control-allow-origin" not in answer.headers


async def test_what_the_closed_widget_needs(relay: RelayProcess) -> None:
    async with httpx.AsyncClient(base_url=relay.url, headers={"Origin": ORIGIN}) as page:
        answer = await page.get("/v1/site", params={"site": "acme"})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        said = answer.json()
        assert said["title"] == "Acme"
        assert [field["name"] for field in said["form"]] == ["name", "order"]
        text = json.dumps(said)
        for secret in ("secret", "desk-token", "identity"):
            assert secret not in text
        script = await page.get("/widget.js")
        assert script.headers["content-encoding"] == "gzip"
        assert "omnitui" in script.text
        again = await page.get("/widget.js", headers={"If-None-Match": script.headers["etag"]})
        assert again.status_code == 304


async def test_sites_do_not_see_each_other(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk(OTHER_TOKEN) as others:
        await visitor.write("for acme only")
        (hello,) = await others.events(lambda found: True)
        assert (hello["site"], hello["newest"], hello["online"]) == ("other", 0, [])
        refused = await others.http.post(
            "/v1/messages", json={"visitor": visitor.id, "text": "x", "key": "k"}
        )
        assert refused.status_code == 404
        stranger = Visitor(relay, site="other", origin="https://other.example")
        stranger.token = visitor.token
        await stranger.connect()
        await stranger.say("hello", token=visitor.token)
        assert await stranger.is_closed() == 4401
        await stranger.close()


async def test_a_browser_that_reads_nothing_is_dropped_and_misses_nothing(
    relay: RelayProcess,
) -> None:
    visitor = Visitor(relay)
    await visitor.open()
    await visitor.write("Hello")
    line = visitor._line
    assert line is not None
    line.transport.pause_reading()
    text = "x" * 60_000
    async with relay.desk() as desk:
        number = 0
        online = True
        while online and number < 400:
            online = (await desk.send(visitor.id, text, f"slow-{visitor.id}-{number}"))["online"]
            number += 1
        assert not online, "it was never dropped"
    visitor.cut()
    await visitor.close()
    await visitor.open(after=1)
    assert visitor.welcome["more"] is True
    while min(visitor.messages) > 1:
        await visitor.say("more", before=min(visitor.messages))
        await visitor.hears("history")
    assert sorted(visitor.messages) == list(range(1, number + 2))
    await visitor.close()

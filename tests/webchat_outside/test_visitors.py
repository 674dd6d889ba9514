"""The relay's visitors' side, literally as the design's §10 has it, by a stranger's widget."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.webchat_outside.desk import Desk
from tests.webchat_outside.widget import Widget

pytestmark = pytest.mark.xdist_group("webchat_outside")
SECRET = b"identity-" + b"0123456789abcdef" * 2


def signed(claims: dict[str, Any], secret: bytes = SECRET, **header: Any) -> str:
    """A JWT as a shop makes it with what its language has."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", **header}).encode())
    text = f"{head}.{part(json.dumps(claims).encode())}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def customer(sub: Any = "c-17", **more: Any) -> dict[str, Any]:
    return {"sub": sub, "exp": int(time.time()) + 300, "email": "ann@example.org", **more}


async def test_a_chat_from_hello_to_the_answer(relay: str, desk: Desk) -> None:
    widget = Widget(relay)
    async with desk.events() as event, widget.chatting() as welcome:
        assert welcome["type"] == "welcome"
        assert isinstance(welcome["visitor"], str)
        assert isinstance(welcome["token"], str)
        assert welcome["availability"] in ("online", "away", "hidden")
        assert welcome["queue"] is None
        assert welcome["history"] == []
        ack = await widget.write("first-1", "Привіт, <b>є</b> 44?\u2028\x85 \U0001f45f")
        assert (ack["type"], ack["id"], ack["seq"]) == ("ack", "first-1", 1)
        came = await event("message", visitor=welcome["visitor"])
        assert came["text"] == "Привіт, <b>є</b> 44?\u2028\x85 \U0001f45f"
        assert came["context"]["page"] == "https://acme.example/shoes"
        assert (await desk.ack(came["id"]))["upto"] == came["id"]

        sent = await desk.send(welcome["visitor"], "Yes, we do.", "key-1")
        assert sent.status_code == 201
        again = await desk.send(welcome["visitor"], "Yes, we do.", "key-1")
        assert (again.status_code, again.json()["seq"]) == (200, sent.json()["seq"])
        other = await desk.send(welcome["visitor"], "No, we don't.", "key-1")
        assert other.status_code == 409
        got = await widget.hear("message")
        assert {name: got[name] for name in ("type", "seq", "from", "name", "text")} == {
            "type": "message", "seq": 2, "from": "agent", "name": "", "text": "Yes, we do.",
        }  # fmt: skip
        assert abs(got["sent_at"] / 1000 - time.time()) < 60
        await widget.say(type="read", seq=2)
        assert (await event("read", visitor=welcome["visitor"]))["seq"] == 2
        await widget.say(type="typing")
        await event("typing", visitor=welcome["visitor"])
        await desk.http.post("/v1/typing", json={"visitor": welcome["visitor"]})
        assert (await widget.hear("typing"))["type"] == "typing"


async def test_a_lost_connection_resumes_after_the_last_seq(relay: str, desk: Desk) -> None:
    widget = Widget(relay)
    async with widget.chatting():
        await widget.write("one", "one")
    await desk.send(widget.visitor, "two", f"{widget.visitor}-2")
    async with widget.chatting() as welcome:
        assert [each["text"] for each in welcome["history"]] == ["two"]
        # The ack had been lost: it is acknowledged again, whatever it holds now, and stored once.
        assert (await widget.write("one", "ONE"))["seq"] == 1
    widget.last = None
    async with widget.chatting() as welcome:
        assert [(each["seq"], each["from"], each["text"]) for each in welcome["history"]] == [
            (1, "visitor", "one"),
            (2, "agent", "two"),
        ]


async def test_messages_are_taken_in_every_availability(relay: str, desk: Desk) -> None:
    widget = Widget(relay)
    async with desk.events() as event, widget.chatting():
        for number, state in enumerate(("hidden", "away", "online")):
            await desk.is_there(state, queue={widget.visitor: 3} if state == "online" else {})
            told = await widget.hear("availability")
            while told["availability"] != state:
                told = await widget.hear("availability")
            ack = await widget.write(f"in-{state}", state)
            assert ack["seq"] == number + 1
            await event("message", visitor=widget.visitor)
        assert told["queue"] == 3


async def test_the_same_frames_by_long_poll(relay: str, desk: Desk) -> None:
    widget = Widget(relay)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        message = {"type": "message", "id": "polled", "text": "by poll", "files": []}
        frames = await widget.poll(http, message)
        while "ack" not in [frame["type"] for frame in frames]:
            frames += await widget.poll(http)
        assert frames[0]["type"] == "welcome"
        held = asyncio.create_task(widget.poll(http))
        await desk.send(widget.visitor, "answered", f"{widget.visitor}-poll")
        while not (told := [f for f in await held if f["type"] == "message"]):
            held = asyncio.create_task(widget.poll(http))
        assert told[0]["text"] == "answered"
        refused = await http.post(
            f"{relay}/v1/poll?site=acme",
            json={"session": None, "frames": []},
            headers={"Origin": "https://evil.example"},
        )
        assert refused.status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "null", "https://acme.example.evil.example",
        "https://evil-acme.example", "https://acme.example:8443", "http://acme.example",
        "https://acme.example.", "https://ACME.example", "https://acme.example/",
        "https://acme.example https://evil.example", "https://acme.example@evil.example", "*", "",
        "https://other.example",
    ],
)  # fmt: skip
async def test_a_foreign_origin_is_refused_at_the_handshake(relay: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with Widget(relay, origin=origin).chatting():
            pass
    assert refused.value.response.status_code == 403


async def test_a_bad_token_gets_an_error_and_then_the_close(relay: str) -> None:
    widget = Widget(relay)
    async with widget.chatting():
        await widget.write("m", "mine")
    head, body, mark = (widget.token or "").split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    for forged in (f"{head}.{body}.{mark[::-1]}", f"{unsigned}.{body}.", "nonsense", "a.b.c"):
        stranger = Widget(relay)
        stranger.token = forged
        async with stranger.chatting() as error:
            assert (error["type"], error["code"]) == ("error", "bad-token")
            assert error["message"]
            assert await stranger.end() == 4401


async def test_the_sites_jwt_signs_a_visitor_in(relay: str, desk: Desk) -> None:
    widget = Widget(relay)
    async with desk.events() as event, widget.chatting(identity=signed(customer())) as welcome:
        assert welcome["type"] == "welcome"
        said = await event("identified", visitor=welcome["visitor"])
        assert (said["sub"], said["email"]) == ("c-17", "ann@example.org")
        await widget.write("signed", "it is me")
    elsewhere = Widget(relay)
    async with elsewhere.chatting(identity=signed(customer())) as welcome:
        assert welcome["visitor"] == widget.visitor
        assert [each["text"] for each in welcome["history"]] == ["it is me"]


@pytest.mark.parametrize(
    "forged",
    [
        signed(customer(), b"another secret of thirty-two byte"),
        signed(customer(exp=int(time.time()) - 3600)),
        signed({"sub": "c-17"}),
        signed({"exp": int(time.time()) + 300}),
        signed(customer(nbf=int(time.time()) + 600)),
        signed(customer(exp=int(time.time()) + 90 * 86_400)),
        signed(customer(), alg="none"),
        signed(customer(), alg="HS512"),
        signed(customer(), alg="RS256", jwk={"kty": "oct", "k": "AA"}, jku="https://evil.example"),
        signed(customer(sub={"$ne": None})),
        signed(customer(exp=[])),
        signed(customer(exp=1e400)),
        signed(customer(exp="soon")),
        "eyJhbGciOiJub25lIn0.e30.",
        "." * 300,
    ],
)
async def test_a_bad_jwt_gets_an_error_and_then_the_close(relay: str, forged: str) -> None:
    widget = Widget(relay)
    async with widget.chatting(identity=forged) as error:
        assert (error["type"], error["code"]) == ("error", "bad-identity")
        assert await widget.end() == 4401


async def test_a_site_without_optional_settings_works(relay: str) -> None:
    widget = Widget(relay, "other", "https://other.example")
    async with widget.chatting() as welcome:
        assert welcome["type"] == "welcome"
        assert (await widget.write("x", "hello"))["seq"] == 1
    async with widget.chatting(identity=signed(customer())) as error:
        assert (error["type"], error["code"]) == ("error", "no-identity")
    # A token of one site is nothing on another.
    stranger = Widget(relay)
    stranger.token = widget.token
    async with stranger.chatting() as error:
        assert error["code"] == "bad-token"

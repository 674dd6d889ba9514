"""Signed-in visitors: whose chat becomes whose, and what proves nothing."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.webchat_relay.server import (
    IDENTITY_SECRET,
    Frame,
    RelayProcess,
    Visitor,
    signed,
)
from tests.webchat_relay.test_chat import newest_event


def unsigned(**claims: Any) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


async def identified(relay: RelayProcess, after: int) -> list[Frame]:
    """The events up to the message that says so."""

    def enough(found: list[Frame]) -> bool:
        return found[-1].get("text") == "enough"

    async with relay.desk() as desk, relay.visitor() as marker:
        await marker.write("enough")
        found = await desk.events(enough, after)
    return [each for each in found if each["type"] == "identified"]


async def test_an_anonymous_visitor_becomes_the_signed_in_one(relay: RelayProcess) -> None:
    before = await newest_event(relay)
    async with relay.visitor() as visitor:
        await visitor.write("Before I signed in")
        was = visitor.id
        await visitor.say(
            "identify", identity=signed(sub="ann-1", email="Ann@example.org", name="Ann")
        )
        welcome = await visitor.hears("welcome")
        assert welcome["visitor"] == was
        assert welcome["email"] == "A•••@example.org"
        assert welcome["identity"] == {"name": "Ann"}
        assert [each["text"] for each in welcome["history"]] == ["Before I signed in"]
        assert (await visitor.write("After"))["seq"] == 2
        (event,) = await identified(relay, before)
        assert (event["visitor"], event["was"], event["sub"]) == (was, None, "ann-1")
        assert (event["email"], event["email_verified"]) == ("Ann@example.org", True)
        # The same again, on the next page, is nothing new to the desk.
        await visitor.open(
            identity=signed(sub="ann-1", email="Ann@example.org", name="Ann"), token=visitor.token
        )
        assert len(await identified(relay, before)) == 1


async def test_what_somebody_wrote_before_signing_in_follows_what_they_had(
    relay: RelayProcess,
) -> None:
    async with relay.visitor(identity=signed(sub="bob-1")) as home:
        await home.write("From home")
        known = home.id
    before = await newest_event(relay)
    async with relay.visitor() as visitor, relay.visitor() as bystander, relay.desk() as desk:
        await bystander.write("Not mine")
        await visitor.write("From the office", id="office-1")
        await desk.send(visitor.id, "An answer", "move-1")
        await visitor.hears("message")
        was, old_token = visitor.id, visitor.token
        async with relay.visitor(token=old_token) as tab:
            await visitor.say("identify", identity=signed(sub="bob-1"))
            welcome = await visitor.hears("welcome")
            assert await tab.is_closed() == 4401
            assert tab.unheard("error")[0]["code"] == "bad-token"
        assert welcome["visitor"] == known
        assert [(each["seq"], each["text"]) for each in welcome["history"]] == [
            (1, "From home"),
            (2, "From the office"),
            (3, "An answer"),
        ]
        (event,) = await identified(relay, before)
        assert (event["visitor"], event["was"], event["offset"]) == (known, was, 1)
        # What had been sent and not been acknowledged is not doubled by the move.
        assert (await visitor.write("From the office", id="office-1"))["seq"] == 2
        # The old visitor's token is worth nothing; what the desk sends to them arrives.
        stranger = Visitor(relay)
        await stranger.connect()
        await stranger.say("hello", token=old_token)
        assert await stranger.is_closed() == 4401
        await stranger.close()
        sent = await desk.send(was, "For whoever that was", "move-2")
        assert (sent["visitor"], sent["seq"]) == (known, 4)
        assert (await visitor.hears("message", lambda each: each["seq"] == 4))["from"] == "agent"
        again = await desk.send(was, "An answer", "move-1")
        assert (again["visitor"], again["seq"]) == (known, 3)
        newest = (await desk.durable(1, event["id"] - 1))[-1]["id"]
        await desk.ack(newest)
        assert (await visitor.hears("delivered"))["seq"] == 2


async def test_signing_in_with_hello_brings_the_whole_history(relay: RelayProcess) -> None:
    async with relay.visitor(identity=signed(sub="gina-1")) as home:
        await home.write("From home")
    async with relay.visitor() as visitor:
        for text in ("one", "two", "three"):
            await visitor.write(text)
        assert max(visitor.messages) == 3
        # `after` is of who they were, and would hide what the other one had.
        welcome = await visitor.open(identity=signed(sub="gina-1"))
        assert [each["text"] for each in welcome["history"]] == [
            "From home",
            "one",
            "two",
            "three",
        ]


async def test_two_people_on_one_browser_stay_two(relay: RelayProcess) -> None:
    async with relay.visitor(identity=signed(sub="carl-1")) as visitor:
        await visitor.write("Carl's secret")
        carl = visitor.id
        await visitor.say("identify", identity=signed(sub="dora-1"))
        welcome = await visitor.hears("welcome")
        assert welcome["visitor"] != carl
        assert welcome["history"] == []
        await visitor.write("Dora's")
        await visitor.say("identify", identity=signed(sub="carl-1"))
        again = await visitor.hears("welcome")
        assert again["visitor"] == carl
        assert [each["text"] for each in again["history"]] == ["Carl's secret"]


async def test_a_browser_alone_does_not_open_a_signed_in_chat(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor:
        await visitor.write("Hello")
        anonymous = visitor.token
        async with relay.visitor(token=anonymous) as other_tab:
            await visitor.say("identify", identity=signed(sub="eve-1"))
            await visitor.hears("welcome")
            assert await other_tab.is_closed() == 4401
            assert other_tab.unheard("error")[0]["code"] == "identity-needed"
    thief = Visitor(relay)
    await thief.connect()
    await thief.say("hello", token=anonymous)
    assert await thief.is_closed() == 4401
    assert (await thief.hears_at_the_end("error"))["code"] == "identity-needed"
    await thief.close()
    async with relay.visitor(token=visitor.token) as back:  # good for the session
        assert back.id == visitor.id


WORTHLESS: dict[str, Callable[[int], str]] = {
    "expired": lambda now: signed(sub="x", exp=now - 60),
    "for too long": lambda now: signed(sub="x", exp=now + 8 * 86_400),
    "exp is no number": lambda now: signed(sub="x", exp="soon"),
    "not yet": lambda now: signed(sub="x", nbf=now + 3_600),
    "no exp": lambda now: signed(sub="x", exp=None),
    "no sub": lambda now: signed(sub=None),
    "empty sub": lambda now: signed(sub=""),
    "long sub": lambda now: signed(sub="x" * 256),
    "sub is an object": lambda now: signed(sub={"a": 1}),
    "two lines of sub": lambda now: signed(sub="a\nb"),
    "another key": lambda now: signed("another-secret-that-is-long-enough-0123456789", sub="x"),
    "another algorithm": lambda now: signed(sub="x", algorithm="HS512"),
    "no signature": lambda now: unsigned(sub="x", exp=now + 600),
    "cut": lambda now: signed(sub="x")[:-2],
    "no JWT": lambda now: "not.a.jwt",
    "one letter": lambda now: "x",
}


@pytest.mark.parametrize("why", WORTHLESS)
async def test_what_proves_nothing_ends_with_an_error(relay: RelayProcess, why: str) -> None:
    visitor = Visitor(relay)
    await visitor.connect()
    await visitor.say("hello", identity=WORTHLESS[why](int(time.time())))
    assert await visitor.is_closed() == 4401
    assert (await visitor.hears_at_the_end("error"))["code"] == "bad-identity"
    assert visitor.unheard("welcome") == []
    await visitor.close()


async def test_a_site_without_a_secret_signs_nobody_in(relay: RelayProcess) -> None:
    visitor = Visitor(relay, site="other", origin="https://other.example")
    await visitor.connect()
    await visitor.say("hello", identity=signed(sub="x"))
    assert await visitor.is_closed() == 4401
    assert (await visitor.hears_at_the_end("error"))["code"] == "no-identity"
    await visitor.close()


async def test_an_address_that_the_site_has_not_checked_is_not_proven(relay: RelayProcess) -> None:
    identity = signed(sub="frank-1", email="frank@example.org", email_verified=False)
    async with relay.visitor(identity=identity) as visitor:
        assert visitor.welcome["email"] is None


async def test_nobody_guesses_or_forges_a_token(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor:
        await visitor.write("Mine")
        token, mine = visitor.token, visitor.id
    assert token is not None
    head, body, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    forgeries = [
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        unsigned(**claims),
        jwt.encode(claims, IDENTITY_SECRET, "HS256"),
        jwt.encode(claims, "0" * 32, "HS256"),
        mine,
        f"{token}.",
    ]
    for forged in forgeries:
        thief = Visitor(relay)
        await thief.connect()
        await thief.say("hello", token=forged)
        assert await thief.is_closed() == 4401, forged
        assert thief.unheard("welcome") == []
        await thief.close()
    assert set(claims) == {"s", "v", "g", "iat"}


async def test_a_forgotten_visitors_token_is_refused(relay: RelayProcess) -> None:
    async with relay.visitor() as visitor, relay.desk() as desk:
        await visitor.write("Forget me")
        (await desk.http.delete(f"/v1/visitors/{visitor.id}")).raise_for_status()
        assert await visitor.is_closed() == 4401
        with pytest.raises(AssertionError, match="4401"):
            await visitor.open(after=None)
        gone = await desk.http.post(
            "/v1/messages", json={"visitor": visitor.id, "text": "x", "key": "gone-1"}
        )
        assert gone.status_code == 410

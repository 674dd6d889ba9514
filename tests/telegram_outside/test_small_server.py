"""The desk against Bot API servers that do little, do it in their own way, and refuse the rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.telegram_outside.desk import OutsideDesk, until
from tests.telegram_outside.small_server import Answer, Parameters, SmallServer, serving


@pytest.fixture
def server() -> SmallServer:
    return SmallServer()


@pytest.fixture
def desk(tmp_path: Path, server: SmallServer) -> Iterator[OutsideDesk]:
    with serving(server) as port:
        desk = OutsideDesk(tmp_path, port)
        try:
            yield desk
        finally:
            server.ended.set()
            desk.kill()


def written(text: str, number: Any = 1, user: Any = 42, **more: Any) -> dict[str, Any]:
    return {
        "message_id": number,
        "date": int(time.time()),
        "chat": {"id": user, "type": "private", "first_name": "Ann"},
        "from": {"id": user, "is_bot": False, "first_name": "Ann"},
        "text": text,
        **more,
    }


def test_what_a_small_server_lacks_stops_nothing(server: SmallServer, desk: OutsideDesk) -> None:
    """Of a Business account it has no getBusinessConnection; numbers come as they come."""
    server.push(business_message=written("for the shop", 1, 55, business_connection_id="c"))
    server.push(message=written("floats", 2.0, 43.0, date=time.time()))
    server.push(message=written("texts", "3", "44"))
    server.push(message=written("plain", 4))
    desk.start()
    until(lambda: len(desk.json("ledger")) == 4)
    assert {row["outcome"] for row in desk.json("ledger")} == {"accepted"}
    found = {message["text"]: message for message in desk.messages()}
    assert found["floats"]["external_id"] == "43:2"
    assert found["texts"]["external_id"] == "44:3"

    conversations = {
        desk.json("show", str(each["id"]))["messages"][0]["text"]: str(each["id"])
        for each in desk.json("conversations")
    }
    desk.run("reply", conversations["for the shop"], text="an answer")
    desk.run("reply", conversations["plain"], text="see [it](https://w.example/A_(b))")
    until(lambda: len(server.sent) == 2)
    answered = next(each for each in server.sent if each["chat_id"] == "55")
    assert answered["business_connection_id"] == "c"
    # The number of the message is all that the server tells of it.
    until(lambda: [m["state"] for m in desk.messages() if m["direction"] == "out"] == ["sent"] * 2)


def test_a_server_that_forgets_nothing_and_holds_nothing_is_not_hammered(
    server: SmallServer, desk: OutsideDesk
) -> None:
    server.holds = False
    for number in range(130):
        server.push(message=written(f"m{number}", number + 1))
    desk.start()
    until(lambda: len(desk.json("ledger")) == 130)
    until(lambda: int(server.calls[-1][1].get("offset", 0)) == 131)
    before, began = server.count("getUpdates"), time.monotonic()
    server.push(message=written("later", 131))
    until(lambda: len(desk.json("ledger")) == 131)
    asked = server.count("getUpdates") - before
    assert asked < 10 + 4 * (time.monotonic() - began)
    assert sorted(m["text"] for m in desk.messages()) == sorted(
        [*(f"m{number}" for number in range(130)), "later"]
    )


def test_patience_asked_for_in_any_words_keeps_the_order(
    server: SmallServer, desk: OutsideDesk
) -> None:
    refusals: list[Any] = [
        {"parameters": {"retry_after": "0.5"}},
        {"parameters": {"retry_after": 0.25}},
        {"description": "Too Many Requests: retry after 1"},
    ]

    def odd(method: str, _given: Parameters) -> Answer | None:
        if method == "sendMessage" and refusals:
            return 429, {"ok": False, "error_code": 429, **refusals.pop(0)}
        return None

    server.odd = odd
    server.push(message=written("hello"))
    desk.start()
    until(lambda: desk.json("conversations"))
    for text in ("one", "two"):
        desk.run("reply", "1", text=text)
    until(lambda: len(server.sent) == 2)
    assert [each["text"] for each in server.sent] == ["one", "two"]
    until(lambda: [m["state"] for m in desk.messages()] == ["received", "sent", "sent"])


def test_killed_while_a_message_is_on_its_way(server: SmallServer, desk: OutsideDesk) -> None:
    reached = threading.Event()

    def odd(method: str, given: Parameters) -> Answer | None:
        if method == "sendMessage" and given["text"] == "on its way":
            reached.set()
            server.ended.wait(30)
        return None

    server.odd = odd
    server.push(message=written("hello"))
    desk.start()
    until(lambda: desk.json("conversations"))
    desk.run("reply", "1", text="on its way")
    desk.run("reply", "1", text="behind it")
    assert reached.wait(30)
    desk.kill()
    desk.start()
    until(lambda: [m["state"] for m in desk.messages()] == ["received", "unknown", "sent"])
    assert [given["text"] for method, given in server.calls if method == "sendMessage"] == [
        "on its way",
        "behind it",
    ]


def test_one_bot_under_two_accounts_is_said_and_doubles_nothing(
    server: SmallServer, desk: OutsideDesk
) -> None:
    settings = desk.home / "config.toml"
    first = settings.read_text()
    settings.write_text(first + first[first.index("[accounts.bot]") :].replace("bot]", "twin]"))
    server.push(message=written("once"))
    desk.start()
    until(lambda: "too (@b_bot)" in (desk.home / "engine.log").read_text())
    until(desk.messages)
    assert [message["text"] for message in desk.messages()] == ["once"]
    assert len(desk.json("ledger")) == 1

"""Every way a send can end, told apart; and nothing twice."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connectors.contract import (
    AuthFailed,
    ChannelError,
    Deferred,
    File,
    MaybeSent,
    Outgoing,
    Rejected,
    Sent,
    Unreachable,
)
from connectors.telegram.sending import Pacing, Sending
from tests.servers.bot_api import BotApi
from tests.servers.bot_api.faults import FaultKind
from tests.servers.scripted import scripted_server
from tests.telegram_sending.conftest import Told, line, outgoing

LONG = "\n\n".join("word " * 600 + str(n) for n in range(4))
"""Four parts."""


async def failure(sending: Sending, message: Outgoing) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await sending.send(message)
    return caught.value


@pytest.mark.parametrize("kind", ["lost", "half", "garbage", "error", "bad_gateway", "cut"])
@pytest.mark.parametrize("after", [True, False])
async def test_an_answer_that_does_not_come_leaves_it_open(
    bot_api: BotApi, sending: Sending, kind: FaultKind, after: bool
) -> None:
    ann = bot_api.user()
    bot_api.fault(kind, "sendMessage", after=after)
    error = await failure(sending, outgoing("42", "hello"))
    assert type(error) is MaybeSent, error
    assert len(ann.sees()) == int(after)
    assert len(bot_api.calls_of("sendMessage")) == 1
    assert sending.found("k") is None


async def test_an_answer_that_is_too_late_leaves_it_open(bot_api: BotApi) -> None:
    ann = bot_api.user()
    bot, request = line(bot_api.base_url, Pacing(10_000, 10_000), read=0.2)
    bot_api.fault("hang", "sendMessage", after=True)
    assert type(await failure(Sending(bot, dict[str, str]().get), outgoing("42", "a"))) is MaybeSent
    bot_api.release()
    assert [m.text for m in ann.sees()] == ["a"]
    await request.shutdown()


async def test_a_refused_connection_hands_nothing_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/bot"
        bot, request = line(address, Pacing(10_000, 10_000))
        error = await failure(Sending(bot, dict[str, str]().get), outgoing("42", "a"))
        assert type(error) is Unreachable
        assert error.retry
        await request.shutdown()


async def test_a_wrong_token(bot_api: BotApi, sending: Sending) -> None:
    bot_api.user()
    bot_api.fault("unauthorized", "sendMessage")
    error = await failure(sending, outgoing("42", "hello"))
    assert type(error) is AuthFailed
    assert bot_api.token not in str(error)


@pytest.mark.parametrize("kind", ["lost", "unauthorized", "error"])
async def test_what_failed_in_the_middle_goes_on_at_the_right_part(
    bot_api: BotApi, sending: Sending, kind: FaultKind
) -> None:
    ann = bot_api.user()
    told = Told()
    bot_api.fault(kind, "sendMessage", skip=2, after=False)
    error = await failure(sending, outgoing("42", LONG, progress=told))
    assert type(error) is (AuthFailed if kind == "unauthorized" else MaybeSent)
    assert told.parts == [m.key for m in ann.sees()]
    assert len(told.parts) == 2
    sent = await sending.send(outgoing("42", LONG, parts=tuple(told.parts), progress=told))
    assert [m.key for m in ann.sees()] == list(sent.parts)
    assert "\n\n".join(m.text for m in ann.sees()) == LONG
    assert told.parts == list(sent.parts[:-1])


async def test_another_process_goes_on_by_what_was_stored(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    bot_api.fault("cut", "sendMessage", skip=1)
    told = Told()
    await failure(sending, outgoing("42", LONG, progress=told))
    bot, request = line(bot_api.base_url, Pacing(10_000, 10_000))
    other = Sending(bot, dict[str, str]().get)
    sent = await other.send(outgoing("42", LONG, parts=tuple(told.parts)))
    assert "\n\n".join(m.text for m in ann.sees()) == LONG
    assert [m.key for m in ann.sees()] == list(sent.parts)
    await request.shutdown()


async def test_parts_that_nobody_could_store_are_remembered(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()

    async def full(key: str) -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        await sending.send(outgoing("42", LONG, progress=full))
    await sending.send(outgoing("42", LONG))
    assert "\n\n".join(m.text for m in ann.sees()) == LONG


async def test_what_went_out_can_be_proven_and_is_not_sent_again(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    sent = await sending.send(outgoing("42", "hello"))
    assert sending.found("k") == sent
    assert await sending.send(outgoing("42", "hello")) == sent
    assert [m.key for m in ann.sees()] == [sent.external_id]


async def test_a_short_wait_is_waited_out_and_order_is_kept(bot_api: BotApi) -> None:
    """429 for every third call, twenty messages at once into two chats."""
    people = [bot_api.user("Ann"), bot_api.user("Bo")]
    for skip in (1, 3):
        bot_api.fault("too_many", "sendMessage", retry_after=1, skip=skip)
    bot, request = line(bot_api.base_url, Pacing(10_000, 10_000))
    sending = Sending(bot, dict[str, str]().get)
    async with asyncio.TaskGroup() as group:
        for n in range(10):
            for who in people:
                group.create_task(sending.send(outgoing(who.address, str(n), f"{who.id}/{n}")))
    for who in people:
        assert [m.text for m in who.sees()] == [str(n) for n in range(10)]
    refused = [call for call in bot_api.calls if call.status == 429]
    assert len(refused) == 2
    await request.shutdown()


async def test_a_long_wait_is_the_desks(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    bot_api.user("Bo")
    bot_api.fault("too_many", "sendMessage", retry_after=37)
    error = await failure(sending, outgoing("42", "hello"))
    assert type(error) is Deferred
    assert error.retry_after is not None
    assert 36 < error.retry_after <= 38
    # Telegram is not asked again before; other chats go on.
    again = await failure(sending, outgoing("42", "hello"))
    assert isinstance(again, Deferred)
    assert again.retry_after is not None
    assert again.retry_after <= 37.1
    assert isinstance(await sending.send(outgoing("43", "hi", "bo")), Sent)
    assert len(bot_api.calls_of("sendMessage")) == 2
    with pytest.raises(Deferred):
        await sending.typing("42")
    assert ann.sees() == []


async def test_the_pace_of_a_chat_and_of_all(bot_api: BotApi) -> None:
    """The server counts; its seconds are a tenth as long, and so are ours."""
    pace = bot_api.limit(per_chat=1, overall=30, scale=10.0)
    people = [bot_api.user(f"P{n}") for n in range(20)]
    bot, request = line(bot_api.base_url, Pacing(250.0, 9.0))
    sending = Sending(bot, dict[str, str]().get)
    async with asyncio.TaskGroup() as group:
        for n in range(4):
            for who in people:
                group.create_task(sending.send(outgoing(who.address, str(n), f"{who.id}/{n}")))
    for who in people:
        assert [m.text for m in who.sees()] == ["0", "1", "2", "3"]
    assert pace.refused == 0
    await request.shutdown()


async def test_two_chats_that_are_asked_for_patience_hold_the_whole_bot(bot_api: BotApi) -> None:
    """Telegram does not say whether it is the chat or the bot that sends too much."""
    people = [bot_api.user(f"P{n}") for n in range(3)]
    bot, request = line(bot_api.base_url, Pacing(10_000, 10_000))
    sending = Sending(bot, dict[str, str]().get)
    bot_api.fault("too_many", "sendMessage", retry_after=1, where={"chat_id": 42})
    bot_api.fault("too_many", "sendMessage", retry_after=2, where={"chat_id": 44})
    async with asyncio.TaskGroup() as group:
        group.create_task(sending.send(outgoing("42", "a", "42")))
        await bot_api.until(lambda: bot_api.calls and bot_api.calls[0].status == 429)
        await sending.send(outgoing("43", "not held", "43"))
        group.create_task(sending.send(outgoing("44", "b", "44")))
    refused = next(c for c in bot_api.calls if c.arguments["chat_id"] == "44")
    again = [c for c in bot_api.calls if c.arguments["chat_id"] == "42"][1]
    assert again.at - refused.at >= 2
    assert [m.text for who in people for m in who.sees()] == ["a", "not held", "b"]
    await request.shutdown()


async def test_a_group_takes_so_many_a_minute_while_people_wait_for_nothing(
    bot_api: BotApi,
) -> None:
    ann = bot_api.user()
    room = bot_api.group(members=[ann])
    bot, request = line(bot_api.base_url, Pacing(10_000, 10_000, 3))
    sending = Sending(bot, dict[str, str]().get)
    waiting = [
        asyncio.create_task(sending.send(outgoing(str(room.id), str(n), f"g{n}"))) for n in range(4)
    ]
    done, late = await asyncio.wait(waiting, timeout=0.5)
    assert len(done) == 3
    for n in range(10):
        await sending.send(outgoing("42", str(n), f"p{n}"))
    assert [m.text for m in ann.in_group(room).hears()] == ["0", "1", "2"]
    assert len(ann.sees()) == 10
    for task in late:
        task.cancel()
    await asyncio.wait(late)
    assert len(bot_api.calls_of("sendMessage")) == 13
    await request.shutdown()


async def test_a_full_pool_hands_nothing_over(
    bot_api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.telegram import request as http
    from connectors.telegram.bot import DeskBot
    from tests.servers.bot_api import TOKEN

    monkeypatch.setattr(http, "POOL", 0.2)
    bot_api.user()
    way = http.Way(ssl.create_default_context())
    request = http.ApiRequest(way, connections=1, read=5.0)
    bot = DeskBot(
        TOKEN, base_url=bot_api.base_url, request=request, rate_limiter=Pacing(10_000, 10_000)
    )
    sending = Sending(bot, dict[str, str]().get)
    bot_api.fault("hang", "sendChatAction")
    occupying = asyncio.create_task(sending.typing("42"))
    await bot_api.until(lambda: bot_api.calls_of("sendChatAction"))
    error = await failure(sending, outgoing("42", "hello"))
    assert type(error) is Unreachable
    assert bot_api.calls_of("sendMessage") == []
    occupying.cancel()
    await asyncio.wait([occupying])
    bot_api.release()
    await request.shutdown()


async def test_files_that_the_server_does_not_even_read_are_refused(
    bot_api: BotApi, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.servers.bot_api import errors
    from tests.servers.bot_api.methods import uploads

    def too_large(*_: object) -> None:
        raise errors.too_large()

    monkeypatch.setattr(uploads, "stored_file", too_large)
    bot_api.user()
    file = File("a.bin", "application/octet-stream", b"x")
    error = await failure(sending, outgoing("42", "", files=(file,)))
    assert type(error) is Rejected
    assert "too large" in str(error)


@asynccontextmanager
async def keeping_alive(second: bytes | None) -> AsyncIterator[tuple[Sending, list[bytes]]]:
    """A server that answers the first request of each connection and gives `second` as the
    answer to the next one, closing then; None: it closes while nobody asks for anything."""
    asked: list[bytes] = []
    message = {"message_id": 7, "date": 1, "chat": {"id": 42, "type": "private"}, "text": "a"}
    body = json.dumps({"ok": True, "result": message}).encode()
    good = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (good, second):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.findall(rb"content-length: (\d+)", head.lower())[0])
            asked.append(await reader.readexactly(length))
            writer.write(answer or b"")
            await writer.drain()
            if second is None:
                break

    async with scripted_server(serve) as port:
        bot, request = line(f"http://127.0.0.1:{port}/bot", Pacing(10_000, 10_000))
        try:
            yield Sending(bot, dict[str, str]().get), asked
        finally:
            await request.shutdown()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\n\r\n{"])
async def test_a_connection_that_ends_at_its_second_request_is_not_asked_again(
    answer: bytes,
) -> None:
    """A pool that made the request again by itself would send the message twice."""
    async with keeping_alive(answer) as (sending, asked):
        await sending.send(outgoing("42", "a", key="1"))
        error = await failure(sending, outgoing("42", "b", key="2"))
        assert type(error) is MaybeSent, error
        assert len(asked) == 2


async def test_a_connection_that_ended_while_idle_is_not_used() -> None:
    async with keeping_alive(None) as (sending, asked):
        for number in range(5):
            await sending.send(outgoing("42", "a", key=str(number)))
            await asyncio.sleep(0.02)  # its end has arrived
        assert len(asked) == 5


@pytest.mark.parametrize(
    "odd", [{"date": 10**18}, {"date": "x"}, {"chat": []}, {"entities": 5}, {"message_id": 7.0}]
)
async def test_of_an_answer_the_number_is_enough(odd: dict[str, Any]) -> None:
    message = {"message_id": 7, "date": 1, "chat": {"id": 42, "type": "private"}, "text": "a"}
    body = json.dumps({"ok": True, "result": message | odd}).encode()
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    async with keeping_alive(answer) as (sending, asked):
        await sending.send(outgoing("42", "a", key="1"))
        sent = await sending.send(outgoing("42", "b", key="2"))
        assert sent.external_id == "42:7"
        assert len(asked) == 2


@pytest.mark.parametrize("odd", [{"message_id": "x"}, {"message_id": 2**70}, {"message_id": None}])
async def test_an_answer_that_makes_no_message_leaves_it_open(odd: dict[str, Any]) -> None:
    """Whatever the library makes of it, it is no reason to say that nothing went out."""
    message = {"message_id": 7, "date": 1, "chat": {"id": 42, "type": "private"}, "text": "a"}
    body = json.dumps({"ok": True, "result": message | odd}).encode()
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    async with keeping_alive(answer) as (sending, asked):
        await sending.send(outgoing("42", "a", key="1"))
        error = await failure(sending, outgoing("42", "b", key="2"))
        assert type(error) is MaybeSent, error
        assert len(asked) == 2

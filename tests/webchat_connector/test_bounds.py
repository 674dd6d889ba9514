"""A relay that sends without end: nothing of ours grows with it, and what else it says is heard."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx_sse import ServerSentEvent
from hypothesis import given
from hypothesis import strategies as st

from connectors.conformance import MemoryIntake
from connectors.contract import ChannelError, Inbound, Quarantined, Rejected, Unreachable
from connectors.webchat import bounds
from connectors.webchat.bounds import Bound, Waiting
from connectors.webchat.connector import WebchatConnector
from connectors.webchat.reading import event as reading
from connectors.webchat.reading import read_present
from tests.webchat_connector.conftest import AccountMaker, outgoing
from tests.webchat_connector.odd_relay import Asked, http, odd_relay, refused
from tests.webchat_connector.samples import event
from tests.webchat_connector.test_failures import HELLO, stream

LINES = st.lists(
    st.sampled_from(["", "id: 7", "event: message", "data: {", "data: " + "x" * 40, ": ping"]),
    max_size=30,
)
ENDS = st.sampled_from(["\n", "\r", "\r\n"])


def pieces(text: str, cuts: list[int]) -> Iterator[str]:
    """The same text, broken anywhere."""
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        yield text[start:end]


@given(LINES, ENDS, st.lists(st.integers(0, 2_000)))
def test_what_is_small_enough_passes_unchanged(lines: list[str], end: str, cuts: list[int]) -> None:
    text = "".join(line + end for line in lines)
    bound = Bound(1_000_000)
    assert "".join(bound.passed(each) for each in pieces(text, cuts)) == text


@given(LINES, ENDS, st.lists(st.integers(0, 2_000)), st.integers(1, 100))
def test_what_is_too_large_is_cut_in_the_same_place_however_it_comes(
    lines: list[str], end: str, cuts: list[int], most: int
) -> None:
    text = "".join(line + end for line in lines)
    whole, broken = Bound(most), Bound(most)
    kept = whole.passed(text)
    assert "".join(broken.passed(each) for each in pieces(text, cuts)) == kept
    assert whole.events == broken.events == lines.count("")
    assert len(kept) <= (whole.events + 1) * (most + bounds._LINES * (bounds._OF_A_LINE + 2))
    normal = kept.replace("\r\n", "\n").replace("\r", "\n")
    assert normal.split("\n")[:-1].count("") == whole.events


def test_lines_without_end_stop_growing() -> None:
    bound = Bound(1_000)
    kept = sum(len(bound.passed("data: more\n")) for _ in range(5_000))
    assert kept < 1_000 + bounds._LINES * 70
    assert "id: 5\n" not in bound.passed("id: 5\n")
    assert bound.passed("\nid: 6\n") == "\nid: 6\n"


async def intake_of(account: AccountMaker, *events: str) -> MemoryIntake:
    """What comes in of a stream, until it ends."""

    def answer(asked: Asked) -> bytes:
        if asked.path.startswith("/v1/events"):
            return stream(HELLO, *events)
        return http(200, {"upto": 0}) if asked.path == "/v1/ack" else refused(404, "not-found")

    intake = MemoryIntake()
    with odd_relay(answer) as relay:
        connector = WebchatConnector("site", account(relay.url))
        with pytest.raises(ChannelError):
            async with asyncio.timeout(10):
                await connector.run(intake)
        await connector.close()
    return intake


async def test_an_event_without_end_is_put_aside_and_the_next_one_comes_in(
    account: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "LARGEST_EVENT", 5_000)
    monkeypatch.setattr("connectors.webchat.batches.KEPT", 1_000)
    huge, late, small = (
        json.dumps(event("message", n, seq=n, mid=f"m{n}", text=text, files=[]))
        for n, text in ((1, "x" * 2_000_000), (2, "y" * 9_000), (3, "hello"))
    )
    intake = await intake_of(
        account,
        f"id: 1\nevent: message\ndata: {huge}",
        f"event: message\ndata: {late}\nid: 2",
        f"id: 3\nevent: message\ndata: {small}",
    )
    first, second, third = intake.items
    for item, number in ((first, 1), (second, 2)):
        assert isinstance(item, Quarantined)
        assert item.external_id == f"e1/{number}"
        assert isinstance(item.raw, bytes)
        assert len(item.raw) < 1_100
    assert isinstance(third, Inbound)
    assert third.text == "hello"


async def test_an_answer_without_end_is_none(account: AccountMaker) -> None:
    endless = b'{"seq": 4, "a": "' + b"a" * (bounds.LARGEST_ANSWER + 1) + b'"}'
    for status in (201, 502):
        with odd_relay(lambda _asked, s=status: http(s, endless)) as relay:  # type: ignore[misc]
            connector = WebchatConnector("site", account(relay.url))
            with pytest.raises(Unreachable):
                await connector.send(outgoing())
            await connector.close()


@pytest.mark.parametrize(("size", "limit"), [(5, 1_000_000), (None, 1_000_000), (2_000_000, 5)])
async def test_a_file_is_no_larger_than_was_said(
    account: AccountMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int | None,
    limit: int,
) -> None:
    monkeypatch.setattr("connectors.webchat.files.UNTOLD_FILE", limit)
    into = tmp_path / "file"
    with odd_relay(lambda _asked: http(200, b"z" * 2_000_000)) as relay:
        connector = WebchatConnector("site", account(relay.url))
        reference = {"id": "f1", "name": "a.png", **({"size": size} if size else {})}
        kind, why = (Unreachable, "instead of 5") if size == 5 else (Rejected, "larger")
        with pytest.raises(kind, match=why):
            await connector.fetch(json.dumps(reference), into)
        await connector.close()
    assert not into.exists() or into.stat().st_size <= limit


def test_no_more_visitors_are_there_than_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ONLINE", 2)
    there = [{"visitor": f"v_{n:022}", "at": 1, "context": {}} for n in range(5)]
    assert len(read_present(there)) == 2


async def test_what_waits_is_bounded_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "WAITING", 100)
    waiting = Waiting(1_000)
    await waiting.put(ServerSentEvent(data="x" * 99))
    assert not waiting.full()
    await waiting.put(ServerSentEvent(data="x"))
    assert waiting.full()
    more = asyncio.create_task(waiting.put(ServerSentEvent(data="y")))
    await asyncio.sleep(0)
    assert waiting.qsize() == 2
    assert len((await waiting.get()).data) == 99
    await asyncio.wait_for(more, 5)
    assert waiting.qsize() == 2

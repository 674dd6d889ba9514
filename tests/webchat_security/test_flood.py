"""One address hammers; two visitors from elsewhere go on chatting with the desk."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.webchat.shop import ROOT, Shop
from tests.webchat_security.conftest import ORIGIN
from tests.webchat_security.talker import Talker

pytestmark = pytest.mark.xdist_group("webchat-security")

SLOWER = 25.0
"""How many times as long a round trip may take while the flood lasts: the flood is a process of
its own, and takes one of two cores."""
ROUNDS = 40


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """With the limits that a relay has when nobody sets any, but for the two who are measured."""
    made = Shop(tmp_path_factory.mktemp("shop") / "desk", [ORIGIN], limits={
        "connections_per_visitor": 10, "connections_per_address": 50,
        "messages_per_minute": 1_000, "messages_per_minute_per_address": 1_000,
    })  # fmt: skip
    try:
        made.start_relay()
        yield made
        assert "Traceback" not in made.log("relay"), made.log("relay")[-4000:]
    finally:
        made.close()


def _round_trips(desk: httpx.Client, talkers: list[Talker], stage: str) -> list[float]:
    """Seconds from a visitor's message to the ack, and from the desk's answer to the visitor."""
    taken = []
    for number in range(ROUNDS):
        talker = talkers[number % len(talkers)]
        start = time.perf_counter()
        talker.writes(f"{stage} {number}")
        answer = {"visitor": talker.visitor, "key": f"{stage}-{number}", "name": "Ann",
                  "text": f"answer {stage} {number}"}  # fmt: skip
        put = desk.post("/v1/messages", json=answer)
        assert put.status_code == 201, put.text
        talker.wait("message", text=answer["text"])
        taken.append(time.perf_counter() - start)
    return taken


def test_a_flood_from_one_address(shop: Shop) -> None:
    with ExitStack() as open_ones:
        talkers = [Talker(shop.port, ORIGIN, source=f"127.0.0.{n}") for n in (2, 3)]
        for talker in talkers:
            open_ones.enter_context(talker)
        _flood(shop, open_ones.enter_context(shop.desk()), talkers)


def _flood(shop: Shop, desk: httpx.Client, talkers: list[Talker]) -> None:
    assert shop.relay is not None
    quiet = _round_trips(desk, talkers, "quiet")
    before = shop.memory()
    flood = subprocess.Popen(
        [sys.executable, "-m", "tests.webchat_security.flooder",
         str(shop.port), ORIGIN, "127.0.0.9"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert flood.stdin is not None
    assert flood.stdout is not None
    try:
        assert flood.stdout.readline() == "flooding\n"
        loud = _round_trips(desk, talkers, "loud")
        grown = shop.memory() - before
    finally:
        flood.stdin.close()
        said = flood.stdout.read()
        flood.stdout.close()
        flood.wait(20)
    done = json.loads(said)
    ratio = statistics.median(loud) / statistics.median(quiet)
    worst = max(loud) / statistics.median(quiet)
    print(f"{ratio:.1f} times as long, at worst {worst:.0f}; {grown >> 20} MiB more; {done}")
    # It was a flood, and it was dammed: few got in, and of what they said little.
    assert done["turned away"] > 100
    assert done.get("ack", 0) < 1_500
    assert done["sent"] > 10 * done.get("ack", 0)
    assert ratio < SLOWER
    assert grown < 64 << 20
    # Who came from elsewhere while it lasted has their whole chat.
    for talker in talkers:
        again = Talker(shop.port, ORIGIN, token=talker.token, after=0, source="127.0.0.4")
        texts = [message["text"] for message in again.welcome["history"]]
        assert len(texts) == len(set(texts)) == ROUNDS * 2
        again.connection.close()
    assert shop.relay.poll() is None

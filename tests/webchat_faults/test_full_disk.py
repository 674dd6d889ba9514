"""No room on the relay's disk: nothing is acknowledged that is not stored, and all comes in when
there is room again."""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.webchat_faults.audit import Audit, unsettled
from tests.webchat_faults.browser import Written
from tests.webchat_faults.shop import FaultyShop
from tests.webchat_faults.sink import Sink
from tests.webchat_faults.town import Town


async def _until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.03)


@pytest.mark.slow
async def test_a_full_disk_of_the_relay(small_disk: Path, tmp_path: Path) -> None:
    sink = Sink()
    shop = FaultyShop(tmp_path / "desk", sink.port, data=small_disk / "relay")
    town = Town(shop, sink, tmp_path, random.Random(1), people=2)
    ann, bob = town.browsers
    ballast = small_disk / "ballast"

    def says(text: str) -> None:
        one = Written(f"m{len(town.written)}", text, ann, {})
        one.frame = {"type": "message", "id": one.id, "text": text}
        ann.tabs[0].writes(one)

    try:
        await asyncio.to_thread(shop.start)
        ann.opens()
        bob.opens(poll=True)
        says("first")
        await _until(lambda: shop.rows("SELECT 1 FROM messages"))
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        for number in range(30):
            says(f"{number} " + "long " * 600)
        assert not await bob.tabs[0].uploads("b.txt", b"text " * 10_000)
        await town.answers_in()
        await _until(lambda: "journal-failed" in shop.log("relay"))
        assert any(one.seq is None for one in town.written)
        kept = len(shop.from_relay("SELECT 1 FROM messages WHERE sender = 'visitor'"))
        assert kept >= sum(one.seq is not None for one in town.written)
        assert shop.relay is not None
        assert shop.relay.poll() is None
        ballast.unlink()
        larger = ["mount", "-o", "remount,size=64m", str(small_disk)]
        await asyncio.to_thread(subprocess.run, larger, check=True)
        await _until(lambda: not unsettled(town))
        found = await Audit(town).run()
        assert not found.all, (found.all, shop.log("relay")[-3000:])
        assert found.visitors == 31
        assert found.states == {"sent": 1}
    finally:
        await town.close()
        await asyncio.to_thread(shop.close)
        sink.close()

"""When the collector of garbage looks."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from omnitui.tui import collecting


class _Ring:
    def __init__(self) -> None:
        self.itself = self


async def test_what_is_gone_is_looked_for_when_no_key_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(collecting, "EVERY", 0.001)
    hands = True
    asked = asyncio.Event()

    def hands_on(_rest: float) -> float:
        asked.set()
        return 0.001 if hands else 0.0

    gone = weakref.ref(ring := _Ring())
    for _each in range(collecting.SOON):
        gc.collect(0)
    del ring
    looking = asyncio.create_task(collecting.collect_at_rest(hands_on))
    for _each in range(3):
        asked.clear()
        await asyncio.wait_for(asked.wait(), 5)
    assert gone() is not None
    hands = False
    async with asyncio.timeout(5):
        while gone() is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    looking.cancel()

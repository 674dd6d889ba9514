"""What is closed does not stay in memory: a session goes on for days."""

from __future__ import annotations

import gc
import weakref

from tests.tui.shell.shop import Shop, Ui


async def _opened(ui: Ui, key: str) -> list[weakref.ref[object]]:
    """Everything that was drawn in what a key opens, and what was drawn of it."""
    await ui.press(key)
    await ui.until(lambda: ui.app.screen is not ui.station, key)
    overlay = ui.app.screen
    parts = [overlay, *overlay.walk_children()]
    return [weakref.ref(one) for part in parts for one in (part, part._styles_cache)]


def _left(parts: list[weakref.ref[object]]) -> bool:
    gc.collect()
    return any(part() is not None for part in parts)


async def test_an_overlay_that_was_closed_is_gone(shop: Shop) -> None:
    async with shop.screen((100, 30)) as ui:
        await ui.press("enter")
        for key in ("colon", "T", "s", "question_mark"):
            drawn = await _opened(ui, key)
            await ui.press("escape", "escape", "j", "k")
            await ui.until(lambda: ui.app.screen is ui.station)
            await ui.until(lambda drawn=drawn: not _left(drawn), f"the end of {key}")

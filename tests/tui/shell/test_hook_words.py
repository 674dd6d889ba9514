"""Screens say what the engine should have done by itself and did not."""

from __future__ import annotations

from store import events
from store.clock import now
from tests.tui.shell.shop import Shop


async def test_a_hook_that_failed_is_said(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        for kind, words in (
            ("hook.failed", "The hook “crm” failed: It ended with status 3"),
            ("hook.unknown", "The hook “crm” may or may not have done its work"),
        ):
            ui.station.status.clear()
            data = {"hook": "crm", "run": 1, "reason": "It ended with status 3: \x1b[31mno"}
            shop.write(lambda db, k=kind, d=data: events.append(db, "engine", k, at=now(), data=d))
            await ui.sees(words)
            assert "\x1b" not in ui.text()

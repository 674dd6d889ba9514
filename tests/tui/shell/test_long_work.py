"""What takes long, and what keeps the desk from working, is told."""

from __future__ import annotations

import pytest

from omnitui.tui.keys import bulk
from omnitui.tui.widgets.progress_sign import bar
from store import accounts, disk, events
from store.clock import now
from tests.tui.shell.shop import Shop


def test_a_bar_is_full_at_the_end_only() -> None:
    assert bar(0, 10) == "········"
    assert bar(99, 100).endswith("·")
    assert bar(10, 10) == "████████"


async def test_the_engines_catching_up_is_a_bar(shop: Shop) -> None:
    async with shop.screen((120, 30)) as ui:
        ui.station.live.engine_told("running", "")
        for past in ((5_000, 20_000), (0, 0)):

            def tell(db: object, past: tuple[int, int] = past) -> None:
                account = accounts.get(db, "support")  # type: ignore[arg-type]
                accounts.set_state(db, account.id, "online", "", now(), past=past)  # type: ignore[arg-type]
                events.append(db, "engine", "account.state", at=now())  # type: ignore[arg-type]

            shop.write(tell)
            if past[1]:
                await ui.sees("reading the past ██······ 25 %")
            else:
                await ui.sees_no("reading the past")


async def test_a_command_for_many_shows_how_far_it_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PART", 1)
    async with shop.screen((120, 30)) as ui:
        seen: list[str] = []
        sign = ui.station.status.progress
        shown = sign.show_work

        def show_work(done: int, of: int) -> None:
            shown(done, of)
            seen.append(str(sign.render()))

        monkeypatch.setattr(sign, "show_work", show_work)
        await ui.press("*", "t")
        await ui.press("escape")
        await ui.type(":tag add seen\n")
        await ui.until(lambda: len(seen) == 3)
        assert seen[0] == "██······ 1/3"
        assert not sign.has_class("-told")


async def test_a_disk_that_fills_up_is_told_before_it_is_full(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LITTLE", 1 << 60)
    async with shop.screen((80, 24)) as ui:
        await ui.station.live.look_at_disk()
        await ui.sees("almost full", "A says more")
        monkeypatch.setattr(disk, "LITTLE", 0)
        await ui.station.live.look_at_disk()
        await ui.sees_no("almost full")


async def test_what_to_do_is_told_on_a_narrow_screen_too(shop: Shop) -> None:
    async with shop.with_desk(engine="service").screen((50, 20)) as ui:
        ui.station.live.engine_told("down", "")
        await ui.sees(
            "✗ The engine is down: nothing comes in or goes", "out. Start “omnitui serve”."
        )
        await ui.sees("A says more")


async def test_many_troubles_have_a_line_each(shop: Shop) -> None:
    async with shop.screen((50, 20)) as ui:
        ui.station.trouble.show(
            [f"account {n} fails for a long, long, long reason" for n in "1234"]
        )
        await ui.sees("✗ account 1", "✗ account 2", "✗ account 3")
        await ui.sees_no("account 4")


async def test_what_is_said_is_whole_beside_the_undo_clock(shop: Shop) -> None:
    said = "The answer to all of them is on its way as of this very moment."
    async with shop.screen((80, 24)) as ui:
        ui.station.say(said)
        ui.station.start_undo_clock(8)
        await ui.sees("Sending in", "The answer to all of them", "very moment.")

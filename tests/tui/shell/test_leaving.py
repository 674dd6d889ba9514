"""One key leaves, whatever lies over the screen."""

from __future__ import annotations

from tests.tui.shell.shop import Shop

OVERLAYS = {
    "help": ("f1",),
    "command line": (":",),
    "palette": ("ctrl+p",),
    "menu": ("a",),
    "filter": ("\\",),
    "search": ("/",),
    "customers": ("w",),
    "accounts": ("A",),
    "question": ("q",),
}


async def test_quit_leaves_from_every_overlay_and_asks_before_words_are_lost(shop: Shop) -> None:
    async with shop.screen((100, 30)) as ui:
        left: list[str] = []

        async def leave() -> None:
            left.append(name)

        ui.app.leave = leave  # type: ignore[method-assign]
        for name, keys in OVERLAYS.items():
            await ui.press(*keys)
            await ui.until(lambda: ui.app.screen is not ui.station, name)
            await ui.press("ctrl+q")
            await ui.until(lambda name=name: left[-1:] == [name], name)
            await ui.press("escape")
            await ui.until(lambda: ui.app.screen is ui.station, name)
        assert left == list(OVERLAYS)
        name = "log"
        await ui.press("L")
        await ui.type("Called back")
        await ui.press("ctrl+q")
        await ui.sees("What you typed here is lost.")
        await ui.press("n", "escape")
        assert left == list(OVERLAYS)
        await ui.press("C", "n")
        await ui.type("Likes tea")
        await ui.press("ctrl+q")
        await ui.sees("What you typed here is lost.")
        await ui.press("q")
        await ui.until(lambda: left[-1:] == ["log"])

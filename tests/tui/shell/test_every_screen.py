"""Every screen, overlay and menu as it is drawn: at three sizes, in the dark and the light theme
and in sixteen colours.

    OMNITUI_SNAPSHOTS=write pytest tests/tui/shell/test_every_screen.py

writes them anew; look at the difference before you commit it. What is looked at stands in
`sights.py`, how it is kept in `drawn.py`. `make prove` looks at each size in each theme.
"""

from __future__ import annotations

import os
import time
from difflib import unified_diff
from pathlib import Path
from types import SimpleNamespace

import pytest

from store import accounts
from tests.tui.shell.desks import settled
from tests.tui.shell.drawn import THEMES, Drawn, drawn, read, write
from tests.tui.shell.shop import Shop, Ui
from tests.tui.shell.sights import Walk
from tests.tui.views.desk import NOW

SNAPSHOTS = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 40), (200, 60))
SLOW = pytest.mark.slow
STILL = 0.15
"""Seconds in which nothing changes any more: longer than the screen's own moments, as set here."""
PATIENCE = 4.0
"""Seconds until a screen is what it was."""
ENOUGH = 3
"""Sights that differ, after which it is not gone on."""
MOMENTS = (
    "omnitui.tui.screens.filter_line.REST",
    "omnitui.tui.screens.workstation.PREVIEW_AFTER",
    "omnitui.tui.station.glance.REST",
    "omnitui.tui.station.saved_counts.PAUSE",
    "omnitui.tui.link.drafts.SAVE_AFTER",
)
"""What the screen waits for before it does something: next to nothing here."""


class Eye:
    """Looks at what is on the screen when it has come to rest, and keeps it."""

    def __init__(self, ui: Ui) -> None:
        self.ui = ui
        self.seen: dict[str, Drawn] = {}
        self._below = Drawn()

    async def see(self, title: str, over: bool) -> None:
        if not title:
            self._below = await self._still()
        else:
            self.seen[title] = await self.look(title, self._below if over else None)

    async def look(self, title: str, below: Drawn | None) -> Drawn:
        return (await self._still()).over(below)

    def now(self) -> Drawn:
        """The status line's words come and go by seconds: they are tested where they are said."""
        self.ui.station.status.clear()
        return drawn(self.ui)

    async def _still(self) -> Drawn:
        last, since = self.now(), time.monotonic()
        while time.monotonic() - since < STILL:
            await self.ui.pilot.pause(STILL / 5)
            found = self.now()
            if found != last:
                last, since = found, time.monotonic()
        return last


class Comparing(Eye):
    """Waits until the screen is what was kept."""

    def __init__(self, ui: Ui, wanted: dict[str, Drawn]) -> None:
        super().__init__(ui)
        self.wanted = wanted
        self.different: list[str] = []

    async def look(self, title: str, below: Drawn | None) -> Drawn:
        wanted = self.wanted.get(title, Drawn())
        until, pause = time.monotonic() + PATIENCE, 0.01
        while (found := self.now().over(below)) != wanted and time.monotonic() < until:
            await self.ui.pilot.pause(pause)
            pause = min(2 * pause, 0.2)
        if found != wanted:
            self.different.append(difference(title, wanted, found))
            assert len(self.different) < ENOUGH, "\n".join(self.different)
        return found


def difference(title: str, wanted: Drawn, found: Drawn) -> str:
    kept, now = ([f"{y:2}|{text}" for y, text in one.text.items()] for one in (wanted, found))
    words = [f"=== {title}", *unified_diff(kept, now, "kept", "drawn", n=0, lineterm="")]
    for y, cells in wanted.cells.items():
        if wanted.text[y] == found.text.get(y) and cells != found.cells[y]:
            words += [f"styles of line {y}: {wanted.text[y]}", f"- {cells}", f"+ {found.cells[y]}"]
    return "\n".join(words)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The clock stands still; one works where nothing but two files is."""
    time.tzset()
    monkeypatch.setattr("store.clock.time", SimpleNamespace(time_ns=lambda: NOW * 1_000_000))
    for moment in MOMENTS:
        monkeypatch.setattr(moment, 0.01)
    files = tmp_path / "files"
    files.mkdir()
    for name in ("list.pdf", "prices.csv"):
        (files / name).write_text("%PDF-1.4")
        os.utime(files / name, (NOW // 1000, NOW // 1000))
    monkeypatch.chdir(files)
    return tmp_path


def furnished(directory: Path, theme: str) -> Shop:
    """No marks of spelling: they are of the dictionaries that are installed."""
    shop = settled(directory)
    links = {"bot": "telegram", "page": "facebook"}
    shop.write(
        lambda db: [
            accounts.ensure(
                db, name, channel, address=f"@{name}",
                capabilities={"link": "https://acme.example/{payload}"},
            )
            for name, channel in links.items()
        ]
    )  # fmt: skip
    return shop.with_desk(theme=theme, spelling=False)


RUNS = [
    pytest.param(size, theme, marks=() if (size, theme) == (SIZES[0], THEMES[0]) else SLOW)
    for size in SIZES
    for theme in THEMES
]


def kept_in(size: tuple[int, int]) -> Path:
    return SNAPSHOTS / f"{size[0]}x{size[1]}.txt"


if os.environ.get("OMNITUI_SNAPSHOTS") == "write":

    @pytest.mark.timeout(900)
    @pytest.mark.parametrize("size", SIZES)
    async def test_snapshots_are_written(desk: Path, size: tuple[int, int]) -> None:
        """Each theme on a desk of its own: what was looked at is no longer new."""
        themes: dict[str, dict[str, Drawn]] = {}
        for theme in THEMES:
            async with furnished(desk / theme, theme).screen(size) as ui:
                eye = Eye(ui)
                walk = Walk(ui, eye.see)
                await walk.go()
                assert not walk.left_out
                themes[theme] = eye.seen
        titles = themes[THEMES[0]]
        write(kept_in(size), {title: {t: themes[t][title] for t in THEMES} for title in titles})

else:

    @pytest.mark.timeout(300)
    @pytest.mark.parametrize(("size", "theme"), RUNS)
    async def test_every_screen_is_as_it_was(desk: Path, size: tuple[int, int], theme: str) -> None:
        wanted = read(kept_in(size), theme)
        async with furnished(desk, theme).screen(size) as ui:
            eye = Comparing(ui, wanted)
            walk = Walk(ui, eye.see)
            await walk.go()
        assert not eye.different, "\n".join(eye.different)
        assert list(eye.seen) == list(wanted)
        assert not walk.left_out, "no snapshot shows it: sights.py needs a line for it"

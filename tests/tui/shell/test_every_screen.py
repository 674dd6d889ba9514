"""Every screen, overlay and menu as it is drawn: at three sizes, in the dark and the light theme
and in sixteen colours.

    OMNITUI_SNAPSHOTS=write pytest tests/tui/shell/test_every_screen.py

writes them anew; look at the difference before you commit it. A file holds all of one size: of each
its lines, then the styles of their cells by lengths and names; of what lies over the workstation
only the lines that it changes. The names stand at the file's end, each with its style in the three
themes. `make prove` looks at each size in each theme.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.segment import Segment

from omnitui.tui.keys import menus
from omnitui.tui.screens.overlay import Overlay
from tests.tui.shell.desks import settled
from tests.tui.shell.shop import Shop, Ui
from tests.tui.views.desk import NOW

SNAPSHOTS = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("dark", "light", "terminal-dark")
SLOW = pytest.mark.slow
LETTERS = 5
"""Of a style's name: so many that no two styles have one."""

PANES = {
    "inbox": "g",
    "inbox with marks": "space space",
    "timeline": "escape g enter",
    "card": "C",
    "reply": "escape escape g r O n space i t s space w a y",
    "note": "ctrl+n L o o k , space at o l e n a escape",
    "articles": "f8",
}
"""What is pressed, one after the other, to have each part of the workstation in use."""
FROM_INBOX = {
    "help": "question_mark",
    "palette": "ctrl+p t a g",
    "command line": "colon t a g space a",
    "search": "slash o r d e r",
    "filter": "backslash i s colon",
    "accounts": "A",
    "customers": "w o",
    "write to": "c e v e",
    "log": "L",
    "tags": "t t",
    "agents": "a o",
    "name": "E n",
    "note on the card": "E i",
    "merge with": "E m",
    "own program": "m g",
    "leave": "q",
}
FROM_TIMELINE = {
    "details": "D",
    "raw mail": "H",
    "links": "o",
    "files": "f l",
    "quote": "v",
    "merge": "colon c u s t o m e r space m e r g e space 3 enter",
}
# Not the themes, whose list says which is worn, nor the paths to attach: the line is that of
# commands, and a directory has times of its own.
FROM_REPLY = {
    "templates": "ctrl+t",
    "preview": "f9",
    "earlier": "ctrl+r",
}

MENUS = {
    f"menu {name}": f"colon m e n u space {' '.join(name)} enter"
    for name in menus.names()
    if name != "link"  # there is nothing to choose on this desk
}

Cells = list[tuple[int, str]]
"""Runs of cells: how many, and their style."""


@dataclass
class Drawn:
    """Lines of a screen by their numbers."""

    text: dict[int, str] = field(default_factory=dict)
    cells: dict[int, Cells] = field(default_factory=dict)


def drawn(ui: Ui, below: Drawn | None) -> Drawn:
    """What is on the screen; of an overlay only the lines that it changes."""
    found = Drawn()
    for y, strip in enumerate(ui.app.screen._compositor.render_strips()):
        text = strip.text.rstrip()
        if below is None or below.text.get(y) != text:
            found.text[y] = text
            found.cells[y] = runs((segment.cell_length, style(segment)) for segment in strip)
    return found


def style(segment: Segment) -> str:
    """Of blanks only what is seen of them."""
    found = segment.style
    if found is None:
        return ""
    words = str(found.without_color) if found.bgcolor or found.color else str(found)
    ink = "" if segment.text.isspace() else f"{found.color.name if found.color else ''}"
    paper = f" on {found.bgcolor.name}" if found.bgcolor else ""
    return f"{'' if words == 'none' else words + ' '}{ink}{paper}".strip()


def runs(cells: Iterable[tuple[int, str]]) -> Cells:
    return [
        (sum(length for length, _style in group), style)
        for style, group in groupby((one for one in cells if one[0]), lambda one: one[1])
    ]


def name_of(styles: tuple[str, ...]) -> str:
    """Letters that are the same as long as the styles are."""
    number = int(hashlib.sha256("|".join(styles).encode()).hexdigest(), 16)
    return "".join(chr(ord("a") + number // 26**place % 26) for place in range(LETTERS))


def together(each: list[Cells]) -> list[tuple[int, tuple[str, ...]]]:
    """Runs in which all themes keep their styles."""
    flat = [[style for length, style in cells for _cell in range(length)] for cells in each]
    return [(len(list(group)), styles) for styles, group in groupby(zip(*flat, strict=True))]


def write(path: Path, screens: dict[str, dict[str, Drawn]]) -> None:
    lines: list[str] = []
    names: dict[str, tuple[str, ...]] = {}
    for title, themes in screens.items():
        first = themes[THEMES[0]]
        lines += [f"=== {title}", *(f"{y:2}|{text}" for y, text in first.text.items())]
        kept: dict[str, list[int]] = {}
        for y in first.cells:
            mixed = together([themes[theme].cells[y] for theme in THEMES])
            for _length, styles in mixed:
                assert names.setdefault(name_of(styles), styles) == styles, "two of one name"
            line = " ".join(f"{length}{name_of(styles)}" for length, styles in mixed)
            kept.setdefault(line, []).append(y)
        lines += [f"{','.join(map(str, rows))}: {line}" for line, rows in kept.items()]
    lines += ["=== styles", *(f"{name}: {' | '.join(names[name])}" for name in sorted(names))]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(path: Path, theme: str) -> dict[str, Drawn]:
    """What is to be drawn in one theme."""
    before, _mark, after = path.read_text("utf-8").partition("=== styles\n")
    which = THEMES.index(theme)
    names = {
        name: styles.split(" | ")[which]
        for name, styles in (line.split(": ", 1) for line in after.splitlines())
    }
    found: dict[str, Drawn] = {}
    for line in before.splitlines():
        if line.startswith("=== "):
            now = found.setdefault(line[4:], Drawn())
        elif line[2:3] == "|":
            now.text[int(line[:2])] = line[3:]
        else:
            rows, _colon, cells = line.partition(": ")
            pieces = runs((int(one[:-LETTERS]), names[one[-LETTERS:]]) for one in cells.split())
            now.cells |= {int(y): pieces for y in rows.split(",")}
    return found


async def walk(ui: Ui) -> dict[str, Drawn]:
    """Open one thing after the other, and close it again."""
    screens: dict[str, Drawn] = {}
    for title, keys in PANES.items():
        await ui.press(*keys.split())
        screens[title] = await at_rest(ui)
    await ui.press("escape", "ctrl+n")
    await over(ui, screens, FROM_REPLY)
    await ui.press("escape")
    await over(ui, screens, FROM_TIMELINE)
    await ui.press("escape", "g")
    await over(ui, screens, FROM_INBOX)
    await over(ui, screens, MENUS)
    await ui.press("colon", *"tour", "enter")
    screens["tour"] = await at_rest(ui)
    return screens


async def over(ui: Ui, screens: dict[str, Drawn], titles: Mapping[str, str]) -> None:
    """What is opened over the screen as it is now."""
    below = await at_rest(ui)
    for title, keys in titles.items():
        await ui.pilot.press(*keys.split())
        await ui.until(lambda: isinstance(ui.app.screen, Overlay), title)
        screens[title] = await at_rest(ui, below)
        while isinstance(ui.app.screen, Overlay):
            await ui.press("escape")


async def at_rest(ui: Ui, below: Drawn | None = None) -> Drawn:
    """What is drawn when nothing changes any more. The status line's words come and go by
    seconds: they are tested where they are said."""
    await ui.settle()
    ui.station.status.clear()
    await ui.settle()
    last = drawn(ui, below)
    while True:
        await ui.pilot.pause(0.04)
        found = drawn(ui, below)
        if found == last:
            return found
        last = found


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The clock stands still."""
    time.tzset()
    monkeypatch.setattr("store.clock.time", SimpleNamespace(time_ns=lambda: NOW * 1_000_000))
    monkeypatch.chdir(tmp_path)
    return settled(tmp_path)


async def look(shop: Shop, size: tuple[int, int], theme: str) -> dict[str, Drawn]:
    async with shop.with_desk(theme=theme).screen(size) as ui:
        await ui.press("3", "g")
        return await walk(ui)


RUNS = [
    pytest.param(size, theme, marks=() if (size, theme) == (SIZES[0], THEMES[0]) else SLOW)
    for size in SIZES
    for theme in THEMES
]


async def compare(shop: Shop, size: tuple[int, int], theme: str) -> None:
    wanted = read(SNAPSHOTS / f"{size[0]}x{size[1]}.txt", theme)
    found = await look(shop, size, theme)
    assert list(found) == list(wanted)
    for title in wanted:
        assert found[title].text == wanted[title].text, title
    for title in wanted:
        for y, cells in wanted[title].cells.items():
            assert found[title].cells[y] == cells, f"{title}, line {y}"


async def snapshots(shop: Shop, size: tuple[int, int]) -> None:
    """Each theme on a desk of its own: what was looked at is no longer new."""
    themes = {}
    for theme in THEMES:
        fresh = settled(shop.config.home.config.parent / theme)
        themes[theme] = await look(fresh, size, theme)
    screens = {title: {t: themes[t][title] for t in THEMES} for title in themes[THEMES[0]]}
    write(SNAPSHOTS / f"{size[0]}x{size[1]}.txt", screens)


if os.environ.get("OMNITUI_SNAPSHOTS") == "write":

    @pytest.mark.timeout(900)
    @pytest.mark.parametrize("size", SIZES)
    async def test_snapshots_are_written(shop: Shop, size: tuple[int, int]) -> None:
        await snapshots(shop, size)

else:

    @pytest.mark.timeout(300)
    @pytest.mark.parametrize(("size", "theme"), RUNS)
    async def test_every_screen_is_as_it_was(shop: Shop, size: tuple[int, int], theme: str) -> None:
        await compare(shop, size, theme)

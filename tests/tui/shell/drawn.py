"""What is drawn on a screen, as lines and as runs of styled cells, and the files that keep it.

A file holds all of one size: of each sight its lines, then the styles of their cells by lengths
and names; of what lies over the workstation only the lines that it changes. The names stand at the
file's end, each with its style in the three themes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from rich.segment import Segment

from tests.tui.shell.shop import Ui

THEMES = ("dark", "light", "terminal-dark")
LETTERS = 5
"""Of a style's name: so many that no two styles have one."""

Cells = list[tuple[int, str]]
"""Runs of cells: how many, and their style."""


@dataclass
class Drawn:
    """Lines of a screen by their numbers."""

    text: dict[int, str] = field(default_factory=dict)
    cells: dict[int, Cells] = field(default_factory=dict)

    def over(self, below: Drawn | None) -> Drawn:
        """Only the lines that are others than those below."""
        if below is None:
            return self
        changed = {y: text for y, text in self.text.items() if below.text.get(y) != text}
        return Drawn(changed, {y: self.cells[y] for y in changed})


def drawn(ui: Ui) -> Drawn:
    """What is on the screen."""
    found = Drawn()
    for y, strip in enumerate(ui.app.screen._compositor.render_strips()):
        found.text[y] = strip.text.rstrip()
        found.cells[y] = runs((segment.cell_length, style(segment)) for segment in strip)
    return found


_styles: dict[tuple[object, bool], str] = {}


def style(segment: Segment) -> str:
    """Of blanks only what is seen of them."""
    key = (segment.style, segment.text.isspace())
    if key not in _styles:
        _styles[key] = _named(segment)
    return _styles[key]


def _named(segment: Segment) -> str:
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


def write(path: Path, sights: dict[str, dict[str, Drawn]]) -> None:
    """Keep sights by title, each in all themes."""
    lines: list[str] = []
    names: dict[str, tuple[str, ...]] = {}
    for title, themes in sights.items():
        first = themes[THEMES[0]]
        assert all(themes[theme].text == first.text for theme in THEMES), title
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
    """What is to be drawn in one theme, by title."""
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

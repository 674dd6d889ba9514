"""What stands on the terminal, cell by cell: a frame writes only the cells that differ from it.

A page of the inbox changes every line but not every cell: signs, times and blanks are mostly the
same again. What differs is written style by style, so that a frame says each colour once; where a
cell stands is said in six bytes, a colour in twenty. Within a synchronised update (and one write)
nobody sees the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from weakref import WeakKeyDictionary

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style

from omnitui.tui.text.cells import certain, width
from omnitui.tui.text.sgr import ERASES, PLAIN, Codes, codes, transition

Cell = tuple[str, Codes, int, bool]
"""Grapheme ("" in the cells that a wide one goes on in), style, its cells, and whether terminals
agree on their number."""
Cells = list[Cell | None]
"""None: not known what stands there."""

BLANK = 8
"""Blank cells from which erasing (ECH) is shorter than writing them."""
NEAR = 3
"""Equal cells of the same style that are written again rather than stepped over."""
STYLES = 2000
"""Styles whose cells are kept."""


class _Styled(dict[str, Cell]):
    """The cells of one style, made once: equal ones are mostly the same."""

    def __init__(self, style: Codes) -> None:
        super().__init__()
        self.style = style
        self.blank: Cell = (" ", style if style[3] else ((), "", style[2], False), 1, True)
        self.rest: Cell = ("", style, 0, True)

    def __missing__(self, sign: str) -> Cell:
        # The colour of letters does not show on spaces.
        cell = self[sign] = self.blank if sign == " " else (sign, self.style, 1, True)
        return cell

    def grapheme(self, text: str, cells: int) -> list[Cell]:
        if cells == 1 and certain(text):
            return [self[text]]
        return [(text, self.style, cells, certain(text)), *[self.rest] * (cells - 1)]


_styled: dict[tuple[Style | None, ColorSystem], _Styled] = {}


def cells_of(segments: Iterable[Segment], system: ColorSystem) -> tuple[Cells, bool]:
    """The cells that segments take, and whether the width of some is disputed."""
    found: Cells = []
    disputed = False
    for text, style, control in segments:
        if control:
            continue
        styled = _styled.get((style, system))
        if styled is None:
            if len(_styled) >= STYLES:
                _styled.clear()
            styled = _Styled(PLAIN if style is None else codes(style, system))
            _styled[style, system] = styled
        if text.isascii() or (width(text) == len(text) and certain(text)):
            found.extend(map(styled.__getitem__, text))
            continue
        for start, end, cells in split_graphemes(text)[0]:
            if cells:
                more = styled.grapheme(text[start:end], cells)
                disputed = disputed or not more[0][3]
                found.extend(more)
    return found, disputed


@dataclass(slots=True)
class _Run:
    """Cells next to each other that are written at once."""

    y: int
    x: int
    style: Codes
    text: str
    cells: int
    erased: bool = False


class TerminalCells:
    """One terminal's."""

    def __init__(self) -> None:
        self._lines: list[Cells] = []
        self._disputed: list[bool] = []
        self._size = (0, 0)

    def forget(self) -> None:
        """Anything may stand there: the next frame writes all its cells."""
        self._size = (0, 0)

    def frame(
        self,
        pieces: Iterable[tuple[int, int, Iterable[Segment]]],
        size: tuple[int, int],
        system: ColorSystem,
    ) -> str:
        """The bytes that show `pieces` (column, line, segments) on a terminal of `size`, and
        leave its style plain."""
        if size != self._size:
            self._size = size
            self._lines = [[None] * size[0] for _line in range(size[1])]
            self._disputed = [False] * size[1]
        frame = _Frame(size[0])
        for x, y, segments in pieces:
            self._piece(frame, x, y, *cells_of(segments, system))
        return frame.written()

    def _piece(self, frame: _Frame, x: int, y: int, new: Cells, disputed: bool) -> None:
        line = self._lines[y]
        del new[len(line) - x :]
        end = x + len(new)
        old = line[x:end]
        if old == new or not new:
            return
        # What is left of a wide one of which a part is written over is not known.
        for cut, beside in ((x, x - 1), (end, end)):
            there = line[cut] if 0 < cut < len(line) else None
            if there is not None and not there[2]:
                line[beside] = None
        line[x:end] = new
        changed = {at for at, cell in enumerate(new) if cell is not old[at] and cell != old[at]}
        if disputed or self._disputed[y]:
            if end < len(line):
                old.append(line[end])
                new = [*new, line[end]]
            _with_neighbours(old, new, changed)
            self._disputed[y] = True
        frame.take(x, y, new, sorted(changed))


def _with_neighbours(old: Cells, new: Cells, changed: set[int]) -> None:
    """A grapheme of disputed width is written whole or not at all, and what follows it after it,
    since a terminal may draw it over that."""
    for at, pair in enumerate(zip(old, new, strict=True)):
        for cell in pair:
            if cell is not None and not cell[3]:
                stop = at + cell[2]
                if any(one in changed for one in range(at, stop)):
                    changed.update(range(at, min(stop + 1, len(new))))


class _Frame:
    """Gathers what to write, then writes it in the cheapest order."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._disputed: list[_Run] = []
        self._runs: list[_Run] = []
        self._out: list[str] = []
        self._style = PLAIN
        self._cursor: tuple[int, int] | None = None

    def take(self, x: int, y: int, new: Cells, changed: Sequence[int]) -> None:
        """Those cells of a piece are to be written."""
        run: _Run | None = None
        end, place, count = 0, 0, len(changed)
        while place < count:
            at = changed[place]
            cell = new[at]
            place += 1
            if cell is None or not cell[2]:
                continue
            sign, style, cells, sure = cell
            if not sure:
                self._disputed.append(_Run(y, x + at, style, sign, cells))
                run = None
                continue
            if sign == " ":
                while place < count and changed[place] == at + cells and new[at + cells] == cell:
                    place += 1
                    cells += 1
                if cells >= BLANK and ERASES and not style[3]:
                    self._runs.append(_Run(y, x + at, style, "", cells, erased=True))
                    run = None
                    continue
                sign = " " * cells
            if run is not None and at == end and style is run.style:
                run.text += sign
            elif run is not None and (joined := _joined(run, new[end:at], style)) is not None:
                run.text += joined + sign
            else:
                run = _Run(y, x + at, style, sign, 0)
                self._runs.append(run)
            end = at + cells
            run.cells = x + end - run.x

    def written(self) -> str:
        # First what may be drawn too wide: what follows it is written over the surplus.
        for run in self._in_chains():
            self._wear(run.style)
            self._go(run)
            if run.x + run.cells < self._columns:
                # Cleared, since a terminal may draw it narrower than we count.
                back = "\x1b[D" if run.cells == 1 else f"\x1b[{run.cells}D"
                self._out.append(f"{' ' * run.cells}{back}{run.text}")
            else:
                self._out.append(run.text)
            self._cursor = None
        for style, runs in self._by_style():
            self._wear(style)
            for run in runs:
                self._go(run)
                if not run.erased:
                    self._out.append(run.text)
                    end = run.x + run.cells
                    self._cursor = (run.y, end) if end < self._columns else None
                elif run.x + run.cells >= self._columns:
                    self._out.append("\x1b[K")
                else:
                    self._out.append(f"\x1b[{run.cells}X")
        if self._style != PLAIN:
            self._out.append("\x1b[0m")
        return "".join(self._out)

    def _in_chains(self) -> Iterable[_Run]:
        """Those of disputed width by style, but what stands right after another one after it."""
        chains: list[list[_Run]] = []
        for run in self._disputed:
            last = chains[-1][-1] if chains else None
            if last is not None and (last.y, last.x + last.cells) == (run.y, run.x):
                chains[-1].append(run)
            else:
                chains.append([run])
        chains.sort(key=lambda runs: _cheapest(runs[0].style))
        return chain.from_iterable(chains)

    def _by_style(self) -> list[tuple[Codes, list[_Run]]]:
        found: dict[Codes, list[_Run]] = {}
        for run in self._runs:
            if run.style[1]:
                found.setdefault(run.style, []).append(run)
        # Blanks go with letters on the same background.
        grounds = {style[2]: style for style in reversed(found) if not style[3]}
        for run in self._runs:
            if not run.style[1]:
                ground = run.style[2]
                style = grounds.setdefault(ground, ((), PLAIN[1], ground, False))
                found.setdefault(style, []).append(run)
        return sorted(found.items(), key=lambda one: _cheapest(one[0]))

    def _wear(self, style: Codes) -> None:
        if style != self._style:
            self._out.append(transition(self._style, style))
            self._style = style

    def _go(self, run: _Run) -> None:
        cursor, self._cursor = self._cursor, (run.y, run.x)
        if cursor == self._cursor:
            return
        if cursor is not None and cursor[0] == run.y and cursor[1] < run.x:
            steps = run.x - cursor[1]
            self._out.append(f"\x1b[{steps if steps > 1 else ''}C")
        elif run.x:
            self._out.append(f"\x1b[{run.y + 1};{run.x + 1}H")
        else:
            self._out.append(f"\x1b[{run.y + 1}H")


def _cheapest(style: Codes) -> tuple[str, tuple[str, ...], str]:
    """In this order little changes from one style to the next."""
    return style[2], style[0], style[1]


def _joined(run: _Run, between: Cells, style: Codes) -> str | None:
    """What stands between a run and what it goes on with, in that style; None where it does not
    go on. A run of blanks takes the style of the letters."""
    if len(between) > NEAR:
        return None
    text, worn = "", run.style
    for wears in [*(cell[1] if cell else None for cell in between), style]:
        if wears is None:
            return None
        if wears != worn:
            if wears[2] != worn[2] or wears[3] or worn[3] or (wears[1] and worn[1]):
                return None
            worn = wears if wears[1] else worn
    for cell in between:
        if cell is None or cell[2] != 1 or not cell[3]:
            return None
        text += cell[0]
    run.style = worn
    return text


_terminals: WeakKeyDictionary[Console, TerminalCells] = WeakKeyDictionary()


def on_terminal(console: Console) -> TerminalCells:
    """What stands on the terminal that a console writes to."""
    found = _terminals.get(console)
    if found is None:
        found = _terminals[console] = TerminalCells()
    return found

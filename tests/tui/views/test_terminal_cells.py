"""Frames that write only what differs show the same as frames that write everything."""

from __future__ import annotations

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

from omnitui.tui.panes.terminal_cells import TerminalCells, cells_of

SIZE = COLUMNS, LINES = 24, 3
TRUE = ColorSystem.TRUECOLOR
styles = st.sampled_from(
    [
        None,
        Style(color="red"),
        Style(color="red", bgcolor="blue"),
        Style(color=Color.from_rgb(1, 2, 3), bgcolor="blue", bold=True),
        Style(bgcolor="blue"),
        Style(bgcolor="blue", reverse=True),
        Style(underline=True),
    ]
)
texts = st.one_of(
    st.text("ab ї字●", min_size=1, max_size=9),
    st.integers(1, 20).map(lambda n: " " * n),
    st.sampled_from(["❤️", "👩", "🇺🇦", "क्षि", "x👨‍👩‍👧"]),
)
rows = st.lists(st.builds(Segment, texts, styles), min_size=1, max_size=4)


def whole(row: list[Segment]) -> list[Segment]:
    """As wide as the terminal, as a whole frame's lines are."""
    found: list[Segment] = []
    room = COLUMNS
    for segment in row:
        if segment.cell_length <= room:
            found.append(segment)
            room -= segment.cell_length
    return [*found, Segment(" " * room)]


frames = st.lists(st.lists(rows.map(whole), min_size=LINES, max_size=LINES), min_size=2, max_size=5)


class Shown:
    """A terminal that is sent frames."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.cells = TerminalCells()
        self.written = ""

    def frame(self, lines: list[list[Segment]], x: int = 0) -> None:
        pieces = ((x, y, line) for y, line in enumerate(lines))
        self.written = self.cells.frame(pieces, SIZE, TRUE)
        pyte.Stream(self.screen).feed(self.written)

    def sees(self) -> list[object]:
        return [
            # On a space only what shows on a space counts.
            (" ", cell.bg) if cell.data == " " and not (cell.reverse or cell.underscore) else cell
            for line in range(LINES)
            for cell in (self.screen.buffer[line][x] for x in range(COLUMNS))
        ]


@settings(max_examples=80)
@given(frames)
def test_what_differs_is_enough(each: list[list[list[Segment]]]) -> None:
    kept = Shown()
    for lines in each:
        kept.frame(lines)
        afresh = Shown()
        afresh.frame(lines)
        assert kept.sees() == afresh.sees()
        kept.frame(lines)
        assert kept.written == "", "it stands there already"


def test_letters_stand_where_they_belong() -> None:
    shown = Shown()
    shown.frame([[Segment("a字b●c👩d")], [Segment("1234567")], [Segment("x")]])
    assert [line.rstrip() for line in shown.screen.display] == ["a字b●c👩d", "1234567", "x"]
    shown.frame([[Segment("a字b○c👩e")]])
    assert shown.screen.display[0].rstrip() == "a字b○c👩e"
    assert "字" not in shown.written
    assert "👩" not in shown.written


def test_what_follows_a_sign_of_disputed_width_is_written_after_it() -> None:
    shown = Shown()
    shown.frame([[Segment("1✉2")]])
    shown.frame([[Segment("1✈2")]])
    assert shown.written.endswith("\x1b[1;3H2")
    assert "1" not in shown.written.replace("\x1b[1;", "")


def test_a_colour_is_said_once_a_frame() -> None:
    bright, dull = Style(color=Color.from_rgb(9, 9, 9)), Style(color=Color.from_rgb(5, 5, 5))
    shown = Shown()
    shown.frame([[Segment("one", bright), Segment("two", dull)]] * LINES)
    assert shown.written.count("38;2;9;9;9") == shown.written.count("38;2;5;5;5") == 1


def test_half_a_wide_letter_is_not_taken_for_a_whole_one() -> None:
    shown = Shown()
    shown.frame([[Segment("ab字cd")]])
    shown.frame([[Segment("xy")]], x=3)
    shown.frame([[Segment("ab字cd")]])
    assert shown.screen.display[0].rstrip() == "ab字cd"


def test_a_terminal_of_another_size_is_written_anew() -> None:
    cells = TerminalCells()
    line = [(0, 0, [Segment("hello")])]
    first = cells.frame(line, SIZE, TRUE)
    assert cells.frame(line, SIZE, TRUE) == ""
    assert cells.frame(line, (COLUMNS + 1, LINES), TRUE) == first
    cells.forget()
    assert cells.frame(line, (COLUMNS + 1, LINES), TRUE) == first


@given(rows)
def test_a_line_has_as_many_cells_as_its_segments(row: list[Segment]) -> None:
    cells, _disputed = cells_of(row, TRUE)
    assert len(cells) == sum(segment.cell_length for segment in row)

from __future__ import annotations

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from omnitui.tui.text.cells import width
from omnitui.tui.text.strips import FrugalStrip, LineBuilder, encode, erases_in_colour

COLUMNS = 130

colors = st.one_of(
    st.none(),
    st.just(Color.default()),
    st.builds(Color.from_ansi, st.integers(0, 255)),
    st.builds(Color.from_rgb, *[st.integers(0, 255)] * 3),
)
flags = st.sampled_from([None, True, False])
styles = st.one_of(
    st.none(),
    st.builds(
        Style,
        color=colors,
        bgcolor=colors,
        bold=flags,
        italic=flags,
        underline=flags,
        reverse=flags,
        strike=flags,
    ),
)
texts = st.one_of(
    st.text("ab ї字", min_size=1, max_size=8), st.integers(1, 20).map(lambda n: " " * n)
)
rows = st.lists(st.builds(Segment, texts, styles), max_size=5)


def on_screen(written: str, column: int = 0) -> list[object]:
    screen = pyte.Screen(COLUMNS, 2)
    pyte.Stream(screen).feed(f"\x1b[1;{column + 1}H{written}")
    cells: list[object] = []
    for at in range(COLUMNS):
        cell = screen.buffer[0][at]
        # On a space only what shows on a space counts.
        bare = cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough)
        cells.append(("", cell.bg) if bare else cell)
    return cells


@settings(max_examples=60)
@given(rows, st.integers(0, 20))
def test_looks_the_same_as_textuals_own(segments: list[Segment], column: int) -> None:
    console = Console(color_system="truecolor", force_terminal=True)
    plain = Strip(segments).render(console)
    cells = sum(width(segment.text) for segment in segments)
    frugal = FrugalStrip(segments, cells, column, None).render(console)
    assert on_screen(frugal, column) == on_screen(plain, column)


def test_a_row_costs_fewer_bytes() -> None:
    base = Style(color=Color.from_rgb(224, 224, 224), bgcolor=Color.from_rgb(18, 18, 18))
    muted = base + Style(color=Color.from_rgb(120, 120, 120))
    segments = [
        Segment(" ", base),
        Segment("●", muted),
        Segment(" ", base),
        Segment("Olena", base + Style(bold=True)),
        Segment(" " * 30, base),
        Segment("3m", muted),
    ]
    console = Console(color_system="truecolor", force_terminal=True)
    frugal = FrugalStrip(segments, 40, 0, None).render(console)
    assert len(frugal) < 0.6 * len(Strip(segments).render(console))


@given(rows, st.sampled_from([ColorSystem.STANDARD, ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR]))
def test_ends_as_plain_as_it_began(segments: list[Segment], system: ColorSystem) -> None:
    screen = pyte.Screen(COLUMNS, 2)
    pyte.Stream(screen).feed(encode(segments, 0, system) + "\r\n.")
    cell = screen.buffer[1][0]
    assert (cell.fg, cell.bg, cell.bold, cell.reverse) == ("default", "default", False, False)


@pytest.mark.parametrize("text", ["a👨‍👩‍👧b", "x❤️y", "क्षि!", "1️⃣2", "🇺🇦.", "e\u0301f"])
def test_what_follows_a_disputed_text_stands_in_its_column(text: str) -> None:
    written = encode([Segment(text), Segment("|")], 5, ColorSystem.TRUECOLOR)
    screen = pyte.Screen(40, 1)
    pyte.Stream(screen).feed(f"\x1b[1;6H{written}")
    assert screen.buffer[0][5 + width(text)].data == "|"


def test_gnu_screen_is_not_asked_to_erase_in_colour() -> None:
    assert erases_in_colour({"TERM": "xterm-256color"})
    assert not erases_in_colour({"TERM": "screen.xterm-256color"})
    assert erases_in_colour({"TERM": "screen-256color", "TMUX": "/tmp/tmux"})


@given(
    st.integers(0, 40),
    st.lists(st.text("ab字 👩", max_size=12), max_size=4),
    st.lists(st.text("c字", max_size=6), max_size=2),
)
def test_a_built_line_has_its_width(cells: int, left: list[str], right: list[str]) -> None:
    line = LineBuilder(cells, Style())
    for text in left:
        line.add(text)
    built = line.finish(*((text, None) for text in right))
    assert built.cells == cells == width(built.text)

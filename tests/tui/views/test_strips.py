from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import BLACK
from textual.filter import Monochrome
from textual.strip import Strip

from omnitui.tui.panes import drawn_rows
from omnitui.tui.panes.drawn_rows import DrawnRows
from omnitui.tui.text.cells import width
from omnitui.tui.text.sgr import erases_in_colour
from omnitui.tui.text.strips import Line, LineBuilder, LineStrip


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


def test_a_drawn_line_is_a_strip_like_any_other() -> None:
    """Its caches are made when they are asked for: everything a strip does is done."""
    bold = Style(bold=True)
    segments = [Segment("Hello ", bold), Segment("Олена 日本", Style())]
    width = Strip(segments).cell_length
    plain, line = Strip(segments, width), LineStrip(segments, width, None)
    for _ in range(2):  # once computed, once remembered
        assert line == plain
        assert line.crop(2, 9) == plain.crop(2, 9)
        assert line.divide([3, 8, width]) == plain.divide([3, 8, width])
        assert line.apply_style(bold) == plain.apply_style(bold)
        assert line.apply_filter(Monochrome(), BLACK) == plain.apply_filter(Monochrome(), BLACK)
        assert line.adjust_cell_length(30, bold) == plain.adjust_cell_length(30, bold)
        assert line.crop_extend(2, 30, bold) == plain.crop_extend(2, 30, bold)
        assert line.apply_offsets(1, 2) == plain.apply_offsets(1, 2)
        assert line.link_ids == plain.link_ids
        assert line.cell_count == plain.cell_count
        assert line.render(Console(color_system=None)) == plain.render(Console(color_system=None))
    with pytest.raises(AttributeError, match="no_such"):
        line.no_such  # noqa: B018


def test_lines_of_rows_are_kept_up_to_a_measure() -> None:
    drawn = DrawnRows()
    for key in range(drawn_rows.MOST):
        drawn.keep(key, "", [Line([], 0), Line([], 0)])
        assert key in drawn
        assert len(drawn) <= drawn_rows.MOST
    assert drawn_rows.MOST - 1 - drawn_rows.MOST // 6 in drawn  # the newest
    assert 0 not in drawn  # the oldest
    drawn.forget(range(drawn_rows.MOST))
    assert len(drawn) == 0
    drawn.keep("long", "focused", [Line([], 0)] * 2 * drawn_rows.MOST)
    assert drawn.get("long", "focused")
    drawn.keep("next", "", [Line([], 0)])
    assert "next" in drawn
    assert len(drawn) == 1


def test_a_row_drawn_again_is_counted_once() -> None:
    drawn = DrawnRows()
    for _ in range(3):
        drawn.keep("a", "", [Line([], 0)])
    assert len(drawn) == 1

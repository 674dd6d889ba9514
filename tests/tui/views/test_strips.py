from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from omnitui.tui.text.cells import width
from omnitui.tui.text.sgr import erases_in_colour
from omnitui.tui.text.strips import LineBuilder


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

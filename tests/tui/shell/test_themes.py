"""Colours: those that suit the terminal, those that are chosen, and how both change."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color

from omnitui.tui.look.background import Answers, side_of
from omnitui.tui.look.themes import OWN_THEMES, Side, side_told, theme_for
from tests.tui.shell.shop import Shop

KNOWN = [theme.name for theme in OWN_THEMES]


@pytest.mark.parametrize(
    ("wanted", "few", "side", "expected"),
    [
        ("", False, "dark", "dark"),
        ("auto", False, "light", "light"),
        ("", True, "light", "terminal-light"),
        ("contrast", False, "light", "contrast-light"),
        ("terminal", False, "dark", "terminal-dark"),
        ("light", True, "dark", "light"),
        ("no such", False, "dark", "dark"),
    ],
)
def test_the_theme_suits_setting_and_terminal(
    wanted: str, few: bool, side: Side, expected: str
) -> None:
    assert theme_for(wanted, KNOWN, few_colors=few, side=side) == expected


@pytest.mark.parametrize(
    ("told", "side"), [("15;0", "dark"), ("0;15", "light"), ("0;default;7", "light"), ("", "dark")]
)
def test_colorfgbg(told: str, side: str) -> None:
    assert side_told({"COLORFGBG": told}) == side


@pytest.mark.parametrize(
    ("answer", "side"),
    [
        ("1616/1818/1f1f", "dark"),
        ("ffff/ffff/ffff", "light"),
        ("f/f/e", "light"),
        ("fdf6e3", "light"),
        ("ff/00", None),
        ("//", None),
    ],
)
def test_a_colour_is_dark_or_light(answer: str, side: str | None) -> None:
    assert side_of(answer) == side


@given(
    before=st.text("jk\x1b[A]1", max_size=6),
    after=st.text("jkrgb;:/", max_size=6),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    end=st.sampled_from(["\x07", "\x1b\\"]),
)
def test_an_answer_is_taken_out_however_it_is_cut(
    before: str, after: str, cuts: list[int], end: str
) -> None:
    """The keys around it arrive, all and in order; of one cut behind its Escape, that stays."""
    told: list[str] = []
    answers = Answers(told.append)
    answers.asked()
    stream = f"{before}\x1b]11;rgb:ffff/ffff/ffff{end}{after}"
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    read = "".join(answers.take(stream[a:b]) for a, b in pairwise(places))
    assert told == ["light"]
    assert read.replace("\x1b", "") == (before + after).replace("\x1b", "")


@given(
    before=st.text("jk\x1b[A]1", max_size=6),
    after=st.text("jk?9;n", max_size=6),
    cuts=st.lists(st.integers(2, 30), max_size=4),
    light=st.lists(st.booleans(), min_size=1, max_size=2),
)
def test_so_is_the_report_of_a_change(
    before: str, after: str, cuts: list[int], light: list[bool]
) -> None:
    told: list[str] = []
    answers = Answers(told.append)
    answers.asked()
    stream = before + "".join(f"\x1b[?997;{2 if one else 1}n" for one in light) + after
    start = len(before) + 3  # one cut behind its Escape is a key's for Textual
    places = sorted({min(start + cut, len(stream)) for cut in cuts} | {0, len(stream)})
    read = "".join(answers.take(stream[a:b]) for a, b in pairwise(places))
    if len(places) == 2 or len(light) == 1:
        assert told == ["light" if one else "dark" for one in light]
        assert read == before + after


def test_where_nothing_was_asked_nothing_is_held_back() -> None:
    answers = Answers(lambda side: None)
    assert answers.take("\x1b]11;rgb:") == "\x1b]11;rgb:"


def _contrast(one: Color, other: Color) -> float:
    def light(color: Color) -> float:
        parts = [c / 255 for c in color.rgb]
        red, green, blue = (
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [t for t in OWN_THEMES if not t.ansi], ids=lambda t: t.name)
def test_words_stand_out(theme: object) -> None:
    """WCAG 2.1 §1.4.3 (4.5 : 1), §1.4.6 (7 : 1) in high contrast; also black on the colours."""
    variables = theme.to_color_system().generate()  # type: ignore[attr-defined]
    least = 7 if theme.name.startswith("contrast") else 4.5  # type: ignore[attr-defined]
    for back in ("background", "surface"):
        for name in ("primary", "secondary", "accent", "success", "warning", "error", "foreground"):
            found = _contrast(Color.parse(variables[name]), Color.parse(variables[back]))
            assert found >= least, (name, back, found)


async def test_a_light_terminal_gets_a_light_theme_where_none_was_chosen(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        assert ui.app.theme in ("dark", "terminal-dark")
        ui.app._take_side("light")
        await ui.settle()
        assert ui.app.theme in ("light", "terminal-light")
        await ui.type(":theme contrast\n")
        await ui.until(lambda: ui.app.theme == "contrast-light")
        kept = shop.config.home.agent_file
        await ui.until(lambda: kept.exists() and 'theme = "contrast"' in kept.read_text())


async def test_a_chosen_theme_stays_whatever_the_terminal_says(shop: Shop) -> None:
    async with shop.with_desk(theme="dark").screen((80, 24)) as ui:
        ui.app._take_side("light")
        assert ui.app.theme == "dark"


async def test_themes_are_worn_while_one_chooses(shop: Shop) -> None:
    async with shop.with_desk(theme="dark").screen((80, 24)) as ui:
        await ui.type(":theme\n")
        await ui.sees("Colours", "high contrast")
        await ui.type("omnitui, light")
        await ui.until(lambda: ui.app.theme == "light")
        await ui.press("escape")
        await ui.until(lambda: ui.app.theme == "dark")
        await ui.type(":theme\n")
        await ui.sees("Colours")
        await ui.type("contrast-d")
        await ui.until(lambda: ui.app.theme == "contrast-dark")
        await ui.press("enter")
        await ui.until(lambda: ui.app.wanted_theme == "contrast-dark")
        assert ui.app.theme == "contrast-dark"
        await ui.type(":theme hotdog\n")
        await ui.sees("There is no theme “hotdog”")


async def test_a_theme_that_there_is_not_is_said_at_the_start(shop: Shop) -> None:
    async with shop.with_desk(theme="hotdog").screen((80, 24)) as ui:
        await ui.sees("There is no theme “hotdog”")
        assert ui.app.theme in KNOWN


async def test_a_file_that_cannot_be_written_is_said(shop: Shop) -> None:
    shop.config.home.agent_file.mkdir()
    async with shop.screen((80, 24)) as ui:
        await ui.type(":theme light\n")
        await ui.sees("For this session only")
        assert ui.app.theme == "light"

"""Signs beyond ASCII: which there are, and screens without them."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnitui.tui
from omnitui.tui.look import symbols
from omnitui.tui.text.cells import width
from omnitui.tui.text.safe_text import safe
from tests.tui.shell.shop import Shop

SOURCES = Path(omnitui.tui.__file__).parent


@pytest.fixture
def ascii_shop(shop: Shop) -> Iterator[Shop]:
    yield shop.with_desk(symbols="ascii")
    symbols.use("unicode", {})


def texts(source: str) -> Iterator[str]:
    """The strings of a module that are no docstrings."""
    tree = ast.parse(source)
    bodies = [body for node in ast.walk(tree) if isinstance(body := getattr(node, "body", 0), list)]
    docs = {id(n.value) for body in bodies for n in body if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def test_every_sign_that_is_drawn_has_a_plain_one() -> None:
    """All of the screen's sources but those that judge other people's text."""
    missing = {
        (character, path.name)
        for path in SOURCES.rglob("*.py")
        if path.parent.name not in ("text", "look")
        for text in texts(path.read_text("utf-8"))
        for character in text
        if not character.isascii()
        and unicodedata.category(character)[0] in "SP"
        and (symbols.in_ascii(character)[0] == "?" or not symbols.in_ascii(character).isascii())
    }
    assert not missing, "these have no place in look/symbols.py"


@pytest.mark.parametrize("sign", [*symbols.PLAIN_SIGNS, *map(chr, range(0x2500, 0x25A0))])
def test_what_takes_a_signs_place_is_ascii_and_as_wide(sign: str) -> None:
    plain = symbols.in_ascii(sign)
    assert plain.isascii()
    assert width(plain) == width(sign)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=30).map(safe))
def test_no_line_changes_its_width(text: str) -> None:
    assert width(symbols.in_ascii(text)) == width(text)


@pytest.mark.parametrize(
    ("setting", "term", "plain"),
    [
        ("auto", "xterm-256color", False),
        ("auto", "linux", True),
        ("auto", "vt100", True),
        ("unicode", "linux", False),
        ("ascii", "xterm", True),
    ],
)
def test_the_terminal_or_the_agent_decides(setting: str, term: str, plain: bool) -> None:
    try:
        assert symbols.use(setting, {"TERM": term}) is plain
        assert symbols.plain() is plain
    finally:
        symbols.use("unicode", {})


async def test_a_screen_of_ascii_and_letters(ascii_shop: Shop) -> None:
    """Inbox, conversation, reply box, help, a menu and a list."""
    ascii_shop.arrive("Оля Коваль", "Де моє замовлення? 🎁 → “тут”…", subject="Замовлення")
    async with ascii_shop.screen((120, 40)) as ui:
        seen = []
        for keys in (["G"], ["enter"], ["r"], ["escape"], ["question_mark"], ["escape"], ["s"],
                     ["escape"], ["ctrl+p"]):  # fmt: skip
            await ui.press(*keys)
            seen.append(ui.text())
        signs = {c for text in seen for c in text if not c.isascii() and not c.isalpha()}
        assert not signs
        assert "Замовлення" in seen[0]
        assert "PgDn" in seen[4]
        assert "+-" in seen[4]


@pytest.mark.parametrize(
    ("environ", "plain"),
    [
        ({"TERM": "xterm-256color", "LC_ALL": "C"}, True),
        ({"TERM": "xterm-256color", "LC_ALL": "POSIX"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "xterm-256color"}, False),
    ],
)
def test_where_the_terminal_or_the_locale_is_plain_so_are_the_signs(
    environ: dict[str, str], plain: bool
) -> None:
    try:
        assert symbols.use("auto", environ) is plain
    finally:
        symbols.use("unicode", {})

"""Every word can be read: WCAG 2.2 AA, 1.4.3, in each theme that says its colours itself. Sixteen
colours are the terminal's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.screen import ModalScreen

from omnitui.tui.look.themes import OWN_THEMES
from tests.tui.shell.desks import settled
from tests.tui.shell.shop import Shop, Ui

LEAST = 4.5
SIGHTS = {
    "inbox": "3 g space",
    "history": "escape g enter",
    "reply": "r I space k n o w",
    "note": "ctrl+n",
    "articles": "f8",
    "filter": "escape escape escape escape \\ i s :",
    "templates": "escape g T",
    "menu": "escape escape s",
    "help": "escape ?",
    "details": "escape enter D",
}
"""What is pressed one after the other: at this size all panes are seen at once."""


def brightness(color: Color) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    ]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(ink: Color, paper: Color) -> float:
    light, dark = sorted((brightness(ink), brightness(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def faint(ui: Ui) -> dict[tuple[str, str], str]:
    """Words that are hard to read: their colours, and where the first of them stand."""
    if isinstance(ui.app.screen, ModalScreen):  # what lies below is faint on purpose
        ui.app.screen.styles.background = Color.parse(ui.app.current_theme.background or "black")
    found = {}
    for strip in ui.app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            if style is None or not any(map(str.isalnum, segment.text)):
                continue
            assert style.color is not None, segment
            assert style.bgcolor is not None, segment
            pair = [Color.from_rich_color(one) for one in (style.color, style.bgcolor)]
            ratio = contrast(*pair)
            if ratio < LEAST:
                found[pair[0].hex, pair[1].hex] = f"{ratio:.2f} {segment.text.strip()!r}"
    return found


@pytest.mark.parametrize(
    "theme",
    [
        pytest.param(one.name, marks=pytest.mark.slow if "contrast" in one.name else ())
        for one in OWN_THEMES
        if not one.ansi
    ],
)
async def test_every_word_can_be_read(tmp_path: Path, theme: str) -> None:
    shop: Shop = settled(tmp_path).with_desk(theme=theme, spelling=False)
    found: dict[str, dict[tuple[str, str], str]] = {}
    async with shop.screen((200, 50)) as ui:
        for title, keys in SIGHTS.items():
            await ui.press(*keys.split())
            found[title] = faint(ui)
    assert not any(found.values()), "\n".join(map(str, found.items()))

"""A whole frame costs few bytes and shows the same."""

from __future__ import annotations

import pyte
from textual._compositor import Compositor

from tests.tui.shell.shop import Shop


def drawn(frame: str, width: int, height: int) -> list[list[tuple[str, str, str, bool]]]:
    """What a terminal makes of it, colours included; a colour of letters shows on no space."""
    screen = pyte.Screen(width, height)
    pyte.Stream(screen).feed(frame.replace("\n", "\r\n"))
    return [
        [
            (cell.data, cell.fg if cell.data.strip() else "", cell.bg, cell.reverse)
            for cell in (screen.buffer[y][x] for x in range(width))
        ]
        for y in range(height)
    ]


async def test_a_whole_frame_looks_as_textuals_and_is_half_as_long(shop: Shop) -> None:
    async with shop.screen((120, 30)) as ui:
        await ui.press("enter")
        for key in ("", "question_mark", "A"):
            if key:
                await ui.press(*(["escape", key] if key == "A" else [key]))
            screen = ui.app.screen
            console = ui.app.console
            ours = screen._compositor.render_full_update().render_segments(console)
            theirs = Compositor.render_full_update(screen._compositor).render_segments(console)
            assert len(ours) < len(theirs)
            assert drawn(ours, 120, 30) == drawn(theirs, 120, 30)

"""A whole frame costs few bytes and shows the same."""

from __future__ import annotations

import pyte
from textual._compositor import Compositor

from tests.tui.shell.shop import Shop


def cells(screen: pyte.Screen) -> list[list[tuple[str, str, str, bool]]]:
    """What a terminal shows, colours included; a colour of letters shows on no space."""
    return [
        [
            (cell.data, cell.fg if cell.data.strip() else "", cell.bg, cell.reverse)
            for cell in (screen.buffer[y][x] for x in range(screen.columns))
        ]
        for y in range(screen.lines)
    ]


async def test_a_whole_frame_looks_as_textuals_and_is_half_as_long(shop: Shop) -> None:
    async with shop.screen((120, 30)) as ui:
        await ui.press("enter")
        terminal = pyte.Screen(120, 30)
        for key in ("", "question_mark", "A", ""):
            if key:
                await ui.press(*(["escape", key] if key == "A" else [key]))
            screen = ui.app.screen
            console = ui.app.console
            ours = screen._compositor.render_full_update().render_segments(console)
            theirs = Compositor.render_full_update(screen._compositor).render_segments(console)
            assert len(ours) < 0.6 * len(theirs)
            pyte.Stream(terminal).feed(ours)
            textuals = pyte.Screen(120, 30)
            pyte.Stream(textuals).feed(theirs.replace("\n", "\r\n"))
            assert cells(terminal) == cells(textuals)
        assert ours == "", "nothing had changed"


async def test_a_frame_is_only_what_changed_until_the_terminal_was_another_programs(
    shop: Shop,
) -> None:
    async with shop.screen((120, 30)) as ui:

        def frame() -> str:
            update = ui.app.screen._compositor.render_full_update()
            return update.render_segments(ui.app.console)

        first = frame()
        await ui.press("j")
        assert len(frame()) < len(first) / 4
        assert frame() == ""
        for what in ("redraw", "resume"):
            if what == "redraw":
                ui.app.commander.press(what)
            else:
                ui.app.app_resume_signal.publish(ui.app)
            await ui.pilot.pause()
            assert len(frame()) > len(first) * 0.9

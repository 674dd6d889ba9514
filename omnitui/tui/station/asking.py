"""A question in the middle of work, which waits for the answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage


async def asked(screen: Stage, question: str) -> bool:
    """Whether the agent says yes."""
    from omnitui.tui.screens.menu import QuestionScreen

    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def answered(word: str | None) -> None:
        if not answer.done():
            answer.set_result(word == "yes")

    screen.desk_app.show_overlay(QuestionScreen(question), answered)
    return await answer

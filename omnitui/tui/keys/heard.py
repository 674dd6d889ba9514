"""What a command says, for whoever had it run from outside.

A command may end long after the line that asked for it: in a queue, in a task. Whatever is begun
in its context is waited for, and what is said there is heard.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["info", "warning", "error"]


@dataclass(slots=True)
class Heard:
    """One command line, from beginning to end."""

    said: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    asks: str = ""
    """What the agent was asked instead of it being done."""
    _open: int = 0
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, sentence: str, level: str) -> None:
        (self.errors if level == "error" else self.said).append(sentence)

    def begin(self) -> None:
        """Something of it goes on elsewhere."""
        self._open += 1
        self._over.clear()

    def end(self) -> None:
        self._open -= 1
        if not self._open:
            self._over.set()

    async def over(self) -> None:
        """When all that was begun has ended."""
        if self._open:
            await self._over.wait()


HEARD: ContextVar[Heard | None] = ContextVar("HEARD", default=None)
"""Who listens to the command that runs here."""

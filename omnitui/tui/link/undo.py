"""What can be taken back: command lines with the conversations or customers they are for."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

from omnitui.tui.link.target import Target

DEPTH = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that an agent did, perhaps to several conversations at once."""

    title: str
    """What was done, in the words shown when it was done."""
    lines: tuple[tuple[Target, str], ...]
    """Which command line takes it back, and for what."""

    @property
    def was_send(self) -> bool:
        return any(line.startswith("outbox cancel") for _id, line in self.lines)


class UndoStack:
    """The last steps, newest on top; old ones fall off the bottom."""

    def __init__(self, depth: int = DEPTH) -> None:
        self._steps: list[Step] = []
        self._depth = depth

    def __len__(self) -> int:
        return len(self._steps)

    def push(self, title: str, lines: Sequence[tuple[Target, str]]) -> None:
        """Remember a step; nothing is kept when it cannot be undone."""
        undoable = tuple((id_, line) for id_, line in lines if line)
        if undoable:
            self._steps = [*self._steps[-self._depth + 1 :], Step(title, undoable)]

    def pop(self) -> Step | None:
        return self._steps.pop() if self._steps else None

    def put_back(self, step: Step) -> None:
        """A step whose undoing failed stays on top, to be tried again."""
        self._steps.append(step)


@dataclass(slots=True)
class Gathered:
    """What several commands did, to be taken back as one step."""

    titles: list[str] = field(default_factory=list)
    lines: list[tuple[Target, str]] = field(default_factory=list)
    over: bool = False

    def add(self, title: str, lines: Sequence[tuple[Target, str]]) -> bool:
        """False: it is over, and this is a step of its own."""
        if not self.over:
            self.titles += [title] if title else []
            self.lines += lines
        return not self.over


GATHERED: ContextVar[Gathered | None] = ContextVar("GATHERED", default=None)
"""Where what is done here is gathered."""

"""What the screen knows of a practice run; `omnitui.demo.practice` is what plays it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from store.driver import Connection
from store.model import ConversationId

Tone = Literal["text", "good", "loud", "quiet", "strong"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a briefing or a debrief. Without label and text it is a blank one."""

    label: str
    text: str
    tone: Tone = "text"


@dataclass(frozen=True, slots=True)
class Standing:
    begun: bool
    over: bool
    """No customer has anything to say or to wait for."""
    open: int
    """What can still be done and was not."""


class Practice(Protocol):
    """One run of a scenario. What takes a connection reads the store."""

    @property
    def title(self) -> str: ...

    @property
    def begun(self) -> bool: ...

    @property
    def ended(self) -> bool: ...

    def briefing(self) -> Sequence[Line]:
        """What it is about, before it begins."""

    def begin(self) -> None:
        """The customers may come. Raises OSError."""

    def pressed(self, conversation: ConversationId | None, *, typed: bool) -> None:
        """A key, and the conversation it was pressed in; `typed`: as a piece of text."""

    def standing(self, db: Connection) -> Standing:
        """How it goes, for the status line."""

    def so_far(self, db: Connection) -> Sequence[Line]:
        """The debrief as it would be now."""

    def end(self, db: Connection) -> Sequence[Line]:
        """Nobody writes any more: the debrief. Once more gives the same. Raises OSError."""

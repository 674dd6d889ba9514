"""What the agent unfolded, by message: kept while one scrolls, forgotten with the customer."""

from __future__ import annotations

from omnitui.tui.widgets.message_look import PARTS, Part
from store.model import MessageId


class Folds:
    """The parts of each message that are open."""

    def __init__(self) -> None:
        self._open: dict[MessageId, frozenset[Part]] = {}

    def of(self, message_id: MessageId) -> frozenset[Part]:
        return self._open.get(message_id, frozenset())

    def toggle(self, message_id: MessageId, part: Part | None) -> None:
        """Open or fold one part; None: all of them, or none when any is open."""
        before = self.of(message_id)
        all_or_none = frozenset[Part]() if before else PARTS
        self._open[message_id] = all_or_none if part is None else before ^ {part}

    def put(self, message_id: MessageId, parts: frozenset[Part]) -> None:
        """Have exactly these open."""
        self._open[message_id] = parts

    def show_text(self, message_id: MessageId) -> None:
        """Something was found in it."""
        self._open[message_id] = self.of(message_id) | {"mail", "text"}

    def clear(self) -> None:
        self._open.clear()

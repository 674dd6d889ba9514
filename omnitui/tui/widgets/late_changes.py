"""What changed since something was asked of the store: the answer may not have it yet."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator

from store.model import MessageId


class LateChanges:
    """Messages that changed, by number."""

    def __init__(self) -> None:
        self.told = False
        """Anything did."""
        self.ids: set[MessageId] | None = set()
        """None: it may be any."""

    def tell(self, ids: Collection[MessageId] | None) -> None:
        self.told = True
        self.ids = None if ids is None or self.ids is None else self.ids | set(ids)


class UnderWay:
    """Questions to the store that have no answer yet."""

    def __init__(self) -> None:
        self._questions: list[LateChanges] = []

    @contextlib.contextmanager
    def question(self) -> Iterator[LateChanges]:
        """Within it one is asked: what changes until then."""
        late = LateChanges()
        self._questions.append(late)
        try:
            yield late
        finally:
            self._questions.remove(late)

    def tell(self, ids: Collection[MessageId] | None) -> None:
        for late in self._questions:
            late.tell(ids)

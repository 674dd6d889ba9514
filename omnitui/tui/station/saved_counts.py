"""How many conversations each saved search lists: live, without ever counting for long.

Each is listed once, up to `MOST`; after that only the conversations that changed are asked
about. What changes by time alone, or was too much to remember, is listed again now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from time import monotonic

from omnitui.tui.link import saved_search
from omnitui.tui.link.desk_link import DeskLink
from store.errors import StoreError
from store.model import ConversationId

MOST = 999
"""What is counted; beyond it stands `999+`."""
FEW = 200
"""Changed conversations that are asked about; when there are more, all is listed again."""
PAUSE = 0.3
"""Seconds between looks at what has changed."""
SHARE = 9
"""Times as long as a look has taken it is waited for the next: the screen's own reads, behind
which it never comes, have nine tenths of the time."""
AGAIN = 120.0
"""Seconds after which all is listed again."""


@dataclass(slots=True)
class _Found:
    ids: set[ConversationId] = field(default_factory=set)
    more: bool = False
    """There were more than `MOST`."""
    wrong: bool = False
    """The query cannot be read."""


class SavedCounts:
    """Counts the saved searches in the background."""

    def __init__(self, link: DeskLink, told: Callable[[], None]) -> None:
        """`told` is called when a count has changed."""
        self._link = link
        self._told = told
        self._saved: Mapping[str, str] = {}
        self._found: dict[str, _Found] = {}
        self._changed: set[ConversationId] = set()
        self._all = True
        self._wake = asyncio.Event()

    def watch(self, saved: Mapping[str, str]) -> None:
        """Count these, by name. Those that are new, or ask for something else now, are listed."""
        same = [name for name, query in saved.items() if self._saved.get(name) == query]
        self._found = {name: self._found[name] for name in same if name in self._found}
        self._saved = dict(saved)
        self._wake.set()

    def changed(self, ids: Collection[ConversationId] | None) -> None:
        """These conversations may be in other lists now; None: any may."""
        if not self._saved:
            return
        if ids is None or len(self._changed) + len(ids) > FEW:
            self._all = True
        else:
            self._changed.update(ids)
        self._wake.set()

    def labels(self) -> dict[str, str]:
        """By name, what stands behind a search: a number, `999+`, or `!` when it is wrong."""
        shown = {}
        for name, found in self._found.items():
            number = f"{MOST}+" if found.more else str(len(found.ids) or "")
            shown[name] = "!" if found.wrong else number
        return shown

    async def follow(self) -> None:
        """Keep the counts right, until cancelled."""
        listed_at = monotonic()
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), AGAIN)
            except TimeoutError:
                self._all = True
            self._wake.clear()
            self._all |= monotonic() - listed_at > AGAIN
            if self._all:
                listed_at = monotonic()
            began = monotonic()
            waited = await self._look()
            await asyncio.sleep(max(PAUSE, SHARE * (monotonic() - began - waited)))

    async def _look(self) -> float:
        """Bring every count up to date; seconds that were waited meanwhile."""
        whole, changed = self._all, frozenset(self._changed)
        self._all = False
        self._changed.clear()
        before, waited = self.labels(), 0.0
        for name, query in list(self._saved.items()):
            began = monotonic()
            try:
                await self._count(name, query, changed, whole=whole)
            except StoreError:
                # A query that cannot be: said where it is shown. A store that fails: by others.
                self._found[name] = _Found(wrong=True)
            pause = min(0.5, SHARE * (monotonic() - began))
            waited += pause
            await asyncio.sleep(pause)
        if self.labels() != before:
            self._told()
        return waited

    async def _count(
        self, name: str, query: str, changed: Collection[ConversationId], *, whole: bool
    ) -> None:
        known = self._found.get(name)
        if known is None or whole or known.wrong:
            ids = await saved_search.listed(self._link, query, MOST + 1)
            found = _Found(set(ids), len(ids) > MOST)
        elif changed and not known.more:
            now = await saved_search.still_listed(self._link, query, changed)
            ids_now = (known.ids - set(changed)) | now
            found = _Found(ids_now, len(ids_now) > MOST)
        else:
            return
        if name in self._saved:
            self._found[name] = found

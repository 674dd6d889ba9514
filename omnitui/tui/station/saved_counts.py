"""How many conversations each saved search lists: live, without ever counting for long.

Each is listed once, up to `MOST`; after that only the conversations that changed are asked
about. What changes by time alone, or was too much to remember, is listed again now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
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
"""Times as long as a read has taken it is waited for the next one: nine tenths of the time are for
what the keys ask."""
LONGEST_REST = 0.5
"""Seconds that are waited at most, however slow the machine is."""
AGAIN = 120.0
"""Seconds after which all is listed again."""


@dataclass(frozen=True, slots=True)
class _Found:
    ids: frozenset[ConversationId] = frozenset()
    more: bool = False
    """There are more, or may be."""
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
        return {name: _label(found) for name, found in self._found.items()}

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
            await self._look()
            await asyncio.sleep(PAUSE)

    async def _look(self) -> None:
        """Bring every count up to date."""
        whole, changed = self._all, frozenset(self._changed)
        self._all = False
        self._changed.clear()
        for name, query in list(self._saved.items()):
            before = self._found.get(name)
            try:
                found = await self._count(before, query, changed, whole=whole)
            except StoreError:
                # A query that cannot be: said where it is shown. A store that fails: by others.
                found = _Found(wrong=True)
            if self._saved.get(name) == query and found != before:
                self._found[name] = found
                self._told()

    async def _count(
        self,
        known: _Found | None,
        query: str,
        changed: frozenset[ConversationId],
        *,
        whole: bool,
    ) -> _Found:
        if known is None or whole or known.wrong:
            listed = await saved_search.listed(self._link, query, MOST, _rest)
            return _Found(listed.ids, listed.more)
        if not changed or len(known.ids) > MOST:
            return known
        began = monotonic()
        now = await saved_search.still_listed(self._link, query, changed)
        await _rest(monotonic() - began)
        return _Found((known.ids - changed) | now, known.more)


async def _rest(seconds: float) -> None:
    """After a read that took so long."""
    await asyncio.sleep(min(LONGEST_REST, SHARE * seconds))


def _label(found: _Found) -> str:
    if found.wrong:
        return "!"
    number = len(found.ids)
    if number > MOST or found.more:
        return f"{min(number, MOST)}+"
    return str(number) if number else ""

"""The views of the inbox: which one is shown, narrowed how, and how many wait in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.widgets.inbox import Inbox
from omnitui.tui.widgets.view_bar import Tab, ViewBar
from store.errors import QueryError
from store.model import View

BUILT_IN: tuple[View, ...] = ("mine", "unassigned", "all", "snoozed", "closed")


def tabs(saved: Mapping[str, str]) -> list[Tab]:
    """The built-in views in the interface's language, then the saved searches."""
    titles: dict[View, str] = {
        "mine": _("Mine"),
        "unassigned": _("Unassigned"),
        "all": _("All"),
        "snoozed": _("Snoozed"),
        "closed": _("Closed"),
    }
    found = [Tab(name, titles[name], counted=name != "closed") for name in BUILT_IN]
    return [*found, *(Tab(name, name, counted=False) for name in saved)]


class Views:
    """Loads the inbox with a view and a filter, and keeps the top line right."""

    def __init__(
        self, bar: ViewBar, inbox: Inbox, link: DeskLink, saved: Mapping[str, str]
    ) -> None:
        self._bar = bar
        self._inbox = inbox
        self._link = link
        self._saved = saved
        self.current = "all"
        self.filter = ""

    @property
    def counts(self) -> Mapping[str, int]:
        return self._bar.counts

    async def start(self) -> None:
        """Show what is one's own, or where somebody waits when that is empty."""
        counts = await self._link.counts()
        self._show_counts(counts)
        first = next((v for v in ("mine", "unassigned", "all") if counts.get(v)), "all")
        await self.show(first)

    async def show(self, name: str) -> None:
        """Show the view called `name` (or by its number). Raises `CommandError`."""
        name = self._resolve(name)
        self.current, self.filter = name, ""
        await self._load()

    async def narrow(self, query: str) -> None:
        """Show only what matches `query`; "" shows the whole view. Raises `QueryError`."""
        before = self.filter
        self.filter = query.strip()
        try:
            await self._load()
        except QueryError:
            self.filter = before
            raise

    async def recount(self) -> None:
        self._show_counts(await self._link.counts())

    async def _load(self) -> None:
        saved = self._saved.get(self.current)
        query = " ".join(part for part in (saved, self.filter) if part)
        self._bar.show(current=self.current, query=self.filter)
        view: View = "all" if saved is not None else cast("View", self.current)
        await self._inbox.load(view, query)

    def _show_counts(self, counts: Mapping[View, int]) -> None:
        self._bar.show(counts={str(name): n for name, n in counts.items()})

    def _resolve(self, name: str) -> str:
        known = [tab.name for tab in self._bar.tabs]
        if name.isdigit() and 0 < int(name) <= len(known):
            return known[int(name) - 1]
        folded = name.strip().casefold()
        for candidate in known:
            if folded == candidate.casefold():
                return candidate
        raise CommandError(
            _("There is no view “{name}”; there is {names}.").format(
                name=name, names=", ".join(known)
            )
        )

"""The views of the inbox: which one is shown, narrowed and ordered how, how many wait in each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from time import monotonic
from typing import cast

from textual.timer import Timer

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.link import saved_search
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.station.saved_counts import SavedCounts
from omnitui.tui.widgets.inbox import Inbox
from omnitui.tui.widgets.view_bar import Tab, ViewBar
from store.errors import QueryError
from store.model import ConversationId, Sort, View
from store.query import begun

BUILT_IN: tuple[View, ...] = ("mine", "unassigned", "all", "snoozed", "closed", "mentions")


def tabs(saved: Mapping[str, str]) -> list[Tab]:
    """The built-in views in the interface's language, then the saved searches."""
    titles: dict[View, str] = {
        "mine": _("Mine"),
        "unassigned": _("Unassigned"),
        "all": _("All"),
        "snoozed": _("Snoozed"),
        "closed": _("Closed"),
        "mentions": _("Mentions"),
    }
    found = [Tab(name, titles[name], counted=name != "closed") for name in BUILT_IN]
    return [*found, *(Tab(name, name) for name in saved if name not in BUILT_IN)]


SHOWN = 1.0
"""Seconds between two showings of the counts for the sake of the saved searches alone."""


def order_words(sort: Sort | None) -> str:
    """What an order that is not the usual one is called."""
    return {
        None: "",
        "waiting": _("who waits longest"),
        "newest": _("newest first"),
        "oldest": _("oldest first"),
        "priority": _("urgent first"),
    }[sort]


class Views:
    """Loads the inbox with a view and a filter, and keeps the top line right."""

    def __init__(
        self, bar: ViewBar, inbox: Inbox, link: DeskLink, saved: Mapping[str, str]
    ) -> None:
        self._bar = bar
        self._inbox = inbox
        self._link = link
        self.saved: dict[str, str] = dict(saved)
        """Name → query."""
        self._orders: dict[str, Sort] = {}
        """What was asked for by command, by view, for this session."""
        self.current = "all"
        self.filter = ""
        self.counts: Mapping[View, int] = {}
        self._shown_at = -SHOWN
        self._to_show: Timer | None = None
        self.saved_counts = SavedCounts(link, self._count_saved)
        self.saved_counts.watch(self.saved)

    async def start(self) -> None:
        """Show what is one's own, or where somebody waits when that is empty."""
        await self.recount(())
        counts = self.counts
        first = next((v for v in ("mine", "unassigned", "all") if counts.get(v)), "all")
        await self.show(first)

    async def show(self, name: str) -> None:
        """Show the view called `name` (or by its number). Raises `CommandError`."""
        name = self._resolve(name)
        before = (self.current, self.filter)
        self.current, self.filter = name, ""
        try:
            await self._load()
        except QueryError as error:
            self.current, self.filter = before
            self._bar.show(current=self.current, query=self.filter)
            words = _("The view “{name}” cannot be shown: {why}")
            raise CommandError(words.format(name=name, why=error)) from None

    async def narrow(self, query: str) -> None:
        """Show only what matches `query`, whose last word may be the beginning of one; "" shows
        the whole view. Raises `QueryError`; the list stays as it was then."""
        before = self.filter
        self.filter = query.strip()
        try:
            await self._load()
        except QueryError:
            self.filter = before
            self._bar.show(query=before)
            raise

    async def sort(self, order: Sort | None) -> None:
        """Show the view in another order, None: in its usual one; for this session, unless the
        view is saved."""
        if order is None:
            self._orders.pop(self.current, None)
        else:
            self._orders[self.current] = order
        await self._load()

    def query(self) -> str:
        """What is shown, as a saved search would say it."""
        saved = self.saved.get(self.current)
        asked = self._orders.get(self.current)
        filtered = begun(self.filter)
        if saved is not None:
            query = " ".join(part for part in (saved, filtered) if part)
            return saved_search.as_query("all", query, asked)
        return saved_search.as_query(cast("View", self.current), filtered, asked)

    async def set_saved(self, saved: Mapping[str, str], show: str) -> None:
        """Other searches are saved now; show the view called `show`."""
        self.saved = dict(saved)
        self._orders = {name: order for name, order in self._orders.items() if name != show}
        self._bar.set_tabs(tabs(self.saved))
        self.saved_counts.watch(self.saved)
        await self.show(show)

    async def recount(self, changed: Collection[ConversationId] | None = None) -> None:
        """Count again after these conversations changed; None: any may have."""
        self.counted(await self._link.counts(), changed)

    def counted(
        self, counts: Mapping[View, int], changed: Collection[ConversationId] | None
    ) -> None:
        """Show counts that were read after these conversations changed."""
        self.counts = counts
        self.saved_counts.changed(changed)
        self._show_counts()

    def reworded(self) -> None:
        """Another language is spoken."""
        self._bar.set_tabs(tabs(self.saved))
        self._bar.show(order=order_words(self._inbox.sort))

    async def _load(self) -> None:
        saved = self.saved.get(self.current)
        timezone = self._link.config.desk.timezone or None
        query = " ".join(part for part in (saved, begun(self.filter)) if part)
        view: str = self.current
        if saved is not None or view == "all":  # asked for closed ones, those are shown
            view = saved_search.view_of(query, timezone)
        sort = self._orders.get(self.current)
        if (asked := saved_search.sort_of(self.filter, timezone)) is not None:
            sort = asked
        elif sort is None and saved:
            sort = saved_search.sort_of(saved, timezone)
        self._bar.show(current=self.current, query=self.filter, order=order_words(sort))
        await self._inbox.load(cast("View", view), query, sort)

    def _count_saved(self) -> None:
        """A saved search lists more or less: shown at once, but in a storm with all the rest."""
        rest = self._shown_at + SHOWN - monotonic()
        if rest <= 0:
            self._show_counts()
        elif self._to_show is None:
            self._to_show = self._bar.set_timer(rest, self._show_counts, name="saved-counts")

    def _show_counts(self) -> None:
        self._shown_at = monotonic()
        if self._to_show is not None:
            self._to_show.stop()
            self._to_show = None
        labels = {str(name): figure(number) for name, number in self.counts.items()}
        self._bar.show(counts={**labels, **self.saved_counts.labels()})

    def _resolve(self, name: str) -> str:
        known = [tab.name for tab in self._bar.tabs]
        if name.isdigit() and 0 < int(name) <= len(known):
            return known[int(name) - 1]
        folded = name.strip().casefold()
        for candidate in known:
            if folded == candidate.casefold():
                return candidate
        if name.isdigit():
            words = _("There is no view {name} yet: filter the list, then “view save NAME”.")
            raise CommandError(words.format(name=name))
        raise CommandError(
            _("There is no view “{name}”; there is {names}.").format(
                name=name, names=", ".join(known)
            )
        )


def figure(number: int) -> str:
    """A count in few cells: `123`, `12k`; "" for none."""
    if not number:
        return ""
    return str(number) if number < 10_000 else f"{number // 1000}k"

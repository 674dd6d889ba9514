"""What changes by itself: other people's work, new messages, accounts, the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from config.access import may_serve
from config.i18n import _
from omnitui.desk.account_state import why
from omnitui.tui.link.crowding import Crowding
from omnitui.tui.link.disk import little_room
from omnitui.tui.link.engine_child import EngineWatch, State
from omnitui.tui.station.notices import IDLE, Notices
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.words.moments import MINUTE, ago
from omnitui.tui.work import start
from store.clock import now
from store.errors import StoreError
from store.model import Account, ConversationId, Event

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage

REPAINTS = 0.25
"""Seconds between repaints of the lists in a storm of messages; the first one is at once."""
HANDS = 0.04
"""Seconds after a key before which the lists are not read again in a storm: its frame comes first,
and whoever goes on by hand has not pressed the next one yet."""
WAITS = 1.0
"""Seconds after which they are read again however many keys come."""
LOOKS = 0.04
"""Seconds from one reading of the feed to the next while little happens."""
ALONE = 0.02
"""The same after one event alone: what an agent does is seen at once."""
GROWTH = 1.5
"""Times as long is waited for the next reading, the longer news come without a pause; but what
happens in the conversation in view is not waited with, unless it was just drawn."""
BACKGROUND = 1.0
"""Seconds between two readings where nobody has touched a key for a minute, in a storm."""
SHARE = 16
"""Times as long as a look has taken it is waited for the next one in a storm: keys come first."""
CALM = 4
"""The same while little happens."""
FEED_PAUSE = 2.0
"""Seconds until a feed that failed is opened again, and lists that could not be read are read."""
SETTLED = 5.0
"""Seconds after which an engine that came up has begun with every account."""
TICK = 15.0
"""Seconds between looks at the clock: waiting times in the inbox."""


_ERASED = ("customer.erased", "customer.emptied")
"""After these, conversations are there no more."""
_OF_SEVERAL = ("message.delivered", "message.read")
"""Events that name the last of the messages that they are about."""


class Live:
    """Reads the change feed and tells the panes what to read again."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self.notices = Notices(screen)
        self.accounts: list[Account] = []
        self.engine: State = "starting"
        self._up_at = -SETTLED
        self._engine_reason = ""
        self._room: int | None = None
        """Megabytes left for the store, where they are few."""
        self._listed: list[Event] = []
        """What the lists do not show yet."""
        self._to_list = asyncio.Event()
        self._crowding = Crowding()
        self._drawn = -REPAINTS
        """When the conversation in view was last read again."""

    # -- the store ----------------------------------------------------------

    async def follow(self) -> None:
        """Follow the store until cancelled; a store that fails is said and tried again."""
        from store.feed import ChangeFeed

        store = self._screen.link.store
        while True:
            try:
                glance = self._screen.glance
                async with ChangeFeed(
                    store.path, store, committed=glance.look, urgent=self._urgent
                ) as feed:
                    await self.everything_changed()
                    ended = monotonic()
                    async for events in feed:
                        began = monotonic()
                        await self._changed(events)
                        quiet = began - ended > 2 * feed.pause
                        ended = monotonic()
                        feed.pause = self._pause(feed.pause, len(events), quiet, ended - began)
            except StoreError as error:
                self._screen.say(str(error), "error")
            await asyncio.sleep(FEED_PAUSE)

    def _pause(self, before: float, events: int, quiet: bool, spent: float) -> float:
        """Seconds until the feed is read again, at least."""
        if quiet:
            shortest = LOOKS if events > 1 else ALONE
            return min(REPAINTS, max(shortest, CALM * spent))
        here = self.notices.hands_on(IDLE) > 0
        # Where that takes long the machine has more to do than it can: everybody does less.
        longest = max(REPAINTS if here else BACKGROUND, min(BACKGROUND, SHARE * spent))
        crowded = REPAINTS * self.crowded
        return max(crowded, min(longest, max(before * GROWTH, SHARE * spent)))

    @property
    def crowded(self) -> float:
        """Times as long as usual is rested before work that no key has asked for."""
        return self._crowding.factor

    def _urgent(self) -> tuple[int | None, int | None] | None:
        """What is in view, unless it was drawn a moment ago or nobody is there to see it."""
        reading = self._screen.reading
        if monotonic() - self._drawn < REPAINTS or self.notices.hands_on(IDLE) <= 0:
            return None
        if reading.current is None and reading.customer_id is None:
            return None
        return reading.current, reading.customer_id

    async def follow_lists(self) -> None:
        """Show in the lists what `follow` has heard of, until cancelled: less often in a storm
        than in the conversation that the agent looks at."""
        read_at = -WAITS
        while True:
            await self._to_list.wait()
            rest = self.notices.hands_on(HANDS)
            while rest > 0 and monotonic() - read_at < WAITS:
                await asyncio.sleep(rest)
                rest = self.notices.hands_on(HANDS)
            read_at = monotonic()
            self._to_list.clear()
            events, self._listed = self._listed, []
            try:
                await self._list(events)
            except StoreError as error:
                self._screen.say(str(error), "error")
                self._listed = [*events, *self._listed]
                self._to_list.set()
                await asyncio.sleep(FEED_PAUSE)
                continue
            longer = min(WAITS, SHARE * (monotonic() - read_at))
            # Below an overlay little is seen of it, and to draw it costs several times as much.
            shortest = max(REPAINTS if self._screen.is_current else WAITS, REPAINTS * self.crowded)
            await asyncio.sleep(max(shortest, longer) if len(events) > 1 else 0.02)

    async def everything_changed(self) -> None:
        """Read again what every pane shows."""
        await self._read_accounts()
        await self._screen.views.recount()
        await self._screen.inbox.refresh_rows(None)
        if self._screen.reading.customer_id is not None:
            await self._show_in_view(())
        self._title()

    async def _changed(self, events: Sequence[Event]) -> None:
        screen, reading = self._screen, self._screen.reading
        self._listed += events
        self.notices.heard(events)
        self._to_list.set()
        changed = {e.conversation_id for e in events if e.conversation_id is not None}
        customer = reading.customer_id
        ours = [e for e in events if customer is not None and e.customer_id == customer]
        if ours or reading.current in changed:
            await self._show_in_view(ours)
        if any(
            event.kind == "message.cancelled"
            and event.data.get("why") == "customer-wrote"
            and event.conversation_id == screen.box.conversation_id
            for event in events
        ):
            await screen.writing.held_back()
        self._announce(events)

    async def _show_in_view(self, events: Sequence[Event]) -> None:
        """Read again what is in view: of the history what `events` tell of, else all."""
        screen, reading = self._screen, self._screen.reading
        self._drawn = monotonic()
        await reading.refresh()
        messages = {e.message_id for e in events if e.message_id is not None}
        if any(e.kind in _OF_SEVERAL or "follows" in e.data for e in events):
            messages |= screen.timeline.unseen_by_them()
        await screen.timeline.refresh_messages(messages or None)
        if screen.card_visible and reading.customer_id is not None:
            await screen.card.show(reading.customer_id)
        screen.writing.route_changed(by_itself=True)

    async def _list(self, events: Sequence[Event]) -> None:
        if any(event.kind.startswith("account.") for event in events):
            await self._read_accounts()
        changed = {e.conversation_id for e in events if e.conversation_id is not None}
        erased = any(event.kind in _ERASED for event in events)
        if changed or erased:
            views, known = self._screen.views, None if erased else changed
            # Everything is read first, so that one frame shows all of it.
            counts = await self._screen.link.counts()
            await self._screen.inbox.refresh_rows(known)
            views.counted(counts, known)
            self._title()
        elif any(event.kind.startswith("customer.") for event in events):
            # Of a customer alone, by whatever conversation: their name stands in the rows.
            await self._screen.inbox.refresh_rows(set())

    def drafts_changed(self, where: set[ConversationId]) -> None:
        """The agent began to write in these conversations, or nothing is left of it: of that the
        feed tells nothing."""
        if self._screen.is_running:
            start(self._screen, partial(self._show_drafts, where), "draft-marks")

    async def _show_drafts(self, where: set[ConversationId]) -> None:
        try:
            await self._screen.inbox.refresh_rows(where)
            self._screen.views.saved_counts.changed(where)
        except StoreError as error:
            self._screen.say(str(error), "error")

    def _announce(self, events: Sequence[Event]) -> None:
        """New messages: said while writing to the same customer, and when nobody looks."""
        screen = self._screen
        screen.colleagues.heard(events)
        for event in events:
            if event.kind == "agent.mentioned" and event.conversation_id is not None:
                screen.naming.told(event.actor, event.data["agents"], event.conversation_id)
        arrived = [e for e in events if e.kind == "message.received"]
        if not arrived:
            self._tell_of_hooks(events)
            return
        here = [e for e in arrived if e.conversation_id == screen.reading.current]
        if here and screen.box.writing and not screen.status.sentence:
            screen.say(_("A new message from this customer just arrived."), "warning")
        elif not here and not screen.status.sentence:
            self._tell_of_chat(arrived)
        if screen.app.app_focus and here and screen.focused_pane in ("timeline", "reply"):
            start(screen, screen.reading.mark_read, "mark-read", exclusive=True)

    def _tell_of_hooks(self, events: Sequence[Event]) -> None:
        """What the engine should have done by itself and did not: said where nothing else is."""
        bad = [e for e in events if e.kind in ("hook.failed", "hook.unknown")]
        if not bad or self._screen.status.sentence:
            return
        hook = one_line(str(bad[-1].data.get("hook", "")))
        words = (
            _("The hook “{hook}” failed: {reason}")
            if bad[-1].kind == "hook.failed"
            else _("The hook “{hook}” may or may not have done its work: {reason}")
        )
        reason = one_line(str(bad[-1].data.get("reason", "")))
        self._screen.say(words.format(hook=hook, reason=reason), "warning")

    def _tell_of_chat(self, arrived: Sequence[Event]) -> None:
        """Who sits in the web chat waits, and may be far down the list."""
        chats = {account.name for account in self.accounts if account.channel == "webchat"}
        key = self._screen.keymap.key_for("next chat", ["inbox", "timeline", "global"])
        if key and any(event.data.get("account") in chats for event in arrived):
            words = _("A visitor wrote in the web chat: {key} goes there.").format(key=key)
            self._screen.say(words)

    def looked_at(self) -> None:
        """The terminal came to the front: what is open has been seen now."""
        if self._screen.focused_pane in ("timeline", "reply"):
            start(self._screen, self._screen.reading.mark_read, "mark-read", exclusive=True)

    async def tick(self) -> None:
        """Let waiting times grow, until cancelled."""
        while True:
            await asyncio.sleep(TICK)
            self._screen.inbox.tick()
            self._screen.timeline.tick()
            self._screen.card.tick()
            await self.look_at_disk()

    def _title(self) -> None:
        counts = self._screen.views.counts
        waiting = counts.get("mine", 0) + counts.get("unassigned", 0)
        name = self._screen.link.config.desk.name
        self._screen.desk_app.terminal.set_title(f"({waiting}) {name}" if waiting else name)

    # -- accounts and engine -------------------------------------------------

    async def _read_accounts(self) -> None:
        self.accounts = await self._screen.link.accounts()
        self._show_state()

    async def watch_engine(self, watch: EngineWatch) -> None:
        await watch.run()

    def engine_told(self, state: State, reason: str) -> None:
        """The engine came up or went down."""
        if state == "running" and self.engine != "running":
            self._up_at = monotonic()
        self.engine, self._engine_reason = state, reason
        self._screen.glance.look()
        self._show_state()

    def _show_state(self) -> None:
        self._screen.overlays.accounts_changed()
        self._show_progress()
        troubles = [*self._disk_trouble(), *self._engine_trouble(), *self._account_troubles()]
        if troubles and len(troubles) > len(self._screen.trouble.sentences):
            self.notices.trouble(troubles[0])
        self._screen.trouble.show(troubles)
        if self.engine == "down":
            self._screen.bar.show_state(_("engine down"), well=False)
        elif self.engine == "starting":
            self._screen.bar.show_state(_("starting"), well=True)
        else:
            states = [account.state for account in self.accounts]
            online, n = states.count("online"), len(states)
            starts = states.count("starting") + (states.count("stopped") if self._fresh else 0)
            words = _("{online}/{n} accounts").format(online=online, n=n) if n else _("running")
            self._screen.bar.show_state(words, well=online + starts == n)

    @property
    def _fresh(self) -> bool:
        """The engine has just come up: who stands still is about to start."""
        return monotonic() - self._up_at < SETTLED

    async def look_at_disk(self) -> None:
        self._room = await little_room(self._screen.link.store.path.parent)
        self._show_state()

    def _disk_trouble(self) -> list[str]:
        if self._room is None:
            return []
        words = _(
            "The disk with the store is almost full ({n} MB are free): make room, or nothing can"
            " be kept or sent."
        )
        return [words.format(n=self._room)]

    def _show_progress(self) -> None:
        """What the engine reads of the channels' past, all together."""
        reading = [account.past for account in self.accounts if account.state == "online"]
        done, of = sum(done for done, _of in reading), sum(of for _done, of in reading)
        self._screen.status.progress.show_engine(*((done, of) if self.engine != "down" else (0, 0)))

    def _engine_trouble(self) -> list[str]:
        if self.engine != "down":
            return []
        why = f" ({one_line(self._engine_reason)})" if self._engine_reason else ""
        if not may_serve(self._screen.link.config):
            words = _("The engine is down{why}: nothing comes in or goes out. Tell who looks after"
                      " the desk.")  # fmt: skip
            return [words.format(why=why)]
        if self._screen.link.config.desk.engine == "service":
            return [
                _("The engine is down{why}: nothing comes in or goes out. Start “omnitui serve”.")
                .format(why=why)
            ]  # fmt: skip
        return [_("The engine stopped{why}; it is started again.").format(why=why)]

    def _account_troubles(self) -> list[str]:
        words = {"retrying": _("retrying"), "failed": _("failed"), "stopped": _("stopped")}
        found = []
        for account in self.accounts:
            state = words.get(account.state)
            stopped = account.state == "stopped"
            if state is None or (stopped and (self.engine != "running" or self._fresh)):
                continue
            reason = f" – {said}" if (said := why(account)) else ""
            found.append(f"{account.name}: {state}{reason}{_last_success(account)}")
        return found


def _last_success(account: Account) -> str:
    """` · worked 2h ago`: since when messages may be missing; nothing within the first minute."""
    if account.last_success_at is None:
        return ""
    elapsed = now() - account.last_success_at
    if elapsed < MINUTE:
        return ""
    gone = ago(elapsed)
    return " · " + _("worked {time} ago").format(time=gone)

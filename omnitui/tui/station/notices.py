"""Calls the agent who does not look: a bell, a notice on the desktop, what about and when."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from config.access import NO_AGENTS
from config.i18n import _, ngettext
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.words.moments import zone
from store.errors import NotFound, StoreError

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage
    from store.driver import Connection
    from store.model import ConversationId, Event

GATHER = 1.0
"""Seconds for which news are gathered: a storm is one notice."""
PAUSE = 5.0
"""Seconds between two notices."""
IDLE = 60.0
"""Seconds without a key after which nobody looks, on a terminal that never says so."""
LOOKED_UP = 50
"""Conversations of one notice whose agent and customer are looked up."""
MOST = 500
"""News gathered at most; a notice says how many there are, not all of them."""


OF_WATCHED = ("message.queued", "message.noted", "conversation.status")
"""What is news only of a conversation that the agent watches."""


class Notices:
    """One for each screen."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self._news: list[Event] = []
        self._trouble = ""
        self._some = asyncio.Event()
        self._focus_told = False
        self._key_at = monotonic()

    # -- who looks --------------------------------------------------------------

    def key_pressed(self) -> None:
        self._key_at = monotonic()

    def hands_on(self, rest: float) -> float:
        """Seconds until no key has come for `rest` seconds; 0 and less when that is so."""
        return self._key_at + rest - monotonic()

    def focus_changed(self) -> None:
        """The terminal tells when it comes to the front and goes."""
        self._focus_told = True

    @property
    def looked_at(self) -> bool:
        if not self._screen.app.app_focus:
            return False
        return self._focus_told or monotonic() - self._key_at < IDLE

    # -- what happened ------------------------------------------------------------

    def heard(self, events: Sequence[Event]) -> None:
        """News from the store; those that nobody sees come up are called out a moment later."""
        if self._screen.link.config.desk.notify == "off" or self.looked_at:
            return
        kinds = ("message.received", "agent.mentioned", "conversation.assigned", *OF_WATCHED)
        fresh = [e for e in events if e.kind in kinds and e.actor != self._screen.link.agent]
        if fresh:
            self._news = [*self._news, *fresh][-MOST:]
            self._some.set()

    def trouble(self, sentence: str) -> None:
        """The engine or an account fails."""
        settings = self._screen.link.config.desk
        if "trouble" in settings.notify_about and settings.notify != "off" and not self.looked_at:
            self._trouble = sentence
            self._some.set()

    async def follow(self) -> None:
        """Call out what was heard, until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(GATHER)
            self._some.clear()
            news, self._news = self._news, []
            trouble, self._trouble = self._trouble, ""
            try:
                sentence = trouble or await self._screen.link.store.read(self._sentence, news)
            except StoreError:
                sentence = ""
            if sentence and not self.looked_at and not self._quiet():
                self._call(sentence)
                await asyncio.sleep(PAUSE - GATHER)

    def _quiet(self) -> bool:
        settings = self._screen.link.config.desk
        return settings.quiet_hours.cover(dt.datetime.now(zone(settings.timezone)))

    def _call(self, sentence: str) -> None:
        terminal = self._screen.desk_app.terminal
        settings = self._screen.link.config.desk
        if settings.notify in ("desktop", "both"):
            terminal.notify(settings.name, sentence)
        if settings.notify in ("bell", "both"):
            terminal.bell()

    # -- in words -------------------------------------------------------------------

    def _sentence(self, db: Connection, news: Sequence[Event]) -> str:
        """Who wants something, never what they wrote: a notice is seen by who passes by."""
        about = self._screen.link.config.desk.notify_about
        me = self._screen.link.agent
        if "mentions" in about:
            for event in reversed(news):
                if event.kind == "agent.mentioned" and me in event.data.get("agents", ()):
                    return _("{agent} names you in a note.").format(agent=event.actor)
                if event.kind == "conversation.assigned" and event.data.get("assignee") == me:
                    return _("{agent} gives a conversation to you.").format(agent=event.actor)
        if "watched" in about and (sentence := _of_watched(db, news, me)):
            return sentence
        where = [
            event.conversation_id
            for event in news
            if event.kind == "message.received"
            and event.conversation_id is not None
            and not event.data.get("auto")
        ]
        looked_up = list(dict.fromkeys(where))[:LOOKED_UP]
        writers = {id_: _writer(db, id_, me, about) for id_ in looked_up}
        n = sum(writers.get(id_) is not None for id_ in where)
        if not n:
            return ""
        names = {name for name in writers.values() if name is not None}
        if len(names) == 1 and "" not in names:
            words = ngettext("{name} wrote.", "{name} wrote {n} messages.", n)
            return words.format(name=names.pop(), n=n)
        return ngettext("{n} new message", "{n} new messages", n).format(n=n)


def _of_watched(db: Connection, news: Sequence[Event], me: str) -> str:
    """Which colleague did something where the agent watches; "" for nobody."""
    from store import watches

    ids = [event.conversation_id for event in news if event.conversation_id is not None]
    mine = watches.among(db, me, list(dict.fromkeys(ids))[-LOOKED_UP:])
    found = [
        event for event in news if event.conversation_id in mine and event.actor not in NO_AGENTS
    ]
    if not found:
        return ""
    agents = {one_line(event.actor) for event in found}
    if len(agents) == 1:
        return _("{agent} is at a conversation that you watch.").format(agent=agents.pop())
    n = len({event.conversation_id for event in found})
    words = ngettext(
        "News in {n} conversation that you watch.", "News in {n} conversations that you watch.", n
    )
    return words.format(n=n)


def _writer(db: Connection, id_: ConversationId, me: str, about: Sequence[str]) -> str | None:
    """The customer's name, "" where they have none; None when the agent wants no call for it."""
    from store import conversations, customers, watches

    try:
        conversation = conversations.get(db, id_)
        name = customers.get(db, conversation.customer_id).name
    except NotFound:
        return None
    whose = "unassigned" if not conversation.assignee else "others"
    if ("mine" if conversation.assignee == me else whose) not in about and not (
        "watched" in about and watches.among(db, me, [id_])
    ):
        return None
    return one_line(name)

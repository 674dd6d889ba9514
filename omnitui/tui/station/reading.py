"""Which conversation is in view, and how one gets to another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from store import customers, silences
from store.errors import NotFound, StoreError
from store.model import Conversation, ConversationId, CustomerId, MessageId

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage
    from store.timeline_hits import Hit


class Reading:
    """Shows a conversation in timeline, reply box and card."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self.current: ConversationId | None = None
        """The conversation in the timeline; None when there is none."""
        self.conversation: Conversation | None = None
        """As it was last read."""
        self.customer_id: CustomerId | None = None
        """Whose history is in view, with a conversation or without."""
        self._wanted: ConversationId | None = None
        self._showing = asyncio.Lock()
        self._search = ""
        self._hits: list[tuple[ConversationId, MessageId]] = []
        self._hit = -1

    async def show(
        self, conversation_id: ConversationId | None, *, at_message: MessageId | None = None
    ) -> bool:
        """Put a conversation on the screen. False when another was wanted meanwhile.

        Raises `StoreError`, `NotFound`.
        """
        self._wanted = conversation_id
        async with self._showing:
            if self._wanted != conversation_id:
                return False
            await self._show(conversation_id, at_message)
            return self._wanted == conversation_id

    async def _show(
        self, conversation_id: ConversationId | None, at_message: MessageId | None
    ) -> None:
        screen = self._screen
        if conversation_id is None:
            self.current = self.conversation = self.customer_id = None
            await screen.box.switch(None)
            screen.timeline.clear()
            await screen.card.show(None)
            return
        found = await screen.link.conversation(conversation_id)
        same = self.current == conversation_id
        self.current, self.conversation = conversation_id, found
        self.customer_id = found.customer_id
        if not same:
            await screen.box.switch(conversation_id)
        if not same or at_message is not None:
            await screen.timeline.show(found.customer_id, conversation_id, at_message=at_message)
        if screen.card_visible:
            await screen.card.show(found.customer_id)
        screen.glance.look()
        if not same:
            screen.writing.route_changed()

    async def show_customer(self, customer_id: CustomerId) -> None:
        """Put a customer on the screen who has no conversation, or whose none is meant.

        Raises `StoreError`.
        """
        screen = self._screen
        self._wanted = None
        async with self._showing:
            self.current = self.conversation = None
            self.customer_id = customer_id
            await screen.box.switch(None)
            await screen.timeline.show(customer_id)
            if screen.card_visible:
                await screen.card.show(customer_id)
            screen.glance.look()

    async def ensure(self, conversation_id: ConversationId | None) -> bool:
        """`show` unless it is in view already. False when there is nothing to show."""
        if conversation_id is None:
            return False
        if self.current != conversation_id:
            return await self.show(conversation_id)
        return True

    async def take_up(self, conversation_id: ConversationId) -> None:
        """Mean another conversation of the customer in view, whose history stays as it stands.

        Raises `StoreError`, `NotFound`.
        """
        screen = self._screen
        found = await screen.link.conversation(conversation_id)
        if found.customer_id != self.customer_id:
            await self.show(conversation_id)
            return
        self._wanted = conversation_id
        async with self._showing:
            self.current, self.conversation = conversation_id, found
            screen.timeline.conversation_id = conversation_id
            await screen.box.switch(conversation_id)
        screen.glance.look()
        screen.writing.route_changed()
        await screen.inbox.select(conversation_id)

    async def open_selected(self) -> None:
        """Open the highlighted conversation and go into it."""
        chosen = self._screen.inbox.selected
        if chosen is None:
            return
        self._screen.focus_pane("timeline")
        await self.show(chosen)
        await self.mark_read()

    async def go_to(
        self, conversation_id: ConversationId, *, at_message: MessageId | None = None
    ) -> None:
        """Open any conversation, in the inbox's view or not."""
        try:
            await self.show(conversation_id, at_message=at_message)
        except NotFound as error:
            raise CommandError(str(error)) from None
        self._screen.focus_pane("timeline")
        await self._screen.inbox.select(conversation_id)
        await self.mark_read()

    async def next_waiting(self, direction: int) -> bool:
        """Go to the next conversation in which somebody waits; stay in the same pane."""
        screen = self._screen
        if not await screen.inbox.next_waiting(direction):
            return await self._of_the_silent()
        if screen.focused_pane != "inbox":
            await self.show(screen.inbox.selected)
            await self.mark_read()
        return True

    async def _of_the_silent(self) -> bool:
        """Nobody waits in this view. If nobody waits for the agent, nor for nobody, there may be
        one who waits for a colleague who is not there."""
        screen = self._screen
        words, elsewhere = await self._nobody()
        found = None
        if not elsewhere and screen.link.works:
            found = await screen.link.store.read(silences.next_for, screen.link.agent, self.current)
        if found is None:
            screen.say(words)
            return False
        await self.go_to(found)
        has = self.conversation.assignee if self.conversation else ""
        screen.say(
            _("Nobody else waits: this is {agent}'s, who is silent. “claim” takes it over.").format(
                agent=has
            )
        )
        return True

    async def _nobody(self) -> tuple[str, bool]:
        """That nobody waits in this view, and where somebody does; whether somebody does."""
        screen = self._screen
        titles = {tab.name: tab.title for tab in screen.bar.tabs}
        for view in ("mine", "unassigned"):
            key = screen.keymap.key_for(f"view {view}", ["inbox", "global"])
            if view == screen.views.current or not key:
                continue
            if screen.inbox.data and await screen.inbox.data.inbox_waiting(view, "", None, 1):
                words = _("Nobody waits in this view; in “{view}” somebody does: {key}.")
                return words.format(view=titles[view], key=key), True
        return _("Nobody waits in this view."), False

    async def next_chat(self) -> None:
        """Open the web chat to answer next, whatever the view shows."""
        found = await self._screen.link.next_chat(self._screen.chosen)
        if found is None:
            self._screen.say(_("No visitor of the web chat waits."))
            return
        await self.go_to(found[0])

    async def mark_read(self) -> None:
        """The agent looks at the conversation in view."""
        conversation_id = self.current
        if conversation_id is None:
            return
        try:
            if await self._screen.link.mark_read(conversation_id):
                await self._screen.inbox.refresh_rows({conversation_id})
                await self._screen.views.recount({conversation_id})
        except NotFound:
            return
        except StoreError as error:
            self._screen.say(str(error), "error")

    async def refresh(self) -> None:
        """Read the conversation in view again."""
        if self.current is None:
            if self.customer_id is not None:
                await self._follow_merge(self.customer_id)
            return
        asked = self.current
        try:
            found = await self._screen.link.conversation(asked)
        except NotFound:
            if asked in (self.current, self._wanted) and self._wanted in (asked, None):
                await self.show(None)
            return
        if self.current != asked:
            return  # another was opened meanwhile
        self.conversation = found
        self.customer_id = found.customer_id
        if found.customer_id != self._screen.timeline.customer_id:
            # It was given to another customer: theirs is the history to show.
            await self._screen.timeline.show(found.customer_id, found.id)

    async def _follow_merge(self, customer_id: CustomerId) -> None:
        """Who became part of another customer is that one now."""
        holder = await self._screen.link.store.read(customers.current, customer_id)
        if holder != customer_id:
            await self.show_customer(holder)

    # -- searching -----------------------------------------------------------

    async def search(self, query: str) -> None:
        """In a conversation: the customer's timeline; in the inbox: everything."""
        screen = self._screen
        if not query:
            screen.ask_line("find " if screen.focused_pane == "timeline" else "search ")
            return
        if screen.focused_pane == "timeline":
            await self.find(query)
            return
        self._search, self._hits, self._hit = query, [], -1
        screen.overlays.search(query)

    async def find(self, text: str) -> None:
        """The nearest message of this customer, upwards, in which `text` stands."""
        if not text:
            self._screen.ask_line("find ")
            return
        self._search = text
        found = await self._screen.timeline.find(text, -1)
        if found is None:
            self._screen.say(_("“{text}” is not in this timeline.").format(text=text))
        else:
            self._tell(text, found)

    def _tell(self, text: str, found: Hit) -> None:
        from omnitui.tui.station.browsing import found_words

        self._screen.say(found_words(text, found))

    async def again(self, direction: int) -> None:
        """`n` and `N`."""
        screen = self._screen
        if not self._search:
            screen.ask_line("find " if screen.focused_pane == "timeline" else "search ")
        elif screen.focused_pane == "timeline":
            found = await screen.timeline.find(self._search, -direction)
            if found is None:
                screen.say(_("“{text}” is not found further on.").format(text=self._search))
            else:
                self._tell(self._search, found)
        elif self._hits:
            self._hit = (self._hit + direction) % len(self._hits)
            conversation_id, message_id = self._hits[self._hit]
            await self.go_to(conversation_id, at_message=message_id)
        else:
            screen.overlays.search(self._search)

    def found(self, query: str, hits: list[tuple[ConversationId, MessageId]], chosen: int) -> None:
        """A hit was chosen in the search; `n` goes on from there."""
        self._search, self._hits, self._hit = query, hits, chosen

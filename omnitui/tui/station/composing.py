"""Writing first, and noting what came over no channel."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.keys.commander import NONE
from omnitui.tui.link.desk_link import Outcome
from omnitui.tui.text.cells import crop
from omnitui.tui.text.safe_text import one_line
from store.errors import NotFound, StoreError
from store.model import Conversation, ConversationId, CustomerId

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Pane, Stage

SUBJECT = 44
"""Cells of a matter's subject in the menu."""
NEW = "new"
"""The line in the menu of unfinished matters that begins another."""


@dataclass(frozen=True, slots=True)
class _Before:
    """Where the agent was when they began to write."""

    conversation: ConversationId | None
    customer: CustomerId | None
    pane: Pane


class Composing:
    """From `c` to the first word."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self._before = _Before(None, None, "inbox")
        self.begun: ConversationId | None = None
        """The conversation that was begun here and has nothing sent yet."""

    # -- writing first ---------------------------------------------------------

    async def ask(self, query: str = "") -> None:
        """Choose whom to write to."""
        from omnitui.tui.screens.write_to import WriteTo

        screen = self._screen
        here = await self._customer()

        async def chosen(values: list[str] | None) -> None:
            if not values:
                return
            if values[0].startswith(" "):
                screen.say(values[0].strip(), "warning")
                return
            who, account = shlex.split(values[0])
            await self._matters(who, account)

        screen.desk_app.show_overlay(WriteTo(screen.link, here, query), chosen)

    async def to(self, who: str, account: str) -> None:
        """Begin with somebody who is chosen already, or go on with what is unfinished."""
        await self._matters(who, account)

    async def write(self, who: str, account: str, subject: str) -> None:
        """Begin at once, as the command line says. Raises `CommandError`, `StoreError`."""
        line = shlex.join(["compose", who, account]) + (f" {subject}" if subject else "")
        self._remember()
        targets = self._screen.targets()[:1] or [NONE]
        await self._screen.commander.execute(line, targets)

    async def opened(self, outcomes: Sequence[Outcome]) -> None:
        """A command has begun a conversation: go on in it."""
        went = [one.went_to for one in outcomes if one.went_to is not None]
        if not went:
            return
        screen, self.begun = self._screen, went[-1]
        await screen.reading.show(self.begun)
        screen.focus_pane("timeline")
        await screen.inbox.refresh_rows(None)
        await screen.inbox.select(self.begun)
        await screen.writing.start("reply")
        screen.say(_("Nobody has got anything yet: {key} leaves.").format(key=self._key("back")))

    async def left(self, conversation_id: ConversationId | None) -> bool:
        """The reply box was left: what was begun and holds nothing goes. Whether it did."""
        screen = self._screen
        shown = screen.reading.conversation
        unwritten = shown is not None and shown.id == conversation_id and not shown.messages
        if conversation_id is None or not (unwritten or conversation_id == self.begun):
            return False
        from omnitui.tui.link import write_to

        try:
            gone = await screen.link.change(write_to.discard, conversation_id)
        except (CommandError, StoreError):
            return False
        if not gone:
            if conversation_id == self.begun and screen.box.text.strip():
                screen.say(_("Kept as a draft: the conversation is in your list."))
            return False
        self.begun = None
        await self._return()
        screen.say(_("Nothing was written: nothing is left of it."))
        return True

    async def _return(self) -> None:
        screen, before = self._screen, self._before
        alone = before.conversation is None and before.pane != "inbox"
        try:
            if alone and before.customer is not None:
                await screen.reading.show_customer(before.customer)
            else:
                await screen.reading.show(before.conversation)
        except NotFound:
            alone = False
            await screen.reading.show(None)
        await screen.inbox.refresh_rows(None)
        if before.conversation is not None:
            await screen.inbox.select(before.conversation)
        there = before.conversation is not None or alone
        pane = before.pane if before.pane != "reply" else "timeline"
        screen.focus_pane(pane if there else "inbox")

    async def _matters(self, who: str, account: str) -> None:
        """What is unfinished with them may be what is meant."""
        from omnitui.tui.link import write_to

        screen = self._screen
        found = await screen.link.ask(write_to.matters, who)
        if not found:
            self._subject(who, account)
            return
        from omnitui.tui.screens.menu import Item, MenuScreen

        items = [Item("n", NEW, _("begin a new matter"))]
        for number, one in enumerate(found[:5], 1):
            items.append(Item(str(number), str(one.id), _matter(one)))

        async def chosen(line: str | None) -> None:
            if line == NEW:
                self._subject(who, account)
            elif line:
                await screen.reading.go_to(ConversationId(int(line)))
                await screen.writing.start("reply")
                await screen.writing.choose_account(account)

        title = _("Something is unfinished with {name}").format(
            name=one_line(found[0].customer_name)
        )
        screen.desk_app.show_overlay(MenuScreen(title, items), chosen)

    def _subject(self, who: str, account: str) -> None:
        """A mail has a subject; ask for it, and go on."""
        from omnitui.desk.channel import capabilities

        screen = self._screen
        chosen = next((a for a in screen.live.accounts if a.name == account), None)
        if chosen is None or not capabilities(chosen).subject:
            screen.desk_app.background(partial(self._try, who, account), "compose")
            return
        from omnitui.tui.screens.line_editor import LineEditor

        async def submit(text: str) -> str:
            try:
                await self.write(who, account, text)
            except (CommandError, StoreError) as error:
                return str(error)
            return ""

        channel, _colon, rest = who.partition(":")
        address = rest if rest and "@" not in channel else who
        editor = LineEditor(
            _("Subject of the mail to {address}").format(address=one_line(address)),
            "",
            submit,
            placeholder=_("what it is about"),
            accepts=_("write it"),
        )
        screen.desk_app.show_overlay(editor, lambda _nothing: None)

    async def _try(self, who: str, account: str) -> None:
        try:
            await self.write(who, account, "")
        except (CommandError, StoreError) as error:
            self._screen.say(str(error), "error")

    # -- what came over no channel -----------------------------------------------

    async def log(self) -> None:
        """Note a call, a visit or a letter of the customer in view."""
        from omnitui.tui.link import write_to
        from omnitui.tui.screens.contact_form import ContactForm

        screen = self._screen
        targets = screen.customers()[:1]
        customer = await self._customer()
        if not targets or customer is None:
            screen.say(_("No customer is selected."), "warning")
            return

        async def submit(line: str) -> str:
            try:
                await screen.commander.execute(line, targets)
            except (CommandError, StoreError) as error:
                return str(error)
            return ""

        name = await screen.link.ask(write_to.name, customer)
        screen.desk_app.show_overlay(ContactForm(name, submit), lambda _nothing: None)

    # -- inside --------------------------------------------------------------------

    def _remember(self) -> None:
        screen = self._screen
        self._before = _Before(screen.chosen, screen.reading.customer_id, screen.focused_pane)

    async def _customer(self) -> CustomerId | None:
        """Whom the agent looks at."""
        screen = self._screen
        if screen.focused_pane != "inbox" and screen.reading.customer_id is not None:
            return screen.reading.customer_id
        if screen.chosen is None:
            return None
        return (await screen.link.conversation(screen.chosen)).customer_id

    def _key(self, line: str) -> str:
        return self._screen.keymap.key_for(line, ["reply", "global"])


def _matter(one: Conversation) -> str:
    words = crop(one_line(one.subject) or one_line(one.preview), SUBJECT)
    return _("go on with “{subject}”").format(subject=words)

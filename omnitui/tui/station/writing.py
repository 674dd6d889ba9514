"""From the first key of an answer to the outbox."""

from __future__ import annotations

import asyncio
import re
import shlex
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.replying.reply_stops import (
    ColleagueWrote,
    ForgottenFile,
    NewMessageArrived,
    NewRecipient,
    OtherRecipients,
    ReplyStopped,
    UnfilledVariable,
    some,
)
from omnitui.desk.rights import require
from omnitui.tui.link.drafts import Kind
from omnitui.tui.station.answering_many import AnsweringMany
from omnitui.tui.station.attaching import Attaching
from omnitui.tui.station.inserting import Inserting
from omnitui.tui.widgets.reply_header import Route
from omnitui.tui.work import start
from store.errors import NotFound, StoreError
from store.model import ConversationId, MessageId

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage

UNSEEN = 0.6
"""Seconds without a key after which it is asked where a reply goes that nobody writes yet: whoever
goes through the list is at another conversation sooner."""


class Writing:
    """The reply box and what its keys do."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self.texts = Inserting(screen)
        self.files = Attaching(screen)
        self.many = AnsweringMany(screen)
        self._seen = MessageId(0)
        """The last message there was when the agent began to write, or looked again."""
        self._routed: ConversationId | None = None
        """The conversation whose route the box holds."""
        self._confirmed: frozenset[str] = frozenset()
        """New recipients that the agent was told about: the next send means them."""
        self._confirmed_in: ConversationId | None = None
        """Where they were told."""
        self._without_file = False
        """The agent was told that a file is announced and none attached."""
        self._to_ask: asyncio.TimerHandle | None = None
        self._meant: tuple[str, ...] = ()
        """Whom the agent saw the reply go to when they began it, or looked again: what the header
        has come to say by itself since, they may not have seen."""
        self._asked = False
        """The next route that is shown is one that they look at."""

    async def begin(self, kind: Kind) -> None:
        """`start`, from the timeline for the conversation under its cursor, which need not be the
        one that was opened."""
        screen = self._screen
        matter = screen.timeline.matter if screen.focused_pane == "timeline" else None
        if matter is not None and matter != screen.reading.current:
            await screen.reading.take_up(matter)
        await self.start(kind)

    async def start(self, kind: Kind) -> None:
        """Open the box for the conversation in view or highlighted. Raises `NotPermitted` for one
        who only looks."""
        screen = self._screen
        require(screen.link.config.access, "work")
        if not await screen.reading.ensure(screen.chosen):
            if screen.focused_pane != "inbox" and screen.reading.customer_id is not None:
                await screen.composing.ask()  # they have written nothing yet: we begin
            else:
                screen.say(_("No conversation is selected."), "warning")
            return
        if kind == "reply" and self._routed != screen.box.conversation_id:
            await self._show_route()  # else another customer's would stand there for a moment
            if screen.box.conversation_id is None:
                return
        screen.box.start(kind)
        screen.fold()
        self._confirmed = frozenset()
        self._without_file = False
        self._seen, _shown = await asyncio.gather(screen.link.newest_message(), self._show_route())
        await screen.reading.mark_read()

    def toggle_kind(self) -> None:
        """A reply becomes a note, a note a reply."""
        if self._screen.box.kind == "edit":
            self._screen.say(_("This changes what was sent: send the change, or leave it first."))
            return
        self._screen.box.toggle_kind()
        self._screen.fold()  # its keys are others
        self.route_changed()

    async def choose_account(self, name: str) -> None:
        """Answer through the account called `name`; "" leaves it to the desk. Where nobody writes
        yet, the reply begins."""
        chosen = next((a for a in self._screen.live.accounts if a.name == name), None)
        if name and chosen is None:
            raise CommandError(_("There is no account “{name}”.").format(name=name))
        if not self._screen.box.writing or self._screen.focused_pane != "reply":
            await self.start("reply")
            if not self._screen.box.writing:
                return
        self._screen.box.choose_account(chosen.id if chosen else None)
        self._confirmed = frozenset()
        self.route_changed()

    def channel(self) -> str:
        """The channel that the reply in the box goes by; "" when that is not known."""
        screen = self._screen
        name = screen.box.header.route.account if screen.box.writing else ""
        return next((a.channel for a in screen.live.accounts if a.name == name), "")

    def route_changed(self, *, by_itself: bool = False) -> None:
        """Where a reply goes may be another now: ask again. Where nobody writes it is not seen, and
        one change is told of more than once: by the command's answer and by the change feed.
        `by_itself`: the agent has not asked for another."""
        if self._screen.box.conversation_id is None:
            return
        if self._screen.box.writing:
            self._ask_route(self._begun_for() if by_itself else "", by_itself=by_itself)
        elif self._to_ask is None:
            self._ask_at_rest()

    def _ask_at_rest(self) -> None:
        rest = self._screen.live.notices.hands_on(UNSEEN)
        if rest > 0:
            self._to_ask = asyncio.get_running_loop().call_later(rest, self._ask_at_rest)
        else:
            self._ask_route()

    def _ask_route(self, shown: str = "", *, by_itself: bool = False) -> None:
        self._forget_to_ask()
        self._asked |= not by_itself  # the next question may end this one before it begins
        if self._screen.is_running:
            show = partial(self._show_route, shown, by_itself=by_itself)
            start(self._screen, show, "route", exclusive=True)

    def _forget_to_ask(self) -> None:
        if self._to_ask is not None:
            self._to_ask.cancel()
            self._to_ask = None

    def whereabouts_changed(self) -> None:
        """The customer came to the chat, or left it. What is being written stays with the
        channel that it was begun for, and says where they are now."""
        box = self._screen.box
        if box.writing and box.kind == "reply" and box.account_id is None:
            self._ask_route(self._begun_for(), by_itself=True)

    def _begun_for(self) -> str:
        """The account that what is being written stays with; "" while there is not a word."""
        box = self._screen.box
        written = box.writing and box.kind == "reply" and box.text.strip()
        return box.header.route.account if written else ""

    async def _show_route(self, shown: str = "", *, by_itself: bool = False) -> None:
        """`shown`: the account that it stays with though the agent chose none. `by_itself`: they
        write on, and need not look."""
        screen, box = self._screen, self._screen.box
        self._asked |= not by_itself
        conversation_id = box.conversation_id
        if conversation_id is None or box.kind != "reply":
            return
        self._forget_to_ask()
        try:
            route = await screen.link.route(conversation_id, box.account_id, box.delivery, shown)
        except NotFound:
            return  # erased: the screen goes on to somebody else
        except StoreError as error:
            screen.say(str(error), "error")
            if self._routed != conversation_id == box.conversation_id and box.kind == "reply":
                box.show_route(Route("reply"))  # rather none than where another's would go
            return
        if route.why:
            key = screen.keymap.key_for("menu channel", ["reply"])
            words = _("{why} · {key} changes").format(why=route.why, key=key)
            route = replace(route, why=words)
        if box.conversation_id == conversation_id and box.kind == "reply":
            box.show_route(route)
            self._routed = conversation_id
            if self._asked or not box.text.strip():
                self._asked = False
                self._meant = tuple(one.address for one in route.recipients)

    async def trim(self) -> None:
        """Choose somebody whom this reply shall not go to; where nobody writes, it begins."""
        screen = self._screen
        if not screen.box.writing:
            await self.begin("reply")
            if not screen.box.writing:
                return
        if screen.box.kind != "reply":
            words = _("Only a reply goes to somebody: a note and a change of what was sent do not.")
            screen.say(words, "warning")
            return
        await self._show_route()
        recipients = screen.box.header.route.recipients
        if len(recipients) < 2:
            screen.say(_("There is nobody to take off: the reply goes to one address."), "warning")
            return
        addresses = [person.address for person in recipients]
        screen.overlays.choose(_("Take off this reply"), addresses, "reply trim {}")

    def preview(self) -> None:
        """Show what is in the box as it will arrive."""
        screen, box = self._screen, self._screen.box
        if not box.writing or not box.draft:
            screen.say(_("There is nothing to look at yet: write a reply first."), "warning")
            return
        from omnitui.tui.screens.preview import Preview

        shown = Preview(
            box.header.route,
            box.text,
            box.attachments if box.kind == "reply" else (),
            note=box.kind == "note",
            send_key=screen.keymap.key_for("reply send", ["reply"]),
        )

        def closed(what: str | None) -> None:
            box.field.focus(scroll_visible=False)
            if what:
                screen.commander.press("reply send")

        screen.desk_app.show_overlay(shown, closed)

    # -- sending -------------------------------------------------------------

    async def send(self, when: str = "") -> None:
        """Queue the reply (or keep the note); on any stop the text stays as it is."""
        screen, box = self._screen, self._screen.box
        if not box.writing:
            await self._look_before()
        conversation_id = box.conversation_id
        if conversation_id is None or not (box.writing or box.draft):
            screen.say(_("There is nothing to send yet: write a reply first."), "warning")
            return
        if box.kind == "edit":
            await screen.messages.send_edit(when)
            return
        note = box.kind == "note"
        line = f"note {shlex.quote(box.text)}" if note else f"reply send {when}".rstrip()
        if note and not box.text.strip():
            screen.say(_("The note is empty."), "warning")
            return
        if self._confirmed_in != conversation_id:
            self._confirmed = frozenset()
        box.freeze(True)
        try:
            await screen.commander.execute(
                line,
                [conversation_id],
                if_last=None if note else self._seen,
                via="" if note else box.header.route.account,
                confirm_new=self._confirmed,
                shown=None if note else self._meant,
                ask_files=not self._without_file,
            )
        except ReplyStopped as stop:
            await self._stopped(stop)
            return
        finally:
            box.freeze(False)
        self._confirmed = frozenset()
        self._without_file = False
        if note:
            box.put_text("", "note")
            screen.say(_("Note kept. Only your team sees it."))
        else:
            box.clear()
        if not note and not when:
            screen.start_undo_clock(round(await screen.link.held_for(conversation_id)))
        await self._after(conversation_id, note=note)

    async def _look_before(self) -> None:
        """A draft that is sent without the box: of the conversation that is meant now, and the
        agent has seen what stands in the timeline."""
        screen = self._screen
        await screen.commander.idle()  # which may write it: `reply set`, typed a moment ago
        if await screen.reading.ensure(screen.chosen):
            self._seen = screen.timeline.newest_shown
            await self._show_route()

    async def _stopped(self, stop: ReplyStopped) -> None:
        screen = self._screen
        sentence = str(stop)
        match stop:
            case ColleagueWrote(what=what, text=text):
                self._seen = await screen.link.newest_message()
                await screen.timeline.refresh_messages(None)
                screen.timeline.end()
                send, keep, later = (
                    screen.keymap.key_for(it, ["reply"])
                    for it in ("reply send", "back", "menu send")
                )
                sentence = _(
                    "{what} “{text}” {send} sends yours all the same, {keep} keeps it as a draft,"
                    " {later} d discards it."
                ).format(what=what, text=text, send=send, keep=keep, later=later)
            case NewMessageArrived():
                self._seen = await screen.link.newest_message()
                await self._show_route()  # they may have written from elsewhere
                await screen.timeline.refresh_messages(None)
                screen.timeline.end()
                send = screen.keymap.key_for("reply send", ["reply"])
                sentence = _(
                    "A message arrived while you wrote: look, then press {key} again to send."
                ).format(key=send)
            case OtherRecipients():
                await self._show_route()
            case NewRecipient(addresses=addresses):
                self._confirmed |= set(addresses)
                self._confirmed_in = screen.box.conversation_id
                send = screen.keymap.key_for("reply send", ["reply"])
                sentence = _(
                    "{key} again sends; the customer never wrote from {addresses}."
                ).format(key=send, addresses=some(addresses))
            case ForgottenFile(words=words):
                self._without_file = True
                keys = [
                    screen.keymap.key_for(it, ["reply"]) for it in ("reply attach", "reply send")
                ]
                sentence = _(
                    "No file is attached: {attach} attaches one, {send} sends as it is (“{words}”)."
                ).format(words=words, attach=keys[0], send=keys[1])
            case UnfilledVariable(names=names):
                self.select_variable(names[0])
        screen.box.start(screen.box.kind)
        seen_again = isinstance(stop, NewMessageArrived | ForgottenFile)
        screen.say(sentence, "warning" if seen_again else "error")

    def select_variable(self, name: str) -> None:
        field = self._screen.box.field
        found = re.search(r"\{\{\s*" + re.escape(name) + r"\s*\}\}", field.text)
        if found:
            field.select_text(found[0])

    async def _after(self, conversation_id: ConversationId, *, note: bool) -> None:
        """Where the eye goes after a send, by the settings."""
        screen = self._screen
        then = "stay" if note else screen.link.config.desk.after_send
        screen.box.stop()
        screen.knowledge.close()
        chat = screen.glance.chat
        if then == "next" and chat and chat.conversation_id == conversation_id and chat.online:
            # They are about to answer: only who is there, too, and waits is more urgent.
            screen.focus_pane("timeline")
            other = await screen.link.next_chat(conversation_id)
            if other and other[1]:
                await screen.reading.go_to(other[0])
            return
        if then == "stay":
            screen.focus_pane("timeline")
            return
        screen.focus_pane("inbox" if then == "back" else "timeline")
        await screen.inbox.refresh_rows({conversation_id})
        if then == "back":
            return
        found = await screen.inbox.next_waiting(1) and screen.inbox.selected
        if found and found != conversation_id:
            await screen.reading.show(found)
            await screen.reading.mark_read()
        else:
            screen.focus_pane("inbox")

    async def retry(self) -> None:
        """Once more what did not go out, or not to all."""
        screen = self._screen
        conversation_id = screen.chosen
        if conversation_id is None:
            screen.say(_("No conversation is selected."), "warning")
            return
        shown = screen.timeline.selected_message if screen.focused_pane == "timeline" else None
        if shown is not None and await screen.link.is_for_later(shown):
            screen.commander.enter(f"outbox retry {shown.id}")  # at once
            return
        found = await screen.link.to_retry(conversation_id, shown.id if shown else None)
        if found is None:
            screen.say(_("Nothing here failed: there is nothing to send again."))
            return
        line = f"outbox retry {found.id}"
        if found.state == "unknown":
            question = _("It may have arrived already. Send it a second time?")
            await screen.commander.if_meant(question, line, [conversation_id])
        else:
            screen.commander.enter(line)

    async def came_back(self, conversation_id: ConversationId) -> None:
        """An undone send: its text is a draft again; go on writing it."""
        screen = self._screen
        screen.stop_undo_clock()
        await screen.reading.show(conversation_id)
        await screen.inbox.select(conversation_id)
        await screen.box.reload()
        await self.start("reply")

    async def held_back(self) -> None:
        """The customer wrote before a reply was due that was not to go then."""
        screen, box = self._screen, self._screen.box
        if box.writing and box.text.strip():
            words = _("They answered first: the reply for later is held back, it stands above.")
        else:
            await box.reload()
            words = _("They answered first: the reply for later is a draft again.")
        screen.say(words, "warning")

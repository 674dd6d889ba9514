"""From the first key of an answer to the outbox."""

from __future__ import annotations

import asyncio
import re
import shlex
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError
from omnitui.desk.replying.file_names import dropped
from omnitui.desk.replying.reply_stops import (
    ForgottenFile,
    NewMessageArrived,
    NewRecipient,
    ReplyStopped,
    UnfilledVariable,
    some,
)
from omnitui.tui.link.drafts import Kind
from omnitui.tui.text.safe_text import one_line, safe
from omnitui.tui.words.chat_facts import quoted_words
from omnitui.tui.work import start
from store.errors import NotFound, StoreError
from store.model import ConversationId, Message, MessageId

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage

Location = tuple[int, int]

MOST_AT_ONCE = 200
"""Conversations that one answer goes to."""
MOST_TOLD = 6
"""Of those that do not get it, so many are named."""


class Writing:
    """The reply box and what its keys do."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self._seen = MessageId(0)
        """The last message there was when the agent began to write, or looked again."""
        self._confirmed: frozenset[str] = frozenset()
        """New recipients that the agent was told about: the next send means them."""
        self._without_file = False
        """The agent was told that a file is announced and none attached."""

    async def start(self, kind: Kind) -> None:
        """Open the box for the conversation in view or highlighted."""
        screen = self._screen
        if not await screen.reading.ensure(screen.chosen):
            if screen.focused_pane != "inbox" and screen.reading.customer_id is not None:
                await screen.composing.ask()  # they have written nothing yet: we begin
            else:
                screen.say(_("No conversation is selected."), "warning")
            return
        screen.box.start(kind)
        screen.fold()
        self._confirmed = frozenset()
        self._without_file = False
        self._seen = await screen.link.newest_message()
        await self._show_route()
        await screen.reading.mark_read()

    def toggle_kind(self) -> None:
        """A reply becomes a note, a note a reply."""
        if self._screen.box.kind == "edit":
            self._screen.say(_("This changes what was sent: send the change, or leave it first."))
            return
        self._screen.box.toggle_kind()
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

    def route_changed(self) -> None:
        """Where a reply goes may be another now: ask again."""
        if self._screen.box.conversation_id is not None:
            start(self._screen, self._show_route, "route", exclusive=True)

    def whereabouts_changed(self) -> None:
        """The customer came to the chat, or left it. What is being written stays with the
        channel that it was begun for, and says where they are now."""
        box = self._screen.box
        if box.writing and box.kind == "reply" and box.account_id is None:
            shown = box.header.route.account if box.text.strip() else ""
            start(self._screen, partial(self._show_route, shown), "route", exclusive=True)

    async def _show_route(self, shown: str = "") -> None:
        """`shown`: the account that it stays with though the agent chose none."""
        screen, box = self._screen, self._screen.box
        conversation_id = box.conversation_id
        if conversation_id is None or box.kind != "reply":
            return
        try:
            route = await screen.link.route(conversation_id, box.account_id, box.delivery, shown)
        except NotFound:
            return  # erased: the screen goes on to somebody else
        except StoreError as error:
            screen.say(str(error), "error")
            return
        if route.why:
            key = screen.keymap.key_for("menu channel", ["reply"])
            words = _("{why} · {key} changes").format(why=route.why, key=key)
            route = replace(route, why=words)
        if box.conversation_id == conversation_id and box.kind == "reply":
            box.show_route(route)

    def trim(self) -> None:
        """Choose somebody whom this reply shall not go to."""
        screen = self._screen
        recipients = screen.box.header.route.recipients if screen.box.writing else ()
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
        box.freeze(True)
        try:
            await screen.commander.execute(
                line,
                [conversation_id],
                if_last=None if note else self._seen,
                via="" if note else box.header.route.account,
                confirm_new=self._confirmed,
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

    async def _stopped(self, stop: ReplyStopped) -> None:
        screen = self._screen
        sentence = str(stop)
        match stop:
            case NewMessageArrived():
                self._seen = await screen.link.newest_message()
                await self._show_route()  # they may have written from elsewhere
                await screen.timeline.refresh_messages(None)
                screen.timeline.end()
                send = screen.keymap.key_for("reply send", ["reply"])
                sentence = _(
                    "A message arrived while you wrote: look, then press {key} again to send."
                ).format(key=send)
            case NewRecipient(addresses=addresses):
                self._confirmed |= set(addresses)
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
                self._select_variable(names[0])
        screen.box.start(screen.box.kind)
        seen_again = isinstance(stop, NewMessageArrived | ForgottenFile)
        screen.say(sentence, "warning" if seen_again else "error")

    def _select_variable(self, name: str) -> None:
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

    def answer_marked(self) -> None:
        """Choose templates, and send what they say to all marked conversations: each filled in
        for its customer, and not to those where something would stop it."""
        from omnitui.tui.screens.picker import Picker

        screen = self._screen
        marked = [ConversationId(one) for one in screen.targets()]
        if len(marked) > MOST_AT_ONCE:
            words = _("{n} conversations are marked: answer {most} at a time at most.")
            raise CommandError(words.format(n=len(marked), most=MOST_AT_ONCE))

        async def chosen(names: list[str] | None) -> None:
            if names:
                await self._ask_about(marked, names)

        screen.desk_app.show_overlay(Picker(screen.link, marked[0]), chosen)

    async def _ask_about(self, marked: list[ConversationId], names: list[str]) -> None:
        """Who gets it, and who does not and why, before anything goes."""
        from omnitui.tui.screens.menu import Item, MenuScreen

        screen = self._screen
        try:
            planned, seen = await screen.link.plan_for(marked, names)
        except StoreError as error:
            screen.say(str(error), "error")
            return
        going = [one.conversation_id for one in planned if not one.problem]
        lines = [
            ngettext(
                "{templates} goes to {n} conversation.",
                "{templates} goes to {n} conversations.",
                len(going),
            ).format(templates=" + ".join(f"“{name}”" for name in names), n=len(going))
        ]
        stopped = [one for one in planned if one.problem]
        lines += [f"✗ {one_line(one.customer)}: {one.problem}" for one in stopped[:MOST_TOLD]]
        if more := len(stopped) - MOST_TOLD:
            words = ngettext("… and {n} more does not get it", "… and {n} more do not get it", more)
            lines += [words.format(n=more)] if more > 0 else []
        words = ngettext("send it", "send all {n}", len(going)).format(n=len(going))
        items = [Item("y", "yes", words)] if going else []

        async def answered(answer: str | None) -> None:
            if answer == "yes":
                await self._send_to(going, names, seen)

        menu = MenuScreen("\n".join(lines), [*items, Item("n", "", _("no"))])
        screen.desk_app.show_overlay(menu, answered)

    async def _send_to(
        self, going: list[ConversationId], names: list[str], seen: MessageId
    ) -> None:
        screen = self._screen
        line = f"reply with {' '.join(shlex.quote(name) for name in names)}"
        try:
            await screen.commander.execute(line, [*going], if_last=seen)
        except NewMessageArrived:
            screen.say(_("Somebody wrote meanwhile; nothing was sent. Look, and do it again."))
        except (CommandError, StoreError) as error:
            screen.say(str(error), "error")
        else:
            held = [await screen.link.held_for(one) for one in going]
            screen.start_undo_clock(round(min(held)))

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
            screen.overlays.confirm(_("It may have arrived already. Send it a second time?"), line)
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

    # -- files -----------------------------------------------------------------

    def pasted(self, text: str) -> bool:
        """Paths may have been pasted or dropped: files that are there are attached, all else is
        text. False where no file can go along. Keys wait until the disk has answered."""
        box = self._screen.box
        if box.kind != "reply" or box.conversation_id is None:
            return False
        self._screen.desk_app.gate.close()
        start(self._screen, partial(self._attach, text, box.conversation_id), "paste")
        return True

    def dropped_beside(self, text: str) -> None:
        """Files dropped where nobody writes begin a reply to whom is looked at."""
        screen = self._screen
        screen.desk_app.gate.close()

        async def begin() -> None:
            try:
                if await asyncio.to_thread(dropped, text):
                    await self.start("reply")
                    if screen.box.writing:
                        self.pasted(text)
            except (CommandError, StoreError) as error:
                screen.say(str(error), "error")
            finally:
                screen.desk_app.gate.open()

        start(screen, begin, "paste")

    async def _attach(self, text: str, conversation_id: ConversationId) -> None:
        screen = self._screen
        try:
            files = await asyncio.to_thread(dropped, text)
            if files:
                names = " ".join(shlex.quote(str(file)) for file in files)
                await screen.commander.execute(f"attach {names}", [conversation_id])
            else:
                screen.box.field.insert_here(text)
        except (CommandError, StoreError) as error:
            screen.say(str(error), "error")
        finally:
            screen.desk_app.gate.open()

    def attach(self) -> None:
        """Ask for the path of a file."""
        if self._screen.box.writing and self._screen.box.kind != "reply":
            words = _("Files go with a reply only: a note and a change of what was sent take none.")
            self._screen.say(words, "warning")
            return
        self._screen.ask_line("attach ")

    def choose_file(self) -> None:
        """Choose an attached file, and take it off."""
        files = self._screen.box.attachments
        if not files:
            self._screen.say(_("No file is attached."))
        elif len(files) == 1:
            self._screen.commander.enter(f"detach {shlex.quote(files[0])}")
        else:
            self._screen.overlays.choose(_("Take off this reply"), files, "detach {}")

    # -- texts from elsewhere --------------------------------------------------

    def pick_template(self, slash: Location | None = None) -> None:
        """Choose templates; what was typed after the slash at `slash` filters them."""
        screen, box = self._screen, self._screen.box
        conversation_id = box.conversation_id if box.writing else screen.chosen
        if conversation_id is None:
            screen.say(_("No conversation is selected."), "warning")
            return
        from omnitui.tui.screens.picker import Picker

        query = ""
        if slash is not None:
            query = box.field.get_text_range((slash[0], slash[1] + 1), box.field.selection.end)
        picker = Picker(screen.link, conversation_id, query, self._channel())

        async def chosen(names: list[str] | None) -> None:
            if names:
                await self._insert_templates(conversation_id, names, slash, picker.language)
            elif slash is not None and picker.typed != query:
                # What was typed at the picker was meant as text after all.
                box.field.insert_here("/" + picker.typed, slash)

        screen.desk_app.show_overlay(picker, chosen)

    def _channel(self) -> str:
        """The channel that the reply in the box goes by; "" when that is not known."""
        screen = self._screen
        name = screen.box.header.route.account if screen.box.writing else ""
        return next((a.channel for a in screen.live.accounts if a.name == name), "")

    async def _insert_templates(
        self,
        conversation_id: ConversationId,
        names: list[str],
        slash: Location | None,
        language: str = "",
    ) -> None:
        screen, box = self._screen, self._screen.box
        try:
            rendered = await screen.link.render(conversation_id, names, language)
            await screen.link.used(names)
        except (CommandError, StoreError) as error:
            screen.say(str(error), "error")
            return
        if not box.writing or box.conversation_id != conversation_id:
            await screen.reading.show(conversation_id)
            await self.start("reply")
        box.field.insert_here("\n\n".join(r.text for r in rendered), slash)
        box.field.focus(scroll_visible=False)
        unfilled = [name for r in rendered for name in r.unfilled]
        if unfilled:
            self._select_variable(unfilled[0])
            screen.say(
                _("Fill in before sending: {names}").format(names=", ".join(unfilled)), "warning"
            )

    async def quote(self) -> None:
        """Put the highlighted message, quoted, into the reply."""
        message = self._screen.timeline.selected_message
        if message is None:
            self._screen.say(_("No message is selected."), "warning")
            return
        from omnitui.tui.screens.quoting import quoted_whole

        await self.start("reply")
        self._put_quote(quoted_whole(_said(message)))

    async def quote_part(self) -> None:
        """Choose lines or sentences of the highlighted message, to be quoted in the reply."""
        from omnitui.tui.screens.quoting import QuotePieces, pieces, quoted

        message = self._screen.timeline.selected_message
        found = pieces(_said(message)) if message is not None else []
        if not found:
            self._screen.say(_("No message is selected."), "warning")
            return

        async def chosen(numbers: list[str] | None) -> None:
            if numbers:
                await self.start("reply")
                self._put_quote(quoted(found, {int(number) for number in numbers}))

        self._screen.desk_app.show_overlay(QuotePieces(found), chosen)

    def _put_quote(self, text: str) -> None:
        """At the cursor, on lines of its own, the cursor below it."""
        field = self._screen.box.field
        before = "\n\n" if field.selection.start[1] else ""
        field.insert_here(f"{before}{text}\n\n")
        field.focus(scroll_visible=False)

    async def earlier(self) -> None:
        """Choose from what was written to this customer before, or to anybody."""
        screen = self._screen
        if not await screen.reading.ensure(screen.chosen) or screen.reading.conversation is None:
            return
        found = await screen.link.earlier_replies(screen.reading.conversation)
        from omnitui.tui.screens.earlier import Earlier

        shown = Earlier(found, screen.link.replies_with)

        async def chosen(ids: list[str] | None) -> None:
            if ids:
                if not screen.box.writing:
                    await self.start("reply")
                screen.box.field.insert_here(shown.messages[ids[0]].text)

        screen.desk_app.show_overlay(shown, chosen)

    async def edit_outside(self) -> None:
        """Go on in $EDITOR; what is saved there is the draft."""
        screen, box = self._screen, self._screen.box
        if not box.writing:
            await self.start("reply")
        if box.conversation_id is None:
            return
        from omnitui.tui.station.outside import edit

        kind = box.kind
        await screen.keeper.flush()
        text = await edit(screen.app, box.text)
        if text is not None:
            box.put_text(text, kind)
        box.start(kind)

    async def pipe(self, program: str) -> None:
        """Give the conversation to a filter program; its output becomes the draft."""
        screen = self._screen
        filters = screen.link.config.filters
        if not filters:
            raise CommandError(
                _("There are no filters yet: name programs under [filters] in config.toml.")
            )
        if not program and len(filters) == 1:
            program = next(iter(filters))
        if not program:
            screen.overlays.choose(_("Filters"), list(filters), "pipe {}")
            return
        if program not in filters:
            raise CommandError(
                _("There is no filter “{name}”; there is {names}.").format(
                    name=program, names=", ".join(filters)
                )
            )
        if not await screen.reading.ensure(screen.chosen) or screen.reading.current is None:
            return
        conversation_id = screen.reading.current
        given = await screen.link.as_json(conversation_id)
        screen.say(_("{name} is running …").format(name=program))
        work = partial(self._filtered, program, filters[program], given, conversation_id)
        start(screen, work, "filter")

    async def _filtered(
        self,
        name: str,
        argv: tuple[str, ...],
        given: dict[str, object],
        conversation_id: ConversationId,
    ) -> None:
        from omnitui.tui.station.outside import filter_through

        screen = self._screen
        try:
            text = await filter_through(name, argv, given)
        except CommandError as error:
            screen.say(str(error), "error")
            return
        if not text.strip():
            screen.say(_("{name} wrote nothing; the draft is as it was.").format(name=name))
            return
        try:
            if not screen.programs.is_looked_at(conversation_id):
                await screen.keeper.flush(raising=True)
                before = (await screen.link.draft_text(conversation_id)).rstrip("\n")
                whole = "\n\n".join(filter(None, (before, text.rstrip("\n"))))
                await screen.commander.execute(
                    f"reply set {shlex.quote(whole)}", [conversation_id]
                )
                screen.say(await screen.programs.elsewhere(name, conversation_id))
            elif await screen.reading.ensure(conversation_id):
                await self.start("reply")
                screen.box.field.insert_here(text.rstrip("\n"))
                screen.say(
                    ngettext(
                        "{name} wrote a draft: read it before you send it.",
                        "{name} wrote {n} drafts: read them before you send them.",
                        1,
                    ).format(name=name, n=1)
                )
        except StoreError as error:
            screen.say(str(error), "error")


def _said(message: Message) -> str:
    """What a message says, as it may be quoted."""
    return safe(message.text.strip(), newlines=True) or quoted_words(message)

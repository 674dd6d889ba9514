"""Texts from elsewhere that come into the reply: templates, quotes, earlier replies, what an
editor or a filter program made."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError
from omnitui.tui.text.safe_text import safe
from omnitui.tui.words.chat_facts import quoted_words
from omnitui.tui.work import start
from store.errors import StoreError
from store.model import ConversationId, Message

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage

Location = tuple[int, int]


class Inserting:
    def __init__(self, screen: Stage) -> None:
        self._screen = screen

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
        picker = Picker(screen.link, conversation_id, query, screen.writing.channel())

        async def chosen(names: list[str] | None) -> None:
            if names:
                await self._insert_templates(conversation_id, names, slash, picker.language)
            elif slash is not None and picker.typed != query:
                # What was typed at the picker was meant as text after all.
                box.field.insert_here("/" + picker.typed, slash)

        screen.desk_app.show_overlay(picker, chosen)

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
            await screen.writing.start("reply")
        box.field.insert_text("\n\n".join(r.text for r in rendered), slash)
        box.field.focus(scroll_visible=False)
        unfilled = [name for r in rendered for name in r.unfilled]
        if unfilled:
            screen.writing.select_variable(unfilled[0])
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

        await self._screen.writing.begin("reply")
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
                await self._screen.writing.begin("reply")
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
                    await screen.writing.start("reply")
                screen.box.field.insert_text(shown.messages[ids[0]].text)

        screen.desk_app.show_overlay(shown, chosen)

    async def edit_outside(self) -> None:
        """Go on in $EDITOR; what is saved there is the draft."""
        screen, box = self._screen, self._screen.box
        if not box.writing:
            await screen.writing.start("reply")
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
                await screen.commander.execute(f"reply set {shlex.quote(whole)}", [conversation_id])
                screen.say(await screen.programs.elsewhere(name, conversation_id))
            elif await screen.reading.ensure(conversation_id):
                await screen.writing.start("reply")
                screen.box.field.insert_text(text)
                screen.say(
                    ngettext(
                        "{name} wrote a draft: read it before you send it.",
                        "{name} wrote {n} drafts: read them before you send them.",
                        1,
                    ).format(name=name, n=1)
                )
        except (CommandError, StoreError) as error:
            screen.say(str(error), "error")


def _said(message: Message) -> str:
    """What a message says, as it may be quoted."""
    return safe(message.text.strip(), newlines=True) or quoted_words(message)

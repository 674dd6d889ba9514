"""Templates made and changed on the screen, in the agent's editor."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.tui.keys.commander import NONE
from store.driver import Connection
from store.model import ConversationId

if TYPE_CHECKING:
    from omnitui.desk.templates import Template
    from omnitui.tui.station.stage import Stage


class Canned:
    """`template new` and `template edit`."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen

    async def new(self, title: str) -> None:
        """A template of what is in the box, else of the highlighted message that was sent, else
        of the last one; then its file is opened. Raises `CommandError`, `StoreError`."""
        from omnitui.desk.session import NeedsConfirmation
        from omnitui.desk.template_files import name_of

        screen = self._screen
        conversation_id = screen.chosen
        if conversation_id is None:
            screen.say(_("No conversation is selected."), "warning")
            return
        shown = screen.timeline.selected_message if screen.focused_pane == "timeline" else None
        if shown is not None and shown.direction == "out" and shown.text.strip():
            line = f"template from-message {shown.id} {shlex.quote(title)}"
        else:
            line = f"template from-reply {shlex.quote(title)}"
        try:
            await screen.commander.execute(line, [conversation_id])
        except NeedsConfirmation as question:
            await screen.commander.if_meant(question.question, line, [conversation_id])
            return
        await self.edit(name_of(title))

    async def edit(self, name: str, language: str = "") -> None:
        """Change a template in $EDITOR, where one may: the desk's own file, a copy of a shipped
        one. Raises `CommandError`, `StoreError`."""
        from omnitui.desk import template_files
        from omnitui.tui.station.outside import edit

        screen = self._screen
        template, usual = await screen.link.store.read(self._found, name, screen.chosen)
        chosen = language or template.language_for(usual, screen.link.config.desk.language)
        path = template.paths.get(chosen) or next(iter(template.paths.values()))
        before = await asyncio.to_thread(template_files.contents, path) or ""
        await screen.keeper.flush()
        text = await edit(screen.app, before)
        if text is None or text == before:
            screen.say(_("Template “{name}” is as it was.").format(name=name))
            return
        line = f"template save {name} {chosen} {shlex.quote(text)}"
        await screen.commander.execute(line, [screen.chosen or NONE])

    def _found(
        self, db: Connection, name: str, conversation_id: ConversationId | None
    ) -> tuple[Template, str]:
        """The template, and the language of the customer in view."""
        from omnitui.desk.session import templates_of
        from store import conversations, customers

        template = templates_of(self._screen.link.desk(db)).get(name)
        if conversation_id is None:
            return template, ""
        customer_id = conversations.get(db, conversation_id).customer_id
        return template, customers.get(db, customer_id).language

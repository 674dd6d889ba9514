"""Colleagues named in a note: chosen by typing `@`, told, and handed over to."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.work import start
from store.errors import StoreError
from store.model import ConversationId

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage

Location = tuple[int, int]


class Naming:
    """What `@` does in a note."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen

    def typed(self, at: Location) -> None:
        """`@` was typed at the start of a word: in a note, choose whom it names."""
        screen, box = self._screen, self._screen.box
        if box.kind != "note":
            return
        from omnitui.tui.screens.lists import AgentChooser

        # What was typed behind it while the key was on its way filters them.
        query = box.field.get_text_range((at[0], at[1] + 1), box.field.selection.end)
        chooser = AgentChooser(screen.link.agents, screen.link.called, query)

        def chosen(names: list[str] | None) -> None:
            if names:
                box.field.insert_here(f"@{names[0]} ", at)
            elif chooser.typed != query:
                # It was meant as text after all.
                box.field.insert_here("@" + chooser.typed, at)

        screen.desk_app.show_overlay(chooser, chosen)

    async def hand_over(self) -> None:
        """Keep the note and give the conversation to who is named in it, else ask to whom."""
        screen, box = self._screen, self._screen.box
        here, words = box.conversation_id, box.text
        if here is None or box.kind == "edit" or not words.strip():
            screen.say(_("Write a note first: @ names a colleague."), "warning")
            return
        named = await screen.link.named(words)
        if named:
            await self._give(here, named[0], words)
            return
        from omnitui.tui.screens.lists import AgentChooser

        async def chosen(names: list[str] | None) -> None:
            if names:
                await self._give(here, names[0], words)

        chooser = AgentChooser(screen.link.receivers, screen.link.called)
        screen.desk_app.show_overlay(chooser, chosen)

    async def _give(self, here: ConversationId, agent: str, words: str, *, asked: str = "") -> None:
        """`words`: what was in the box when they asked for it. `asked`: what they said yes to."""
        from omnitui.desk.session import NeedsConfirmation

        screen, box = self._screen, self._screen.box
        kind = box.kind
        line = f"hand over {shlex.quote(agent)} {shlex.quote(words)}"
        box.freeze(True)
        try:
            await screen.commander.execute(line, [here], confirmed=bool(asked), asked=asked)
        except NeedsConfirmation as question:
            start(screen, partial(self._ask, question.question, here, agent, words), "hand-over")
            return
        except (CommandError, StoreError) as error:
            screen.say(str(error), "error")
            return
        finally:
            box.freeze(False)
        if box.conversation_id == here and box.text == words:
            box.put_text("", kind)
            box.stop()
            screen.focus_pane("timeline")

    async def _ask(self, question: str, here: ConversationId, agent: str, text: str) -> None:
        """A colleague who is there has it: is that meant?"""
        if await self._screen.overlays.asked(question):
            await self._give(here, agent, text, asked=question)

    def told(self, actor: str, agents: Sequence[str], conversation_id: ConversationId) -> None:
        """A note was written somewhere that names these."""
        screen = self._screen
        if screen.link.agent not in agents or actor == screen.link.agent:
            return
        if conversation_id == screen.conversation_shown:
            return
        key = screen.keymap.key_for("view mentions", ["inbox", "global"])
        screen.say(_("{agent} names you in a note: {key} shows it.").format(agent=actor, key=key))
        start(screen, partial(screen.inbox.refresh_rows, {conversation_id}), "mention")

"""One answer to all marked conversations: each filled in for its customer, after a look at who
gets it and who does not."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError
from omnitui.desk.replying.reply_stops import NewMessageArrived
from omnitui.tui.text.safe_text import one_line
from store.errors import StoreError
from store.model import ConversationId, MessageId

if TYPE_CHECKING:
    from omnitui.desk.replying.several import Planned
    from omnitui.tui.station.stage import Stage

MOST_AT_ONCE = 200
"""Conversations that one answer goes to."""
MOST_TOLD = 6
"""Of those that do not get it, so many are named."""


class AnsweringMany:
    def __init__(self, screen: Stage) -> None:
        self._screen = screen

    def ask(self) -> None:
        """Choose templates, and send what they say to all marked conversations: each filled in
        for its customer, and not to those where something would stop it."""
        from omnitui.tui.screens.picker import Picker

        screen = self._screen
        marked = self._marked()

        async def chosen(names: list[str] | None) -> None:
            if names:
                await self._ask_about(marked, names)

        screen.desk_app.show_overlay(Picker(screen.link, marked[0]), chosen)

    async def with_templates(self, typed: str) -> None:
        """The same with templates that were named already. Raises `CommandError`."""
        try:
            names = shlex.split(typed)
        except ValueError:
            names = typed.split()
        await self._ask_about(self._marked(), names)

    def _marked(self) -> list[ConversationId]:
        """Raises `CommandError` where they are too many."""
        marked = [ConversationId(one) for one in self._screen.targets()]
        if len(marked) > MOST_AT_ONCE:
            words = _("{n} conversations are marked: answer {most} at a time at most.")
            raise CommandError(words.format(n=len(marked), most=MOST_AT_ONCE))
        return marked

    async def _ask_about(self, marked: list[ConversationId], names: list[str]) -> None:
        """Who gets it, and who does not and why, before anything goes."""
        from omnitui.tui.screens.menu import Item, QuestionScreen

        screen = self._screen
        try:
            planned, seen = await screen.link.plan_for(marked, names)
        except (CommandError, StoreError) as error:
            screen.say(str(error), "error")
            return
        able = [one.conversation_id for one in planned if not one.problem]
        going = [one.conversation_id for one in planned if not (one.problem or one.instead)]
        lines = [
            ngettext(
                "{templates} goes to {n} conversation.",
                "{templates} goes to {n} conversations.",
                len(going),
            ).format(templates=" + ".join(f"“{name}”" for name in names), n=len(going))
        ]
        lines += _once(planned)
        stopped = [one for one in planned if one.problem]
        lines += [f"✗ {one_line(one.customer)}: {one.problem}" for one in stopped[:MOST_TOLD]]
        if more := len(stopped) - MOST_TOLD:
            words = ngettext("… and {n} more does not get it", "… and {n} more do not get it", more)
            lines += [words.format(n=more)] if more > 0 else []
        words = ngettext("send it", "send all {n}", len(going)).format(n=len(going))
        items = [Item("y", "yes", words)] if going else []
        if len(able) > len(going):
            words = ngettext(
                "send it in {n} conversation",
                "send it in all {n} conversations, to a customer more than once",
                len(able),
            )
            items.append(Item("a", "all", words.format(n=len(able))))

        async def answered(answer: str | None) -> None:
            if answer:
                await self._send_to(able if answer == "all" else going, names, seen)

        menu = QuestionScreen("\n".join(lines), [*items, Item("n", "", _("no"))])
        screen.desk_app.show_overlay(menu, answered)

    async def _send_to(
        self, going: list[ConversationId], names: list[str], seen: MessageId
    ) -> None:
        screen = self._screen
        line = f"reply with {' '.join(shlex.quote(name) for name in names)}"
        try:
            # Who gets it more than once was asked about.
            await screen.commander.execute(line, [*going], if_last=seen, among=())
        except NewMessageArrived:
            screen.say(_("Somebody wrote meanwhile; nothing was sent. Look, and do it again."))
        except (CommandError, StoreError) as error:
            screen.say(str(error), "error")
        else:
            held = [await screen.link.held_for(one) for one in going]
            screen.start_undo_clock(round(min(held)))


def _once(planned: Sequence[Planned]) -> list[str]:
    """Who has several of the conversations, and gets it in one of them."""
    more: dict[ConversationId, int] = {}
    for one in planned:
        if one.instead is not None:
            more[one.instead] = more.get(one.instead, 1) + 1
    names = {one.conversation_id: one_line(one.customer) for one in planned}
    lines = [
        ngettext(
            "{name} gets it once, in the conversation that they wrote in last: {n} is marked.",
            "{name} gets it once, in the conversation that they wrote in last: {n} are marked.",
            n,
        ).format(name=names[kept], n=n)
        for kept, n in more.items()
    ]
    if len(lines) > MOST_TOLD:
        n = len(lines) - MOST_TOLD
        words = ngettext("… and {n} more customer once", "… and {n} more customers once", n)
        lines = [*lines[:MOST_TOLD], words.format(n=n)]
    return lines

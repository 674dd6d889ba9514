"""A macro of which not all is the desk's: one line after the other, as keys would.

Desk commands that follow each other are one transaction, unless one of them asks whether it is
meant: then they go one by one, the agent is asked, and with a yes it goes on. All that was done is
one step for undo.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.link.undo import GATHERED, Gathered
from store.errors import StoreError
from store.model import ConversationId

if TYPE_CHECKING:
    from omnitui.tui.keys.commander import Commander, Screen


class MixedMacro:
    """One run of one."""

    def __init__(self, commander: Commander, screen: Screen, *, sure: bool) -> None:
        """`sure`: nothing is asked, all of it is meant."""
        self._commander = commander
        self._screen = screen
        self._sure = sure
        self._targets: list[ConversationId] | None = screen.targets()
        """Whom it is for; None: for whom is in view then, since the eye may be elsewhere."""
        self._done: list[str] = []
        self._left: list[str] = []

    async def run(self, lines: Sequence[str]) -> None:
        """Raises `CommandError`, `StoreError`, and says then what was done before."""
        for line in lines:  # a mistake at the end leaves nothing half done
            self._commander.registry.parse(line)
        self._left = [*lines]
        gathered = Gathered()
        gathering = GATHERED.set(gathered)
        try:
            await self._all()
        except (CommandError, StoreError) as error:
            if not self._done:
                raise
            raise CommandError(
                _("{why} Done before: {done}. Not done: {left}.").format(
                    why=error, done=" ; ".join(self._done), left=" ; ".join(self._left)
                )
            ) from error
        finally:
            GATHERED.reset(gathering)
            gathered.over = True
            self._commander.push_undo("  ".join(gathered.titles), gathered.lines)

    async def _all(self) -> None:
        while self._left:
            invocation = self._commander.registry.parse(self._left[0])
            kind = invocation.command.kind
            if kind == "desk":
                await self._desk_commands()
                continue
            if kind == "program":
                await self._screen.programs.finish(
                    invocation, self._screen.targets() if self._targets is None else self._targets
                )
            else:
                self._targets = None
                result: Any = invocation.command.run(self._screen, *invocation.arguments)
                if inspect.isawaitable(result):
                    await result
            self._over(1)

    async def _desk_commands(self) -> None:
        from omnitui.desk.commands.macros import together
        from omnitui.desk.session import NeedsConfirmation

        registry = self._commander.registry
        count = 1
        while count < len(self._left) and registry.find(self._left[count])[0].kind == "desk":
            count += 1
        try:
            await self._execute(together(self._left[:count]))
        except NeedsConfirmation:  # nothing was done
            for _number in range(count):
                await self._asking(self._left[0])
                self._over(1)
        else:
            self._over(count)

    async def _asking(self, line: str) -> None:
        from omnitui.desk.session import NeedsConfirmation

        try:
            await self._execute(line)
        except NeedsConfirmation as question:
            if not await self._screen.asked(question.question):
                stopped = _("The macro stops here: {question}")
                raise CommandError(stopped.format(question=question.question)) from question
            await self._execute(line, confirmed=True)

    async def _execute(self, line: str, **options: Any) -> None:
        targets = self._screen.targets() if self._targets is None else self._targets
        if not targets:
            raise CommandError(_("No conversation is selected."))
        if self._sure:
            options = {"confirmed": True}
        await self._commander.execute(line, targets, **options)

    def _over(self, count: int) -> None:
        self._done += self._left[:count]
        del self._left[:count]

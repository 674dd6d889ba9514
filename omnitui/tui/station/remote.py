"""What may be asked of a running screen from outside: what is on it, a command, a customer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.app import App

from config.i18n import _
from omnitui.desk.command import CommandError, split_commands
from omnitui.desk.view import rfc3339
from omnitui.tui.keys.heard import HEARD, Heard
from omnitui.tui.station.popping import pop
from store.errors import StoreError

if TYPE_CHECKING:
    from omnitui.tui.link.heartbeat import Heartbeat
    from omnitui.tui.screens.workstation import Workstation

LONGEST = 30.0
"""Seconds that a command gets before it is said to be still under way."""
NOT_FROM_OUTSIDE = frozenset({"shell", "editor"})
"""Screen commands that take the terminal: who sits there starts them."""


class Outside:
    """Answers one request after the other."""

    def __init__(self, app: App[Any], screen: Workstation, heartbeat: Heartbeat) -> None:
        self._app = app
        self._screen = screen
        self._heartbeat = heartbeat
        self._turn = asyncio.Lock()

    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """To `{"commands": […], "yes": bool}`, `{"pop": ADDRESS}` or `{}`, which asks for the
        state alone; every answer has that."""
        results: list[dict[str, Any]] = []
        if "pop" in asked:
            async with self._turn:
                results.append(await self._heard(self._pop, str(asked["pop"])))
        elif commands := asked.get("commands"):
            if not isinstance(commands, list) or not all(isinstance(c, str) for c in commands):
                raise ValueError("commands are texts")
            async with self._turn:
                for line in commands:
                    run = self._sure if asked.get("yes") is True else self._run
                    results.append(await self._heard(run, line))
                    if not results[-1]["ok"]:
                        break
        return {"results": results, "state": self.state()}

    def state(self) -> dict[str, Any]:
        """What stands on the screen; keys may be added, never renamed."""
        screen = self._screen
        overlay = self._overlay
        return {
            "screen": os.getpid(),
            "agent": screen.link.agent,
            "desk": screen.link.config.desk.name,
            "view": screen.views.current,
            "filter": screen.views.filter or None,
            "pane": screen.focused_pane,
            "overlay": overlay or None,
            "conversation": screen.reading.current,
            "customer": screen.reading.customer_id,
            "selected": screen.inbox.selected,
            "marked": sorted(screen.inbox.marked()),
            "writing": screen.box.kind if screen.box.writing else None,
            "draft": bool(screen.box.field.text.strip()),
            "says": screen.status.sentence or None,
            "last_key_at": rfc3339(self._heartbeat.active_at),
        }

    @property
    def busy(self) -> bool:
        """The agent is typing: a screen that turned to something else would take their keys."""
        return bool(self._overlay) or self._screen.focused_pane == "reply"

    @property
    def _overlay(self) -> str:
        top = self._app.screen
        return "" if top is self._screen else type(top).__name__

    async def _heard(self, work: Any, text: str) -> dict[str, Any]:
        """Run something and wait until all of it is over; what was said."""
        heard = Heard()
        listening = HEARD.set(heard)
        try:
            await work(text)
            await asyncio.wait_for(heard.over(), LONGEST)
        except TimeoutError:
            heard.errors.append(_("It is still under way."))
        except (CommandError, StoreError) as error:
            heard.errors.append(str(error))
        except Exception as error:
            # Quarantined: a mistake of ours in what a program asks for takes no screen away.
            words = _("It failed unexpectedly ({error}).")
            heard.errors.append(words.format(error=type(error).__name__))
        finally:
            HEARD.reset(listening)
        return {
            "command": text,
            "ok": not heard.errors and not heard.asks,
            "said": heard.said,
            "error": " ".join(heard.errors) or None,
            "asks": heard.asks or None,
        }

    async def _run(self, line: str, *, sure: bool = False) -> None:
        commander = self._screen.commander
        command = commander.registry.parse(line).command
        for part in split_commands([line]):  # each is run
            if (name := commander.registry.find(part)[0].name) in NOT_FROM_OUTSIDE:
                raise CommandError(_("“{name}” is for who sits at the screen.").format(name=name))
        if self._overlay and command.kind != "desk":
            if command.name != "back":
                raise CommandError(
                    _("Something lies over the screen ({name}): “back” closes it.").format(
                        name=self._overlay
                    )
                )
            self._app.screen.dismiss(None)
            return
        if sure:
            commander.confirmed(line)
        else:
            commander.enter(line)

    async def _sure(self, line: str) -> None:
        await self._run(line, sure=True)

    async def _pop(self, who: str) -> None:
        await pop(self._screen, who, busy=self.busy)

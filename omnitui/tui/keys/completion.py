"""What may follow on the `:` line: command names, then their arguments."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from omnitui.desk.command import Command, Registry
from omnitui.tui.keys.summary import summary_of
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.widgets.view_bar import Tab
from store.errors import StoreError

MOST = 200
_OF_PATHS = frozenset({"attach"})


@dataclass(frozen=True, slots=True)
class Candidate:
    line: str
    """The whole line with this completion in it."""
    shown: str
    hint: str = ""


class Completion:
    """Completes lines of a registry; names of tags, agents and templates come from the desk."""

    def __init__(self, registry: Registry, link: DeskLink, tabs: Sequence[Tab]) -> None:
        self._commands = {command.name: command for command in registry}
        self._link = link
        self._views = [tab.name for tab in tabs]

    async def candidates(self, line: str) -> list[Candidate]:
        """Ways to go on, in the order they are shown."""
        found = self._names(line)
        command = self._command(line)
        if command is not None:
            found += await self._arguments(command, line)
        return found[:MOST]

    def usage(self, line: str) -> str:
        """How the command in `line` is used; "" when there is none yet."""
        command = self._command(line + " ")
        return f"{command.usage} — {summary_of(command)}" if command else ""

    def _names(self, line: str) -> list[Candidate]:
        typed = line.lstrip()
        return [
            Candidate(_open_ended(command), command.usage, summary_of(command))
            for name, command in sorted(self._commands.items())
            if name.startswith(typed) and name != "choose"
        ]

    def _command(self, line: str) -> Command | None:
        """The longest command name that starts the line and is followed by a blank."""
        words = line.split(" ")
        for length in range(len(words) - 1, 0, -1):
            found = self._commands.get(" ".join(words[:length]))
            if found is not None and found.parameters:
                return found
        return None

    async def _arguments(self, command: Command, line: str) -> list[Candidate]:
        rest = line[len(command.name) :].lstrip(" ")
        if command.name in _OF_PATHS:
            return await self._paths(line[: len(line) - len(rest)], rest)
        position = rest.count(" ")
        if position >= len(command.parameters):
            return []
        head = line[: len(line) - len(rest.rpartition(" ")[2])]
        typed = rest.rpartition(" ")[2].casefold()
        values = await self._values(command, position, rest)
        return [
            Candidate(head + _word(value), value)
            for value in values
            if value.casefold().startswith(typed)
        ]

    async def _values(self, command: Command, position: int, rest: str) -> Sequence[str]:
        parameter = command.parameters[position]
        if parameter.choices:
            return parameter.choices
        try:
            match command.name, parameter.name:
                case "view", _any:
                    return self._views
                case "menu", _any:
                    from omnitui.tui.keys import menus

                    return menus.names()
                case "theme", _any:
                    from textual.theme import BUILTIN_THEMES

                    return ["omnitui", *BUILTIN_THEMES]
                case "macro", _any:
                    return list(self._link.config.macros)
                case "pipe", _any:
                    return list(self._link.config.filters)
                case "template insert", "name":
                    return await self._link.template_names()
                case "spelling language", _any:
                    return ["auto", "en", "uk", "ru", "pl"]
                case "reply via", _any:
                    return [account.name for account in await self._link.accounts()]
                case "customer field", "key":
                    return list(self._link.config.customers.fields)
                case "customer field", "value":
                    return self._field_values(rest)
                case "customer channel", _any:
                    return ["auto", *dict.fromkeys(a.channel for a in await self._link.accounts())]
                case "customer address", "channel":
                    return ["email", "phone", "telegram", "webchat"]
                case "customer language", "code":
                    return ["auto"]
                case "customer tag" | "customer untag", "tag":
                    return await self._link.customer_tags()
                case _name, "tag":
                    return await self._link.tags()
                case _name, "agent":
                    return ["me", "none", *await self._link.agents()]
        except StoreError:
            return []
        return []

    async def _paths(self, head: str, typed: str) -> list[Candidate]:
        """A path takes the rest of the line, blanks and all."""
        from omnitui.tui.keys.paths import path_candidates

        found = await asyncio.to_thread(path_candidates, typed)
        return [Candidate(head + one.value, one.shown, one.hint) for one in found]

    def _field_values(self, rest: str) -> Sequence[str]:
        """What the field named before may hold, where the settings list it."""
        key = rest.partition(" ")[0].strip("'\"")
        field = self._link.config.customers.fields.get(key)
        if field is None:
            return []
        return ("yes", "no") if field.type == "yes-no" else field.choices


def _open_ended(command: Command) -> str:
    return command.name + (" " if command.parameters else "")


def _word(value: str) -> str:
    """`value` as one word of a command line."""
    return shlex.quote(value) if any(c in value for c in " '\"\\") else value

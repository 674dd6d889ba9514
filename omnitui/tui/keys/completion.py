"""What may follow on the `:` line: command names, then their arguments."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from omnitui.desk.command import Command, Registry, as_rest
from omnitui.tui.keys.argument_values import ArgumentValues
from omnitui.tui.keys.summary import summary_of
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.widgets.view_bar import Tab

MOST = 200
_OF_PATHS = frozenset({"attach", "save raw", "customer export"})
_OF_QUERIES = frozenset({"filter", "search", "find"})


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
        self._values = ArgumentValues(link, [tab.name for tab in tabs])

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
        if command.name in _OF_QUERIES:
            return await self._queries(line[: len(line) - len(rest)], rest)
        last = len(command.parameters) - 1
        position = rest.count(" ")
        if position > last and not command.parameters[last].takes_rest:
            return []
        position = min(position, last)
        # A text has blanks of its own: all of it is what is completed.
        typed = rest.split(" ", position)[-1]
        head = line[: len(line) - len(typed)]
        values = await self._values.of(command, position, rest)
        return [
            Candidate(head + (one.value if one.bare else _word(one.value)), one.value, one.hint)
            for one in values
            if one.begins_with(typed.casefold())
        ]

    async def _paths(self, head: str, typed: str) -> list[Candidate]:
        """A path takes the rest of the line, blanks and all."""
        from omnitui.tui.keys.paths import path_candidates

        found = await asyncio.to_thread(path_candidates, typed, self._link.config.access)
        return [Candidate(head + as_rest(one.value), one.shown, one.hint) for one in found]

    async def _queries(self, head: str, typed: str) -> list[Candidate]:
        """What is looked for: filters of the search language, and their values."""
        from omnitui.tui.keys.query_completion import QueryCompletion

        found = await QueryCompletion(self._link).candidates(typed)
        return [Candidate(head + one.line, one.shown, one.hint) for one in found]


def _open_ended(command: Command) -> str:
    return command.name + (" " if command.parameters else "")


def _word(value: str) -> str:
    """`value` as one word of a command line."""
    return shlex.quote(value) if any(c in value for c in " '\"\\") else value

"""The commands that whoever acts may run: the others are refused, and are not offered anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from config.access import Access
from omnitui.desk.command import Command, CommandError, Registry, split_commands
from omnitui.desk.rights import NotPermitted, why_not

DEEPEST = 8
"""How many macros may call each other."""


class Permitted(Registry):
    """A registry through which a locked session, an agent, a reader sees what they may run."""

    def __init__(
        self, below: Registry, access: Access, macros: Mapping[str, Sequence[str]]
    ) -> None:
        super().__init__(below)
        self._below = below
        self._access = access
        self._macros = macros

    def get(self, name: str) -> Command | None:
        found = self._below.get(name)
        return None if found is None or self.why_not(found) else found

    def find(self, line: str) -> tuple[Command, str]:
        """Raises `NotPermitted` for what there is and is not for this one."""
        found, rest = self._below.find(line)
        if why := self.why_not(found):
            raise NotPermitted(why)
        return found, rest

    def offers(self, line: str) -> bool:
        try:
            self.find(line)
        except NotPermitted:
            return False
        except CommandError:  # it says itself what is wrong, when it is run
            return True
        return True

    def __iter__(self) -> Iterator[Command]:
        return (command for command in self._below if not self.why_not(command))

    def why_not(self, command: Command, depth: int = 0) -> str:
        """Why it is not run, a sentence; of a macro: why one of its lines is not."""
        if not command.own or command.kind == "program":
            return why_not(self._access, command)
        for line in split_commands(self._macros.get(command.name, ())):
            try:
                inner, _rest = self._below.find(line)
            except CommandError:
                continue  # which says what is wrong when it is run
            if depth < DEEPEST and (why := self.why_not(inner, depth + 1)):
                return why
        return ""

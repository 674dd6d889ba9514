"""What is wrong with the command lines in the settings: told at start, by `:problems`, by doctor.

The loader cannot know: commands are registered above it. Nothing here stops anything; a wrong line
says the same when it is run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from config.i18n import _
from config.model import Config, Written
from config.problems import ConfigError, Problem, nearest
from config.source import Source, dotted, read_source
from omnitui.desk.command import CommandError, Registry, placeholders, split_commands
from omnitui.desk.own_commands import registry_for

Key = Sequence[str | int]


def problems(config: Config, below: Registry, menus: Iterable[str] = ()) -> list[Problem]:
    """Everything found, by file and line. `below`: the built-in commands; `menus`: those there
    are."""
    check = _Check(config, below, list(menus))
    found = [*check.lines(), *check.names(), *check.loops(), *check.programs()]
    return sorted(found, key=lambda one: (str(one.file), one.line or 0, one.key))


class _Check:
    def __init__(self, config: Config, below: Registry, menus: list[str]) -> None:
        self.config = config
        self.below = below
        self.registry = registry_for(config, below)
        self.menus = menus
        self._sources: dict[Path, Source | None] = {}

    def lines(self) -> Iterator[Problem]:
        for written in self.config.written:
            if not self._in_force(written):
                continue
            for part in split_commands([written.line]):
                if sentence := self._wrong(part):
                    yield self._problem(written.file, written.key, sentence)

    def names(self) -> Iterator[Problem]:
        """A macro or command that cannot be called, since something else has its name."""
        for name in [*self.config.commands, *self.config.macros]:
            table = "commands" if name in self.config.commands else "macros"
            if self.below.get(name) is not None:
                sentence = _("there is a command “{name}” already: choose another name.")
            elif table == "commands" and name in self.config.macros:
                sentence = _("there is a macro “{name}”, too: choose another name for one of them.")
            else:
                continue
            yield self._problem(
                self._file((table, name)), (table, name), sentence.format(name=name)
            )

    def loops(self) -> Iterator[Problem]:
        for name in self.config.macros:
            if self._reaches(name, name, set()):
                sentence = _("this macro runs itself.")
                yield self._problem(self._file(("macros", name)), ("macros", name), sentence)

    def programs(self) -> Iterator[Problem]:
        """Programs that are not here now; another machine may have them."""
        named = [
            *(
                (("commands", name, "run"), one.run[0])
                for name, one in self.config.commands.items()
            ),
            *((("filters", name), argv[0]) for name, argv in self.config.filters.items()),
        ]
        for key, program in named:
            if shutil.which(os.path.expanduser(program)) is None:  # noqa: PTH111
                yield self._problem(
                    self._file(key[:2]),
                    key,
                    _("there is no program “{name}” here.").format(name=program),
                    "warning",
                )

    def _in_force(self, written: Written) -> bool:
        """An agent's own line has not taken the place of this one."""
        match written.key:
            case ("macros", str(name), *_rest):
                return any(written.line == line for line in self.config.macros.get(name, ()))
            case _:
                return True

    def _wrong(self, line: str) -> str:
        """Why a line cannot run, a sentence; "" when it can, or asks for what it needs."""
        try:
            command, rest = self.registry.find(line)
            if placeholders([line]):
                self.registry.fill(line, {})
                return ""
            if rest or not any(parameter.required for parameter in command.parameters):
                invocation = self.registry.parse(line)
                return self._unknown(command.name, invocation.arguments)
        except CommandError as error:
            return str(error)
        return ""

    def _unknown(self, command: str, arguments: tuple[object, ...]) -> str:
        """A menu, macro or filter that is not there."""
        known: Sequence[str]
        match command:
            case "menu":
                known, sentence = self.menus, _("There is no menu “{name}”.")
            case "macro":
                known, sentence = [*self.config.macros], _("There is no macro “{name}”.")
            case "pipe":
                known, sentence = [*self.config.filters], _("There is no filter “{name}”.")
            case _:
                return ""
        name = str(arguments[0]) if arguments else ""
        if not name or (not known and command == "menu") or name in known:
            return ""
        near = nearest(name, known)
        hint = " " + _("Did you mean “{name}”?").format(name=near) if near else ""
        return sentence.format(name=name) + hint

    def _reaches(self, name: str, goal: str, seen: set[str]) -> bool:
        for line in split_commands(self.config.macros.get(name, ())):
            words = line.split()
            inner = words[1] if words[0] == "macro" and len(words) > 1 else words[0]
            if inner not in self.config.macros or (
                words[0] != "macro" and self.below.get(inner) is not None
            ):
                continue
            if inner == goal:
                return True
            if inner not in seen:
                seen.add(inner)
                if self._reaches(inner, goal, seen):
                    return True
        return False

    def _problem(
        self, file: Path | None, key: Key, sentence: str,
        severity: Literal["error", "warning"] = "error",
    ) -> Problem:  # fmt: skip
        source = self._source(file)
        line = source.line(key) if source else None
        return Problem(sentence, file=file, line=line, key=dotted(key), severity=severity)

    def _file(self, key: Sequence[str]) -> Path | None:
        """Which file has it: the agent's own goes over the desk's."""
        for file in (self.config.home.agent_file, self.config.path):
            source = self._source(file)
            table = source.data.get(key[0]) if source else None
            if isinstance(table, dict) and key[1] in table:
                return file
        return self.config.path

    def _source(self, file: Path | None) -> Source | None:
        if file is None:
            return None
        if file not in self._sources:
            try:
                self._sources[file] = read_source(file)
            except ConfigError:  # it has changed since it was read
                self._sources[file] = None
        return self._sources[file]

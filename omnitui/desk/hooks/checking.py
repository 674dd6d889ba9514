"""What is wrong with hooks beyond their form, which the loader has looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from config.i18n import _
from config.model import Config, HookSettings
from omnitui.desk import commands
from omnitui.desk.command import CommandError, split_commands
from omnitui.desk.own_commands import filled_lines, lines_of, registry_for, words_of
from omnitui.desk.permitted import DEEPEST
from store import query
from store.errors import QueryError

OF_AN_AGENT = frozenset({"mark", "presence"})
"""First words of commands that are about the agent who acts."""


@dataclass(frozen=True, slots=True)
class HookProblem:
    hook: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.hook}: {self.sentence}"


def problems(config: Config) -> list[HookProblem]:
    """Why hooks cannot run; one that has a problem is not started at all."""
    found = []
    for hook in config.hooks:
        found += [HookProblem(hook.name, sentence) for sentence in _of(config, hook)]
    return found


def _of(config: Config, hook: HookSettings) -> list[str]:
    found = []
    try:
        query.parse(hook.where, timezone=config.desk.timezone or None)
    except QueryError as error:
        found.append(str(error))
    for line in split_commands(hook.do):
        if why := _line(config, line):
            found.append(f"{line}: {why}")
    return found


def _line(config: Config, line: str) -> str:
    """Why a command line cannot be a hook's; "" when it can."""
    registry = registry_for(config, commands.REGISTRY)
    try:
        for each in _flat(config, line):
            command = registry.parse(each).command
            if command.kind == "program":
                return _("“{name}” is a program: have a hook with “run” start it.").format(
                    name=command.name
                )
            meant = command.name.partition(" ")[0] in OF_AN_AGENT
            if meant or " ".join(each.split()) == "assign me":
                return _("That is about the agent who says it, and a hook is none.")
    except CommandError as error:
        return str(error)
    return ""


def _flat(config: Config, line: str, depth: int = 0) -> Iterator[str]:
    """A line; of a macro, the lines in it. Raises `CommandError`."""
    registry = registry_for(config, commands.REGISTRY)
    name, rest = line.split(None, 1) if " " in line.strip() else (line.strip(), "")
    if name == "macro" and rest:
        name, rest = rest.split(None, 1) if " " in rest.strip() else (rest.strip(), "")
        lines_of(config, name)
    elif commands.REGISTRY.get(name) is not None:
        name = ""
    if name not in config.macros:
        yield line
        return
    if depth >= DEEPEST:
        raise CommandError(_("The macro “{name}” calls itself.").format(name=name))
    for each in filled_lines(config, name, words_of(config, name, rest), registry):
        yield from _flat(config, each, depth + 1)

"""What is wrong with hooks beyond their form, which the loader has looked at."""

from __future__ import annotations

from dataclasses import dataclass

from config.i18n import _
from config.model import Config, HookSettings
from omnitui.desk import commands
from omnitui.desk.command import CommandError, split_commands
from store import query
from store.errors import QueryError

NOBODY = frozenset({"assign me", "presence away", "presence here"})
"""Command lines that mean the agent who acts: a hook is none."""


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


def _line(config: Config, line: str, depth: int = 0) -> str:
    macro = line.removeprefix("macro ").strip()
    if macro in config.macros and (line != macro or commands.REGISTRY.get(macro) is None):
        if depth > 8:
            return _("The macro “{name}” calls itself.").format(name=macro)
        inside = (_line(config, one, depth + 1) for one in split_commands(config.macros[macro]))
        return next(filter(None, inside), "")
    try:
        invocation = commands.REGISTRY.parse(line)
    except CommandError as error:
        return str(error)
    if invocation.command.kind != "desk":
        return _("“{name}” needs the screen.").format(name=invocation.command.name)
    if " ".join(line.split()) in NOBODY:
        return _("A hook is no agent: name one.")
    return ""

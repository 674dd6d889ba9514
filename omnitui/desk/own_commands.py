"""Macros and [commands] of the settings as commands of the registry, by their own names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from config.i18n import _
from config.model import Config, OwnCommand
from omnitui.desk.command import (
    Command,
    CommandError,
    Done,
    Kind,
    Parameter,
    Registry,
    Rest,
    arguments,
    placeholders,
    split_commands,
)
from omnitui.desk.permitted import DEEPEST, Permitted
from omnitui.desk.rights import is_limited

_MADE: list[tuple[Any, Any, Any, Registry, Registry]] = []
"""The registries made last, with what they were made of."""


def registry_for(config: Config, below: Registry) -> Registry:
    """`below` with the macros and commands of `config`, as far as whoever acts may run them.
    Names that `below` has stay its own.

    Every command line is looked up here: by key, menu, palette, macro, script, undo.
    """
    limited = is_limited(config.access)
    if not config.macros and not config.commands and not limited:
        return below
    for macros, commands, access, parent, made in _MADE:
        same = macros is config.macros and commands is config.commands
        if same and access is config.access and parent is below:
            return made
    whole = _with_own(config, below)
    made = Permitted(whole, config.access, config.macros) if limited else whole
    _MADE[:] = [*_MADE[-3:], (config.macros, config.commands, config.access, below, made)]
    return made


def _with_own(config: Config, below: Registry) -> Registry:
    if not config.macros and not config.commands:
        return below
    made = Registry(below)
    for command in config.commands.values():
        if below.get(command.name) is None:
            made.add(_program(command))
    for name, lines in config.macros.items():
        if made.get(name) is None:
            made.add(_macro(name, lines, config, below))
    return made


def lines_of(config: Config, name: str) -> list[str]:
    """A macro's command lines. Raises `CommandError`."""
    lines = config.macros.get(name)
    if lines is None:
        known = ", ".join(sorted(config.macros)) or _("none yet")
        raise CommandError(
            _("There is no macro “{name}”; there is: {known}.").format(name=name, known=known)
        )
    return split_commands(lines)


def filled_lines(
    config: Config, name: str, given: tuple[str, ...], registry: Registry
) -> list[str]:
    """A macro's lines with its arguments in them. Raises `CommandError`."""
    lines = lines_of(config, name)
    wanted = placeholders(lines)
    if len(given) < len(wanted):
        raise CommandError(
            _("{name} is missing: {usage}").format(
                name=_shown(wanted[len(given)]), usage=" ".join([name, *map(_shown, wanted)])
            )
        )
    values = dict(zip(wanted, given, strict=False))
    return [registry.fill(line, values) for line in lines]


def expanded(config: Config, line: str, below: Registry, depth: int = 0) -> list[str]:
    """A line; of a macro that is not the desk's alone, the lines in it. Raises `CommandError`."""
    registry = registry_for(config, below)
    found, rest = registry.find(line)
    name = found.name
    if name == "macro":
        name, _blank, rest = rest.partition(" ")
        if name not in config.macros or kind_of(config, name, below) == "desk":
            return [line]
    elif found.kind != "macro":
        return [line]
    if depth >= DEEPEST:
        raise CommandError(_("The macro “{name}” calls itself.").format(name=name))
    lines = filled_lines(config, name, words_of(config, name, rest), registry)
    return [one for each in lines for one in expanded(config, each, below, depth + 1)]


def words_of(config: Config, name: str, text: str) -> tuple[str, ...]:
    """A macro's arguments, the last of which takes the rest of the line. Raises `CommandError`."""
    return tuple(arguments(_parameters(placeholders(lines_of(config, name))), text))


def kind_of(config: Config, name: str, below: Registry, depth: int = 0) -> Kind:
    """`desk` where all of a macro's lines are, those of macros in it, too."""
    for line in split_commands(config.macros[name]):
        try:
            found, rest = below.find(line)
        except CommandError:
            inner = line.split()[0]
            if inner in config.commands:
                return "macro"
        else:
            if found.kind == "screen" and not _is_desk(found.name):
                return "macro"
            inner = rest.split()[0] if found.name == "macro" and rest else ""
        deeper = inner in config.macros and depth < DEEPEST
        if deeper and kind_of(config, inner, below, depth + 1) == "macro":
            return "macro"
    return "desk"


def _is_desk(name: str) -> bool:
    """The screen has a command of that name, and so has the desk: within a macro it is the desk's,
    which any conversation can be given."""
    from omnitui.desk.commands.registry import REGISTRY

    return REGISTRY.get(name) is not None


def _program(command: OwnCommand) -> Command:
    prompts = command.prompts
    parameters = tuple(
        # What is left out is asked for, or has its default.
        Parameter(
            prompt.name,
            Rest if number == len(prompts) - 1 and not prompt.choices else str,
            required=False,
            choices=prompt.choices,
        )
        for number, prompt in enumerate(prompts)
    )
    words = command.help or _("Run {program}.").format(program=command.run[0].rpartition("/")[2])
    return Command(command.name, words, "program", parameters, _needs_more(command.name), own=True)


def _macro(name: str, lines: tuple[str, ...], config: Config, below: Registry) -> Command:
    parameters = _parameters(placeholders(split_commands(lines)))
    words = _("Macro: {lines}").format(lines="; ".join(split_commands(lines)))
    kind = kind_of(config, name, below)
    run: Callable[..., Any] = _needs_more(name)
    if kind == "desk":

        def run(session: Any, *given: str) -> Done:
            from omnitui.desk.commands.macros import run_macro

            return run_macro(session, name, given)

    return Command(name, words, kind, parameters, run, own=True)


def _parameters(wanted: Sequence[str]) -> tuple[Parameter, ...]:
    last = len(wanted) - 1
    return tuple(
        Parameter(name, Rest if number == last else str, required=True)
        for number, name in enumerate(wanted)
    )


def _needs_more(name: str) -> Callable[..., Any]:
    def run(_session: Any, *_given: str) -> Done:
        raise CommandError(
            _("“{name}” starts a program: a screen or “omnitui do” can, nothing here.").format(
                name=name
            )
        )

    return run


def _shown(name: str) -> str:
    return name.upper().replace("_", "-")

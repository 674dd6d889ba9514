"""The command language: one registry for keys, palette, `:` line, macros, CLI and tests.

A command is a function whose name, parameters and docstring are its name, its arguments
and its help. A command line is words as a shell would split them; the longest registered
name that starts the line is the command, the rest its arguments.
"""

from __future__ import annotations

import inspect
import io
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from config.i18n import _

Kind = Literal["desk", "screen", "program", "macro"]
"""`desk` acts on a conversation in one transaction, `screen` moves the eye; `program` is a command
of one's own, `macro` a list of commands of which not all are desk commands."""


OF_A_SHELL = frozenset({"shell"})
"""Commands whose argument a shell reads."""


class CommandError(Exception):
    """A command line that cannot run; `str()` is the sentence a person sees."""


class Rest(str):
    """A parameter that takes the rest of the line as it is."""

    __slots__ = ()


class When(Rest):
    """A time to come, as `omnitui.desk.when` reads it; wrong ones are told before anything runs."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    message: str = ""
    """One short sentence for the status line; empty when the screen shows it anyway."""
    undo: str = ""
    """The command line that takes it back; empty when it cannot be undone."""


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: Any
    required: bool
    choices: tuple[str, ...] = ()

    @property
    def takes_rest(self) -> bool:
        """It is a text: all that is left of the line."""
        return isinstance(self.type, type) and issubclass(self.type, Rest)

    @property
    def usage(self) -> str:
        shown = "|".join(self.choices) or self.name.upper().replace("_", "-")
        return shown if self.required else f"[{shown}]"


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    """One or more words: `tag add`."""
    help: str
    kind: Kind
    parameters: tuple[Parameter, ...]
    run: Callable[..., Any]
    own: bool = False
    """It is a macro or a program of the settings."""

    @property
    def usage(self) -> str:
        return " ".join([self.name, *(p.usage for p in self.parameters)])

    @property
    def summary(self) -> str:
        return self.help.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Invocation:
    command: Command
    arguments: tuple[Any, ...]


class Registry:
    """Commands by name. `parse` turns a line into a command and typed arguments."""

    def __init__(self, *parents: Registry) -> None:
        self._parents = parents
        self._commands: dict[str, Command] = {}
        self._converters: dict[Any, Callable[[str], Any]] = {str: str, int: int, Rest: Rest}

    def converter(self, kind: Any, convert: Callable[[str], Any]) -> None:
        """Teach the registry a parameter type. `convert` raises `CommandError` or `ValueError`."""
        self._converters[kind] = convert

    def command(
        self, name: str, kind: Kind = "desk"
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register the decorated function; its first parameter is the session or the screen."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            if name in self._commands:
                raise ValueError(f"command {name!r} is registered twice")
            if not function.__doc__:
                raise ValueError(f"command {name!r} has no help")
            help_text = inspect.cleandoc(function.__doc__)
            self._commands[name] = Command(name, help_text, kind, _parameters(function), function)
            return function

        return register

    def add(self, command: Command) -> None:
        """Register a command that is no function of the program's: a macro, a program."""
        self._commands[command.name] = command

    def __iter__(self) -> Iterator[Command]:
        for parent in self._parents:
            yield from parent
        yield from self._commands.values()

    def get(self, name: str) -> Command | None:
        found = self._commands.get(name)
        for parent in self._parents:
            found = found or parent.get(name)
        return found

    def parse(self, line: str) -> Invocation:
        """Split and convert a command line. Raises `CommandError`."""
        found, rest = self.find(line)
        return Invocation(found, self._convert(found, arguments(found.parameters, rest)))

    def find(self, line: str) -> tuple[Command, str]:
        """The command that a line begins with, and the rest of it. Raises `CommandError`."""
        words = line.split()
        if not words:
            raise CommandError(_("No command given."))
        for length in range(len(words), 0, -1):
            found = self.get(" ".join(words[:length]))
            if found is not None:
                rest = line.split(None, length)[length:]
                return found, rest[0] if rest else ""
        raise CommandError(self._unknown(words))

    def offers(self, _line: str) -> bool:
        """Whether a line is worth showing to whoever acts: they may run it."""
        return True

    def fill(self, line: str, values: Mapping[str, str]) -> str:
        """A line with `{name}` in its arguments replaced; what comes in is never read as anything
        but part of the argument that it stands in. Raises `CommandError`."""
        if not _PLACEHOLDER.search(line):
            return line
        command, rest = self.find(line)
        if command.name in OF_A_SHELL:
            raise CommandError(
                _("“{name}” takes nothing in braces, which a shell would read: make it a program"
                  " under [commands].").format(name=command.name)
            )  # fmt: skip
        words = [
            _PLACEHOLDER.sub(lambda m: values.get(m[1], m[0]), word)
            for word in arguments(command.parameters, rest)
        ]
        return " ".join([command.name, *map(shlex.quote, words)])

    def _convert(self, command: Command, words: list[str]) -> tuple[Any, ...]:
        parameters = command.parameters
        if len(words) > len(parameters):
            raise CommandError(_("Too many arguments: {usage}").format(usage=command.usage))
        values: list[Any] = []
        for parameter, word in zip(parameters, words, strict=False):
            if parameter.choices and word not in parameter.choices:
                raise CommandError(
                    _("“{word}” is not one of {choices}.").format(
                        word=word, choices=", ".join(parameter.choices)
                    )
                )
            convert = self._find_converter(parameter.type)
            try:
                values.append(convert(word))
            except ValueError:
                raise CommandError(
                    _("“{word}” does not fit: {usage}").format(word=word, usage=command.usage)
                ) from None
        missing = [p for p in parameters[len(words) :] if p.required]
        if missing:
            name = missing[0].name.upper().replace("_", "-")
            raise CommandError(
                _("{name} is missing: {usage}").format(name=name, usage=command.usage)
            )
        return tuple(values)

    def _find_converter(self, kind: Any) -> Callable[[str], Any]:
        return self._known_converter(kind) or str

    def _known_converter(self, kind: Any) -> Callable[[str], Any] | None:
        found = self._converters.get(kind)
        for parent in self._parents:
            found = found or parent._known_converter(kind)
        return found

    def _unknown(self, words: list[str]) -> str:
        from rapidfuzz import fuzz, process

        names = [command.name for command in self]
        found = [
            process.extractOne(typed, names, scorer=fuzz.ratio, score_cutoff=60)
            for typed in dict.fromkeys((" ".join(words[:2]), words[0]))
        ]
        near = max(filter(None, found), key=lambda one: one[1], default=None)
        hint = " " + _("Did you mean “{name}”?").format(name=near[0]) if near else ""
        return _("There is no command “{name}”.").format(name=words[0]) + hint


_PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
"""`{amount}` in a macro; `{{ name }}` is a template's."""


def placeholders(lines: Iterable[str]) -> list[str]:
    """The names of what a macro's lines leave open: numbers in their order, then names."""
    found = dict.fromkeys(name for line in lines for name in _PLACEHOLDER.findall(line))
    return sorted(
        found, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0)
    )


def split_commands(lines: Iterable[str]) -> list[str]:
    """Macros may hold several commands a line, separated by ` ; ` outside quotes."""
    return [part for line in lines for part in _split(line)]


def _split(line: str) -> list[str]:
    if " ; " not in line:
        return [line.strip()] if line.strip() else []
    parts = []
    at = start = 0
    while at < len(line):
        if line.startswith(" ; ", at):
            parts.append(line[start:at])
            start = at + 3
            at += 2  # the blank may begin the next separator
        elif line[at] in "'\"" and (at == start or line[at - 1].isspace()):
            at = _end_of_quoted(line, at)
        else:
            at += 1
    parts.append(line[start:])
    return [part.strip() for part in parts if part.strip()]


def _end_of_quoted(line: str, at: int) -> int:
    """Where a word that begins with a quote ends; a quote that does not end is a character."""
    found = _QUOTED_WORD.match(line, at)
    return found.end() if found else at + 1


_QUOTED_WORD = re.compile(r"""(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+(?=\s|$)""")


def arguments(parameters: Sequence[Parameter], text: str) -> list[str]:
    """The words after a command's name, the last one whole where it takes the rest.

    Raises `CommandError` for a quote that does not end.
    """
    if not parameters or not parameters[-1].takes_rest:
        try:
            return shlex.split(text)
        except ValueError:
            raise _open_quote(text) from None
    found: list[str] = []
    for _parameter in parameters[:-1]:
        word, text = _first_word(text)
        if word is None:
            return found
        found.append(word)
    rest = text.strip()
    return [*found, _unquoted(rest)] if rest else found


def _first_word(text: str) -> tuple[str | None, str]:
    """The first word, without its quotes, and what follows it."""
    text = text.lstrip()
    if not text.startswith(("'", '"')):
        word, _space, rest = text.partition(" ")
        return (word or None), rest
    stream = io.StringIO(text)
    lexer = shlex.shlex(stream, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        found = lexer.get_token()
    except ValueError:
        raise _open_quote(text) from None
    return found, stream.read()


def _open_quote(text: str) -> CommandError:
    return CommandError(_("“{text}” has a quote that does not end.").format(text=text))


def _unquoted(text: str) -> str:
    """A text as it is (`don't` needs no care), or without the quotes that wrap all of it."""
    if text.startswith(("'", '"')):
        try:
            parts = shlex.split(text)
        except ValueError:
            return text
        if len(parts) == 1:
            return parts[0]
    return text


def as_rest(text: str) -> str:
    """A text as the last argument of a line that is run or typed on: whoever wrote it, it is that
    argument and no second command. Quoted only where it has to be."""
    plain = text == text.strip() == _unquoted(text) and split_commands([text]) == [text]
    return text if plain else shlex.quote(text)


def _parameters(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    hints = get_type_hints(function)
    found = []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        kind = hints.get(parameter.name, str)
        args = [a for a in get_args(kind) if a is not type(None)]
        if get_origin(kind) is Literal:
            choices, kind = tuple(str(a) for a in args), str
        else:
            choices = ()
            if args and len(args) < len(get_args(kind)):
                kind = args[0]
        required = parameter.default is inspect.Parameter.empty
        found.append(Parameter(parameter.name, kind, required, choices))
    return tuple(found)

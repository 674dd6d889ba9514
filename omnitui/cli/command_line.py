"""The command line as data, read off the verbs' own parsers: for the man page and completion."""

from __future__ import annotations

import argparse
import importlib
from dataclasses import dataclass
from typing import Literal

from omnitui.cli.main import VERBS
from omnitui.cli.parser import Parser

Takes = Literal["nothing", "file", "directory", "word"]
_DIRECTORIES = {"DIR", "DIRECTORY"}
_FILES = {"FILE", "PATH"}


@dataclass(frozen=True, slots=True)
class Option:
    names: tuple[str, ...]
    takes: Takes
    value: str
    """What stands for it in a usage line: `FILE`."""
    choices: tuple[str, ...]
    help: str
    required: bool = False
    many: bool = False

    @property
    def positional(self) -> bool:
        return not self.names


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    summary: str
    options: tuple[Option, ...]

    @property
    def flags(self) -> tuple[Option, ...]:
        return tuple(one for one in self.options if not one.positional)

    @property
    def arguments(self) -> tuple[Option, ...]:
        return tuple(one for one in self.options if one.positional)


HOME = Option(("--home",), "directory", "DIR", (), "the desk's directory")
HELP = Option(("-h", "--help"), "nothing", "", (), "what it does and takes")
VERSION = Option(("-V", "--version"), "nothing", "", (), "the program's version")


def verbs() -> list[Verb]:
    """Every verb, in the order of `omnitui --help`. Imports all of their modules."""
    found = []
    for name, (module, summary) in VERBS.items():
        parser = Parser(prog=f"omnitui {name}", add_help=False)
        importlib.import_module(module).add_arguments(parser)
        options = [_option(each) for each in parser._actions if each.help is not argparse.SUPPRESS]
        found.append(Verb(name, summary, (*options, HOME, HELP)))
    return found


def _option(action: argparse.Action) -> Option:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    choices = tuple(map(str, action.choices)) if action.choices is not None else ()
    if action.nargs == 0:
        takes: Takes = "nothing"
    elif value in _DIRECTORIES:
        takes = "directory"
    else:
        takes = "file" if value in _FILES else "word"
    return Option(
        names=tuple(action.option_strings),
        takes=takes,
        value="|".join(choices) if choices and action.metavar is None else value,
        choices=choices,
        help=action.help or "",
        required=action.required,
        many=action.nargs in ("*", "+") or isinstance(action, argparse._AppendAction),
    )

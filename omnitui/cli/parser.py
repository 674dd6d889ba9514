"""argparse that says what is wrong in one sentence, with exit code 2."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from config.i18n import _


class Parser(argparse.ArgumentParser):
    """No abbreviations: a script must not break when an option is added."""

    def __init__(self, **settings: object) -> None:
        settings.setdefault("allow_abbrev", False)
        super().__init__(**settings)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        see = _("See “{command} --help”.").format(command=self.prog)
        sys.stderr.write(f"{self.prog}: {message.rstrip('.')}. {see}\n")
        raise SystemExit(2)


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`, `--jsonl`: what every reading command takes."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=_("one JSON document"))
    form.add_argument("--jsonl", action="store_true", help=_("one JSON object a line"))


def number(text: str) -> int:
    """An id as people type it: `12` or `#12`."""
    value = int(text.removeprefix("#"))
    if not 0 <= value < 2**63:  # what the store can hold
        raise ValueError
    return value


number.__name__ = "number"  # argparse names the type in its error


def span(text: str) -> int:
    """A time as settings have it, `90s`, `12h` or `7d`, in milliseconds."""
    from config.problems import BadValue
    from config.values import Duration

    try:
        return Duration()(text) * 1000
    except BadValue as error:
        raise ValueError from error


span.__name__ = "duration"

"""argparse that says what is wrong in one sentence, with exit code 2."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from config.i18n import N_, _, ngettext

ARGPARSE = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("not allowed with argument %s"),
    N_("one of the arguments %s is required"),
    N_("ignored explicit argument %r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("unknown parser %(parser_name)r (choices: %(choices)s)"),
    N_("can't open '%(filename)s': %(error)s"),
)
"""What argparse says to people in its own words, which it puts through the `gettext` of its
module: ours, in `Parser`."""
KINDS = {
    "number": N_("number"),
    "int": N_("number"),
    "duration": N_("duration"),
    "Path": N_("path"),
}
"""Types by their names, as a mistake in a value calls them."""


def _several(singular: str, plural: str, n: int) -> str:
    if singular == "expected %s argument":
        return ngettext("expected %s argument", "expected %s arguments", n)
    return ngettext(singular, plural, n)


class Parser(argparse.ArgumentParser):
    """No abbreviations: a script must not break when an option is added."""

    def __init__(self, **settings: object) -> None:
        settings.setdefault("allow_abbrev", False)
        # The module's own words are read in the language that ours are.
        vars(argparse).update(_=_, ngettext=_several)
        super().__init__(**settings)  # type: ignore[arg-type]

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """As argparse's, but what is wrong with a value is named in the reader's language."""
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            if not isinstance(error.__context__, ValueError | TypeError):
                raise
            kind = getattr(action.type, "__name__", "")
            words = _("invalid {kind}: “{value}”")
            raise argparse.ArgumentError(
                action, words.format(kind=_(KINDS.get(kind, kind)), value=arg_string)
            ) from None

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

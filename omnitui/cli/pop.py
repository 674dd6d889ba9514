"""`omnitui pop ADDRESS`: who calls appears on the screen; for telephone systems."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import config_of, home_of
from omnitui.cli.failure import Failure
from omnitui.cli.parser import number
from omnitui.cli.remote import tell
from omnitui.tui.link import screens


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "address",
        metavar="ADDRESS",
        help=_("a telephone number, a mail address, a tel: or sip: URI, #CUSTOMER, or a name"),
    )
    parser.add_argument(
        "--screen",
        type=number,
        metavar="N",
        help=_("the screen of this number; else the one last used"),
    )
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))


def run(args: argparse.Namespace) -> int:
    config_of(args)
    try:
        chosen = screens.choose(home_of(args), args.screen)
        answer = screens.ask(chosen.path, {"pop": args.address})
    except screens.NoScreen as error:
        raise Failure(str(error)) from None
    return tell(args, answer)

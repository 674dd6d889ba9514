"""`omnitui serve`: the engine without a screen."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import config_of, engine_unit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wait",
        "--wait-lock",
        action="store_true",
        help=_("stand by while another engine serves this desk, and take over when it ends"),
    )
    parser.add_argument(
        "--parent-pipe",
        type=int,
        metavar="FD",
        help=_("end when this pipe closes, and log to a file: for a screen's own engine"),
    )


def run(args: argparse.Namespace) -> int:
    from config.access import may_serve, serves_as_root
    from omnitui.cli.failure import Failure
    from omnitui.engine.main import serve

    config = config_of(args, personal=False)
    if config.team is not None and (not may_serve(config) or serves_as_root(config)):
        raise Failure(
            _("This desk's engine is run by its own user, {user}: “systemctl start"
              " {unit}”.").format(user=config.team.user, unit=engine_unit(config))
        )  # fmt: skip
    return serve(config, parent_pipe=args.parent_pipe, wait=args.wait)

"""`omnitui serve`: the engine without a screen."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import config_of


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
    from omnitui.engine.main import serve

    return serve(config_of(args, personal=False), parent_pipe=args.parent_pipe, wait=args.wait)

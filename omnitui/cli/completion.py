"""`omnitui completion SHELL`: a script that completes verbs and options without running omnitui."""

from __future__ import annotations

import argparse
import sys

from config.i18n import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "shell",
        choices=("bash", "zsh", "fish"),
        help=_('for which: eval "$(omnitui completion bash)", or omnitui completion fish | source'),
    )


def run(args: argparse.Namespace) -> int:
    from omnitui.cli.command_line import verbs
    from omnitui.cli.completion_scripts import SCRIPTS

    sys.stdout.write(SCRIPTS[args.shell](verbs()))
    return 0

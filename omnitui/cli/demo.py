"""`omnitui demo`: the screen on a throw-away desk where practice customers write and answer."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from config.i18n import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keep", metavar="DIR", type=Path, help=_("keep the desk in DIR and go on with it later")
    )
    parser.add_argument(
        "--speed",
        metavar="X",
        type=_speed,
        default=1.0,
        help=_("how many times faster than on a real day the customers write (default 1)"),
    )


def run(args: argparse.Namespace) -> int:
    if args.keep is not None:
        return _play(args.keep, args.speed)
    with tempfile.TemporaryDirectory(
        prefix="omnitui-demo-", ignore_cleanup_errors=True
    ) as directory:
        return _play(Path(directory), args.speed)


def _play(directory: Path, speed: float) -> int:
    from omnitui.demo.desk import prepare

    print(_("Setting up a practice desk…"), file=sys.stderr)
    config = prepare(directory, speed=speed)
    from omnitui.demo.relay import log_file, running
    from omnitui.tui.app import run as run_screen

    with running(config.home) as page:
        # Where the relay listens is in the file now.
        config = prepare(directory, speed=speed)
        if not page:
            told = log_file(config.home).read_text("utf-8", "replace").strip().rpartition("\n")[2]
            why = told.removeprefix("omnitui: ") or log_file(config.home)
            return run_screen(config, words=_("No page to chat from: {why}").format(why=why))
        return run_screen(config, words=_("Chat with yourself: {page}").format(page=page))


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0.01 <= speed <= 1000:
        raise argparse.ArgumentTypeError(_("a number from 0.01 to 1000, not “{}”").format(text))
    return speed

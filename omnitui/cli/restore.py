"""`omnitui restore FILE`: a backup becomes the store of a desk that has none."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from config.i18n import _
from omnitui.cli.access import home_of
from omnitui.cli.failure import Failure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help=_("what “omnitui backup” has written")
    )


def run(args: argparse.Namespace) -> int:
    from omnitui.engine.lock import EngineLock
    from store.backup import restore

    if not args.file.is_file():
        raise Failure(_("There is no file {path}.").format(path=args.file))
    home = home_of(args)
    # No engine may begin a new store meanwhile.
    with EngineLock(home.lock_file):
        database = restore(args.file, home.data)
    sys.stderr.write(_("{path} is back.").format(path=database) + "\n")
    return 0

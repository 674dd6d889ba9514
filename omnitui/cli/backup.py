"""`omnitui backup FILE`: one moment of the store and its attachments, taken while in use."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from config.i18n import _
from config.numbers import Number
from omnitui.cli.access import home_of
from omnitui.cli.failure import Failure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help=_("the file to write (compressed when it ends in .gz), or a directory for it"),
    )


def run(args: argparse.Namespace) -> int:
    from store.backup import backup
    from store.blobs import for_database
    from store.database import open_database

    store = home_of(args).store_file
    if not store.exists():
        raise Failure(_("There is no store at {path} yet.").format(path=store))
    target: Path = args.file
    if target.is_dir():
        target = target / time.strftime("omnitui-%Y-%m-%d-%H%M%S.tar.gz")
    elif not target.parent.is_dir():
        raise Failure(_("There is no directory {path}.").format(path=target.parent))
    db = open_database(store, create=False, readonly=True)
    try:
        size = backup(db, target, for_database(db))
    finally:
        db.close()
    sys.stderr.write(
        _("{path} written, {size:.1f} MB.").format(path=target, size=Number(size / 1e6)) + "\n"
    )
    return 0

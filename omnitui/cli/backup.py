"""`omnitui backup FILE`: one moment of the store and its attachments, taken while in use."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from config.i18n import _, ngettext
from config.numbers import Number
from omnitui.cli.access import config_of
from omnitui.cli.failure import Failure, WrongUsage

KEPT = 14
"""Backups that a rotation keeps where nothing says how many."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help=_("the file to write (compressed when it ends in .gz), or a directory for it"),
    )
    parser.add_argument(
        "--rotate",
        action="store_true",
        help=_("into a directory; read it again, then delete the oldest: what the timer does"),
    )
    parser.add_argument(
        "--keep",
        type=int,
        metavar="N",
        help=_("with --rotate: how many stay; else backups_kept of team.toml, else 14"),
    )
    parser.add_argument(
        "--verify", action="store_true", help=_("read it again and check that it is whole")
    )


def run(args: argparse.Namespace) -> int:
    from store.backup import backup
    from store.backups import NAME, verify
    from store.blobs import for_database
    from store.database import open_database

    if args.keep is not None and (not args.rotate or args.keep < 1):
        raise WrongUsage(_("--keep needs --rotate and a number from 1."))
    store = config_of(args, personal=False).home.store_file
    if not store.exists():
        raise Failure(_("There is no store at {path} yet.").format(path=store))
    if args.rotate:
        return _rotate(args, store)
    target: Path = args.file
    if target.is_dir():
        target = target / time.strftime(NAME)
    elif not target.parent.is_dir():
        raise Failure(_("There is no directory {path}.").format(path=target.parent))
    db = open_database(store, create=False, readonly=True)
    try:
        size = backup(db, target, for_database(db))
    finally:
        db.close()
    if args.verify:
        verify(target)
    _say(target, size)
    return 0


def _rotate(args: argparse.Namespace, store: Path) -> int:
    from store.backups import one_more
    from store.database import open_database

    if not args.file.is_dir():
        raise Failure(_("There is no directory {path}.").format(path=args.file))
    team = config_of(args, personal=False).team
    keep = args.keep or (team.backups_kept if team is not None else KEPT)
    db = open_database(store, create=False, readonly=True)
    try:
        kept = one_more(db, args.file, keep)
    finally:
        db.close()
    _say(kept.path, kept.size)
    said = _("It was read again and is whole.")
    if n := len(kept.deleted):
        said += " " + ngettext("{n} older one deleted.", "{n} older ones deleted.", n).format(n=n)
    sys.stderr.write(f"{said}\n")
    return 0


def _say(path: Path, size: int) -> None:
    written = _("{path} written, {size:.1f} MB.").format(path=path, size=Number(size / 1e6))
    sys.stderr.write(f"{written}\n")

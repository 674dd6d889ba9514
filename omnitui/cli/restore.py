"""`omnitui restore FILE`: a backup becomes the store of a desk that has none."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from config.access import source, unix_user
from config.i18n import _, ngettext
from config.model import Config, Home
from omnitui.cli.access import config_of, home_of, writing
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
    config = config_of(args, personal=False)
    home, doubted = config.home, 0

    def doubt(database: Path) -> None:
        nonlocal doubted
        doubted = _doubt_queued(config, database)

    # No engine may begin a new store meanwhile.
    with EngineLock(home.lock_file):
        # Before it is a store: an engine that starts on it would send them once more.
        database = restore(args.file, home.data, doubt)
        _note_anchor(home)
        erased = _erase_again(args)
    sys.stderr.write(_("{path} is back.").format(path=database) + "\n")
    if erased:
        said = ngettext(
            "{n} customer who was erased after that backup is erased again.",
            "{n} customers who were erased after that backup are erased again.",
            erased,
        )
        sys.stderr.write(said.format(n=erased) + "\n")
    if doubted:
        said = ngettext(
            "{n} reply was queued in the backup and may have gone out since: {command}",
            "{n} replies were queued in the backup and may have gone out since: {command}",
            doubted,
        )
        command = "omnitui outbox --state unknown"
        sys.stderr.write(said.format(n=doubted, command=command) + "\n")
    return 0


def _doubt_queued(config: Config, database: Path) -> int:
    """Have nothing sent that may have been sent after the backup was made; how many that are."""
    from omnitui.desk.context import Desk
    from omnitui.desk.replying import outbox
    from store.database import open_database, transaction

    db = open_database(database, create=False)
    try:
        with transaction(db):
            return len(outbox.doubt(Desk(db, config, unix_user(), source=source())))
    finally:
        db.close()


def _note_anchor(home: Home) -> None:
    """The event log is as it was when the backup was made: the engine's own copy of its digests
    is told so."""
    from omnitui.engine import anchor
    from store import audit
    from store.clock import now
    from store.database import open_database

    db = open_database(home.store_file, create=False)
    try:
        head = audit.head(db)
    finally:
        db.close()
    try:
        anchor.restored(anchor.path_in(home.state), head.upto if head else 0, now())
    except OSError as error:
        raise Failure(
            _(
                "The store is back, but {path} cannot be written ({why}): run it as its owner."
            ).format(path=anchor.path_in(home.state), why=error.strerror)
        ) from None


def _erase_again(args: argparse.Namespace) -> int:
    """Erase who is in the backup and on the list of the erased; how many."""
    from omnitui.cli import data_rights
    from omnitui.desk.data_rights import erasing
    from store import erased_list
    from store.database import transaction

    with writing(config_of(args, personal=False)) as desk:
        back = erased_list.back_again(desk.db, home_of(args).data)
        for customer in back:
            with transaction(desk.db):
                begun = erasing.begin(desk, customer, why="restored", sure=True)
            data_rights.in_steps(desk, erasing.Steps(begun.customer).step)
        if back:
            data_rights.sweep(desk)
    return len(back)

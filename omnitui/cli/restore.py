"""`omnitui restore FILE`: a backup becomes the store of a desk that has none."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from config.access import source, unix_user
from config.i18n import _, ngettext
from config.model import Config, Home
from omnitui.cli.access import config_of, writing
from omnitui.cli.failure import Failure

if TYPE_CHECKING:
    from omnitui.desk.context import Desk
    from store.model import CustomerId


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
    erased: list[CustomerId] = []

    def prepare(database: Path) -> None:
        nonlocal doubted
        with _opened(config, database) as desk:
            _tell_log(desk)
            doubted = _doubt_queued(desk)
            erased.extend(_cut_off_again(desk, home.data))
            _note_anchor(home, desk)

    # No engine may begin a new store meanwhile.
    with EngineLock(home.lock_file):
        # Before it is a store: an engine that starts on it would send what was queued once more,
        # and whoever is killed from here on has brought nobody back who was erased.
        database = restore(args.file, home.data, prepare)
        if erased:
            _erase_again(args, erased)
    sys.stderr.write(_("{path} is back.").format(path=database) + "\n")
    if erased:
        said = ngettext(
            "{n} customer who was erased after that backup is erased again.",
            "{n} customers who were erased after that backup are erased again.",
            len(erased),
        )
        sys.stderr.write(said.format(n=len(erased)) + "\n")
    if doubted:
        said = ngettext(
            "{n} reply was queued in the backup and may have gone out since: {command}",
            "{n} replies were queued in the backup and may have gone out since: {command}",
            doubted,
        )
        command = "omnitui outbox --state unknown"
        sys.stderr.write(said.format(n=doubted, command=command) + "\n")
    return 0


@contextlib.contextmanager
def _opened(config: Config, database: Path) -> Iterator[Desk]:
    from omnitui.desk.context import Desk
    from store.database import open_database

    db = open_database(database, create=False)
    try:
        yield Desk(db, config, unix_user(), source=source())
    finally:
        db.close()


def _tell_log(desk: Desk) -> None:
    from omnitui.desk import journal
    from store.database import transaction

    with transaction(desk.db):
        journal.restored(desk)


def _doubt_queued(desk: Desk) -> int:
    """Have nothing sent that may have been sent after the backup was made; how many that are."""
    from omnitui.desk.replying import outbox
    from store.database import transaction

    with transaction(desk.db):
        return len(outbox.doubt(desk))


def _cut_off_again(desk: Desk, directory: Path) -> list[CustomerId]:
    """Begin to erase who is in the backup and on the list of the erased in `directory`; whom."""
    from omnitui.desk.data_rights import erasing
    from omnitui.desk.persons.merging import unmerge
    from store import customers, erased_list, merging
    from store.database import transaction

    with transaction(desk.db):
        listed = erased_list.back_again(desk.db, directory)
        # Who was erased alone was parted from the others after the backup was made.
        family = {each for one in listed for each in customers.everybody(desk.db, one)}
        for one in sorted(family):
            for merge in merging.standing(desk.db, of=one):
                if (one in listed) != (merge.target_id in listed):
                    unmerge(desk, merge.id)
        # Those who were one are erased as one.
        back = list(dict.fromkeys(customers.current(desk.db, one) for one in listed))
        for customer in back:
            erasing.begin(desk, customer, why="restored", sure=True)
    return back


def _note_anchor(home: Home, desk: Desk) -> None:
    """The event log is as it was when the backup was made: the engine's own copy of its digests
    is told so."""
    from omnitui.engine import anchor
    from store import audit

    head = audit.head(desk.db)
    path = anchor.path_in(home.state)
    try:
        anchor.restored(path, head.upto if head else 0, desk.now())
    except OSError as error:
        raise Failure(
            _("{path} cannot be written: {why}.").format(path=path, why=error.strerror)
        ) from None


def _erase_again(args: argparse.Namespace, back: list[CustomerId]) -> None:
    """Take the rest away of who was cut off; the engine does it, too, where this is killed."""
    from omnitui.cli import data_rights
    from omnitui.desk.data_rights import erasing

    with writing(config_of(args, personal=False)) as desk:
        for customer in back:
            data_rights.in_steps(desk, erasing.Steps(customer).step)
        data_rights.sweep(desk)

"""`omnitui retention`: what the rules of [retention] delete, shown or done now."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import config_of, reading, writing
from omnitui.cli.output import emit, table, wants_json
from omnitui.cli.parser import add_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help=_("only show what would be deleted"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from omnitui.cli import data_rights
    from omnitui.desk.data_rights import erasing, retention
    from store import erasing as store_erasing

    rules = config_of(args, personal=False).retention
    customers: list[int] = []
    counts = retention.Counts()
    if not rules.anything:
        if not wants_json(args):
            print(_("There is no rule in [retention]: nothing is deleted by itself."))
            return 0
    elif args.dry_run:
        with reading(args) as desk:
            if desk is not None:
                due = retention.due(desk)
                counts, customers = due.counts, list(due.customers)
    else:
        with writing(config_of(args, personal=False)) as desk:
            work = retention.Run()
            data_rights.in_steps(desk, work.step)
            counts = work.done
            for one in store_erasing.unfinished(desk.db):
                if one.emptied_at is None:
                    data_rights.in_steps(desk, erasing.Steps(one.customer_id).step)
            data_rights.sweep(desk)
    if wants_json(args):
        shown: dict[str, object] = {
            "customers": counts.customers,
            "files": counts.files,
            "raw": counts.raw,
            "bytes": counts.bytes,
            "events": counts.events,
        }
        emit(args, {**shown, "customer_ids": customers} if args.dry_run else shown)
        return 0
    table(
        [
            [_("customers"), str(counts.customers)],
            [_("files"), str(counts.files)],
            [_("mails as received"), str(counts.raw)],
            [_("lines of the log"), str(counts.events)],
        ]
    )
    return 0

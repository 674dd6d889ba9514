"""`omnitui check`: are the store, its attachments and its search index sound?"""

from __future__ import annotations

import argparse
import json
import sys

from config.i18n import _, ngettext
from omnitui.cli.access import config_of, home_of
from omnitui.cli.output import one_line
from omnitui.cli.parser import add_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reindex", action="store_true", help=_("make the search index anew"))
    parser.add_argument(
        "--repair", action="store_true", help=_("count and derive anew what is kept twice")
    )
    parser.add_argument(
        "--compact",
        action="store_true",
        help=_("write the database anew, without the space and the traces of what was deleted"),
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from store.blobs import for_database
    from store.check import check, rederive, reindex
    from store.database import open_database, snapshot, transaction
    from store.sweeping import compact, empty_log

    path = home_of(args).store_file
    problems: list[str] = []
    changing = args.reindex or args.repair or args.compact
    if changing:
        from omnitui.desk.rights import require

        require(config_of(args, personal=False).access, "keep")
    if path.exists():
        db = open_database(path, create=False, readonly=not changing)
        try:
            if changing:
                with transaction(db):
                    if args.repair:
                        rederive(db)
                    if args.reindex:
                        reindex(db)
            if args.compact and not (compact(db, None) and empty_log(db)):
                problems.append(_("The store is in use: end what runs on it, then compact it."))
            with snapshot(db):
                problems += check(db, for_database(db))
        finally:
            db.close()
    if args.json or args.jsonl:
        lines = problems if args.jsonl else [problems]
        for line in lines:
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    elif problems:
        print("\n".join(map(one_line, problems)))
    else:
        print(_("All is well."))
    if problems:
        count = ngettext("{n} problem found.", "{n} problems found.", len(problems))
        sys.stderr.write(f"omnitui check: {count.format(n=len(problems))}\n")
    return 1 if problems else 0

"""`omnitui customers [QUERY]`: the people who wrote, by name, company or address."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import reading
from omnitui.cli.output import emit_list, local_time, table, wants_json
from omnitui.cli.parser import add_json, number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query", nargs="*", metavar="QUERY", help=_("the beginning of a name, company or address")
    )
    parser.add_argument("--limit", type=number, metavar="N", help=_("at most N"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with reading(args) as desk:
        if desk is None:
            if wants_json(args):
                emit_list(args, ())
            return 0
        from omnitui.desk import view
        from store import customers

        found = customers.find(desk.db, " ".join(args.query), limit=args.limit)
        if wants_json(args):
            emit_list(args, (view.customer_json(desk, one) for one in found))
            return 0
        table(
            [
                str(one.id),
                one.name,
                one.company,
                one.language,
                str(one.conversations),
                local_time(one.last_contact_at),
                ",".join(one.tags),
            ]
            for one in found
        )
    return 0

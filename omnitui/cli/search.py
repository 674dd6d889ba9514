"""`omnitui search QUERY`: every message that a query finds, newest first."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import reading
from omnitui.cli.output import emit_list, local_time, table, wants_json
from omnitui.cli.parser import add_json, number

TAKES_A_QUERY = True
LIMIT = 50
LIMIT_JSON = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query",
        nargs="+",
        metavar="QUERY",
        help=_(
            "words, “phrases”, pref*, -without, from: to: channel: status: tag: before: after: …"
        ),
    )
    parser.add_argument(
        "--limit",
        type=number,
        metavar="N",
        help=_("at most N (default {n}, with --json {json})").format(n=LIMIT, json=LIMIT_JSON),
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with reading(args) as desk:
        if desk is None:
            if wants_json(args):
                emit_list(args, ())
            return 0
        from omnitui.desk import view
        from store import search

        usual = LIMIT_JSON if wants_json(args) else LIMIT
        limit = usual if args.limit is None else args.limit
        hits = search.search(desk.db, " ".join(args.query), limit=limit, agent=desk.agent)
        if wants_json(args):
            emit_list(args, map(view.hit_json, hits))
            return 0
        table(
            [
                str(hit.conversation_id),
                f"#{hit.message_id}",
                local_time(hit.at),
                hit.author,
                hit.snippet.replace("\x02", "").replace("\x03", ""),
            ]
            for hit in hits
        )
    return 0

"""`omnitui conversations [QUERY]`: every conversation, or those a query finds."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import reading
from omnitui.cli.output import emit_list, local_time, table, wants_json
from omnitui.cli.parser import add_json, number

TAKES_A_QUERY = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query", nargs="*", metavar="QUERY", help=_("e.g. “status:open assignee:ann refund”")
    )
    parser.add_argument("--limit", type=number, metavar="N", help=_("at most N, the latest"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with reading(args) as desk:
        if desk is None:
            return _nothing(args)
        from omnitui.desk import view
        from store import conversations

        query = " ".join(args.query)
        found = conversations.all(desk.db, query, limit=args.limit, agent=desk.agent)
        if wants_json(args):
            emit_list(args, (view.conversation_json(desk, one) for one in found))
            return 0
        table(
            [
                str(one.id),
                local_time(one.last_message_at),
                one.status,
                one.assignee or "-",
                ",".join(one.channels),
                one.customer_name,
                one.subject or one.preview,
            ]
            for one in found
        )
    return 0


def _nothing(args: argparse.Namespace) -> int:
    if wants_json(args):
        emit_list(args, ())
    return 0

"""`omnitui ledger`: everything a channel ever brought, and how it ended."""

from __future__ import annotations

import argparse
from typing import Any

from config.i18n import _
from omnitui.cli.access import reading
from omnitui.cli.output import emit_list, local_time, table, wants_json
from omnitui.cli.parser import add_json, number
from omnitui.desk.view import rfc3339
from store.model import Receipt

OUTCOMES = ("accepted", "duplicate", "ignored", "quarantined")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account", metavar="NAME", help=_("only this account"))
    parser.add_argument("--outcome", choices=OUTCOMES, help=_("only what ended so"))
    parser.add_argument("--limit", type=number, metavar="N", help=_("at most N rows"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from store import ledger

    with reading(args) as desk:
        receipts = ledger.all(desk.db, args.account, args.outcome, limit=args.limit) if desk else []
    if wants_json(args):
        emit_list(args, map(receipt_json, receipts))
        return 0
    table(
        [
            local_time(receipt.at),
            receipt.account,
            receipt.external_id,
            receipt.outcome,
            f"#{receipt.message_id}" if receipt.message_id else "",
            receipt.reason,
        ]
        for receipt in receipts
    )
    return 0


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    return {
        "account": receipt.account,
        "external_id": receipt.external_id,
        "outcome": receipt.outcome,
        "reason": receipt.reason,
        "message_id": receipt.message_id,
        "at": rfc3339(receipt.at),
    }

"""`omnitui outbox`: what is on its way out, and what did not get there."""

from __future__ import annotations

import argparse
from typing import Any

from config.i18n import _
from omnitui.cli.access import reading
from omnitui.cli.output import emit_list, local_time, table, wants_json
from omnitui.cli.parser import add_json
from omnitui.desk.view import rfc3339
from store.model import OutboxEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        choices=("queued", "sending", "sent", "failed", "unknown", "cancelled"),
        help=_("only messages in this state"),
    )
    parser.add_argument(
        "--all", action="store_true", help=_("also what was sent or cancelled, for people")
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from store import outbox

    with reading(args) as desk:
        entries = outbox.all(desk.db) if desk else []
    if args.state:
        entries = [entry for entry in entries if entry.state == args.state]
    if wants_json(args):
        emit_list(args, map(outbox_json, entries))
        return 0
    if not (args.all or args.state):
        entries = [entry for entry in entries if entry.state not in ("sent", "cancelled")]
    table(
        [
            f"#{entry.message_id}",
            entry.state,
            local_time(entry.due_at),
            entry.account,
            f"→ {entry.conversation_id}",
            ", ".join(entry.recipients),
            entry.error,
        ]
        for entry in entries
    )
    return 0


def outbox_json(entry: OutboxEntry) -> dict[str, Any]:
    return {
        "message_id": entry.message_id,
        "conversation_id": entry.conversation_id,
        "account": entry.account,
        "channel": entry.channel,
        "key": entry.key,
        "recipients": list(entry.recipients),
        "state": entry.state,
        "due_at": rfc3339(entry.due_at),
        "attempts": entry.attempts,
        "error": entry.error,
        "agent": entry.agent,
    }

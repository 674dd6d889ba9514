"""`omnitui compose WHO < text`: write first; prints the message's id and nothing else."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import config_of, writing
from omnitui.cli.output import emit, wants_json
from omnitui.cli.parser import add_json
from omnitui.cli.reply import read_text, rendered, send_at


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "who",
        metavar="WHO",
        help=_("an address, #12 for customer 12, or a name that one customer has"),
    )
    parser.add_argument(
        "--account", default="", metavar="NAME", help=_("write from this account, on this channel")
    )
    parser.add_argument("--subject", default="", metavar="TEXT", help=_("what it is about"))
    parser.add_argument(
        "--name", default="", metavar="TEXT", help=_("what a customer is called who is new")
    )
    parser.add_argument(
        "--assign",
        default="",
        metavar="AGENT",
        help=_("whose the conversation is; else nobody's, so that the answer is seen by all"),
    )
    parser.add_argument(
        "--unless-open",
        action="store_true",
        help=_("not if something is unfinished with this customer: exit 1, and say what"),
    )
    parser.add_argument(
        "--template", action="append", default=[], metavar="T", help=_("begin with this template")
    )
    parser.add_argument(
        "--attach", action="append", default=[], metavar="F", help=_("attach this file")
    )
    for name, said in (
        ("cc", _("send a copy to this address")),
        ("bcc", _("send a copy to this address that the others do not see")),
    ):
        parser.add_argument(f"--{name}", action="append", default=[], metavar="ADDR", help=said)
    parser.add_argument("--at", metavar="WHEN", help=_("not before: “2h”, “tomorrow 9”, …"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from omnitui.cli.failure import Failure
    from omnitui.desk.replying import composing, reply
    from store.database import transaction

    text = read_text(args)
    with writing(config_of(args)) as desk:
        with transaction(desk.db):
            begun = composing.begin(
                desk,
                args.who,
                account=args.account,
                subject=args.subject,
                name=args.name,
                assignee=args.assign,
            )
            matters = composing.matters(desk, begun.customer_id) if args.unless_open else []
            if matters:
                raise Failure(
                    _("Something is unfinished with this customer: “{subject}” ({id}).").format(
                        subject=matters[0].subject or matters[0].preview, id=matters[0].id
                    )
                )
            conversation_id = begun.conversation_id
            parts = [rendered(desk, conversation_id, name) for name in args.template]
            message_id = reply.queue(
                desk,
                conversation_id,
                "\n\n".join(part for part in (*parts, text) if part),
                account=begun.account.name,
                delivery=replace(begun.delivery, cc=tuple(args.cc), bcc=tuple(args.bcc)),
                files=args.attach,
                send_at=send_at(desk, args.at),
                # Named is meant.
                confirm_new=True,
                # Nobody sits before a script to take it back.
                undo_delay=0,
            )
        if wants_json(args):
            shown = {
                "message_id": message_id,
                "conversation_id": conversation_id,
                "customer_id": begun.customer_id,
                "new_customer": begun.new,
                "account": begun.account.name,
                "address": begun.identity.address,
            }
            emit(args, shown)
        else:
            print(message_id)
    return 0

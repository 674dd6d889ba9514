"""`omnitui do ID COMMAND…`: what an agent does with keys, from a script."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import config_of, writing
from omnitui.cli.failure import Failure
from omnitui.cli.output import one_line
from omnitui.cli.parser import number
from omnitui.desk.command import CommandError
from store.model import ConversationId, CustomerId, MessageId


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=number, metavar="ID", help=_("the conversation"))
    parser.add_argument(
        "--customer",
        action="store_true",
        help=_("ID is a customer's, who may have no conversation: for “customer …” commands"),
    )
    parser.add_argument(
        "commands",
        nargs="+",
        metavar="COMMAND",
        help=_("each a whole command line: 'template insert thanks' 'reply send' 'tag add paid'"),
    )
    parser.add_argument(
        "--to", action="append", default=[], metavar="ADDR", help=_("“reply send” goes here only")
    )
    parser.add_argument(
        "--if-last",
        type=number,
        metavar="MESSAGE_ID",
        help=_("“reply send” only if nobody wrote after this message"),
    )
    parser.add_argument(
        "--yes", action="store_true", help=_("confirm what a screen would ask about")
    )


def run(args: argparse.Namespace) -> int:
    from omnitui.desk import commands
    from omnitui.desk.session import OwnDraft, Session
    from store.database import transaction

    with writing(config_of(args)) as desk:
        conversation_id = None if args.customer else ConversationId(args.id)
        customer = CustomerId(args.id) if args.customer else None
        session = Session(
            desk,
            conversation_id,
            OwnDraft(),
            customer=customer,
            if_last=None if args.if_last is None else MessageId(args.if_last),
            confirm_new=bool(args.to),
            confirmed=args.yes,
            to=args.to,
        )
        session.known()
        for line in args.commands:
            try:
                # What ran before a mistake stays done, as it would under an agent's keys.
                with transaction(desk.db):
                    done = commands.run(session, line)
            except CommandError as error:
                raise Failure(f"{line}: {error}") from error
            if done.message:
                print(one_line(done.message))
    return 0

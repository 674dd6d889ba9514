"""`omnitui new-customer NAME`: a customer made by hand; prints the number alone."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import config_of, writing
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.output import emit, wants_json
from omnitui.cli.parser import add_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("what the customer is called; may be “”"))
    for channel, shown in (("email", "ADDRESS"), ("phone", "NUMBER"), ("telegram", "USER_ID")):
        parser.add_argument(
            f"--{channel}",
            action="append",
            default=[],
            metavar=shown,
            help=_("an address of theirs, which nobody else has"),
        )
    parser.add_argument("--company", default="", metavar="TEXT", help=_("where they work"))
    parser.add_argument(
        "--field", action="append", default=[], metavar="KEY=VALUE", help=_("a field of the card")
    )
    parser.add_argument("--tag", action="append", default=[], metavar="TAG", help=_("a tag"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    fields = {}
    for written in args.field:
        key, equals, value = written.partition("=")
        if not equals or not key.strip():
            raise WrongUsage(_("--field takes KEY=VALUE, not “{text}”.").format(text=written))
        fields[key.strip()] = value
    with writing(config_of(args), create=True) as desk:
        from omnitui.desk import view
        from omnitui.desk.command import CommandError
        from omnitui.desk.customers import addresses, making
        from store import customers
        from store.database import transaction

        try:
            with transaction(desk.db):
                reached = [
                    addresses.written(desk, channel, address)
                    for channel in ("email", "phone", "telegram")
                    for address in getattr(args, channel)
                ]
                made = making.make(
                    desk,
                    args.name,
                    company=args.company,
                    reached=reached,
                    fields=fields,
                    tags=args.tag,
                )
        except CommandError as error:
            raise Failure(str(error)) from error
        if wants_json(args):
            emit(args, view.customer_json(desk, customers.get(desk.db, made), full=True))
        else:
            print(made)
    return 0

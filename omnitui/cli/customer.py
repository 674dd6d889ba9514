"""`omnitui customer ID`: one customer with addresses, notes and conversations."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.i18n import _
from omnitui.cli.access import existing, reading
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.output import colour, emit, local_time, one_line, table, wants_json
from omnitui.cli.parser import add_json, number
from store.model import CustomerId


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=number, metavar="ID", help=_("the customer"))
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument(
        "--export",
        type=Path,
        metavar="PATH",
        help=_("write everything of them into a .zip file, or a new directory"),
    )
    doing.add_argument(
        "--erase", action="store_true", help=_("show what erasing them takes away, ask, and do it")
    )
    parser.add_argument(
        "--confirm", metavar="NAME", help=_("with --erase: their name, instead of asking for it")
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.confirm is not None and not args.erase:
        raise WrongUsage(_("“--confirm” goes with “--erase”."))
    if args.export is not None or args.erase:
        from omnitui.cli import data_rights

        return data_rights.export(args) if args.export is not None else data_rights.erase(args)
    with reading(args) as maybe:
        desk = existing(maybe, _("There is no customer {n}.").format(n=args.id))
        from omnitui.desk import view
        from omnitui.desk.customers import card
        from store import conversations, customers, identities
        from store.erasing import is_erased

        customer_id = customers.current(desk.db, CustomerId(args.id))
        customer = customers.get(desk.db, customer_id)
        if (at := is_erased(desk.db, customer_id)) is not None:
            raise Failure(
                _("Customer {n} was erased on {day}.").format(n=args.id, day=local_time(at)[:10])
            )
        if wants_json(args):
            emit(args, view.customer_json(desk, customer, full=True))
            return 0
        print(colour(one_line(f"{customer.id}  {customer.name}"), "1"))
        if customer_id != args.id:
            print(_("Customer {n} was merged into this one.").format(n=args.id))
        table(
            [label, value]
            for label, value in (
                (_("company"), customer.company),
                (_("language"), customer.language),
                (_("time zone"), customer.timezone),
                (_("tags"), ", ".join(customer.tags)),
            )
            if value
        )
        facts = card.card(desk, customer_id)
        table([one.label, one.shown, one.problem] for one in facts.fields)
        table(
            [one.channel, one.address, one.proof or _("not verified"), one.flag]
            for one in identities.of(desk.db, customer_id)
        )
        for note in customers.notes(desk.db, customer_id):
            print(one_line(f"✎ {note.id}  {local_time(note.at)}  {note.author}: {note.text}"))
        table(
            [f"#{one.customer.id}", one.customer.name, one.label]
            for one in facts.people
            if one.why == "relation"
        )
        table(
            [str(one.id), local_time(one.last_message_at), one.status, one.subject or one.preview]
            for one in conversations.of_customer(desk.db, customer_id)
        )
    return 0

"""`omnitui customer ID`: one customer with addresses, notes and conversations."""

from __future__ import annotations

import argparse

from config.i18n import _
from omnitui.cli.access import existing, reading
from omnitui.cli.output import colour, emit, local_time, one_line, table, wants_json
from omnitui.cli.parser import add_json, number
from store.model import CustomerId


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=number, metavar="ID", help=_("the customer"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with reading(args) as maybe:
        desk = existing(maybe, _("There is no customer {n}.").format(n=args.id))
        from omnitui.desk import view
        from store import conversations, customers, identities

        customer_id = customers.current(desk.db, CustomerId(args.id))
        customer = customers.get(desk.db, customer_id)
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
        table(
            [one.channel, one.address, one.proof or _("not verified"), one.flag]
            for one in identities.of(desk.db, customer_id)
        )
        for note in customers.notes(desk.db, customer_id):
            print(one_line(f"✎ {local_time(note.at)}  {note.author}: {note.text}"))
        table(
            [str(one.id), local_time(one.last_message_at), one.status, one.subject or one.preview]
            for one in conversations.of_customer(desk.db, customer_id)
        )
    return 0

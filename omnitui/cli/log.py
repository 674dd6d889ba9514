"""`omnitui log WHO KIND [TEXT]`: for telephone systems and front desks; prints the message's id."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.cli.access import config_of, writing
from omnitui.cli.failure import Failure
from omnitui.cli.output import emit, wants_json
from omnitui.cli.parser import add_json, number
from store.model import ConversationId, CustomerId, Millis

if TYPE_CHECKING:
    from omnitui.desk.context import Desk

_KINDS = ("call", "missed", "visit", "letter", "other")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "who",
        metavar="WHO",
        help=_("a telephone number, an address, #12 for customer 12, or a customer's name"),
    )
    parser.add_argument("kind", choices=_KINDS, metavar="KIND", help=", ".join(_KINDS))
    parser.add_argument(
        "text", nargs="?", default="", metavar="TEXT", help=_("what it was about; “-”: from stdin")
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--in", dest="way", action="store_const", const="in", help=_("they came to us")
    )
    way.add_argument("--out", dest="way", action="store_const", const="out", help=_("we to them"))
    parser.add_argument("--minutes", type=int, metavar="N", help=_("how long it took"))
    parser.add_argument(
        "--after",
        choices=("waits", "done", "pending", "close"),
        default="",
        help=_("what is so now: they wait for us, nobody waits, it is their turn, it is over"),
    )
    parser.add_argument("--at", metavar="TIME", help=_("when it was, as RFC 3339 has it; else now"))
    parser.add_argument(
        "--conversation", type=number, metavar="ID", help=_("put it there; else what is open")
    )
    parser.add_argument(
        "--name", default="", metavar="TEXT", help=_("what a customer is called who is new")
    )
    parser.add_argument(
        "--key", default="", metavar="ID", help=_("the call's own id: it is noted once only")
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from omnitui.desk import contacts
    from store import conversations, messages
    from store.database import transaction

    text = sys.stdin.read().strip() if args.text == "-" else args.text
    direction: contacts.Direction = args.way or ("out" if args.kind in ("call", "other") else "in")
    with writing(config_of(args)) as desk:
        with transaction(desk.db):
            at = _moment(args.at)
            noted = contacts.noted_as(desk, args.key)
            if noted is None:
                customer, address = _whose(desk, args.who, args.name)
                if args.conversation is not None:
                    room = ConversationId(args.conversation)
                    if conversations.get(desk.db, room).customer_id != customer:
                        raise Failure(_("Conversation {id} is another customer's.").format(id=room))
                else:
                    room = contacts.matter_of(desk, customer) or contacts.begin(
                        desk, customer, args.kind, at
                    )
                noted = contacts.note(
                    desk,
                    room,
                    args.kind,
                    direction,
                    text,
                    minutes=args.minutes,
                    address=address,
                    after=args.after,
                    at=at,
                    key=args.key,
                )
        if wants_json(args):
            message = messages.get(desk.db, noted)
            shown = {
                "message_id": noted,
                "conversation_id": message.conversation_id,
                "customer_id": message.customer_id,
            }
            emit(args, shown)
        else:
            print(noted)
    return 0


def _whose(desk: Desk, who: str, name: str) -> tuple[CustomerId, str]:
    """The customer, and the number or address if one was named."""
    from omnitui.desk import contacts
    from omnitui.desk.customers import addresses
    from omnitui.desk.replying import composing

    found, identity = composing.find(desk, who)
    if found is not None:
        return found, identity.address if identity is not None else ""
    written = addresses.written(desk, who)
    customer, _new = contacts.customer_of(desk, written.channel, written.address, name)
    return customer, written.address


def _moment(text: str | None) -> Millis | None:
    if text is None:
        return None
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(
            _("“{text}” is no time like 2026-12-01T09:30:00Z.").format(text=text)
        ) from None
    return round(moment.astimezone().timestamp() * 1000)

"""`omnitui reply ID < text`: queue a reply; prints the message's id and nothing else."""

from __future__ import annotations

import argparse
import sys

from config.i18n import _
from omnitui.cli.access import config_of, writing
from omnitui.cli.failure import Failure
from omnitui.cli.parser import number
from omnitui.desk.context import Desk
from store.model import ConversationId, Delivery, MessageId, Millis


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=number, metavar="ID", help=_("the conversation"))
    parser.add_argument(
        "--template", action="append", default=[], metavar="T", help=_("begin with this template")
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--channel", metavar="C", help=_("reply on this channel"))
    where.add_argument("--account", metavar="NAME", help=_("reply from this account"))
    parser.add_argument(
        "--attach", action="append", default=[], metavar="F", help=_("attach this file")
    )
    parser.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="ADDR",
        help=_("send to this address, also when the customer never wrote from it"),
    )
    parser.add_argument(
        "--cc", action="append", default=[], metavar="ADDR", help=_("send a copy to this address")
    )
    parser.add_argument(
        "--bcc",
        action="append",
        default=[],
        metavar="ADDR",
        help=_("send a copy to this address that the others do not see"),
    )
    parser.add_argument(
        "--without", action="append", default=[], metavar="ADDR", help=_("not to this address")
    )
    parser.add_argument(
        "--quote",
        choices=("none", "last"),
        default="",
        help=_("the customer's message under the reply, or nothing; else as the account has it"),
    )
    parser.add_argument(
        "--answers",
        type=number,
        metavar="MESSAGE_ID",
        help=_("the message that the reply visibly answers, in chats that show it"),
    )
    parser.add_argument("--silent", action="store_true", help=_("without a sound, in chats"))
    parser.add_argument("--no-signature", action="store_true", help=_("without the signature"))
    parser.add_argument(
        "--if-last",
        type=number,
        metavar="MESSAGE_ID",
        help=_("only if nobody wrote after this message"),
    )
    parser.add_argument(
        "--automatic",
        nargs="?",
        const="automatic",
        default="",
        metavar="KIND",
        help=_(
            "a program answers: only if the customer is a person who has not had this kind of"
            " answer here; the conversation keeps waiting"
        ),
    )
    parser.add_argument("--at", metavar="WHEN", help=_("not before: “2h”, “tomorrow 9”, …"))


def run(args: argparse.Namespace) -> int:
    from omnitui.desk.replying import reply
    from store.database import transaction

    text = read_text(args)
    with writing(config_of(args)) as desk:
        with transaction(desk.db):
            conversation_id = ConversationId(args.id)
            if args.automatic:
                _ask(desk, conversation_id, args.automatic)
            if args.answers is not None or args.silent:
                _check_way(desk, conversation_id, args)
            why = "" if args.account or args.channel else _why(desk, conversation_id)
            parts = [rendered(desk, conversation_id, name) for name in args.template]
            message_id: MessageId = reply.queue(
                desk,
                conversation_id,
                "\n\n".join(part for part in (*parts, text) if part),
                account=args.account or args.channel,
                delivery=_delivery(args),
                files=args.attach,
                send_at=send_at(desk, args.at),
                if_last=None if args.if_last is None else MessageId(args.if_last),
                # Named is meant; who is not named and new stops it.
                confirm_new=(*args.to, *args.cc, *args.bcc),
                # Nobody sits before a script to take it back.
                undo_delay=0,
                automatic=args.automatic,
            )
        if why:
            sys.stderr.write(f"omnitui: {why}\n")
        print(message_id)
    return 0


def _why(desk: Desk, conversation_id: ConversationId) -> str:
    """Why it goes elsewhere than one expects, for who reads along; "" where it does not."""
    from omnitui.desk.replying.proposal import propose
    from store import conversations

    return propose(desk, conversations.get(desk.db, conversation_id)).said


def _ask(desk: Desk, conversation_id: ConversationId, kind: str) -> None:
    from omnitui.desk.mail.auto_answers import Refused, may_answer

    found = may_answer(desk, conversation_id, kind=kind)
    if isinstance(found, Refused):
        raise Failure(_("No automatic answer: {why}").format(why=found.why))


def _check_way(desk: Desk, conversation_id: ConversationId, args: argparse.Namespace) -> None:
    """What was asked for by name and the channel cannot do is an error here."""
    from omnitui.desk.replying import answering
    from omnitui.desk.replying.preflight import no_silence, preflight

    delivery = _delivery(args)
    via = args.account or args.channel
    flight = preflight(desk, conversation_id, account=via, delivery=delivery)
    _message, why = answering.chosen(desk, flight.account, delivery)
    if why:
        raise Failure(why)
    if args.silent and not flight.silent:
        raise Failure(no_silence(flight.account))


def _delivery(args: argparse.Namespace) -> Delivery:
    return Delivery(
        to=tuple(args.to),
        cc=tuple(args.cc),
        bcc=tuple(args.bcc),
        without=tuple(args.without),
        quote=args.quote,
        signature="off" if args.no_signature else "",
        answers=None if args.answers is None else MessageId(args.answers),
        silent=args.silent,
    )


def read_text(args: argparse.Namespace) -> str:
    if sys.stdin is None or sys.stdin.closed:
        return ""
    if sys.stdin.isatty():
        if args.template or args.attach:
            return ""
        sys.stderr.write(_("The reply, then Ctrl-D:") + "\n")
    raw = getattr(sys.stdin, "buffer", None)
    if raw is None:
        return sys.stdin.read().strip("\n")
    try:
        text = bytes(raw.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Failure(_("The text on standard input is not UTF-8.")) from None
    return text.replace("\r\n", "\n").strip("\n")


def rendered(desk: Desk, conversation_id: ConversationId, name: str) -> str:
    from omnitui.desk.session import templates_of
    from omnitui.desk.templates import render
    from store import template_uses

    template = templates_of(desk).get(name)
    template_uses.count(desk.db, template.name, desk.agent, desk.now())
    return render(desk, conversation_id, template).text


def send_at(desk: Desk, when: str | None) -> Millis | None:
    if when is None:
        return None
    from omnitui.desk.when import parse_when

    return parse_when(when, desk.now(), desk.config.desk.timezone)

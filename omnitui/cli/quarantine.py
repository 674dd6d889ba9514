"""`omnitui quarantine`: what could not be understood: listed, shown as it came, tried again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from config.i18n import _, ngettext
from config.model import Config, EmailAccount, TelegramAccount, WebchatAccount
from connectors.contract import Quarantined, Received
from omnitui.cli.access import config_of, existing, reading, writing
from omnitui.cli.failure import Failure
from omnitui.cli.ledger import receipt_json
from omnitui.cli.output import emit_list, local_time, table, wants_json
from omnitui.cli.parser import add_json
from omnitui.desk.context import Desk
from store.model import Receipt


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=("list", "show", "retry"),
        default="list",
        help=_("list them (default), show one as it came, try some or all again"),
    )
    parser.add_argument(
        "ids", nargs="*", metavar="EXTERNAL_ID", help=_("as “list” and “ledger” show it")
    )
    parser.add_argument("--account", metavar="NAME", help=_("only this account's"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.action == "retry":
        return _retry(args)
    with reading(args) as maybe:
        if args.action == "show":
            return _show(existing(maybe, _("Nothing is in quarantine.")), args)
        found = _chosen(maybe, args) if maybe else []
        if wants_json(args):
            emit_list(args, map(receipt_json, found))
            return 0
        table([local_time(one.at), one.account, one.external_id, one.reason] for one in found)
    return 0


def _chosen(desk: Desk, args: argparse.Namespace) -> list[Receipt]:
    from store import ledger

    found = [
        one
        for one in ledger.quarantined(desk.db)
        if args.account in (None, one.account) and (not args.ids or one.external_id in args.ids)
    ]
    missing = set(args.ids) - {one.external_id for one in found}
    if missing:
        raise Failure(_("Not in quarantine: {ids}.").format(ids=", ".join(sorted(missing))))
    return found


def _show(desk: Desk, args: argparse.Namespace) -> int:
    if not args.ids:
        raise Failure(_("Which one? “omnitui quarantine” lists them."))
    for receipt in _chosen(desk, args):
        sys.stdout.buffer.write(_raw(desk, receipt))
    sys.stdout.buffer.flush()
    return 0


def _raw(desk: Desk, receipt: Receipt) -> bytes:
    from store.blobs import for_database

    return for_database(desk.db).read(desk.db, receipt.raw) if receipt.raw else b""


def _retry(args: argparse.Namespace) -> int:
    from omnitui.desk.arriving import intake
    from omnitui.desk.rights import require
    from store import accounts, ledger
    from store.database import transaction

    config = config_of(args)
    require(config.access, "work")
    taken, kept = 0, 0
    with writing(config) as desk:
        for receipt in _chosen(desk, args):
            account = accounts.get(desk.db, receipt.account)
            cursor = accounts.cursor(desk.db, account.id)
            again = _understand(config, receipt, _raw(desk, receipt), cursor)
            if again is None:
                kept += 1
                continue
            try:
                with transaction(desk.db):
                    if ledger.release(desk.db, account.id, receipt.external_id):
                        intake.accept(desk, account, [again], None)
            except (ValueError, LookupError, TypeError, ArithmeticError) as error:
                # It stays where it is, whole.
                print(f"{receipt.external_id}: {type(error).__name__}", file=sys.stderr)
                kept += 1
            else:
                taken += 1
    done = ngettext("{n} taken in", "{n} taken in", taken).format(n=taken)
    print(f"{done}, " + _("{n} still in quarantine").format(n=kept), file=sys.stderr)
    return 0


def _understand(
    config: Config, receipt: Receipt, raw: bytes, cursor: Mapping[str, Any]
) -> Received | None:
    """The item anew; None when it still cannot be understood."""
    settings = config.accounts.get(receipt.account)
    if not raw:
        return None
    if isinstance(settings, TelegramAccount):
        from connectors.telegram.again import read_again

        again = read_again(raw, receipt.external_id, settings, cursor)
        return None if isinstance(again, Quarantined) else again
    if isinstance(settings, WebchatAccount):
        from connectors.webchat.again import read_again as read_event_again

        event = read_event_again(raw, receipt.external_id)
        return None if isinstance(event, Quarantined) else event
    if not isinstance(settings, EmailAccount):
        return None
    from connectors.email.own_mail import own_addresses
    from connectors.email.read import read_mail

    return read_mail(
        raw,
        external_id=receipt.external_id,
        own_addresses=own_addresses(settings),
        trusted_authserv=settings.trusted_authserv,
    )

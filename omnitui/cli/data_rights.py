"""`omnitui customer ID --export`, `--erase`: what a customer may ask for by law."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from config.i18n import _, ngettext
from omnitui.cli.access import config_of, writing
from omnitui.cli.failure import Failure
from omnitui.cli.output import Progress, one_line, progress, to_json, wants_json
from store.model import CustomerId

if TYPE_CHECKING:
    from collections.abc import Callable

    from omnitui.desk.context import Desk

PAUSE = 0.005
"""Seconds between two steps: who waits for the store gets it."""
PATIENCE = 10.0
"""Seconds for others to have read what the log still holds."""


def export(args: argparse.Namespace) -> int:
    from omnitui.desk import places
    from omnitui.desk.data_rights import exporting
    from omnitui.desk.rights import require, require_allowed
    from store.database import snapshot, transaction

    bar = Progress(args)
    with writing(config_of(args)) as desk, contextlib.closing(bar):
        require(desk, "export")
        require_allowed(desk, "customer export")
        access = desk.config.access
        target = places.whole(access, args.export)
        with snapshot(desk.db), places.to_write(access, target) as opened:
            done = exporting.write(desk, CustomerId(args.id), opened, bar.tell)
        done = replace(done, path=target)
        with transaction(desk.db):
            exporting.log(desk, CustomerId(args.id), done)
    if wants_json(args):
        shown = {
            "path": str(done.path),
            "conversations": done.conversations,
            "messages": done.messages,
            "files": done.files,
            "missing": done.missing,
        }
        print(to_json(shown))
        return 0
    said = ngettext("{path} written: {n} message", "{path} written: {n} messages", done.messages)
    sys.stderr.write(said.format(path=done.path, n=done.messages) + ".\n")
    return 0


def erase(args: argparse.Namespace) -> int:
    from omnitui.desk.data_rights import erasing
    from omnitui.desk.rights import require, require_allowed
    from store.database import snapshot, transaction

    with writing(config_of(args)) as desk:
        require(desk, "erase")
        require_allowed(desk, "customer erase")
        customer = _unfinished(desk, CustomerId(args.id))
        if customer is None:
            with snapshot(desk.db):
                shown = erasing.preview(desk, CustomerId(args.id))
            if not wants_json(args):
                print(one_line(f"{shown.customer}  {shown.name}"))
                print("\n".join(map(one_line, shown.sentences)))
            if shown.refused:
                raise Failure(shown.refused)
            typed = args.confirm if args.confirm is not None else _asked()
            with transaction(desk.db):
                if not erasing.is_meant(desk, shown.customer, typed):
                    raise Failure(_("That is not their name; nothing was erased."))
                shown = erasing.begin(desk, shown.customer)
            customer = shown.customer
        steps = erasing.Steps(customer)
        in_steps(desk, steps.step, lambda: _("{n} messages erased").format(n=steps.messages))
        clean = sweep(desk)
    if wants_json(args):
        print(to_json({"customer": customer, "messages": steps.messages, "swept": clean}))
    else:
        progress(_("Customer {n} is erased.").format(n=customer), last=True)
        if not clean:
            sys.stderr.write(
                _("The engine overwrites the last traces as soon as nobody reads them.") + "\n"
            )
    return 0


def _unfinished(desk: Desk, customer_id: CustomerId) -> CustomerId | None:
    """Whose erasing was begun and broke off: it goes on without asking again."""
    from store import customers, erasing

    wanted = customers.current(desk.db, customer_id)
    return next(
        (e.customer_id for e in erasing.unfinished(desk.db) if e.customer_id == wanted), None
    )


def _asked() -> str:
    if sys.stdin.isatty():
        return input(_("Type their name to erase them: "))
    return sys.stdin.readline()


def in_steps(
    desk: Desk, step: Callable[[Desk], bool], told: Callable[[], str] | None = None
) -> None:
    """Each in a transaction of its own, until there is no more to do."""
    from store.database import transaction

    more = True
    while more:
        with transaction(desk.db):
            more = step(desk)
        if told is not None and sys.stderr.isatty():
            progress(told())
        time.sleep(PAUSE)


def sweep(desk: Desk) -> bool:
    """Remove the words of whoever is erased; False: somebody reads what the log still holds, and
    the engine has to."""
    from omnitui.desk.data_rights import erasing
    from store import sweeping
    from store.database import transaction

    begun = desk.now()
    in_steps(desk, erasing.Sweep().step)
    end = time.monotonic() + PATIENCE
    for last in (sweeping.compact, sweeping.empty_log):
        while not last(desk.db):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
    with transaction(desk.db):
        erasing.swept(desk, begun)
    sweeping.empty_log(desk.db)
    return True

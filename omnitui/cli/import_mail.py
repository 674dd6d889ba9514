"""`omnitui import PATH --account NAME`: mail that people kept, taken in as history.

Dates are kept and nothing is sent. The ledger remembers each mail by its content, so a
repeat takes nothing twice and an import that was killed goes on where it ended.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from config.i18n import _, ngettext
from config.model import Config, EmailAccount
from connectors.contract import Quarantined, Received
from omnitui.cli.access import config_of, writing
from omnitui.cli.failure import Failure
from omnitui.cli.mail_archive import Place, Unreadable, arrival, external_id, find_mails
from omnitui.cli.output import Progress, emit, progress, wants_json
from omnitui.cli.parser import add_json
from omnitui.desk.context import Desk
from store.clock import now
from store.errors import StoreError
from store.model import Account, Outcome

BATCH = 200
"""Mails in one transaction."""
BATCH_BYTES = 32_000_000
FEW = 64
"""So few are read sooner than a worker process starts."""


@dataclass(frozen=True, slots=True)
class Item:
    arrived_at: int
    external_id: str
    place: Place
    size: int


@dataclass(slots=True)
class Tally:
    found: int = 0
    known: int = 0
    outcomes: dict[Outcome, int] = field(
        default_factory=lambda: {"accepted": 0, "duplicate": 0, "ignored": 0, "quarantined": 0}
    )
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.known + sum(self.outcomes.values())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", type=Path, metavar="PATH", help=_("an .eml or mbox file, a Maildir, a directory")
    )
    parser.add_argument(
        "--account", required=True, metavar="NAME", help=_("the account the mail belongs to")
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    config = config_of(args)
    settings = _account(config, args.account)
    if not args.path.exists():
        raise Failure(_("There is no {path}.").format(path=args.path))
    tally = Tally()
    bar = Progress(args)
    with writing(config, create=True) as desk:
        account = _register(desk, settings)
        items = _new_items(desk, account, args.path, tally, bar)
        try:
            for batch in _read(items, settings):
                _take_in(desk, account, batch, tally)
                bar.tell(tally.done, tally.found, _progress(tally))
        except KeyboardInterrupt:
            bar.close()
            progress(_progress(tally), last=True)
            raise Failure(_("Stopped; the same command goes on from here.")) from None
    bar.close()
    progress(_progress(tally), last=True)
    for file in tally.unreadable:
        progress(_("Not readable: {path}: {why}").format(path=file.path, why=file.why), last=True)
    if wants_json(args):
        emit(args, _tally_json(account, tally))
    return 1 if tally.unreadable else 0


def _account(config: Config, name: str) -> EmailAccount:
    settings = config.accounts.get(name)
    if isinstance(settings, EmailAccount):
        return settings
    if settings is not None:
        from omnitui.desk.channel_names import channel_name

        raise Failure(
            _("“{name}” is an account of {channel}; mail needs one of e-mail.").format(
                name=name, channel=channel_name(settings.channel)
            )
        )
    from config.problems import nearest

    mail = [n for n, a in config.accounts.items() if isinstance(a, EmailAccount)]
    near = nearest(name, mail)
    if near:
        hint = _("Did you mean “{near}”?").format(near=near)
    elif mail:
        hint = _("There is: {names}.").format(names=", ".join(mail))
    else:
        hint = _("Add one with “omnitui init”.")
    raise Failure(_("config.toml has no account “{name}”.").format(name=name) + " " + hint)


def _register(desk: Desk, settings: EmailAccount) -> Account:
    from store import accounts
    from store.database import transaction

    with transaction(desk.db):
        return accounts.ensure(
            desk.db,
            settings.name,
            settings.channel,
            address=settings.address,
            display_name=settings.display_name,
        )


def _new_items(desk: Desk, account: Account, path: Path, tally: Tally, bar: Progress) -> list[Item]:
    """What the ledger does not have yet, oldest first: an answer finds what it answers."""
    from store import ledger

    found: dict[str, Item] = {}
    moment = now()
    for place in find_mails(path):
        if isinstance(place, Unreadable):
            tally.unreadable.append(place)
            continue
        try:
            raw = place.read()
        except OSError as error:
            tally.unreadable.append(Unreadable(place.path, error.strerror or str(error)))
            continue
        tally.found += 1
        key = external_id(raw)
        if key in found:
            tally.known += 1
            continue
        found[key] = Item(arrival(raw, place.delivered_at, moment), key, place, len(raw))
        if tally.found % 500 == 0:
            bar.tell(0, 0, _("{n} mails found").format(n=tally.found))
    known = ledger.known(desk.db, account.id, list(found))
    tally.known += len(known)
    return sorted(
        (item for key, item in found.items() if key not in known),
        key=lambda item: (item.arrived_at, item.external_id),
    )


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (len(batch) >= BATCH or size + item.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.size
    if batch:
        yield batch


def _read(items: Sequence[Item], settings: EmailAccount) -> Iterator[list[Received]]:
    """Mails understood, batch by batch in order; in worker processes when there are many."""
    from connectors.email.own_mail import own_addresses

    own = own_addresses(settings)
    if len(items) < FEW:
        for batch in _batches(items):
            yield understand(batch, own)
        return
    workers = min(4, os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: list[tuple[list[Item], Future[list[Received]]]] = []
        try:
            for batch in _batches(items):
                waiting.append((batch, pool.submit(understand, batch, own)))
                if len(waiting) > workers + 1:
                    yield _result(*waiting.pop(0), own)
            while waiting:
                yield _result(*waiting.pop(0), own)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _result(
    batch: list[Item], future: Future[list[Received]], own: frozenset[str]
) -> list[Received]:
    try:
        return future.result()
    except BrokenProcessPool:
        # A worker died (out of memory?): go on without them rather than not at all.
        return understand(batch, own)


def understand(batch: Sequence[Item], own: frozenset[str]) -> list[Received]:
    """Mails as the desk takes them; runs in a worker process."""
    from connectors.email.read import read_mail

    received: list[Received] = []
    for item in batch:
        try:
            raw = item.place.read()
        except OSError as error:
            reason = _("The file could not be read again: {why}.").format(why=error.strerror)
            received.append(Quarantined(item.external_id, reason, b""))
            continue
        try:
            # Whoever wrote the archive's headers is not known: they prove no address.
            mail = read_mail(
                raw,
                external_id=item.external_id,
                arrived_at=item.arrived_at,
                history=True,
                own_addresses=own,
            )
            received.append(replace(mail, imported=True))
        except Exception as error:
            received.append(_quarantined(item.external_id, error, raw))
    return received


def _quarantined(key: str, error: Exception, raw: bytes | Path) -> Quarantined:
    reason = _("omnitui could not take this message in ({error}).")
    return Quarantined(key, reason.format(error=type(error).__name__), raw)


def _take_in(desk: Desk, account: Account, batch: Sequence[Received], tally: Tally) -> None:
    """One transaction; what cannot be stored is quarantined by itself."""
    from omnitui.desk.arriving import intake
    from store.database import transaction

    try:
        with transaction(desk.db):
            receipts = intake.accept(desk, account, batch, None)
    except StoreError:
        raise
    except Exception as error:
        if len(batch) > 1:
            for item in batch:
                _take_in(desk, account, [item], tally)
            return
        item = batch[0]
        if isinstance(item, Quarantined):
            raise
        raw = getattr(item, "raw", None) or b""
        _take_in(desk, account, [_quarantined(item.external_id, error, raw)], tally)
        return
    for receipt in receipts:
        tally.outcomes[receipt.outcome] += 1


def _progress(tally: Tally) -> str:
    accepted, quarantined = tally.outcomes["accepted"], tally.outcomes["quarantined"]
    double = tally.known + tally.outcomes["duplicate"]
    text = _("{done} of {found}: {accepted} new, {double} already here").format(
        done=tally.done, found=tally.found, accepted=accepted, double=double
    )
    if quarantined:
        text += ngettext(
            ", {n} kept in quarantine", ", {n} kept in quarantine", quarantined
        ).format(n=quarantined)
    return text


def _tally_json(account: Account, tally: Tally) -> dict[str, Any]:
    return {
        "account": account.name,
        "found": tally.found,
        "known": tally.known,
        **{str(outcome): n for outcome, n in tally.outcomes.items()},
        "unreadable": [{"path": str(f.path), "why": f.why} for f in tally.unreadable],
    }

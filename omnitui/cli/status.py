"""`omnitui status`: how the desk is, for people, scripts and a status line."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from config.access import unix_user
from config.i18n import _, ngettext
from config.model import Config, Home
from omnitui.cli.access import (
    config_of,
    engine_unit,
    has_store,
    no_store,
    reading,
    start_anew,
)
from omnitui.cli.output import emit, local_time, one_line, wants_json
from omnitui.cli.parser import add_json
from omnitui.desk.account_state import why
from omnitui.desk.view import rfc3339
from omnitui.engine.lock import Holder, engine_running
from omnitui.engine.stranger import stranger
from store import disk
from store.model import Millis
from store.overview import LATE, Overview


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--short",
        action="store_true",
        help=_("one line for a prompt or tmux's status line: what waits, and what is wrong"),
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """1 when something is wrong that somebody has to do something about."""
    config = config_of(args)
    with reading(args) as desk:
        if desk is not None:
            from store.inbox import counts
            from store.overview import overview

            now = desk.now()
            found, mine = overview(desk.db, now), counts(desk.db, desk.agent)["mine"]
        else:
            now, found, mine = time.time_ns() // 1_000_000, Overview(), 0
    holder = engine_running(config.home.lock_file)
    wrong = _wrong(config, found, holder, now)
    if wants_json(args):
        emit(args, _document(config, found, mine, holder, wrong))
    elif args.short:
        parts = [
            ngettext("{n} waits", "{n} wait", found.waiting).format(n=found.waiting),
            ngettext("{n} mine", "{n} mine", mine).format(n=mine),
            *(f"! {each}" for each in wrong[:1]),
        ]
        sys.stdout.write(one_line(" · ".join(parts)) + "\n")
    else:
        sys.stdout.write("\n".join(map(one_line, _lines(config, found, mine, holder, wrong, now))))
        sys.stdout.write("\n")
    return 1 if wrong else 0


def _wrong(config: Config, found: Overview, holder: Holder | None, now: Millis) -> list[str]:
    said = []
    if config.team is not None and not has_store(config):
        said.append(no_store(config))
    elif config.path is None and not has_store(config):
        said.append(
            _("No desk is set up here yet: “omnitui init” does it, “omnitui demo” shows one.")
        )
    if holder is None and config.accounts and config.desk.engine == "service":
        said.append(
            _("The engine does not run: “systemctl start {unit}” starts it.").format(
                unit=engine_unit(config)
            )
        )
    elif holder is not None and (other := stranger(config.home.lock_file, holder)):
        said.append(other)
    served = {account.name for account in found.accounts if account.state != "stopped"}
    unserved = [name for name in config.accounts if name not in served]
    if unserved and holder is not None and holder.is_older_than(config.home.config_file):
        said.append(
            _("{accounts}: added after the engine started: {command}").format(
                accounts=", ".join(unserved), command=start_anew(config)
            )
        )
    for account in found.accounts:
        if account.state == "failed" and account.name in config.accounts:
            said.append(
                _("{account} is down: {reason}").format(account=account.name, reason=why(account))
            )
    if stuck := found.outbox.get("failed", 0) + found.outbox.get("unknown", 0):
        said.append(
            ngettext(
                "{n} reply was not delivered, or may not have been: omnitui outbox.",
                "{n} replies were not delivered, or may not have been: omnitui outbox.",
                stuck,
            ).format(n=stuck)
        )
    if found.overdue_since is not None and now - found.overdue_since > LATE:
        said.append(_("Replies are due and are not sent."))
    if found.quarantined:
        said.append(
            ngettext(
                "{n} message could not be understood: omnitui quarantine.",
                "{n} messages could not be understood: omnitui quarantine.",
                found.quarantined,
            ).format(n=found.quarantined)
        )
    free = disk.free(config.home.data)
    if free is not None and free < disk.FULL:
        said.append(
            _("The disk of the store is full: {n} MB are free.").format(n=free // 1_000_000)
        )
    return said


def _lines(
    config: Config,
    found: Overview,
    mine: int,
    holder: Holder | None,
    wrong: list[str],
    now: Millis,
) -> list[str]:
    states = {
        "starting": _("starting"),
        "online": _("online"),
        "retrying": _("trying again"),
        "failed": _("down"),
        "stopped": _("stopped"),
    }
    by_status = found.conversations
    lines = [
        _("{desk}, as {agent}").format(desk=config.desk.name, agent=unix_user()),
        _engine(holder),
        *(
            f"{account.name}: {states[account.state]}"
            + (f" ({said})" if (said := why(account)) else "")
            for account in found.accounts
            if account.name in config.accounts
        ),
        _("Conversations: {open} open, {pending} pending, {snoozed} snoozed; {mine} yours,"
          " {nobody} nobody's").format(
            open=by_status.get("open", 0),
            pending=by_status.get("pending", 0),
            snoozed=by_status.get("snoozed", 0),
            mine=mine,
            nobody=found.unassigned,
        ),
    ]  # fmt: skip
    if found.waiting_since is not None:
        minutes = max(0, now - found.waiting_since) // 60_000
        lines.append(
            ngettext(
                "{n} customer waits, since {minutes} min",
                "{n} customers wait, the first since {minutes} min",
                found.waiting,
            ).format(n=found.waiting, minutes=minutes)
        )
    else:
        lines.append(_("No customer waits."))
    queued = found.outbox.get("queued", 0) + found.outbox.get("sending", 0)
    if queued:
        lines.append(
            ngettext("{n} reply is on its way", "{n} replies are on their way", queued).format(
                n=queued
            )
        )
    agents = sorted({screen.agent for screen in found.screens})
    if agents:
        lines.append(_("At their screens: {agents}").format(agents=", ".join(agents)))
    return [*lines, *(f"! {each}" for each in wrong)]


def _engine(holder: Holder | None) -> str:
    if holder is None:
        return _("Engine: does not run")
    if not holder.pid:
        return _("Engine: runs")
    since = local_time(holder.started_at)
    return _("Engine: process {pid}, since {since}").format(pid=holder.pid, since=since)


def _document(
    config: Config, found: Overview, mine: int, holder: Holder | None, wrong: list[str]
) -> dict[str, Any]:
    return {
        "ok": not wrong,
        "wrong": wrong,
        "desk": config.desk.name,
        "agent": unix_user(),
        "engine": None
        if holder is None
        else {"pid": holder.pid or None, "since": rfc3339(holder.started_at or None)},
        "accounts": [
            {
                "name": account.name,
                "channel": account.channel,
                "state": account.state,
                "reason": why(account),
                "last_success_at": rfc3339(account.last_success_at),
            }
            for account in found.accounts
            if account.name in config.accounts
        ],
        "conversations": dict(found.conversations),
        "mine": mine,
        "unassigned": found.unassigned,
        "waiting": found.waiting,
        "waiting_since": rfc3339(found.waiting_since),
        "outbox": dict(found.outbox),
        "quarantined": found.quarantined,
        "hooks_failed": found.hooks_failed,
        "screens": [
            {"agent": one.agent, "screen": one.screen, "active_at": rfc3339(one.active_at)}
            for one in found.screens
        ],
        "audit_unsealed": found.unsealed,
        "free_bytes": disk.free(config.home.data),
        "store_bytes": _size(config.home),
    }


def _size(home: Home) -> int | None:
    try:
        return home.store_file.stat().st_size
    except OSError:
        return None

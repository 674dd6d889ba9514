"""What `doctor` knows of an account without connecting: its tokens, and how the engine saw it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from config.i18n import _, ngettext
from config.model import AccountSettings, Config, EmailAccount
from config.secrets import SecretError
from config.token_store import TokenStore
from omnitui.cli.finding import Finding, fail, ok, warn
from omnitui.desk.account_state import why
from store.model import Account


def tokens(account: EmailAccount) -> Finding | None:
    """The state of its OAuth tokens; None: it logs in with a password."""
    if account.oauth is None:
        return None
    from connectors.email.login.oauth import log_in_again

    name = _("tokens of {owner}").format(owner=account.name)
    try:
        there = TokenStore(account.oauth).read()
    except SecretError as error:
        return fail(name, str(error), log_in_again(account))
    if there is None:
        return fail(name, _("Nobody has logged in yet."), log_in_again(account))
    left = there.expires_at - time.time()
    if not there.expires_at:
        detail = _("no access token yet; one is got at the next log-in")
    elif left > 0:
        detail = _("access until {until} ({duration} left)").format(
            until=_clock(there.expires_at), duration=_duration(left)
        )
    else:
        detail = _("access ended {until}; it is renewed at the next log-in").format(
            until=_clock(there.expires_at)
        )
    if there.renewed_at:
        detail += "; " + _("last renewed {at}").format(at=_clock(there.renewed_at))
    if there.scopes:
        detail += "; " + _("for {scopes}").format(scopes=" ".join(there.scopes))
    return ok(name, detail)


def seen(path: Path, accounts: list[AccountSettings], *, engine_runs: bool) -> Iterator[Finding]:
    """What the engine wrote down of each account: its state and when it last worked.

    Raises `StoreError`.
    """
    from store import accounts as stored
    from store.database import open_database

    db = open_database(path, create=False, readonly=True)
    try:
        known = {account.name: account for account in stored.all(db)}
    finally:
        db.close()
    for account in accounts:
        name = _("state of {owner}").format(owner=account.name)
        found = known.get(account.name)
        if found is None:
            yield ok(name, _("the engine has not served it yet"))
        else:
            yield _state(name, found, engine_runs=engine_runs)


def attended(config: Config) -> Iterator[Finding]:
    """What the customers of each account are told of who is there, where they are told.

    Raises `StoreError`.
    """
    from omnitui.desk.context import Desk
    from omnitui.desk.visiting import attendance, presence
    from store.database import open_database

    db = open_database(config.home.store_file, create=False, readonly=True)
    try:
        desk = Desk(db, config, "doctor")
        there = ", ".join(presence.there(desk)) or _("nobody")
        for account in attendance.attended(desk):
            stated = attendance.stated(desk, account)
            why = (
                _("set by {agent}").format(agent=stated.agent)
                if stated
                else _("there: {agents}").format(agents=there)
            )
            waiting = len(attendance.queue(desk, account))
            detail = _("{state} ({why}); {n} waiting").format(
                state=attendance.state(desk, account), why=why, n=waiting
            )
            yield ok(_("attendance of {owner}").format(owner=account.name), detail)
    finally:
        db.close()


def _state(name: str, account: Account, *, engine_runs: bool) -> Finding:
    worked = account.last_success_at
    last = (
        _("last worked {at} ({duration} ago)").format(
            at=_clock(worked / 1000), duration=_duration(time.time() - worked / 1000)
        )
        if worked
        else _("never worked yet")
    )
    if not engine_runs:
        return ok(name, _("the engine does not run; {last}").format(last=last))
    since = _clock(account.state_at / 1000)
    if account.state == "online":
        detail = _("online since {since}; {last}").format(since=since, last=last)
        return ok(name, f"{detail}; {said}" if (said := why(account)) else detail)
    if account.state == "failed":
        detail = _("failed since {since}; {last}").format(since=since, last=last)
        return fail(name, detail, why(account))
    if account.state == "retrying":
        detail = _("out of reach since {since}, tried again and again; {last}")
        return warn(name, detail.format(since=since, last=last), why(account))
    return ok(name, last)


def _clock(at: float) -> str:
    """Unix seconds as local time: the hour alone for today's."""
    when, now = time.localtime(at), time.localtime()
    same_day = when[:3] == now[:3]
    return time.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M", when)


def _duration(seconds: float) -> str:
    minutes = max(0, round(seconds / 60))
    if minutes < 120:
        return ngettext("{n} min", "{n} min", minutes).format(n=minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("{n} h", "{n} h", hours).format(n=hours)
    days = round(hours / 24)
    return ngettext("{n} day", "{n} days", days).format(n=days)

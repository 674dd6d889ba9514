"""The accounts: whether each works, when it last did, what it is doing, what went wrong."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence

from config.i18n import _
from omnitui.desk.account_state import why
from omnitui.tui.screens.pager import Pager
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.facts_pane import Fact, FactsPane, Tone
from omnitui.tui.words.channels import channel_name, glyph
from omnitui.tui.words.moments import MINUTE, ago, stamp
from store.clock import now
from store.model import Account, Millis

EVERY = 10.0
"""Seconds between readings."""


class Accounts(Pager):
    """Read again every few seconds while it is open: a success is told to nobody."""

    def __init__(
        self,
        accounts: Sequence[Account],
        engine: str,
        read: Callable[[], Awaitable[Sequence[Account]]],
        tz: dt.tzinfo | None,
    ) -> None:
        pane = FactsPane(id="facts")
        super().__init__(_("Accounts"), pane)
        self._pane = pane
        self._accounts = accounts
        self._engine = engine
        self._read = read
        self._tz = tz

    async def load(self) -> None:
        self.accounts_changed(self._accounts, self._engine)
        while True:
            self.accounts_changed(await self._read(), self._engine)
            await asyncio.sleep(EVERY)

    def accounts_changed(self, accounts: Sequence[Account], engine: str) -> None:
        self._accounts, self._engine = accounts, engine
        self._pane.show(facts(accounts, engine, now(), self._tz))


def facts(
    accounts: Sequence[Account], engine: str, moment: Millis, tz: dt.tzinfo | None
) -> list[Fact]:
    """Those that don't work first."""
    found = [_engine(engine)]
    if engine == "down":
        found.append(Fact(_("what to do"), _engine_remedy(), "text"))
    if not accounts:
        return [*found, Fact("", _("No account is set up: run “omnitui init”."))]
    for account in sorted(accounts, key=lambda one: (one.state == "online", one.name)):
        found += [Fact("", ""), *_account(account, engine, moment, tz)]
    return found


def _engine(engine: str) -> Fact:
    words = {
        "running": _("running"),
        "starting": _("starting"),
        "down": _("down: nothing comes in or goes out"),
    }
    tone: Tone = "good" if engine == "running" else "loud" if engine == "down" else "text"
    return Fact(_("engine"), words.get(engine, engine), tone)


def _engine_remedy() -> str:
    return _(
        "A screen on this machine starts it again by itself; where it is a service, start “omnitui"
        " serve”. What customers write waits on their channels' servers, replies in the outbox."
    )


def _remedy(state: str) -> str:
    """What helps an account that does not work; "" where nothing is amiss."""
    if state == "retrying":
        return _("It is tried again by itself. If it lasts, “omnitui doctor” tests the way there.")
    if state == "failed":
        return _("“omnitui doctor” tests it and says what to mend in the settings.")
    return ""


def _account(account: Account, engine: str, moment: Millis, tz: dt.tzinfo | None) -> list[Fact]:
    name = f"{glyph(account.channel)} {one_line(account.name)}"
    address = one_line(account.address)
    title = " · ".join(part for part in (name, channel_name(account.channel), address) if part)
    found = [Fact("", title, "strong")]
    words = {
        "starting": _("● starting"),
        "online": _("● works"),
        "retrying": _("✗ trouble, tried again and again"),
        "failed": _("✗ does not work"),
        "stopped": _("○ stopped"),
    }
    tones: dict[str, Tone] = {"online": "good", "retrying": "loud", "failed": "loud"}
    state = words.get(account.state, account.state)
    if account.state_at:
        since = stamp(account.state_at, moment, tz)
        state += " · " + _("since {time}").format(time=since)
    found.append(Fact(_("state"), state, tones.get(account.state, "text")))
    loud = account.state in ("retrying", "failed")
    if account.state_reason and (loud or account.state == "stopped"):
        tone: Tone = "loud" if loud else "text"
        found.append(Fact(_("why"), one_line(why(account)), tone))
        if remedy := _remedy(account.state):
            found.append(Fact(_("what to do"), remedy))
    elif doing := _doing(account):
        found.append(Fact(_("doing"), doing))
    found.append(_success(account, moment, tz))
    return found


def _doing(account: Account) -> str:
    """What an account that works is at; a bot tells first who it is: `@acme_bot catching up`."""
    words = one_line(why(account))
    if account.state != "online" or not words.startswith("@"):
        return words
    name, _gap, rest = words.partition(" ")
    return rest or _("receives messages as {name}").format(name=name)


def _success(account: Account, moment: Millis, tz: dt.tzinfo | None) -> Fact:
    at = account.last_success_at
    if at is None:
        return Fact(_("last success"), _("never yet"), "quiet")
    return Fact(_("last success"), _past(at, moment, tz))


def _past(at: Millis, moment: Millis, tz: dt.tzinfo | None) -> str:
    """`2m ago (14:03)`."""
    gone = moment - at
    if gone < MINUTE:
        return _("just now")
    return _("{time} ago ({clock})").format(time=ago(gone), clock=stamp(at, moment, tz))

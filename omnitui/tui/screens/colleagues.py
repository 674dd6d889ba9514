"""Who of the desk is here, where they look and what they have."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence

from config.i18n import _, ngettext, pgettext
from omnitui.desk.together.roster import Colleague, Place
from omnitui.tui.screens.pager import Pager
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.facts_pane import Fact, FactsPane, Tone
from omnitui.tui.words.moments import MINUTE, ago, stamp
from store.clock import now
from store.model import Millis

EVERY = 2.0
"""Seconds between readings while it is open."""


class Colleagues(Pager):
    """Read again and again while it is open: who looks where changes all the time."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Sequence[Colleague]]],
        tz: dt.tzinfo | None,
        me: str,
        below: str = "",
    ) -> None:
        """`below`: what everybody here has to know."""
        pane = FactsPane(id="facts")
        super().__init__(_("Who is here"), pane)
        self._facts_pane = pane
        self._read = read
        self._tz = tz
        self._me = me
        self._below = below

    async def load(self) -> None:
        while True:
            found = facts(await self._read(), now(), self._tz, self._me)
            if self._below:
                found += [Fact("", ""), Fact("", self._below, "quiet")]
            self._facts_pane.show(found)
            await asyncio.sleep(EVERY)


def facts(
    colleagues: Sequence[Colleague], moment: Millis, tz: dt.tzinfo | None, me: str
) -> list[Fact]:
    """Who is here, each with what they look at below; who is not in a line each."""
    found: list[Fact] = []
    for one in colleagues:
        if one.here:
            found += _here(one, moment, tz, me)
    gone = [one for one in colleagues if not one.here and (one.open or one.active_at)]
    if gone:
        found += [Fact("", ""), Fact("", pgettext("colleague", "not here"), "strong")]
        found += [_gone(one, moment, tz) for one in gone]
    return found or [Fact("", _("Nobody has a screen open."))]


def _here(one: Colleague, moment: Millis, tz: dt.tzinfo | None, me: str) -> list[Fact]:
    name = one_line(one.agent)
    idle = moment - one.active_at
    tone: Tone = "quiet" if one.away or one.idle else "good"
    if one.away:
        state = _("○ away")
    elif one.idle:
        state = _("○ no key for {time}").format(time=ago(idle))
    elif idle >= MINUTE:
        state = _("● here, last key {time} ago").format(time=ago(idle))
    else:
        state = _("● here")
    words = [state]
    if one.role != "agent":
        words.append(_("supervisor") if one.role == "supervisor" else _("only looks"))
    if one.role != "reader":
        words.append(_open(one.open))
    words.append(_("since {time}").format(time=stamp(one.since, moment, tz)))
    words += map(one_line, one.sources)
    title = _("{agent} (you)").format(agent=name) if one.agent == me else name
    found = [Fact(title, " · ".join(words), tone)]
    if one.looks_at:
        places = " · ".join(map(_place, one.looks_at))
        found.append(Fact(" ", _("looks at {what}").format(what=places)))
    return found


def _gone(one: Colleague, moment: Millis, tz: dt.tzinfo | None) -> Fact:
    words = [_open(one.open)]
    if one.active_at:
        words.append(_("last here {time}").format(time=stamp(one.active_at, moment, tz)))
    return Fact(one_line(one.agent), " · ".join(words))


def _place(place: Place) -> str:
    named = ": ".join(one_line(part) for part in (place.customer, place.subject) if part)
    return f"#{place.id} {named}".rstrip()


def _open(n: int) -> str:
    return ngettext("{n} open conversation", "{n} open conversations", n).format(n=n)

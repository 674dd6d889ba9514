"""Whether somebody is there for the customers of an account, and who waits how long."""

from __future__ import annotations

from config.i18n import _
from connectors.contract import Attendance
from omnitui.desk import journal
from omnitui.desk.channel import capabilities
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.visiting import presence
from store import accounts, attendance
from store.attendance import State, Stated
from store.model import Account, Millis

_QUEUED = 24 * 3_600_000
"""Milliseconds: who waits longer than that stands in no queue."""
_SERVED = 30 * 60_000
"""Milliseconds after an answer for which whoever writes again is not queued anew."""
_GONE = 5 * 60_000
"""Milliseconds after which somebody who went away holds up nobody."""


def current(desk: Desk, account: Account) -> Attendance:
    """What the account's customers are told now."""
    return Attendance(state(desk, account), queue(desk, account))


def state(desk: Desk, account: Account) -> State:
    """As an agent has set it; else by who is there."""
    stated = attendance.get(desk.db, account.id)
    if stated is not None:
        return stated.state
    return "online" if presence.there(desk) else "away"


def stated(desk: Desk, account: Account) -> Stated | None:
    """What an agent has set; None: it goes by who is there."""
    return attendance.get(desk.db, account.id)


def queue(desk: Desk, account: Account) -> dict[str, int]:
    """Chat → its place among those who wait for a first answer: 1 is next."""
    now = desk.now()
    chats: dict[str, int] = {}
    for one in attendance.waiting(desk.db, account.id, now - _QUEUED):
        served = one.answered_at is not None and one.answered_at >= one.since - _SERVED
        gone = one.gone_since is not None and now - one.gone_since > _GONE
        if not served and not gone:
            chats.setdefault(one.chat, len(chats) + 1)
    return chats


def put(desk: Desk, account: Account, state: State | None) -> State | None:
    """Set what an account shows; None: by who is there. What was set before."""
    before = attendance.get(desk.db, account.id)
    was = before.state if before else None
    if was != state:
        attendance.put(desk.db, account.id, state, desk.agent, desk.now())
        journal.record(desk, "account.attendance", account=account.name, before=was, state=state)
    return was


def attended(desk: Desk) -> list[Account]:
    """The accounts whose customers are told whether somebody is there."""
    return [one for one in accounts.all(desk.db) if capabilities(one).attends]


def attended_by_name(desk: Desk, name: str) -> list[Account]:
    """One of them, or all without a name. Raises `CommandError`."""
    found = attended(desk)
    if name:
        found = [one for one in found if one.name == name]
    if not found:
        raise CommandError(
            _("“{name}” is no account that shows whether somebody is there.").format(name=name)
            if name
            else _("No account shows whether somebody is there.")
        )
    return found


def next_change(desk: Desk) -> Millis | None:
    """When it may be another without anybody doing anything."""
    return presence.next_change(desk)

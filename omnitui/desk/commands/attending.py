"""Who is there for customers: the agent, and what an account's customers are told."""

from __future__ import annotations

from typing import Literal

from config.i18n import _
from omnitui.desk.command import Done
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import Session
from omnitui.desk.visiting import attendance, presence


@REGISTRY.command("presence away")
def away(session: Session) -> Done:
    """Say that I am not there for customers, though my screen is open."""
    if not presence.set_away(session.desk, True):
        return Done(_("You are away already."))
    return Done(_("You are away."), "presence back")


@REGISTRY.command("presence back")
def back(session: Session) -> Done:
    """Say that I am there for customers again."""
    if not presence.set_away(session.desk, False):
        return Done(_("You are not away."))
    return Done(_("You are back."), "presence away")


@REGISTRY.command("attendance")
def attend(
    session: Session, state: Literal["online", "away", "hidden", "auto"], account: str = ""
) -> Done:
    """Set what an account's customers are told, of all accounts without a name.

    `online` and `away` say whether somebody is there, whoever is; `hidden` takes the chat off the
    site; `auto` goes by which agents are there.
    """
    desk = session.desk
    found = attendance.attended_by_name(desk, account)
    before = [
        attendance.put(desk, one, None if state == "auto" else state) or "auto" for one in found
    ]
    if all(was == state for was in before):
        return Done(_("Nothing to change."))
    undo = f"attendance {before[0]}" if len(set(before)) == 1 else ""
    if undo and account:
        undo += f" {account}"
    said = {
        "online": _("Customers are told that somebody is there."),
        "away": _("Customers are told that nobody is there."),
        "hidden": _("The chat is hidden."),
        "auto": _("Customers are told whether somebody is there."),
    }
    return Done(said[state], undo)

"""Whose turn it is, who has it, how urgent it is, who has read it."""

from __future__ import annotations

import shlex
from typing import Literal

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.command import CommandError, Done, When
from omnitui.desk.commands.agents import may_take, receiver
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import Session
from omnitui.desk.statuses import change_status
from omnitui.desk.together import holding
from omnitui.desk.together.taking_back import TakenSince
from omnitui.desk.view import PRIORITIES, rfc3339
from omnitui.desk.when import parse_when, shown
from store import conversations, mentions, messages
from store.model import Conversation, MessageId, Millis, Status

_WORDS: dict[str, Status] = {
    "open": "open",
    "reopen": "open",
    "pending": "pending",
    "closed": "closed",
    "close": "closed",
}
_PRIORITIES = {name: number for number, name in PRIORITIES.items()}


@REGISTRY.command("assign")
def assign(session: Session, agent: str, sure: Literal["yes", "ask"] = "ask") -> Done:
    """Give the conversation to an agent: `me`, a user name, or `none`.

    Taking it from a colleague who is there, and a name that nobody has, are asked about."""
    name = {"me": session.desk.agent, "none": "", "-": "", "": ""}.get(agent)
    if name is None:
        name = receiver(session, agent, sure=sure == "yes")
    found = session.conversation()
    before = found.assignee
    if name == before:
        return Done(_("Nothing to change."))
    if sure != "yes":
        may_take(session, found, name)
    holding.give(session.desk, found, name)
    message = _("Assigned to {agent}.").format(agent=name) if name else _("Assigned to nobody.")
    return Done(message, assigned_back(name, before))


def assigned_back(now: str, before: str) -> str:
    """The line that gives the conversation, which `now` has, to who had it before."""
    return f"assign back {shlex.quote(now or 'none')} {shlex.quote(before or 'none')}"


@REGISTRY.command("assign back")
def assign_back(session: Session, now: str, before: str) -> Done:
    """Give the conversation from NOW back to BEFORE, unless somebody took it since: for undo."""
    found = session.conversation()
    had, gets = ("" if name == "none" else name for name in (now, before))
    if found.assignee != had:
        who = holding.holder_words(session.desk, found) if found.assignee else _("Nobody has it")
        raise TakenSince(_("{who} now: that stays as it is.").format(who=who))
    if had == gets:
        return Done(_("Nothing to change."))
    holding.give(session.desk, found, gets)
    mentions.withdraw(session.desk.db, gets, session.here)
    message = _("Assigned to {agent}.").format(agent=gets) if gets else _("Assigned to nobody.")
    return Done(message, assigned_back(gets, had))


@REGISTRY.command("unassign")
def unassign(session: Session) -> Done:
    """Put the conversation back for anybody to take."""
    return assign(session, "none")  # type: ignore[no-any-return]


@REGISTRY.command("status")
def status(
    session: Session, status: Literal["open", "pending", "closed", "close", "reopen"]
) -> Done:
    """Say whose turn it is: `open` ours, `pending` the customer's, `closed` nobody's."""
    return _set(session, _WORDS[status])


@REGISTRY.command("close")
def close(session: Session) -> Done:
    """Close the conversation; the customer's next message opens it again."""
    return _set(session, "closed")


@REGISTRY.command("reopen")
def reopen(session: Session) -> Done:
    """Open the conversation again."""
    return _set(session, "open")


@REGISTRY.command("snooze")
def snooze(session: Session, when: When) -> Done:
    """Put the conversation away until a time: `2d`, `tomorrow 9`, `fri 14:00`, `2026-12-01`."""
    desk = session.desk
    until = parse_when(when, desk.now(), desk.config.desk.timezone)
    before = session.conversation()
    change_status(
        desk,
        session.here,
        before.status,
        "snoozed",
        why="command",
        snoozed_until=until,
    )
    return Done(
        _("Snoozed until {when}.").format(when=shown(until, desk.config.desk.timezone)),
        _back(before, desk.now()),
    )


@REGISTRY.command("unsnooze")
def unsnooze(session: Session) -> Done:
    """Wake a snoozed conversation now."""
    if session.conversation().status != "snoozed":
        raise CommandError(_("The conversation is not snoozed."))
    return _set(session, "open")


@REGISTRY.command("priority")
def priority(session: Session, level: Literal["low", "normal", "high", "urgent"]) -> Done:
    """Say how urgent it is."""
    before = PRIORITIES.get(session.conversation().priority, "normal")
    if before == level:
        return Done(_("Nothing to change."))
    conversations.set_priority(session.desk.db, session.here, _PRIORITIES[level])
    journal.record(
        session.desk,
        "conversation.priority",
        conversation=session.here,
        before=before,
        priority=level,
    )
    said = {"low": _("low"), "normal": _("normal"), "high": _("high"), "urgent": _("urgent")}
    return Done(_("Priority: {level}.").format(level=said[level]), f"priority {before}")


@REGISTRY.command("mark read")
def mark_read(session: Session) -> Done:
    """Take everything in the conversation as seen by me."""
    return _mark(session, read=True)


@REGISTRY.command("mark unread")
def mark_unread(session: Session) -> Done:
    """Show the conversation to me as unread again."""
    return _mark(session, read=False)


def _mark(session: Session, *, read: bool) -> Done:
    desk, id_ = session.desk, session.here
    session.conversation()
    unread = id_ in conversations.unread(desk.db, desk.agent, [id_])
    if unread != read:
        return Done()
    newest = messages.newest_inbound(desk.db, id_) or 0
    conversations.mark_read(desk.db, desk.agent, id_, MessageId(newest if read else 0))
    if read:
        mentions.seen(desk.db, desk.agent, id_, desk.now())
    # Another screen of the same agent shows it too.
    journal.record(desk, "conversation.read" if read else "conversation.unread", conversation=id_)
    return Done(undo="mark unread" if read else "mark read")


def _set(session: Session, status: Status) -> Done:
    before = session.conversation()
    if before.status == status:
        return Done(_("Nothing to change."))
    change_status(session.desk, session.here, before.status, status, why="command")
    said = {"open": _("Opened."), "pending": _("Pending."), "closed": _("Closed.")}
    return Done(said.get(status, ""), _back(before, session.desk.now()))


def _back(before: Conversation, now: Millis) -> str:
    """The line that brings the earlier status back."""
    if before.status == "snoozed":
        if before.snoozed_until and before.snoozed_until > now:
            return f"snooze {rfc3339(before.snoozed_until)}"
        return "status open"
    return f"status {before.status}"

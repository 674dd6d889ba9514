"""Who is meant by the name of an agent that somebody typed."""

from __future__ import annotations

import pwd

from config.i18n import _
from config.problems import nearest
from omnitui.desk.agents import known, looks_only
from omnitui.desk.command import CommandError
from omnitui.desk.session import NeedsConfirmation, Session
from omnitui.desk.together import holding
from store.model import Conversation


def meant(session: Session, typed: str, *, sure: bool = False) -> str:
    """The agent whom a name means, in whatever case it was typed: one of the desk, or, where it
    is no team's, any Unix user of this machine.

    Raises `NeedsConfirmation` for anybody else, unless that was confirmed, or nobody is there to
    ask: a hook's commands stand in the settings.
    """
    name = typed.strip()
    by_case = {agent.casefold(): agent for agent in known(session.desk)}
    if (agent := by_case.get(name.casefold())) is not None:
        return agent
    # A team knows who is of it: root and www-data are users of the machine, too.
    of_machine = session.desk.config.team is None and _is_user(name)
    if sure or session.confirmed or session.desk.hook or of_machine:
        return name
    near = nearest(name, list(by_case.values()))
    if near:
        raise NeedsConfirmation(
            _("Nobody called “{name}” has worked here; did you mean “{near}”?").format(
                name=name, near=near
            ),
            _("Nobody called “{name}” has worked here, “{near}” has. Is “{name}” meant?").format(
                name=name, near=near
            ),
        )
    raise NeedsConfirmation(
        _("Nobody called “{name}” has worked here; name an agent, or confirm it.").format(
            name=name
        ),
        _("Nobody called “{name}” has worked here. Is that meant?").format(name=name),
    )


def receiver(session: Session, typed: str, *, sure: bool = False) -> str:
    """The agent who is given a conversation. Raises as `meant`, and `CommandError` for one who
    only looks."""
    name = meant(session, typed, sure=sure)
    if looks_only(session.desk, name):
        raise CommandError(
            _("{agent} may only look here: give it to somebody who answers.").format(agent=name)
        )
    return name


def may_take(session: Session, found: Conversation, name: str) -> None:
    """Raises `NeedsConfirmation` when a colleague who is there would lose a conversation to `name`
    without having said so. A hook is not asked: what it does stands in the settings."""
    desk, has = session.desk, found.assignee
    if has in ("", desk.agent, name) or session.many or desk.hook:
        return
    if (session.confirmed and not session.asked) or not holding.is_there(desk, has):
        return
    words = holding.holder_words(desk, found)
    question = _("{who}, and is there. Does it go to somebody else?").format(who=words)
    if name == desk.agent:
        question = _("{who}, and is there. Take it from them?").format(who=words)
    if session.confirmed and session.asked == question:
        return  # else it is another colleague's meanwhile, or something else was asked
    raise NeedsConfirmation(
        _("{who}, and is there: confirm that it goes to somebody else.").format(who=words), question
    )


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except (KeyError, ValueError, OSError):  # ValueError: a zero in it
        return False
    return True

"""Who is meant by the name of an agent that somebody typed."""

from __future__ import annotations

import pwd

from config.i18n import _
from config.problems import nearest
from omnitui.desk.agents import known
from omnitui.desk.session import NeedsConfirmation, Session


def meant(session: Session, typed: str, *, sure: bool = False) -> str:
    """The agent whom a name means, in whatever case it was typed: one of the desk, or any Unix user
    of this machine.

    Raises `NeedsConfirmation` for anybody else, unless that was confirmed, or nobody is there to
    ask: a hook's commands stand in the settings.
    """
    name = typed.strip()
    by_case = {agent.casefold(): agent for agent in known(session.desk)}
    if (agent := by_case.get(name.casefold())) is not None:
        return agent
    if sure or session.confirmed or session.desk.hook or _is_user(name):
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


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except (KeyError, ValueError, OSError):  # ValueError: a zero in it
        return False
    return True

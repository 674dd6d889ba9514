"""Who works at this desk."""

from __future__ import annotations

from config.access import ENGINE, members, role_of
from omnitui.desk.context import Desk
from store import presence, vocabulary


def looks_only(desk: Desk, agent: str) -> bool:
    """Whether an agent of the team is on its list of readers."""
    team = desk.config.team
    return team is not None and role_of(agent, team.supervisors, team.readers) == "reader"


def known(desk: Desk) -> list[str]:
    """Those of the settings, of the team's Unix group, who ever looked at a conversation here, and
    who have one or a screen open. In order."""
    found = {*desk.config.agents, *vocabulary.agents(desk.db), desk.agent}
    found.update(vocabulary.readers(desk.db), presence.agents(desk.db))
    if (team := desk.config.team) is not None:
        found.update(name for name in members(team.group) if name != team.user)
    return sorted(found - {"", ENGINE})

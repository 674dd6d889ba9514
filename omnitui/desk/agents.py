"""Who works at this desk."""

from __future__ import annotations

import grp

from omnitui.desk.context import Desk
from store import vocabulary

_ENGINE = "engine"


def known(desk: Desk) -> list[str]:
    """Those of the settings, of the team's Unix group, who ever looked at a conversation here, and
    who have one or a screen open. In order."""
    found = {*desk.config.agents, *_team(desk), *vocabulary.agents(desk.db), desk.agent}
    found.update(vocabulary.readers(desk.db))
    found.update(row[0] for row in desk.db.execute("SELECT DISTINCT agent FROM presence"))
    return sorted(found - {"", _ENGINE})


def _team(desk: Desk) -> list[str]:
    team = desk.config.team
    if team is None:
        return []
    try:
        return grp.getgrnam(team.group).gr_mem
    except KeyError:
        return []

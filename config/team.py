"""team.toml beside config.toml: a desk that many Unix users share. Only root may write it."""

from __future__ import annotations

import os
import pwd
import tomllib
from dataclasses import replace
from pathlib import Path

from config import access
from config.access import Access
from config.home import TEAM as TEAM_HOME
from config.i18n import _
from config.model import Config, Home, TeamSettings
from config.private_file import why_not_private
from config.problems import ConfigError, Problem
from config.source import read_source
from config.tables import Tables
from config.team_settings import LOCKED, ROLES, TABLES, TEAM

FILE = "team.toml"


def placed(home: Home) -> Home:
    """A home with a team.toml: the store and the state are where that says.

    The engine's state is the service user's alone; everybody else has their own, in their
    home directory. What is wrong with the file is told by `load`, not here.
    """
    try:
        with (home.config / FILE).open("rb") as file:
            table = tomllib.load(file).get("team", {})
    except (OSError, tomllib.TOMLDecodeError):
        return home
    if not isinstance(table, dict):
        return home
    told = {key: value for key, value in table.items() if isinstance(value, str)}
    usual = TeamSettings()
    return replace(
        home,
        data=Path(told.get("store", usual.store)),
        state=_state(home, told.get("user", usual.user), Path(told.get("state", usual.state))),
    )


def _state(home: Home, user: str, state: Path) -> Path:
    if os.geteuid() == 0 or user == access.unix_user():
        return state
    import platformdirs

    own = platformdirs.PlatformDirs("omnitui", appauthor=False).user_state_path
    return own if home.config == TEAM_HOME else own / home.config.name


def shared(config: Config) -> Config:
    """The desk's settings with those of its team.toml. Raises `ConfigError`."""
    path = config.home.config / FILE
    source = read_source(path)
    if source is None:
        return config
    if why := why_not_private(path):
        raise ConfigError(
            [Problem(why, _("It says who may do what: only root may write it."), file=path)]
        )
    reader = _Team(source)
    reader.unknown((), source.data, TABLES)
    team = reader.section(("team",), TEAM) or {} if "team" in source.data else {}
    roles = reader.section(("roles",), ROLES) or {} if "roles" in source.data else {}
    locked = reader.section(("locked",), LOCKED) or {} if "locked" in source.data else {}
    if source.problems:
        raise ConfigError(sorted(source.problems, key=lambda p: (p.line or 0, p.key)))
    settings = TeamSettings(**team, **roles, **{f"locked_{k}": v for k, v in locked.items()})
    return replace(config, team=settings, access=_access(settings))


def _access(team: TeamSettings) -> Access:
    user = access.unix_user()
    service = os.geteuid() == 0 or user == team.user
    return Access(
        role="supervisor" if service else access.role_of(user, team.supervisors, team.readers),
        locked=access.is_locked(),
        commands=frozenset(team.locked_commands),
        without=frozenset(team.locked_without),
        verbs=frozenset(team.locked_verbs),
        directories=tuple(_expanded(one) for one in team.locked_directories),
        personal=team.locked_personal or not access.is_locked(),
    )


def _expanded(directory: str) -> Path:
    """`~` by the user database: HOME is whatever the session says."""
    if directory == "~" or directory.startswith("~/"):
        try:
            return Path(pwd.getpwuid(os.getuid()).pw_dir + directory[1:])
        except KeyError:
            return Path("/nonexistent")
    return Path(directory)


class _Team(Tables):
    MAIN = "team"

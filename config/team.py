"""team.toml beside config.toml: a desk that many Unix users share. Only root may write it."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config import access, allowed
from config.access import Access
from config.home import TEAM as TEAM_HOME
from config.home import instance_of, own_directories
from config.i18n import _
from config.model import Config, Home, TeamSettings
from config.private_file import why_not_private
from config.problems import ConfigError, Problem, nearest
from config.source import KeyPath, Source, read_source
from config.tables import Tables
from config.team_settings import LOCKED, ROLES, TABLES, TEAM
from config.values import shown

FILE = "team.toml"
_SETTINGS = (("team", TEAM), ("roles", ROLES), ("locked", LOCKED))


@dataclass(frozen=True, slots=True)
class TeamFile:
    """A team.toml as it was read, once for the whole program."""

    table: Mapping[str, str]
    """The texts of [team] as they are written, wrong ones, too; none of a file that is no TOML."""
    settings: TeamSettings | None
    """None where anything is wrong."""
    problems: tuple[Problem, ...] = ()
    """In the order of the file."""
    source: Source | None = None


def read(path: Path) -> TeamFile | None:
    """What a team.toml says and all that is wrong with it; None where there is none."""
    try:
        source = read_source(path)
    except ConfigError as error:
        return TeamFile({}, None, error.problems)
    if source is None:
        if not path.is_symlink():
            return None
        why = _("this link leads nowhere.")
        return TeamFile({}, None, (Problem(why, _("Make it a file of root's."), file=path),))
    reader = _Team(source)
    reader.unknown((), source.data, TABLES)
    found: dict[str, Any] = {}
    for name, known in _SETTINGS:
        values = reader.section((name,), known) if name in source.data else None
        before = "locked_" if name == "locked" else ""
        found |= {before + key: value for key, value in (values or {}).items()}
    problems = tuple(sorted(source.problems, key=lambda p: (p.line or 0, p.key)))
    table = source.data.get("team")
    texts = table if isinstance(table, dict) else {}
    return TeamFile(
        {key: value for key, value in texts.items() if isinstance(value, str)},
        None if problems else replace(usual(path.parent), **found),
        problems,
        source,
    )


def usual(directory: Path) -> TeamSettings:
    """What holds where a team.toml in `directory` says nothing: a second desk on the machine has
    places and a user of its own."""
    name = instance_of(directory)
    top = Path("/var/lib", name)
    return TeamSettings(user=name, group=name, store=top / "store", state=top / "engine")


def placed(home: Home) -> Home:
    """A home with a team.toml: the store and the state are where that says.

    The engine's state is the service user's alone; everybody else has their own, in their
    home directory. What is wrong with the file is told by `shared`, not here.
    """
    file = read(home.config / FILE)
    if file is None or file.source is None:
        return replace(home, team=file)
    told = file.table
    found = file.settings or usual(home.config)
    if file.settings is None:  # what is wrong in it is told; until then, the places that it names
        found = replace(
            found,
            user=told.get("user", found.user),
            store=Path(told.get("store", found.store)),
            state=Path(told.get("state", found.state)),
        )
    return replace(home, data=found.store, state=_state(home, found.user, found.state), team=file)


def _state(home: Home, user: str, state: Path) -> Path:
    if os.geteuid() == 0 or user == access.unix_user():
        return state
    own = own_directories().state
    return own if home.config == TEAM_HOME else own / home.config.name


def shared(config: Config) -> Config:
    """The desk's settings with those of its team.toml. Raises `ConfigError` with all that is
    wrong; what only looks wrong is in `warnings`."""
    path = config.home.config / FILE
    file = config.home.team or read(path)
    if file is None:
        return config
    wrong = list(file.problems)
    if why := why_not_private(path):
        wrong.insert(
            0, Problem(why, _("It says who may do what: only root may write it."), file=path)
        )
    if wrong or file.settings is None or file.source is None:
        raise ConfigError(wrong)
    doubts = _Doubts(file.source, file.settings, config).found()
    return replace(
        config,
        # No screen could start it: it has a user of its own.
        desk=replace(config.desk, engine="service"),
        team=file.settings,
        access=_access(file.settings),
        warnings=(*config.warnings, *doubts),
    )


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

    def unknown(
        self,
        path: KeyPath,
        table: Mapping[str, Any],
        known: Sequence[str],
        also: Sequence[str] = (),
    ) -> set[str]:
        """Besides: what stands under no heading, or under another one than its own."""
        homes = {setting.key: name for name, settings in _SETTINGS for setting in settings}
        astray = [key for key in table if key not in known and key in homes]
        for key in astray:
            self.source.report(
                (*path, key),
                _("this setting belongs under a heading."),
                _("Move it below a line [{heading}].").format(heading=homes[key]),
            )
        rest = {key: value for key, value in table.items() if key not in astray}
        return super().unknown(path, rest, known, also)


class _Doubts:
    """What is no mistake of writing and hardly meant: told, and the desk goes on."""

    def __init__(self, source: Source, team: TeamSettings, config: Config) -> None:
        self._source = Source(source.path, source.text, source.data)
        self._team = team
        self._config = config

    def found(self) -> list[Problem]:
        team = self._team
        for number, name in enumerate(team.readers):
            if name in team.supervisors:
                self._doubt(
                    ("roles", "readers", number),
                    _("“{name}” is on both lists.").format(name=name),
                    _("The smaller right counts: take the name off one of them."),
                )
        # The registry knows what there is; these are held against it by a test.
        known = [*allowed.SHIPPED, *allowed.FILES, *allowed.REFUSED]
        known += [*self._config.commands, *self._config.macros]
        for key, names in (("commands", team.locked_commands), ("without", team.locked_without)):
            for number, name in enumerate(names):
                if name not in known:
                    near = nearest(name, sorted(known))
                    self._doubt(
                        ("locked", key, number),
                        _("there is no command “{name}”.").format(name=shown(name)),
                        _("Did you mean “{near}”?").format(near=near)
                        if near
                        else _("docs/commands.md has all of them."),
                    )
        return self._source.problems

    def _doubt(self, key: KeyPath, sentence: str, hint: str) -> None:
        self._source.report(key, sentence, hint, "warning")

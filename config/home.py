"""Where one desk lives: under one directory (`--home`, OMNITUI_HOME) or in XDG directories."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from config.model import Home

VARIABLE = "OMNITUI_HOME"
TEAM = Path("/etc/omnitui")
"""The team's desk of a machine."""
AGENT_FILE = "OMNITUI_AGENT_FILE"
"""The environment variable that names the agent's own settings file."""


def find_home(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> Home:
    """The directories of the desk. None is created here.

    With `home` or OMNITUI_HOME everything is under it: `config.toml`, `templates/`,
    `desk.sqlite` and `state/`. Else the XDG base directories are used. The agent's own settings
    are in OMNITUI_AGENT_FILE, else beside a `config.toml` that is theirs. A directory with a
    team.toml has its store and its state where that says (`config.team`), and /etc/omnitui is
    the desk of those who have none of their own.
    """
    if home is None and environ.get(VARIABLE):
        home = Path(environ[VARIABLE])
    if home is not None:
        top = absolute(home)
        return _placed(Home(config=top, data=top, state=top / "state", own=_own(top, environ)))
    directories = own_directories()
    if is_a_teams(TEAM) and not os.path.exists(directories.config / "config.toml"):  # noqa: PTH110 - a closed home has none
        return find_home(TEAM, environ)
    return Home(
        config=directories.config,
        data=directories.data,
        state=directories.state,
        own=_own(None, environ),
    )


class Own(NamedTuple):
    """The XDG directories of this process's user."""

    config: Path
    data: Path
    state: Path


def own_directories() -> Own:
    """Who has no HOME and is not in the user database has none that could be there, either."""
    import platformdirs

    found = platformdirs.PlatformDirs("omnitui", appauthor=False)
    try:
        return Own(found.user_config_path, found.user_data_path, found.user_state_path)
    except RuntimeError:
        nowhere = Path("/nonexistent")
        return Own(nowhere / "config", nowhere / "data", nowhere / "state")


def is_a_teams(directory: Path) -> bool:
    """Whether a team.toml is there, or anything that stands for one: a link that leads nowhere
    and a directory that is closed do not make a desk anybody's own."""
    try:
        (directory / "team.toml").lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def instance_of(directory: Path) -> str:
    """What a team's desk is called on its machine, its units and its user, too: `omnitui` for
    /etc/omnitui, else by the directory: `omnitui-acme`."""
    if directory == TEAM:
        return "omnitui"
    short = directory.name.removeprefix("omnitui-")
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", short).strip("-").lower()
    return f"omnitui-{name or 'desk'}"


def _placed(home: Home) -> Home:
    if not is_a_teams(home.config):
        return home
    from config.team import placed

    return placed(home)


def _own(top: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The agent's own settings file, where it is not beside config.toml.

    A desk's directory that is somebody else's is a team's: each agent's file is in their own
    configuration directory then.
    """
    if environ.get(AGENT_FILE):
        return absolute(Path(environ[AGENT_FILE]))
    if top is None:
        return None
    try:
        if top.stat().st_uid == os.getuid():
            return None
    except OSError:
        return None
    return own_directories().config / "agent.toml"


def absolute(path: Path) -> Path:
    """`~` expanded and made absolute; symbolic links are kept as the user wrote them."""
    with contextlib.suppress(RuntimeError):  # no such user or no home: a plain name then
        path = path.expanduser()
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve() would follow links

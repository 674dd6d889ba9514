"""Where one desk lives: under one directory (`--home`, OMNITUI_HOME) or in XDG directories."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

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
    import platformdirs

    directories = platformdirs.PlatformDirs("omnitui", appauthor=False)
    if (TEAM / "team.toml").exists() and not (
        directories.user_config_path / "config.toml"
    ).exists():
        return find_home(TEAM, environ)
    return Home(
        config=directories.user_config_path,
        data=directories.user_data_path,
        state=directories.user_state_path,
        own=_own(None, environ),
    )


def _placed(home: Home) -> Home:
    if not (home.config / "team.toml").exists():
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
    import platformdirs

    return platformdirs.PlatformDirs("omnitui", appauthor=False).user_config_path / "agent.toml"


def absolute(path: Path) -> Path:
    """`~` expanded and made absolute; symbolic links are kept as the user wrote them."""
    with contextlib.suppress(RuntimeError):  # no such user or no home: a plain name then
        path = path.expanduser()
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve() would follow links

"""Where one desk lives: under one directory (`--home`, OMNITUI_HOME) or in XDG directories."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from config.model import Home

VARIABLE = "OMNITUI_HOME"


def find_home(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> Home:
    """The directories of the desk. None is created here.

    With `home` or OMNITUI_HOME everything is under it: `config.toml`, `templates/`,
    `desk.sqlite` and `state/`. Else the XDG base directories are used.
    """
    if home is None and environ.get(VARIABLE):
        home = Path(environ[VARIABLE])
    if home is not None:
        top = absolute(home)
        return Home(config=top, data=top, state=top / "state")
    import platformdirs

    directories = platformdirs.PlatformDirs("omnitui", appauthor=False)
    return Home(
        config=directories.user_config_path,
        data=directories.user_data_path,
        state=directories.user_state_path,
    )


def absolute(path: Path) -> Path:
    """`~` expanded and made absolute; symbolic links are kept as the user wrote them."""
    with contextlib.suppress(RuntimeError):  # no such user or no home: a plain name then
        path = path.expanduser()
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve() would follow links

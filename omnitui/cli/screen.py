"""`omnitui` without a verb: the screen."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from config.access import is_locked, members, unix_user
from config.home import TEAM, find_home
from config.i18n import _, choose_language, set_language
from config.load import load
from config.model import Config, TeamSettings
from omnitui.cli.access import has_store, no_store, require_member
from omnitui.cli.failure import Failure
from omnitui.cli.strays import keep_off_the_terminal

if TYPE_CHECKING:
    from omnitui.tui.link.practice import Practice


def run(home: str | None) -> int:
    config = load(find_home(Path(home) if home else None), personal=True)
    set_language(choose_language("", config.desk.language))
    require_member(config)
    there = has_store(config)
    if config.path is None and not there:
        raise Failure(
            _("No desk is set up here yet: “omnitui init” does it, “omnitui demo” shows one.")
        )
    if config.team is not None:
        _require_agent(config, config.team)
        if not there:  # made by an agent, it would be in the way of a backup that is put back
            raise Failure(no_store(config))
    _require_terminal()
    return show(config)


def show(config: Config, *, words: str = "", practice: Practice | None = None) -> int:
    """The screen until the agent leaves, as `omnitui.tui.app.run` says. Its last words are its own:
    nothing that comes to light while the process ends follows them."""
    keep_off_the_terminal(config.home.state)
    from omnitui.tui.without_openssl import leave_openssl_out

    leave_openssl_out()
    from omnitui.tui.app import run as run_screen

    code = run_screen(config, words=words, practice=practice)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # The terminal is gone, and with it what was drawn last; Python would call that an error.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    return code


def _require_agent(config: Config, team: TeamSettings) -> None:
    """Raises `Failure` for root, whose name in the history says nothing about who it was."""
    if os.geteuid() != 0 or unix_user() == team.user:
        return
    agents = [name for name in members(team.group) if name not in ("root", team.user)]
    came_from = os.environ.get("SUDO_USER", "")
    agent = came_from if came_from in agents else next(iter(agents), "olena")
    command = f"sudo -u {agent} omnitui"
    if config.home.config != TEAM:
        command += f" --home {config.home.config}"
    raise Failure(
        _("The screen is not for root: what is done on it stands in the history by the name of who"
          " did it. Open it as an agent: “{command}”. What “omnitui --help” lists works for root,"
          " too.").format(command=command)
    )  # fmt: skip


def _require_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        if is_locked():
            raise Failure(_("The screen needs a terminal: log in by “ssh -t”."))
        raise Failure(_("The screen needs a terminal; “omnitui --help” lists what works without."))
    if os.environ.get("TERM") == "dumb":
        raise Failure(
            _("This terminal says that it can draw no screen (TERM=dumb). If it can: “export"
              " TERM=xterm-256color” before.")
        )  # fmt: skip

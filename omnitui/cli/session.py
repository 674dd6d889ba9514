"""`omnitui session`: what sshd's ForceCommand runs, the screen and nothing else.

ForceCommand /opt/omnitui/bin/python -I -m omnitui --home /etc/omnitui session
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from config.i18n import _, choose_language, set_language
from omnitui.cli.failure import Failure

ASKED = "SSH_ORIGINAL_COMMAND"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = _(
        "What sshd runs for an agent who has omnitui and nothing else (ForceCommand): the screen,"
        " or a verb that team.toml allows. docs/team.md has the lines for sshd_config."
    )


def run(args: argparse.Namespace) -> int:
    from config import access
    from config.home import TEAM, find_home
    from config.load import load
    from omnitui.cli import screen
    from omnitui.cli.locked import asked_command, clean_environment, guard, hardening

    access.lock()
    given = dict(os.environ)
    if not sys.flags.isolated:
        raise Failure(
            _("A locked session is started by an interpreter that believes no variable and no"
              " directory of the agent's: “python -I -m omnitui … session”.")
        )  # fmt: skip
    os.environ.clear()
    os.environ.update(clean_environment.bare(given))
    hardening.harden()
    config = load(find_home(Path(args.home) if args.home else TEAM), personal=True)
    if config.team is None:
        raise Failure(
            _("{path} is missing: a locked session is for a team's desk, which “omnitui init"
              " --team” sets up.").format(path=config.home.config / "team.toml")
        )  # fmt: skip
    os.environ.update(clean_environment.kept(given, config.team.locked_environment))
    set_language(choose_language("", config.desk.language))
    guard.stand(config)
    home = str(config.home.config)
    if ASKED not in given:
        return screen.run(home)
    from omnitui.cli.main import run_verb

    words = asked_command.words(config.access, given[ASKED])
    return run_verb(words[0], words[1:], home)

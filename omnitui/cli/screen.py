"""`omnitui` without a verb: the screen."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from config.home import find_home
from config.i18n import _, choose_language, set_language
from config.load import load
from omnitui.cli.access import require_member
from omnitui.cli.failure import Failure


def run(home: str | None) -> int:
    config = load(find_home(Path(home) if home else None), personal=True)
    set_language(choose_language("", config.desk.language))
    if config.path is None and not config.home.store_file.exists():
        raise Failure(
            _("No desk is set up here yet: “omnitui init” does it, “omnitui demo” shows one.")
        )
    require_member(config)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failure(_("The screen needs a terminal; “omnitui --help” lists what works without."))
    from omnitui.tui.app import run as run_screen

    code = run_screen(config)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # The terminal is gone, and with it what was drawn last; Python would call that an error.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    return code

"""What `doctor` finds out about hooks: whether they can run, and what did not go well lately."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from config.i18n import _, ngettext
from config.load import load
from config.model import Config, HookSettings
from config.private_file import why_not_private
from omnitui.cli.finding import Finding, fail, ok, warn

LATELY = 7 * 86_400_000
"""Milliseconds for which a failure is worth a word."""


def findings(config: Config) -> Iterator[Finding]:
    from omnitui.desk.hooks.checking import problems

    config = load(config.home)  # hooks know nothing of an agent's own macros
    if not config.hooks or config.path is None:
        return
    name = _("hooks")
    # Not of a service's own user: it is that one who has to be the only one.
    if config.desk.engine != "service" and (why := why_not_private(config.path)):
        yield fail(
            name, _("The engine does not start with hooks from this file: {why}").format(why=why)
        )
        return
    wrong = problems(config)
    for problem in wrong:
        yield fail(name, str(problem))
    for hook in config.hooks:
        if missing := _missing(config, hook):
            yield warn(name, _("{hook}: there is no program {program}.").format(
                hook=hook.name, program=missing))  # fmt: skip
    bad = _lately(config)
    if bad:
        yield warn(
            name,
            ngettext(
                "{n} run failed within a week, or may not have been done",
                "{n} runs failed within a week, or may not have been done",
                bad,
            ).format(n=bad),
            _("“omnitui hooks --failed” lists them."),
        )
    elif not wrong:
        n = len(config.hooks)
        yield ok(name, ngettext("{n} hook", "{n} hooks", n).format(n=n))


def _missing(config: Config, hook: HookSettings) -> str:
    """The hook's program, where there is none."""
    if not hook.run:
        return ""
    program = hook.run[0]
    if os.sep not in program:
        return "" if shutil.which(program) else program
    place = Path(program).expanduser() if program.startswith("~/") else Path(program)
    return "" if shutil.which(config.home.config / place) else program


def _lately(config: Config) -> int:
    from store import hooks
    from store.clock import now
    from store.database import open_database
    from store.errors import StoreError

    if not os.path.exists(config.home.store_file):  # noqa: PTH110 - nor in a closed directory
        return 0
    try:
        db = open_database(config.home.store_file, create=False, readonly=True)
        try:
            counted = hooks.counts(db, now() - LATELY)
        finally:
            db.close()
    except StoreError:
        return 0  # said with the store
    names = {hook.name for hook in config.hooks}
    return sum(
        states.get("failed", 0) + states.get("unknown", 0)
        for name, states in counted.items()
        if name in names
    )

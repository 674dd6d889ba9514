"""What `doctor` finds out about the machine's clock, by which replies go out and people wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from config.i18n import _, ngettext
from config.model import Config
from omnitui.cli.finding import Finding, fail, warn

_DAY = 86_400_000
AHEAD = 600_000
"""Milliseconds by which the newest event may be later than now: clocks are set by less."""
FAR = 400 * _DAY
"""Milliseconds: nobody puts a reply off for so long."""


def findings(config: Config) -> Iterator[Finding]:
    """Nothing while it goes right."""
    from store import overview
    from store.clock import now
    from store.database import open_database
    from store.errors import StoreError

    at, made = now(), int(Path(__file__).stat().st_mtime * 1000)
    known, far = 0, 0
    try:
        db = open_database(config.home.store_file, create=False, readonly=True)
        try:
            known = overview.newest_at(db)
            far = overview.due_after(db, at + FAR)
        finally:
            db.close()
    except (StoreError, OSError):
        pass  # said with the store
    if at < max(known - AHEAD, made - _DAY):
        yield fail(
            _("clock"),
            _("It says {now}, and it was {then} before: it is wrong, or it was.").format(
                now=_shown(at), then=_shown(max(known, made))
            ),
            _("Set it: timedatectl set-ntp true"),
        )
    if far:
        yield warn(
            _("clock"),
            ngettext(
                "{n} reply is to go out in more than a year: was the clock wrong when it was sent?",
                "{n} replies are to go out in more than a year: was the clock wrong when they were"
                " sent?",
                far,
            ).format(n=far),
            _("“omnitui outbox” has them: take them back there, and send them anew."),
        )


def _shown(at: int) -> str:
    return datetime.fromtimestamp(at / 1000).astimezone().strftime("%Y-%m-%d %H:%M")

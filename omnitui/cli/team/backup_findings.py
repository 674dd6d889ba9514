"""What `doctor` finds out about a team's backups: whether they come, are whole and find room."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

from config.i18n import _
from config.numbers import Number
from omnitui.cli.finding import Finding, fail, ok, warn
from omnitui.cli.team.layout import Layout

LATE = 26 * 3600
"""Seconds after which the nightly backup did not come."""


def findings(layout: Layout) -> Iterator[Finding]:
    """What is late or not whole fails: whoever asks from cron reads the exit code alone."""
    from store.backups import in_order
    from store.errors import StoreError

    name = _("backup")
    advice = _("Make one now: systemctl start {unit}").format(
        unit=f"{layout.instance}-backup.service"
    )
    try:
        found = in_order(layout.backups)
    except StoreError as error:
        yield fail(name, str(error), _("Run “omnitui init --team” again."))
        return
    for broken in layout.backups.glob("*.damaged"):
        yield fail(
            name,
            _("{path} was not whole when it was read again.").format(path=broken),
            _("Look at the disk (dmesg, smartctl), run “omnitui check”, then delete it."),
        )
    if not found:
        detail = _("There is none yet in {path}.").format(path=layout.backups)
        yield (fail if _store_age(layout) > LATE else warn)(name, detail, advice)
        return
    now = time.time()
    # One from a clock that was ahead must not stand for those that do not come.
    newest = max((one.stat() for one in found), key=lambda one: (one.st_mtime <= now, one.st_mtime))
    hours = (now - newest.st_mtime) / 3600
    detail = _("{n} in {path}, the newest {hours:.0f} hours old, {size:.1f} MB").format(
        n=len(found),
        path=layout.backups,
        hours=Number(hours),
        size=Number(newest.st_size / 1e6),
    )
    yield ok(name, detail) if 0 <= hours * 3600 < LATE else fail(name, detail, advice)
    if shutil.disk_usage(layout.backups).free < 3 * newest.st_size:
        yield fail(
            name,
            _("There is no room for the next ones in {path}.").format(path=layout.backups),
            _("Make room, or set a smaller backups_kept in team.toml."),
        )
    if layout.store.exists() and layout.backups.stat().st_dev == layout.store.stat().st_dev:
        yield warn(
            name,
            _("Backups are on the same disk as the store."),
            _("Copy them to another machine every night: docs/team.md says how."),
        )


def _store_age(layout: Layout) -> float:
    """Seconds since something was first done on the desk; 0 where nothing was, or nobody can
    tell."""
    from store import events
    from store.clock import now
    from store.database import open_database
    from store.errors import StoreError

    try:
        db = open_database(layout.store / "desk.sqlite", create=False, readonly=True)
        try:
            first = events.after(db, 0, 1)
        finally:
            db.close()
    except StoreError:
        return 0.0  # told by whoever looks at the store
    return (now() - first[0].at) / 1000 if first else 0.0

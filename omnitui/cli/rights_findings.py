"""What `doctor` finds out about erasing and retention: what is not finished, and copies of the
store that hold what should be gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from config.i18n import _, ngettext
from config.model import Config
from omnitui.cli.finding import Finding, ok, warn

LATE = 3_600_000
"""Milliseconds after which an erasing should be finished."""


def findings(config: Config) -> Iterator[Finding]:
    from store import erasing
    from store.clock import now
    from store.database import open_database
    from store.errors import StoreError

    path = config.home.store_file
    if not os.path.exists(path):  # noqa: PTH110 - a directory that is closed is said with the store
        return
    try:
        db = open_database(path, create=False, readonly=True)
        try:
            left = [one for one in erasing.unfinished(db) if one.at < now() - LATE]
            erased = erasing.last_at(db)
        finally:
            db.close()
    except StoreError:
        return  # said with the store
    if left:
        yield warn(
            _("erasing"),
            ngettext(
                "{n} customer is not wholly erased yet", "{n} customers are not wholly erased yet",
                len(left),
            ).format(n=len(left)),
            _("Start the engine, or run “omnitui customer {n} --erase” again.").format(
                n=left[0].customer_id
            ),
        )  # fmt: skip
    yield from _copies(config, path, erased, now())


def _copies(config: Config, path: Path, erased: int | None, at: int) -> Iterator[Finding]:
    from store.backup import known_copies

    rules = config.retention
    spans = [
        span for span in (rules.customers, rules.files, rules.raw, rules.events) if span is not None
    ]
    edge = max(at - min(spans) * 1000 if spans else 0, erased or 0)
    old = [one for one in known_copies(path) if one.stat().st_mtime * 1000 < edge]
    name = _("old copies")
    if old:
        yield warn(
            name,
            ngettext(
                "{n} copy of the store may hold who was erased, or what is older than [retention]"
                " keeps it: {files}",
                "{n} copies of the store may hold who was erased, or what is older than [retention]"
                " keeps it: {files}",
                len(old),
            ).format(n=len(old), files=", ".join(map(str, old))),
            _("Delete them as soon as you do not need them."),
        )
    elif spans:
        day = datetime.fromtimestamp(edge / 1000).astimezone().strftime("%Y-%m-%d")
        yield ok(name, _("none that is known from before {day}").format(day=day))

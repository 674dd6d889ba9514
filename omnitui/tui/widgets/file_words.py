"""How large a file is, and whether it is here."""

from __future__ import annotations

from config.i18n import _
from config.numbers import Number
from omnitui.tui.text.inline import Kind
from omnitui.tui.text.safe_text import one_line
from store.model import Attachment


def whereabouts(file: Attachment) -> tuple[str, Kind | None]:
    """Where a file's content is, and how loud to say it; empty while it is here."""
    if file.blob:
        return "", None
    problem = one_line(file.problem)
    if file.awaited:
        if problem:
            return _("fetched again soon: {why}").format(why=problem), "waiting"
        return _("fetching…"), "waiting"
    if problem:
        return f"✗ {problem}", "error"
    return (_("(not downloaded)"), None) if file.size else ("", None)


def size(count: int) -> str:
    """Bytes as people say them: `812 B`, `48 kB`, `2.4 MB`."""
    if count < 1000:
        return _("{n} B").format(n=count)
    for unit, scale in ((_("kB"), 1000), (_("MB"), 1000_000), (_("GB"), 1000_000_000)):
        if count < scale * 1000 or scale == 1000_000_000:
            number = Number(count / scale)
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    raise AssertionError("unreachable")

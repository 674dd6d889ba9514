"""Spans of time as a debrief says them."""

from __future__ import annotations

from config.i18n import _, ngettext


def span(seconds: float) -> str:
    """`40 s`, `2 min 5 s`, `1 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return _("{n} s").format(n=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        if not rest:
            return ngettext("{n} min", "{n} min", minutes).format(n=minutes)
        return _("{n} min {s} s").format(n=minutes, s=rest)
    hours, minutes = divmod(minutes, 60)
    return _("{h} h {n} min").format(h=hours, n=minutes)

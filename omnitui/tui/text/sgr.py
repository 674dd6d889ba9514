"""What styles are in the terminal's own codes (SGR, ECMA-48 §8.3.117), and the shortest way from
one to the next.

Textual ends every segment with a reset and starts the next with all its colours again. Over ssh
that is most of a frame.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

from rich.color import ColorSystem
from rich.style import Style


def erases_in_colour(environ: Mapping[str, str]) -> bool:
    """Whether the terminal fills what it erases with the background in use (bce).

    GNU screen does not; tmux, which also calls itself `screen`, does.
    """
    return not environ.get("TERM", "").startswith("screen") or "TMUX" in environ


ERASES = erases_in_colour(os.environ)

Codes = tuple[tuple[str, ...], str, str, bool]
"""Attributes, foreground, background; and whether spaces show the style."""

PLAIN: Codes = ((), "39", "49", False)

_ATTRIBUTES = (
    ("bold", "1", "22"),
    ("dim", "2", "22"),
    ("italic", "3", "23"),
    ("underline", "4", "24"),
    ("blink", "5", "25"),
    ("reverse", "7", "27"),
    ("strike", "9", "29"),
)
_OFF = {on: off for _name, on, off in _ATTRIBUTES}


@lru_cache(4096)
def codes(style: Style, system: ColorSystem) -> Codes:
    """What `style` is in SGR parameters on a terminal with that many colours."""
    attributes = tuple(on for name, on, _off in _ATTRIBUTES if getattr(style, name))
    color, background = style.color, style.bgcolor
    foreground = ";".join(color.downgrade(system).get_ansi_codes()) if color else "39"
    back = ";".join(background.downgrade(system).get_ansi_codes(False)) if background else "49"
    shows = any(on in attributes for on in ("4", "7", "9"))
    return attributes, foreground or "39", back or "49", shows


@lru_cache(4096)
def transition(before: Codes, after: Codes) -> str:
    """The escape sequence that turns one style into the other; empty when they are equal."""
    if before == after:
        return ""
    if after == PLAIN:
        return "\x1b[0m"
    had, has = before[0], after[0]
    off = {_OFF[on] for on in had if on not in has}
    steps = [*sorted(off), *(on for on in has if on not in had or _OFF[on] in off)]
    afresh = ["0", *has]
    for at, default in ((1, PLAIN[1]), (2, PLAIN[2])):
        if before[at] != after[at]:
            steps.append(str(after[at]))
        if after[at] != default:
            afresh.append(str(after[at]))
    if not steps:
        return ""
    return f"\x1b[{min(';'.join(steps), ';'.join(afresh), key=len)}m"

"""What `doctor` finds out about the terminal the screen would be drawn on."""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from config.i18n import _
from omnitui.cli.finding import Finding, fail, ok, warn

COLUMNS, ROWS = 80, 24
"""Below this the screen folds to one column."""


def findings() -> Iterator[Finding]:
    yield _encoding()
    if not sys.stdout.isatty():
        yield ok(_("terminal"), _("none here (the output goes elsewhere), so it was not looked at"))
        return
    yield _size()
    yield _colours()
    if os.environ.get("TMUX"):
        yield from _tmux()
    elif os.environ.get("STY"):
        yield warn(
            "screen",
            _("^A and what follows it go to screen first."),
            _("Bind nothing to ctrl+a, or use tmux."),
        )


def _encoding() -> Finding:
    name = _("text")
    found = locale.nl_langinfo(locale.CODESET) if _set_locale() else ""
    if found.upper().replace("-", "") == "UTF8":
        return ok(name, "UTF-8")
    return warn(
        name,
        _("The locale says {encoding}, so letters and lines may be drawn wrong.").format(
            encoding=found or os.environ.get("LANG", "C")
        ),
        "export LANG=C.UTF-8",
    )


def _set_locale() -> bool:
    try:
        locale.setlocale(locale.LC_CTYPE, "")
    except locale.Error:
        return False
    return True


def _size() -> Finding:
    size = shutil.get_terminal_size()
    detail = f"{size.columns}×{size.lines}"
    if size.columns < COLUMNS or size.lines < ROWS:
        return warn(
            _("terminal size"),
            detail,
            _("It is small; {columns}×{rows} shows more.").format(columns=COLUMNS, rows=ROWS),
        )
    return ok(_("terminal size"), detail)


def _colours() -> Finding:
    name = _("colours")
    term = os.environ.get("TERM", "")
    if not term or term == "dumb":
        return fail(
            name,
            _("TERM is “{term}”, on which no screen can be drawn.").format(term=term),
            "export TERM=xterm-256color",
        )
    if os.environ.get("NO_COLOR"):
        return ok(name, _("switched off by NO_COLOR"))
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return ok(name, _("16 million ({term})").format(term=term))
    if "256" in term or "direct" in term or "kitty" in term or "alacritty" in term:
        return ok(name, _("256 ({term})").format(term=term))
    return warn(
        name,
        _("16 ({term})").format(term=term),
        _("If the terminal can show more: export COLORTERM=truecolor"),
    )


def _tmux() -> Iterator[Finding]:
    escape = _tmux_option("escape-time")
    if escape.isdigit() and int(escape) > 100:
        yield warn(
            "tmux",
            _("waits {n} ms after Esc.").format(n=escape),
            "tmux set -s escape-time 10",
        )
    else:
        yield ok("tmux", os.environ.get("TERM", ""))
    prefix = _tmux_option("prefix")
    if prefix in ("C-s", "C-j", "C-p", "C-t", "C-g", "C-n", "C-r"):
        key = prefix.replace("C-", "ctrl+")
        yield warn(
            "tmux",
            _("{key} is tmux's prefix here and never arrives.").format(key=key),
            _("Bind another key in [keys.reply] or [keys.global]."),
        )


def _tmux_option(name: str) -> str:
    try:
        done = subprocess.run(
            ["tmux", "show-options", "-gv", name],
            capture_output=True,
            text=True,
            timeout=5,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()

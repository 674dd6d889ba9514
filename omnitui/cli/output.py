"""What the verbs print: JSON for programs, plain columns for people."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

Row = Sequence[str]


def emit_list(args: argparse.Namespace, items: Iterable[dict[str, Any]]) -> None:
    """A JSON array, or one object a line; written as it comes, so a long list needs no memory."""
    out = sys.stdout
    if args.jsonl:
        for item in items:
            out.write(to_json(item) + "\n")
        return
    first = True
    out.write("[")
    for item in items:
        out.write("\n" if first else ",\n")
        out.write(to_json(item))
        first = False
    out.write("]\n" if first else "\n]\n")


def emit(args: argparse.Namespace, item: dict[str, Any]) -> None:
    """One JSON document; on one line for `--jsonl`."""
    sys.stdout.write(to_json(item, indent=None if args.jsonl else 2) + "\n")


def wants_json(args: argparse.Namespace) -> bool:
    return bool(args.json or args.jsonl)


# What a terminal would obey or be turned round by, and what is a line end to many readers of
# lines: JSON allows them as they are, and says the same with an escape.
_UNSEEN = (*range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_ESCAPED = {sign: f"\\u{sign:04x}" for sign in _UNSEEN}


def to_json(item: object, indent: int | None = None) -> str:
    """JSON as people read it: letters unescaped, an object on one line unless indented."""
    return json.dumps(item, ensure_ascii=False, indent=indent).translate(_ESCAPED)


def table(rows: Iterable[Row], *, wrap_last: bool = True) -> None:
    """Columns as wide as their longest cell; on a terminal the last one is cut to fit."""
    shown = [[one_line(cell) for cell in row] for row in rows]
    if not shown:
        return
    count = max(len(row) for row in shown)
    widths = [max((_width(r[i]) for r in shown if i < len(r)), default=0) for i in range(count)]
    limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for row in shown:
        cells = [cell + " " * (widths[i] - _width(cell)) for i, cell in enumerate(row[:-1])]
        line = "  ".join([*cells, *row[-1:]]).rstrip()
        sys.stdout.write((_cut(line, limit) if limit and wrap_last else line) + "\n")


def one_line(text: str) -> str:
    """A customer's words on one line, harmless to a terminal."""
    return safe(" ".join(text.split()))


def safe(text: str) -> str:
    """A customer's words with lines kept: control characters and bidi overrides made visible."""
    from omnitui.tui.text.safe_text import safe as make_safe

    return make_safe(text, newlines=True)


def local_time(millis: int | None) -> str:
    """`2026-12-01 14:05` in this machine's zone; for people, never in JSON."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(millis / 1000)) if millis else ""


def progress(line: str, *, last: bool = False) -> None:
    """One line on stderr that rewrites itself on a terminal; elsewhere only the last one."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}" + ("\n" if last else ""))
    elif last:
        sys.stderr.write(line + "\n")
    sys.stderr.flush()


CELLS = 20
"""Of a bar."""
EVERY = 0.1
"""Seconds between two drawings of it."""


class Progress:
    """How far long work has come: a bar, percents and a few words on one line of a terminal's
    standard error. Nothing where that is piped, or where JSON is wanted."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._shown = sys.stderr.isatty() and not wants_json(args)
        self._drawn = ""
        self._drawn_at = 0.0

    def tell(self, done: int, of: int, words: str = "") -> None:
        """So much is `done`; all of it is drawn at once, other figures ten times a second."""
        if not self._shown:
            return
        now = time.monotonic()
        if done < of and now - self._drawn_at < EVERY:
            return
        part = min(1.0, done / of) if of else 0.0
        full = int(part * CELLS)
        bar = "█" * full + "·" * (CELLS - full)
        line = f"{bar} {int(part * 100):3} %  {words}".rstrip()
        limit = shutil.get_terminal_size().columns - 1
        line = _cut(line, limit)
        if line != self._drawn:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            self._drawn, self._drawn_at = line, now

    def close(self) -> None:
        """Take the bar away: what was done is said by others."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = ""


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _cut(line: str, limit: int) -> str:
    if _width(line) <= limit:
        return line
    if line.isascii():
        return line[: limit - 1] + "…"
    from rich.cells import set_cell_size

    return set_cell_size(line, limit - 1).rstrip() + "…"


def colour(text: str, code: str) -> str:
    """`text` in an ANSI style on a terminal that wants one (https://no-color.org)."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{code}m{text}\x1b[0m"

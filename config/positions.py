"""Line and column of every key in a TOML text that `tomllib` has already accepted.

The libraries that keep positions are slower or unkept; a message needs them only when
something is wrong, so this walk runs only then. It relies on the text being valid TOML 1.0
and never raises on one that is not: it stops and keeps what it has found.
"""

from __future__ import annotations

import contextlib
import re

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_INLINE_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRINGS = (
    re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*?"{3,5}', re.DOTALL),
    re.compile(r"'''(?:[^']|'{1,2}(?!'))*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def positions(text: str) -> dict[KeyPath, tuple[int, int]]:
    """Key path → (line, column), both from 1, of the place where the key is first written.

    Elements of arrays are found under their index: `("accounts", "x", "folders", 0)`.
    """
    walk = _Walk(text)
    with contextlib.suppress(_Stop, RecursionError):
        walk.document()
    starts = [0]
    starts += [match.end() for match in re.finditer("\n", text)]
    return {key: _line_column(starts, at) for key, at in walk.found.items()}


def _line_column(starts: list[int], at: int) -> tuple[int, int]:
    import bisect

    line = bisect.bisect_right(starts, at)
    return line, at - starts[line - 1] + 1


class _Stop(Exception):
    pass


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[KeyPath, int] = {}
        self.arrays: dict[KeyPath, int] = {}
        """Arrays of tables: path → index of the one being written."""

    def document(self) -> None:
        table: KeyPath = ()
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return
            if self.text.startswith("[[", self.at):
                self.at += 2
                table = self.heading(array=True)
                self.expect("]]")
            elif self.text.startswith("[", self.at):
                self.at += 1
                table = self.heading(array=False)
                self.expect("]")
            else:
                self.assignment(table)

    def heading(self, *, array: bool) -> KeyPath:
        start = self.at
        parts = self.key()
        path: KeyPath = ()
        for number, (part, _at) in enumerate(parts):
            path = (*path, part)
            self.found.setdefault(path, start)
            last = number == len(parts) - 1
            if array and last:
                self.arrays[path] = self.arrays.get(path, -1) + 1
            if path in self.arrays:
                path = (*path, self.arrays[path])
                self.found.setdefault(path, start)
        # [a.b] after [a.b.c]: the heading itself is the better place.
        if not array:
            self.found[path] = start
        return path

    def assignment(self, table: KeyPath) -> None:
        path = table
        for part, at in self.key():
            path = (*path, part)
            self.found.setdefault(path, at)
        self.expect("=")
        self.skip(_INLINE_BLANK)
        self.value(path)

    def key(self) -> list[tuple[str, int]]:
        """A dotted key: its parts, each with the place where it begins."""
        parts = []
        while True:
            self.skip(_INLINE_BLANK)
            at = self.at
            bare = _BARE.match(self.text, at)
            if bare:
                self.at = bare.end()
                parts.append((bare[0], at))
            else:
                parts.append((_unquoted(self.string()), at))
            self.skip(_INLINE_BLANK)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def value(self, path: KeyPath) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening in ('"', "'"):
            self.string()
        elif opening == "[":
            self.at += 1
            self.array(path)
        elif opening == "{":
            self.at += 1
            self.inline_table(path)
        else:
            self.skip(_SCALAR)

    def array(self, path: KeyPath) -> None:
        index = 0
        while True:
            self.skip(_BLANK)
            if self.text.startswith("]", self.at):
                self.at += 1
                return
            self.found.setdefault((*path, index), self.at)
            self.value((*path, index))
            index += 1
            self.skip(_BLANK)
            if self.text.startswith(",", self.at):
                self.at += 1
            elif not self.text.startswith("]", self.at):
                raise _Stop

    def inline_table(self, path: KeyPath) -> None:
        while True:
            self.skip(_BLANK)
            if self.text.startswith("}", self.at):
                self.at += 1
                return
            self.assignment(path)
            self.skip(_BLANK)
            if self.text.startswith(",", self.at):
                self.at += 1
            elif not self.text.startswith("}", self.at):
                raise _Stop

    def string(self) -> str:
        for pattern in _STRINGS:
            match = pattern.match(self.text, self.at)
            if match:
                self.at = match.end()
                return match[0]
        raise _Stop

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()

    def expect(self, token: str) -> None:
        self.skip(_INLINE_BLANK)
        if not self.text.startswith(token, self.at):
            raise _Stop
        self.at += len(token)


def _unquoted(quoted: str) -> str:
    """The key inside quotes, escapes resolved by the one who knows them all."""
    import tomllib

    try:
        value = tomllib.loads(f"k = {quoted}")["k"]
    except ValueError:
        raise _Stop from None
    return str(value)

"""config.toml as text and as TOML, and where in the file each key stands."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from config.access import is_locked
from config.i18n import _
from config.problems import ConfigError, Problem

KeyPath = tuple[str | int, ...]

LARGEST = 4 * 1024 * 1024
"""Bytes; a larger file is not a configuration."""

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

_NO_CLOSING_QUOTE = ('Expected "\'"', "Expected '\"'", "Illegal character '\\n'")


@dataclass
class Source:
    """One TOML file, read. Collects the problems found in it."""

    path: Path
    text: str
    data: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    _places: dict[KeyPath, tuple[int, int]] | None = None

    def line(self, key: Sequence[str | int]) -> int | None:
        """The line of a key, or of the nearest table around it."""
        if self._places is None:
            from config.positions import positions

            self._places = positions(self.text)
        for length in range(len(key), 0, -1):
            place = self._places.get(tuple(key[:length]))
            if place is not None:
                return place[0]
        return None

    def report(
        self,
        key: Sequence[str | int],
        sentence: str,
        hint: str = "",
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        self.problems.append(
            Problem(
                sentence,
                hint,
                file=self.path,
                line=self.line(key),
                key=dotted(key),
                severity=severity,
            )
        )


def read_source(path: Path) -> Source | None:
    """Read and parse the file; None when there is none. Raises `ConfigError`."""
    try:
        content = _read_bytes(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    text = _decode(path, content)
    try:
        return Source(path, text, tomllib.loads(text))
    except RecursionError:
        raise _error(path, _("brackets are nested too deeply.")) from None
    except ValueError as error:  # TOMLDecodeError is one, and so is a number too long for int()
        raise ConfigError([_syntax_problem(path, text, str(error))]) from None


def dotted(key: Sequence[str | int]) -> str:
    """`accounts."my shop".folders[0]`, as one would write it in TOML."""
    out = ""
    for part in key:
        if isinstance(part, int):
            out += f"[{part}]"
            continue
        clean = "".join(c if c.isprintable() and c != '"' else "�" for c in part)
        bare = re.fullmatch(r"[A-Za-z0-9_-]+", part)
        out += ("." if out else "") + (part if bare else f'"{clean}"')
    return out


def _read_bytes(path: Path) -> bytes:
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise _error(
                path,
                _("this is a directory, and a file is needed."),
                _("Move it away and run `omnitui init`."),
            )
        if not stat.S_ISREG(found.st_mode):
            raise _error(path, _("this is not a plain file."))
        if found.st_size > LARGEST:
            raise _error(path, _("this file is too large to be a configuration."))
        return path.read_bytes()
    except PermissionError:
        raise _error(
            path,
            _("you may not read this file."),
            _("Tell who looks after the desk.")
            if is_locked()
            else _("Ask its owner for the right to, or choose another desk with --home."),
        ) from None
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise _error(
            path, _("this file cannot be read: {why}.").format(why=error.strerror)
        ) from None


def _decode(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise ConfigError(
            [
                Problem(
                    _("the text is not UTF-8."),
                    _("Save the file as UTF-8."),
                    file=path,
                    line=line,
                    column=column,
                )
            ]
        ) from None
    return text.replace("\r\n", "\n")


def _error(path: Path, sentence: str, hint: str = "") -> ConfigError:
    return ConfigError([Problem(sentence, hint, file=path)])


def _syntax_problem(path: Path, text: str, message: str) -> Problem:
    """tomllib's message with its place taken out of it, and a hint for the commonest slips."""
    found = _AT.search(message)
    message = _AT.sub("", message)
    if found and found[1]:
        line, column = int(found[1]), int(found[2])
    else:
        line, column = text.rstrip("\n").count("\n") + 1, 0
    rows = text.split("\n")
    row = rows[line - 1].strip() if line <= len(rows) else ""
    key = ""
    hint = ""
    if message.startswith("Cannot overwrite"):
        key = row.partition("=")[0].strip() if "=" in row else ""
        sentence = _("this key is given twice.")
        hint = _("Keep one of them.")
    elif message.startswith("Cannot declare"):
        sentence = _("this table is opened twice.")
        hint = _("Put its keys under one heading.")
    elif message.startswith("Invalid value"):
        sentence = _("a value cannot be read here.")
        hint = _('Texts stand in quotes: key = "text"; true, false and numbers without.')
    elif message.startswith("Expected '=' after a key"):
        sentence = _("an = is missing after a key.")
    elif message.startswith("Expected newline or end of document"):
        sentence = _("there is more on the line than one value.")
        hint = _("Write one key a line, and a text in one pair of quotes.")
    elif "Unterminated string" in message or message in _NO_CLOSING_QUOTE:
        sentence = _("a text has no closing quote.")
    elif message.startswith("Exceeds the limit"):
        sentence = _("a number is too long.")
        line, column = 0, 0
    else:
        sentence = _("this is not valid TOML: {why}.").format(why=message.rstrip("."))
    return Problem(sentence, hint, path, line or None, column or None, _printable(key))


def _printable(key: str) -> str:
    return "".join(c for c in key if c.isprintable())[:80]
